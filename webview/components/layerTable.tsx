import type { JSX, TargetedKeyboardEvent, TargetedMouseEvent } from "preact";

import { axisOf } from "../charts/axis.ts";
import type { Axis } from "../charts/axis.ts";
import { Scale } from "../charts/scale.tsx";
import { worst } from "../groups.ts";
import type { Group } from "../groups.ts";
import type { LayerRow, ResultView, Threshold } from "../protocol.ts";
import { magnitudeOf, QUANTITIES, read, readParameter } from "../reading.ts";
import type { Quantity } from "../reading.ts";
import { share } from "../share.ts";
import { drawnRows, groupIdOf, groupKey, reachable, rowIdOf, rowKey } from "../state.ts";
import type { State } from "../state.ts";
import type { Actions } from "./actions.ts";
import { SeverityIcon, Twistie } from "./icons.tsx";
import { LayerRowView } from "./layerRow.tsx";

/** Decades always in sight: float16's smallest subnormal, 6·10⁻⁸, and for activations its largest number. */
const WITHIN: { readonly [Q in Quantity]: readonly [number, number] } = {
  weightGradients: [-8, 0],
  activationGradients: [-8, 0],
  activations: [-8, 5],
};

/** Rows that Page Up and Page Down move by. */
const PAGE = 15;

function drawnValues(row: LayerRow, quantity: Quantity): readonly number[] {
  if (quantity !== "weightGradients") return [magnitudeOf(read(row, quantity))?.rms ?? 0];
  const others = row.parameters.map((parameter) => magnitudeOf(readParameter(parameter))?.rms ?? 0);
  return [...others, row.outputGrad?.rms ?? 0];
}

interface Ruler {
  readonly rows: readonly LayerRow[];
  readonly quantity: Quantity;
  readonly all: readonly Threshold[];
  readonly axis: Axis;
  readonly thresholds: readonly Threshold[];
}

let last: Ruler | undefined;

/**
 * The axis of a result and the thresholds that it reaches. They stay the same objects while they are
 * equal, since rows compare them by identity.
 */
export function rulerOf({ rows, thresholds: all }: ResultView, quantity: Quantity): Ruler {
  if (last?.rows === rows && last.quantity === quantity && last.all === all) return last;
  const values = rows.flatMap((row) => drawnValues(row, quantity));
  const axis = share(last?.axis, axisOf(values, WITHIN[quantity]));
  const reached = all.filter(({ value }) => value >= 10 ** axis.min && value <= 10 ** axis.max);
  last = { rows, quantity, all, axis, thresholds: share(last?.thresholds, reached) };
  return last;
}

function keyUnder(event: { readonly target: EventTarget | null }): string | undefined {
  return event.target instanceof Element
    ? event.target.closest<HTMLElement>("tbody tr[id]")?.id
    : undefined;
}

interface TableProps {
  readonly state: State;
  readonly result: ResultView;
  readonly actions: Actions;
}

