import { FORMATS, MOST_SCALE } from "./formats.ts";
import type { FormatId } from "./formats.ts";
import { leads } from "./groups.ts";
import type { PanelState, ResultView, Severity } from "./protocol.ts";
import { QUANTITIES } from "./reading.ts";
import type { Quantity } from "./reading.ts";
import { share } from "./share.ts";
import { around, branches, linesOf, rowKey, treeOf } from "./tree.ts";
import type { Child, Line } from "./tree.ts";

/** The panel's views of a result. */
export const TABS = ["layers", "formats", "steps", "findings"] as const;
export type Tab = (typeof TABS)[number];

/** Worst first. */
export const SEVERITIES = ["error", "warning", "information"] as const satisfies Severity[];

/** Height of a line of the table, px; table.css says the same. */
export const LINE = 22;

/** Lines drawn beyond each edge of the screen, and the step in which the drawn lines move. */
const BEYOND = 5;

/** What stands above the table is at least so many lines high. */
const HEAD = 8;

/** The table's first lines are there even where it stands below the screen, as under a large zoom. */
const LEAST = 20;

/** The lines to draw on a screen of this height, px, whose top has passed so many lines; below 0: which stand further down. */
export function windowOf(above: number, height: number): State["window"] {
  const first = BEYOND * (Math.floor(above / BEYOND) - 1);
  const end = BEYOND * (Math.ceil((above + height / LINE) / BEYOND) + 1);
  return { first: Math.max(0, first), end: Math.max(LEAST, end) };
}

/** What the user chose to see; survives a hidden or reloaded panel. */
export interface Choice {
  readonly tab: Tab;
  readonly quantity: Quantity;
  readonly format: FormatId;
  /** Exponent of the loss scale: 2^scale. */
  readonly scale: number;
  /** The training step that is read off, from 0. */
  readonly step: number;
  /** What findings must contain. */
  readonly filter: string;
  /** The only code whose findings are shown; "": all. */
  readonly code: string;
  /** Severities whose findings are not shown. */
  readonly hidden: readonly Severity[];
  /** Key of the row or heading that the keyboard is on; null: none yet. */
  readonly active: string | null;
}

/** Everything that the panel draws from. */
export interface State extends Choice {
  readonly panel: PanelState;
  /** The result's rows below their modules, cut once per result. */
  readonly tree: readonly Child[];
  /** What can be seen of the tree. */
  readonly lines: readonly Line[];
  /** Ids of the rows that come first in a finding. */
  readonly leads: ReadonlySet<string>;
  /** The lines on the screen and somewhat around it; the others are empty space. */
  readonly window: { readonly first: number; readonly end: number };
  /** A request that was refused, in words; gone with the next state. */
  readonly complaint: string | null;
  /** Ids of the rows on the editor's line. */
  readonly linked: ReadonlySet<string>;
  /** Keys of the headings that the user opened or shut against their default. */
  readonly turned: ReadonlySet<string>;
}

export interface Remembered extends Choice {
  readonly turned: readonly string[];
  readonly scroll: number;
}

/** The row's id of an active key; null on a heading. */
export function rowIdOf(key: string | null): string | null {
  return key?.startsWith("row ") === true ? key.slice(4) : null;
}

/** The key of a heading's branch; null on a row. */
export function groupIdOf(key: string | null): string | null {
  return key?.startsWith("group ") === true ? key.slice(6) : null;
}

