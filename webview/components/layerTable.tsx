import type { JSX, TargetedKeyboardEvent, TargetedMouseEvent } from "preact";

import { rulerOf } from "../charts/ruler.ts";
import { Scale } from "../charts/scale.tsx";
import { leads, worst } from "../groups.ts";
import type { Group } from "../groups.ts";
import type { ResultView } from "../protocol.ts";
import { QUANTITIES } from "../reading.ts";
import { drawnRows, groupIdOf, groupKey, reachable, rowIdOf, rowKey } from "../state.ts";
import type { State } from "../state.ts";
import type { Actions } from "./actions.ts";
import { SeverityIcon, Twistie } from "./icons.tsx";
import { steer } from "./keyboard.ts";
import { LayerRowView } from "./layerRow.tsx";

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
  const lead = leads(result.rows);
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
              isLead={lead.has(row.id)}
            />
          ))}
        </tbody>
      ))}
    </table>
  );
}

interface HeadingProps {
  readonly group: Group;
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly canTab: boolean;
}

function Heading({ group, isOpen, isActive, canTab }: HeadingProps): JSX.Element {
  const count = group.rows.length;
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
      <td colSpan={2}>
        {severity !== null && <SeverityIcon severity={severity} label={severity} />}
        <Twistie isOpen={isOpen} /> {group.name}{" "}
        {!isOpen && <span class="dim">{count === 1 ? "1 layer" : `${String(count)} layers`}</span>}
      </td>
      {/* every column has a cell, or the selection's colour would end halfway */}
      <td class="rms" />
      <td />
      <td class="float16" />
    </tr>
  );
}