/** The layers in forward order: a tree grid of headings and rows, one tab stop, arrow keys inside. */
export function LayerTable({ state, result, actions }: TableProps): JSX.Element {
  const { quantity } = state;
  const { axis, thresholds } = rulerOf(result, quantity);
  const drawn = drawnRows(state);
  const keys = reachable(state);
  const tabStop = state.active !== null && keys.includes(state.active) ? state.active : keys[0];

  const onClick = (event: TargetedMouseEvent<HTMLTableElement>): void => {
    const key = keyUnder(event);
    if (key === undefined) return;
    const group = groupIdOf(key);
    if (group !== null) actions.setOpen(group, state.shut.has(group));
    actions.activate(key, { reveal: group === null, focus: false });
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
    if (steer(event.key, key, keys, state, actions)) event.preventDefault();
  };

  return (
    <table
      role="treegrid"
      aria-label={`Layers in forward order: ${QUANTITIES[quantity]}`}
      onClick={onClick}
      onDblClick={onDoubleClick}
      onKeyDown={onKeyDown}
    >
      <colgroup>
        <col class="name" />
        <col />
        <col class="rms" />
        <col class="factor" />
        <col class="float16" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col" class="name">
            Layer
          </th>
          <th scope="col" class="chart" title={`Root mean square of the ${QUANTITIES[quantity]}`}>
            <Scale axis={axis} />
          </th>
          <th scope="col" class="number rms">
            rms
          </th>
          <th
            scope="col"
            class="number"
            title="The layer's part in the chain rule: rms of its input's gradient over rms of its output's"
          >
            factor
          </th>
          <th
            scope="col"
            class="float16"
            title="Where the elements end up in float16 at loss scale 1: zero, subnormal, normal, infinite"
          >
            float16
          </th>
        </tr>
      </thead>
      {state.groups.map((group, i) => (
        <tbody key={group.key}>
          {group.name !== "" && (
            <Heading
              group={group}
              isOpen={!state.shut.has(group.key)}
              isActive={state.active === groupKey(group.key)}
              canTab={tabStop === groupKey(group.key)}
            />
          )}
          {drawn[i]?.map((row) => (
            <LayerRowView
              key={row.id}
              row={row}
              group={group.name}
              quantity={quantity}
              axis={axis}
              thresholds={thresholds}
              isActive={state.active === rowKey(row.id)}
              isLinked={state.linked.has(row.id)}
              canTab={tabStop === rowKey(row.id)}
            />
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** Does what a key asks for; false where it asks for nothing. */
function steer(
  pressed: string,
  key: string,
  keys: readonly string[],
  state: State,
  actions: Actions,
): boolean {
  const here = keys.indexOf(key);
  const go = (index: number): true => {
    const next = keys[Math.min(keys.length - 1, Math.max(0, index))];
    if (next !== undefined) actions.activate(next, { reveal: true, focus: false });
    return true;
  };
  const group = groupIdOf(key);
  switch (pressed) {
    case "ArrowDown":
      return go(here + 1);
    case "ArrowUp":
      return go(here - 1);
    case "PageDown":
      return go(here + PAGE);
    case "PageUp":
      return go(here - PAGE);
    case "Home":
      return go(0);
    case "End":
      return go(keys.length - 1);
    case "ArrowRight":
    case "ArrowLeft": {
      if (group !== null) actions.setOpen(group, pressed === "ArrowRight");
      else if (pressed === "ArrowLeft") toHeading(key, state, actions);
      return true;
    }
    case "Enter":
    case " ": {
      if (group === null) actions.activate(key, { reveal: true, focus: true });
      else actions.setOpen(group, state.shut.has(group));
      return true;
    }
    default:
      return false;
  }
}

/** From a row to its group's heading, as in VS Code's trees. */
function toHeading(key: string, state: State, actions: Actions): void {
  const id = rowIdOf(key);
  const group = state.groups.find(({ rows }) => rows.some((row) => row.id === id));
  if (group === undefined || group.name === "") return;
  actions.activate(groupKey(group.key), { reveal: false, focus: false });
}

interface HeadingProps {
  readonly group: Group;
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly canTab: boolean;
}

function Heading({ group, isOpen, isActive, canTab }: HeadingProps): JSX.Element {
  const severity = isOpen ? null : worst(group.rows);
  return (
    <tr
      id={groupKey(group.key)}
      class={isActive ? "group active" : "group"}
      tabIndex={canTab ? 0 : -1}
      aria-level={1}
      aria-expanded={isOpen}
      aria-selected={isActive}
    >
      {/* three columns are there at every width; spanning more would make new ones */}
      <td colSpan={3}>
        {severity !== null && <SeverityIcon severity={severity} label={severity} />}
        <Twistie isOpen={isOpen} /> {group.name}{" "}
        {!isOpen && <span class="dim">{`${String(group.rows.length)} layers`}</span>}
      </td>
    </tr>
  );
}
