import { groupRows } from "./groups.ts";
import type { Group } from "./groups.ts";
import type { PanelState, ResultView } from "./protocol.ts";
import { QUANTITIES } from "./reading.ts";
import type { Quantity } from "./reading.ts";

/** Everything that the panel draws from. */
export interface State {
  readonly panel: PanelState;
  /** The groups of the result's rows, cut once per result. */
  readonly groups: readonly Group[];
  /** A request that was refused, in words; gone with the next state. */
  readonly complaint: string | null;
  readonly quantity: Quantity;
  /** Key of the row or heading that the keyboard is on; null: none yet. */
  readonly active: string | null;
  /** Ids of the rows on the editor's line. */
  readonly linked: ReadonlySet<string>;
  /** Keys of the groups that are shut. */
  readonly shut: ReadonlySet<string>;
}

/** What survives a hidden or reloaded panel; the rest comes with `ready`. */
export interface Remembered {
  readonly quantity: Quantity;
  readonly active: string | null;
  readonly shut: readonly string[];
  readonly scroll: number;
}

export const rowKey = (id: string): string => `row ${id}`;
export const groupKey = (key: string): string => `group ${key}`;

/** The row's id of an active key; null on a heading. */
export function rowIdOf(key: string | null): string | null {
  return key?.startsWith("row ") === true ? key.slice(4) : null;
}

/** The group's key of an active key; null on a row. */
export function groupIdOf(key: string | null): string | null {
  return key?.startsWith("group ") === true ? key.slice(6) : null;
}

/** What was stored, made whole: anything may have been stored by an older version. */
export function recall(stored: unknown): Remembered {
  const from: Partial<Record<keyof Remembered, unknown>> =
    typeof stored === "object" && stored !== null ? stored : {};
  const { quantity, active, shut, scroll } = from;
  const isQuantity = typeof quantity === "string" && Object.hasOwn(QUANTITIES, quantity);
  return {
    quantity: isQuantity ? (quantity as Quantity) : "weightGradients",
    active: typeof active === "string" ? active : null,
    shut: Array.isArray(shut) ? shut.filter((key) => typeof key === "string") : [],
    scroll: typeof scroll === "number" ? scroll : 0,
  };
}

export function initialState({ quantity, active, shut }: Remembered): State {
  return {
    panel: { status: "empty", target: null },
    groups: [],
    complaint: null,
    quantity,
    active,
    linked: new Set(),
    shut: new Set(shut),
  };
}

/** The result on show; while running and after a failure, the one before. */
export function resultOf(panel: PanelState): ResultView | null {
  switch (panel.status) {
    case "empty":
      return null;
    case "running":
    case "failed":
      return panel.previous;
    case "result":
      return panel.result;
  }
}

/** Takes a new panel state; the row that was active stays so while it is there. */
export function withPanel(state: State, panel: PanelState): State {
  const rows = resultOf(panel)?.rows ?? [];
  const groups = groupRows(rows);
  const ids = new Set(rows.map((row) => row.id));
  const { active } = state;
  const row = rowIdOf(active);
  const group = groupIdOf(active);
  const isThere =
    rows.length === 0 ||
    (row !== null && ids.has(row)) ||
    (group !== null && groups.some(({ key }) => key === group));
  return { ...state, panel, groups, complaint: null, active: isThere ? active : null };
}

/** Makes a row active and opens its group. */
export function withRow(state: State, id: string): State {
  const group = state.groups.find(({ rows }) => rows.some((row) => row.id === id));
  if (group === undefined) return state;
  const shut = new Set(state.shut);
  shut.delete(group.key);
  return { ...state, active: rowKey(id), shut };
}

/** The editor's cursor is on these rows' line. */
export function withLinked(state: State, ids: readonly string[]): State {
  const linked = new Set(ids);
  const current = rowIdOf(state.active);
  const next = { ...state, linked };
  const [first] = ids;
  if (first === undefined || (current !== null && linked.has(current))) return next;
  return withRow(next, first);
}

/** Opens or shuts a group. */
export function withGroup(state: State, key: string, isOpen: boolean): State {
  const shut = new Set(state.shut);
  if (isOpen) shut.delete(key);
  else shut.add(key);
  return { ...state, shut };
}

/** Keys of what can be reached with the arrow keys, top to bottom. */
export function reachable({ groups, shut }: State): readonly string[] {
  return groups.flatMap(({ key, name, rows }) => [
    ...(name === "" ? [] : [groupKey(key)]),
    ...(shut.has(key) ? [] : rows.map((row) => rowKey(row.id))),
  ]);
}
