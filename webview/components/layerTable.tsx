import type { JSX, TargetedKeyboardEvent, TargetedMouseEvent } from "preact";

import { PowerScale } from "../charts/heat.tsx";
import type { Look } from "../charts/look.ts";
import { Scale } from "../charts/scale.tsx";
import { t } from "../l10n.ts";
import { QUANTITIES } from "../reading.ts";
import { drawnLines, groupIdOf, LINE, rowIdOf } from "../state.ts";
import type { State } from "../state.ts";
import type { Line } from "../tree.ts";
import type { Actions } from "./actions.ts";
import { Heading } from "./heading.tsx";
import { steer } from "./keyboard.ts";
import { LayerRowView } from "./layerRow.tsx";

function keyUnder(event: { readonly target: EventTarget | null }): string | undefined {
  return event.target instanceof Element
    ? event.target.closest<HTMLElement>("tbody tr[id]")?.id
    : undefined;
}

interface TableProps {
  readonly state: State;
  readonly look: Look;
  readonly actions: Actions;
}

/**
 * The layers in forward order: a tree grid of headings and rows, one tab stop, arrow keys inside. Only the
 * lines near the screen are in the page; empty space stands for the others.
 */
export function LayerTable({ state, look, actions }: TableProps): JSX.Element {
  const { lines } = state;
  const isKnown = state.active !== null && lines.some(({ key }) => key === state.active);
  const tabStop = isKnown ? state.active : lines[0]?.key;

  const onClick = (event: TargetedMouseEvent<HTMLTableElement>): void => {
    const key = keyUnder(event);
    if (key === undefined) return;
    const line = lines.find((each) => each.key === key);
    const group = groupIdOf(key);
    if (group === null) actions.activate(key, { reveal: true, focus: false });
    else actions.setOpen(group, line?.kind === "heading" && !line.isOpen);
  };
  const onDoubleClick = (event: TargetedMouseEvent<HTMLTableElement>): void => {
    const key = keyUnder(event);
    if (key !== undefined && rowIdOf(key) !== null) {
      actions.activate(key, { reveal: true, focus: true });
    }
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTableElement>): void => {
    const key = keyUnder(event);
    if (key === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (steer(event.key, key, lines, actions)) event.preventDefault();
  };

  const draw = (line: Line, index: number): JSX.Element =>
    line.kind === "heading" ? (
      <Heading
        key={line.key}
        branch={line.branch}
        level={line.level}
        index={index + 2}
        isOpen={line.isOpen}
        look={look}
        isActive={state.active === line.key}
        canTab={tabStop === line.key}
      />
    ) : (
      <LayerRowView
        key={line.key}
        row={line.row}
        group={line.group}
        level={line.level}
        index={index + 2}
        look={look}
        isActive={state.active === line.key}
        isLinked={state.linked.has(line.row.id)}
        canTab={tabStop === line.key}
        isLead={state.leads.has(line.row.id)}
      />
    );

  return (
    <table
      role="treegrid"
      aria-label={t(
        "Layers in forward order: {0}",
        look.kind === "steps" ? t("update over weight") : QUANTITIES[look.quantity](),
      )}
      aria-rowcount={lines.length + 1}
      onClick={onClick}
      onDblClick={onDoubleClick}
      onKeyDown={onKeyDown}
    >
      <colgroup>
        <col class="name" />
        <col />
        <col class="rms" />
        <col class={look.kind === "steps" ? "update" : "factor"} />
        <col class="float16" />
      </colgroup>
      <Head look={look} />
      <tbody>{withGaps(drawnLines(state), lines, draw)}</tbody>
    </table>
  );
}

/** The drawn lines with empty space for those between, before and after them. */
function withGaps(
  drawn: readonly number[],
  lines: readonly Line[],
  draw: (line: Line, index: number) => JSX.Element,
): JSX.Element[] {
  const parts: JSX.Element[] = [];
  let next = 0;
  const gap = (until: number): void => {
    if (until > next) parts.push(<Gap key={`gap ${String(next)}`} lines={until - next} />);
  };
  for (const index of drawn) {
    const line = lines[index];
    if (line === undefined) continue;
    gap(index);
    parts.push(draw(line, index));
    next = index + 1;
  }
  gap(lines.length);
  return parts;
}

const Gap = ({ lines }: { readonly lines: number }): JSX.Element => (
  <tr class="gap" aria-hidden style={{ height: `${String(lines * LINE)}px` }} />
);

function Head({ look }: { readonly look: Look }): JSX.Element {
  if (look.kind === "depth") {
    const { quantity, axis, against } = look;
    return (
      <Columns
        chart={[t("Root mean square of the {0}", QUANTITIES[quantity]()), <Scale axis={axis} />]}
        rms={["", t("rms")]}
        factor={
          against === null
            ? [
                t(
                  "The layer's part in the chain rule: rms of its input's gradient over rms of its output's",
                ),
                t("factor"),
              ]
            : [t("How many times as large as in the other run"), t("change")]
        }
        float16={[
          t(
            "Where the elements end up in float16 at loss scale 1: zero, subnormal, normal, infinite",
          ),
          "float16",
        ]}
      />
    );
  }
  if (look.kind === "steps") {
    return (
      <Columns
        chart={[
          t("What the step changes of a weight, over its size: rms over rms"),
          <Scale axis={look.axis} />,
        ]}
        rms={[t("Root mean square of the gradient at this step"), t("gradient")]}
        factor={[t("What the step changes of a weight, over its size: rms over rms"), t("update")]}
        float16={[t("Root mean square of the gradient over the steps"), t("trend")]}
      />
    );
  }
  const { quantity, format } = look;
  return (
    <Columns
      chart={[
        t("Elements of the {0} by binary exponent", QUANTITIES[quantity]()),
        <PowerScale look={look} />,
      ]}
      rms={[t("Share that loses digits in {0}", format.name), t("subnormal")]}
      factor={[t("Share that becomes zero in {0}", format.name), t("zero")]}
      float16={[t("Share beyond the range of {0}", format.name), t("large")]}
    />
  );
}

type Title = readonly [tip: string, content: JSX.Element | string];

function Columns(props: {
  readonly chart: Title;
  readonly rms: Title;
  readonly factor: Title;
  readonly float16: Title;
}): JSX.Element {
  const { chart, rms, factor, float16 } = props;
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="name">
          {t("Layer")}
        </th>
        <th scope="col" class="chart" title={chart[0]}>
          {chart[1]}
        </th>
        <th scope="col" class="number rms" title={rms[0]}>
          {rms[1]}
        </th>
        <th scope="col" class="number" title={factor[0]}>
          {factor[1]}
        </th>
        <th scope="col" class="float16" title={float16[0]}>
          {float16[1]}
        </th>
      </tr>
    </thead>
  );
}
