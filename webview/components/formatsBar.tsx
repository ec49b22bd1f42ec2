import type { JSX } from "preact";

import { isScaled, magnitudesOf } from "../charts/look.ts";
import type { FormatsLook } from "../charts/look.ts";
import { FORMATS, kept, lost, MOST_SCALE, safeScales } from "../formats.ts";
import type { Format, FormatId } from "../formats.ts";
import { t } from "../l10n.ts";
import { percent, power } from "../numbers.ts";
import type { LayerRow, ResultView } from "../protocol.ts";
import type { State } from "../state.ts";
import type { Actions } from "./actions.ts";
import { MUCH } from "./formatCells.tsx";

/** Format and loss scale, and what is lost with them. */
export function FormatsBar(props: {
  readonly state: State;
  readonly result: ResultView;
  readonly look: FormatsLook;
  readonly actions: Actions;
}): JSX.Element {
  const { state, result, look, actions } = props;
  const canScale = isScaled(state.quantity);
  return (
    <section class="formats" aria-label={t("What the format loses")}>
      <label>
        {t("in")}{" "}
        <select
          aria-label={t("Number format")}
          value={state.format}
          onChange={(event) => {
            actions.show({ format: event.currentTarget.value as FormatId });
          }}
        >
          {Object.entries(FORMATS).map(([id, { name }]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="slider">
        <span>
          {t("Loss scale")} <b>{scaleText(look.scale)}</b>
        </span>
        <input
          type="range"
          min="0"
          max={MOST_SCALE}
          step="1"
          value={look.scale}
          disabled={!canScale}
          aria-valuetext={scaleText(look.scale)}
          onInput={(event) => {
            actions.show({ scale: Number(event.currentTarget.value) });
          }}
        />
      </label>
      <p role="status">{statement(result, look)}</p>
      {canScale ? (
        <p class="dim">{safety(result, look)}</p>
      ) : (
        <p class="dim">{t("The loss scale acts on gradients alone.")}</p>
      )}
    </section>
  );
}

/** `2¹⁶ = 65536`. */
const scaleText = (scale: number): string =>
  scale === 0 ? "1" : `${power(scale)} = ${String(2 ** scale)}`;

/** How many layers lose much, and the one that loses most. */
function statement({ rows }: ResultView, look: FormatsLook): string {
  const all = magnitudesOf(rows, look.quantity).flatMap(
    (magnitude) => kept(magnitude, look.format, look.scale) ?? [],
  );
  const shares = all.map(lost);
  const many = shares.filter((share) => share > MUCH).length;
  const worst = Math.max(0, ...shares);
  if (worst === 0) return t("Nothing is lost in {0}.", look.format.name);
  return t(
    "{0} of {1} layers lose more than {2} of their elements; the worst {3}.",
    many,
    all.length,
    percent(MUCH),
    percent(worst),
  );
}

type Range = ReturnType<typeof safeScales>;
let last: { rows: readonly LayerRow[]; format: Format; quantity: string; range: Range } | undefined;

/** It does not depend on the slider, which must stay quick. */
function safeRange(rows: readonly LayerRow[], { format, quantity }: FormatsLook): Range {
  if (last?.rows !== rows || last.format !== format || last.quantity !== quantity) {
    const range = safeScales(magnitudesOf(rows, quantity), format, MUCH);
    last = { rows, format, quantity, range };
  }
  return last.range;
}

function safety({ rows }: ResultView, look: FormatsLook): string {
  const range = safeRange(rows, look);
  if (range === null) {
    return t("No loss scale up to {0} keeps all layers.", power(MOST_SCALE));
  }
  return range.from === range.to
    ? t("Only loss scale {0} keeps all layers.", power(range.from))
    : t("Loss scales {0} … {1} keep all layers.", power(range.from), power(range.to));
}