/** What was stored, made whole: anything may have been stored by an older version. */
export function recall(stored: unknown): Remembered {
  const from: Partial<Record<keyof Remembered, unknown>> =
    typeof stored === "object" && stored !== null ? stored : {};
  const { tab, quantity, format, scale, step, filter, code, hidden } = from;
  const { active, turned, scroll } = from;
  const keyOf = <T extends string>(table: object, value: unknown, other: T): T =>
    typeof value === "string" && Object.hasOwn(table, value) ? (value as T) : other;
  const isScale = Number.isInteger(scale) && 0 <= Number(scale) && Number(scale) <= MOST_SCALE;
  return {
    tab: TABS.find((each) => each === tab) ?? "layers",
    quantity: keyOf<Quantity>(QUANTITIES, quantity, "weightGradients"),
    format: keyOf<FormatId>(FORMATS, format, "float16"),
    scale: isScale ? Number(scale) : 0,
    step: Number.isSafeInteger(step) && Number(step) >= 0 ? Number(step) : 0,
    filter: typeof filter === "string" ? filter : "",
    code: typeof code === "string" ? code : "",
    hidden: SEVERITIES.filter((each) => Array.isArray(hidden) && hidden.includes(each)),
    active: typeof active === "string" ? active : null,
    turned: Array.isArray(turned) ? turned.filter((key) => typeof key === "string") : [],
    scroll: typeof scroll === "number" ? scroll : 0,
  };
}

/** `height` of the page, px. */
export function initialState({ turned, scroll: _, ...choice }: Remembered, height: number): State {
  return {
    ...choice,
    panel: { status: "empty", target: null },
    tree: [],
    lines: [],
    leads: new Set(),
    window: windowOf(-HEAD, height),
    complaint: null,
    linked: new Set(),
    turned: new Set(turned),
  };
}

export function memoryOf(state: State, scroll: number): Remembered {
  const { tab, quantity, format, scale, step, filter, code, hidden, active } = state;
  const turned = [...state.turned];
  return { tab, quantity, format, scale, step, filter, code, hidden, active, turned, scroll };
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
  const before = resultOf(state.panel)?.rows;
  const rows = resultOf(panel)?.rows ?? [];
  const isSame = rows === before;
  const tree = isSame ? state.tree : treeOf(rows);
  const lead = isSame ? state.leads : leads(rows);
  const next = relined({ ...state, panel, tree, leads: lead, complaint: null });
  const isThere = rows.length === 0 || isKnown(next, state.active);
  return { ...next, active: isThere ? state.active : null };
}

function isKnown({ tree }: State, active: string | null): boolean {
  const row = rowIdOf(active);
  const group = groupIdOf(active);
  return (
    branches(tree).some(({ key, rows }) => key === group || rows.some(({ id }) => id === row)) ||
    tree.some((child) => "id" in child && child.id === row)
  );
}

function relined(state: State): State {
  return { ...state, lines: linesOf(state.tree, state.turned) };
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

/** The lines to draw: those of the window and the active one, which holds the keyboard. */
export function drawnLines({ lines, window, active }: State): readonly number[] {
  const many = window.end - window.first;
  const first = Math.max(0, Math.min(window.first, lines.length - many));
  const end = Math.min(lines.length, first + many);
  const drawn = Array.from({ length: end - first }, (_, i) => first + i);
  const at = active === null ? -1 : lines.findIndex(({ key }) => key === active);
  if (at < 0 || (first <= at && at < end)) return drawn;
  return at < first ? [at, ...drawn] : [...drawn, at];
}

/** Makes a row active and opens the headings around it. */
export function withRow(state: State, id: string): State {
  const closed = around(state.tree, id).filter(
    ({ isOpen, key }) => isOpen === state.turned.has(key),
  );
  const next = closed.reduce((now, { key }) => withGroup(now, key, true), state);
  const key = rowKey(id);
  return next.lines.some((line) => line.key === key) ? { ...next, active: key } : state;
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

/** Opens or shuts a heading. */
export function withGroup(state: State, key: string, open: boolean): State {
  const branch = branches(state.tree).find((each) => each.key === key);
  if (branch === undefined) return state;
  const turned = new Set(state.turned);
  if (branch.isOpen === open) turned.delete(key);
  else turned.add(key);
  return relined({ ...state, turned });
}

/** Opens or shuts all headings. */
export function withAll(state: State, open: boolean): State {
  const turned = new Set(
    branches(state.tree)
      .filter(({ isOpen }) => isOpen !== open)
      .map(({ key }) => key),
  );
  return relined({ ...state, turned });
}
