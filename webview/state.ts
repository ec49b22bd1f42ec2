import { groupRows } from "./groups.ts";
import type { Group } from "./groups.ts";
import type { LayerRow, PanelState, ResultView } from "./protocol.ts";
import { QUANTITIES } from "./reading.ts";
import type { Quantity } from "./reading.ts";
import { share } from "./share.ts";

/** Rows of the first paint: more than a screen holds. The rest follows in the next frame. */
const FIRST_ROWS = 80;

/** Everything that the panel draws from. */
export interface State {
  readonly panel: PanelState;
  /** The groups of the result's rows, cut once per result. */
  readonly groups: readonly Group[];
  /** So many rows are drawn. */
  readonly limit: number;
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
    limit: FIRST_ROWS,
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
export function withPanel(state: State, message: PanelState): State {
  const panel = shareResult(resultOf(state.panel), message);
  const rows = resultOf(panel)?.rows ?? [];
  const groups = share(state.groups, groupRows(rows));
  const ids = new Set(rows.map((row) => row.id));
  const { active } = state;
  const row = rowIdOf(active);
  const group = groupIdOf(active);
  const isThere =
    rows.length === 0 ||
    (row !== null && ids.has(row)) ||
    (group !== null && groups.some(({ key }) => key === group));
  const limit = state.groups.length === 0 ? FIRST_ROWS : state.limit;
  return { ...state, panel, groups, limit, complaint: null, active: isThere ? active : null };
}

/** A state comes with each keystroke and each step of a run, mostly with the result as it was. */
function shareResult(before: ResultView | null, panel: PanelState): PanelState {
  switch (panel.status) {
    case "empty":
      return panel;
    case "running":
    case "failed":
      return { ...panel, previous: share(before, panel.previous) };
    case "result":
      return { ...panel, result: share(before, panel.result) };
  }
}

/** Whether rows wait for the next frame. */
export function isPartial({ groups, limit }: State): boolean {
  return groups.reduce((count, { rows }) => count + rows.length, 0) > limit;
}

/** Draws all rows. */
export function withAllRows(state: State): State {
  return { ...state, limit: Infinity };
}

/** The rows of each group that are drawn: the first `limit` of those in open groups. */
export function drawnRows({ groups, shut, limit }: State): readonly (readonly LayerRow[])[] {
  let left = limit;
  return groups.map(({ key, rows }) => {
    if (shut.has(key)) return [];
    const drawn = left < rows.length ? rows.slice(0, left) : rows;
    left -= drawn.length;
    return drawn;
  });
}

/** Makes a row active and opens its group. */
export function withRow(state: State, id: string): State {
  const group = state.groups.find(({ rows }) => rows.some((row) => row.id === id));
  if (group === undefined) return state;
  const shut = new Set(state.shut);
  shut.delete(group.key);
  return { ...state, active: rowKey(id), shut, limit: Infinity };
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
export function reachable(state: State): readonly string[] {
  const drawn = drawnRows(state);
  return state.groups.flatMap(({ key, name }, i) => [
    ...(name === "" ? [] : [groupKey(key)]),
    ...(drawn[i] ?? []).map((row) => rowKey(row.id)),
  ]);
}
