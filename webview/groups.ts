import { t } from "./l10n.ts";
import type { LayerRow, Severity } from "./protocol.ts";

/** Neighbouring rows under one heading. `name` is "" for rows of the model itself: no heading. */
export interface Group {
  /** Unique in the table and stable between runs. */
  readonly key: string;
  readonly name: string;
  readonly rows: readonly LayerRow[];
}

const NUMBERED = /\d$/;

/**
 * The container that a layer is shown under: its path up to the last numbered part that is not the
 * layer itself, or else its parent. `encoder.3.attn.out` → `encoder.3`, `net.conv` → `net`, `fc1` → "".
 */
export function groupOf(path: string): string {
  const parents = path.split(".").slice(0, -1);
  const end = parents.findLastIndex((part) => NUMBERED.test(part));
  return parents.slice(0, end < 0 ? parents.length : end + 1).join(".");
}

/** What remains of a layer's path under its group; a functional call is named by its function. */
export function labelOf(row: LayerRow, group: string): string {
  if (row.functional) return `${row.type}()`;
  const inside = group !== "" && row.path.startsWith(`${group}.`);
  return inside ? row.path.slice(group.length + 1) : row.path || t("(model)");
}

/** Ids of the rows that come first in a finding: they carry its sign, the others a thin line. */
export function leads(rows: readonly LayerRow[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const first = new Set<string>();
  for (const { id, markers } of rows) {
    for (const { finding } of markers) {
      if (!seen.has(finding)) first.add(id);
      seen.add(finding);
    }
  }
  return first;
}

function isWithin(group: string, path: string): boolean {
  return path === "" || group === path || group.startsWith(`${path}.`);
}

/**
 * Cuts the forward order into groups without changing it. A functional call carries the path of the
 * module whose code calls it, often the model's own; it stays with the rows before it, or a loop over
 * layers and activations would start a new group at every row.
 */
export function groupRows(rows: readonly LayerRow[]): readonly Group[] {
  const groups: { key: string; name: string; rows: LayerRow[] }[] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const current = groups.at(-1);
    const own = row.functional ? groupOf(`${row.path}.x`) : groupOf(row.path);
    const stays = row.functional && current !== undefined && isWithin(current.name, row.path);
    if (current !== undefined && (stays || own === current.name)) {
      current.rows.push(row);
      continue;
    }
    const nth = (seen.get(own) ?? 0) + 1;
    seen.set(own, nth);
    groups.push({ key: `${own}#${String(nth)}`, name: own, rows: [row] });
  }
  return groups;
}

const RANK: { readonly [S in Severity]: number } = { error: 3, warning: 2, information: 1 };

/** The worst of the markers' severities; null where there is none. */
export function worst(rows: readonly LayerRow[]): Severity | null {
  let found: Severity | null = null;
  for (const row of rows) {
    for (const { severity } of row.markers) {
      if (found === null || RANK[severity] > RANK[found]) found = severity;
    }
  }
  return found;
}
