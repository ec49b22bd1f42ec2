import type { LayerRow } from "./protocol.ts";

const keyOf = (path: string, { type, call }: LayerRow): string => `${path}:${type}:${String(call)}`;

/** `a.b.0` → `a.b`, `a`. */
function around(path: string): readonly string[] {
  const parts = path.split(".");
  return parts.slice(1).map((_, i) => parts.slice(0, parts.length - 1 - i).join("."));
}

/** The rows of another run by the ids of this one's. A layer that an edit has put into a container, or taken out of one, stays the same layer. */
export function counterparts(
  rows: readonly LayerRow[],
  others: readonly LayerRow[],
): ReadonlyMap<string, LayerRow> {
  const found = new Map(others.map((other) => [other.id, other]));
  const here = new Set(rows.map(({ id }) => id));
  const free = (all: readonly LayerRow[], isTaken: (id: string) => boolean) =>
    new Map(
      all
        .filter(({ id, functional }) => !functional && !isTaken(id))
        .map((row) => [keyOf(row.path, row), row]),
    );
  const [added, removed] = [free(rows, (id) => found.has(id)), free(others, (id) => here.has(id))];
  for (const row of added.values()) {
    const key = around(row.path)
      .map((path) => keyOf(path, row))
      .find((each) => removed.has(each));
    const other = key === undefined ? undefined : removed.get(key);
    if (key === undefined || other === undefined) continue;
    found.set(row.id, other);
    removed.delete(key);
  }
  for (const other of removed.values()) {
    const row = around(other.path)
      .map((path) => added.get(keyOf(path, other)))
      .find((each) => each !== undefined && !found.has(each.id));
    if (row) found.set(row.id, other);
  }
  return found;
}
