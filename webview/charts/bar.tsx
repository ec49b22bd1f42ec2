import type { JSX } from "preact";

import { t } from "../l10n.ts";
import { short } from "../numbers.ts";
import type { Spread } from "../percentiles.ts";
import type { Severity, Threshold } from "../protocol.ts";
import type { Reading, Size } from "../reading.ts";
import { spoken } from "../reading.ts";
import { position } from "./axis.ts";
import type { Axis } from "./axis.ts";

/** Height of a row, px; threshold lines of neighbouring rows join. */
const HEIGHT = 22;

const at = (percent: number): string => `${percent.toFixed(2)}%`;

export interface BarData {
  readonly reading: Reading<Size>;
  /** Small upright strokes: the layer's other parameters. */
  readonly strokes: readonly number[];
  /** Ring: rms of the output's gradient, beside bars that show something else; null: none. */
  readonly ring: number | null;
  readonly severity: Severity | null;
  /** Thin line above the bar: from the 5th to the 95th percentile of the elements; null: none. */
  readonly spread: Spread | null;
  /** The same figure of the run to compare with: a second, thinner bar; null: none. */
  readonly second: number | null;
}

/** What a row of the run to compare with shows, for `Bar`. */
export const secondOf = (reading: Reading | null): number | null =>
  reading?.kind === "value" ? reading.magnitude.rms : null;

interface BarProps extends BarData {
  readonly axis: Axis;
  readonly thresholds: readonly Threshold[];
}

/** One layer's magnitude on the shared log axis. Geometry stands in attributes: the CSP bars styles. */
export function Bar(props: BarProps): JSX.Element {
  const { axis, thresholds, reading, strokes, ring, severity, spread, second } = props;
  return (
    <svg class="bar" role="img" aria-label={spoken(reading)} width="100%" height={HEIGHT}>
      <Thresholds axis={axis} thresholds={thresholds} />
      <Body axis={axis} reading={reading} severity={severity} />
      {spread !== null && (
        <line
          class="spread"
          x1={at(position(axis, spread.low))}
          x2={at(position(axis, spread.high))}
          y1="3.5"
          y2="3.5"
        />
      )}
      {second !== null && second > 0 && (
        <rect class="second" x="0" y="17" width={at(position(axis, second))} height="3" />
      )}
      {strokes.map((value) => (
        <line
          class="stroke"
          x1={at(position(axis, value))}
          x2={at(position(axis, value))}
          y1="5"
          y2="17"
        />
      ))}
      {ring !== null && (
        <circle
          class={`ring ${reading.kind === "absent" ? (severity ?? "") : ""}`}
          cx={at(position(axis, ring))}
          cy="11"
          r="2.5"
        />
      )}
    </svg>
  );
}

/** Lines across the rows, each with dashes of its own. */
const Thresholds = ({ axis, thresholds }: Pick<BarProps, "axis" | "thresholds">): JSX.Element => (
  <>
    {thresholds.map(({ value }, i) => (
      <line
        class={`threshold nth${String(i)}`}
        x1={at(position(axis, value))}
        x2={at(position(axis, value))}
        y1="0"
        y2={HEIGHT}
      />
    ))}
  </>
);

function Body({ axis, reading, severity }: Pick<BarProps, "axis" | "reading" | "severity">) {
  switch (reading.kind) {
    case "value":
      return (
        <rect
          class={`value ${severity ?? ""}`}
          x="0"
          y="7"
          width={at(position(axis, reading.magnitude.rms))}
          height="8"
        />
      );
    case "broken":
      return (
        <>
          <rect class="broken" x="0.5" y="6.5" width="30" height="9" />
          <text class="word" x="35" y="15">
            {reading.text}
          </text>
        </>
      );
    case "zero":
      return (
        <>
          <rect
            class={reading.expected ? "hollow" : "broken"}
            x="0.5"
            y="7.5"
            width="6"
            height="7"
          />
          <text class={reading.expected ? "word dim" : "word"} x="11" y="15">
            {reading.text}
          </text>
        </>
      );
    case "absent":
      return (
        <text class="word dim" x="0" y="15">
          {reading.text}
        </text>
      );
  }
}

/** The smallest and the largest rms below a shut heading, on the same axis. */
export function RangeBar(props: {
  readonly axis: Axis;
  readonly thresholds: readonly Threshold[];
  readonly values: readonly number[];
  readonly severity: Severity | null;
}): JSX.Element {
  const { axis, thresholds, values, severity } = props;
  const least = position(axis, Math.min(...values));
  const most = position(axis, Math.max(...values));
  const words =
    values.length === 0
      ? t("none")
      : t("{0} to {1}", short(Math.min(...values)), short(Math.max(...values)));
  return (
    <svg class="bar" role="img" aria-label={words} width="100%" height={HEIGHT}>
      <Thresholds axis={axis} thresholds={thresholds} />
      {values.length > 0 && (
        <rect
          class={`value ${severity ?? ""}`}
          x={at(least)}
          y="9"
          width={at(Math.max(1, most - least))}
          height="4"
        />
      )}
    </svg>
  );
}
