import { groupRows, leads } from "./groups.ts";
import type { Group } from "./groups.ts";
import type { LayerRow } from "./protocol.ts";

/** A heading and what stands below it, in forward order. */
export interface Branch {
  /** Unique in the table and stable between runs. */
  readonly key: string;
  /** Dotted path of the module. */
  readonly name: string;
  /** What remains of the name below the heading around it; `#2` where the module is entered again. */
  readonly label: string;
  readonly children: readonly Child[];
  /** All layers below, at any depth. */
  readonly rows: readonly LayerRow[];
  /** Whether it is open until the user says otherwise. */
  readonly isOpen: boolean;
}

export type Child = Branch | LayerRow;

/** One line of the table. `level` from 1; `group`: the name of the heading around a row. */
export type Line =
  | {
      readonly kind: "heading";
      readonly key: string;
      readonly branch: Branch;
      readonly level: number;
      readonly isOpen: boolean;
    }
  | {
      readonly kind: "row";
      readonly key: string;
      readonly row: LayerRow;
      readonly level: number;
      readonly group: string;
    };

/** Above so many layers, modules without trouble are shut at first. */
const MANY = 150;

export const rowKey = (id: string): string => `row ${id}`;
export const groupKey = (key: string): string => `group ${key}`;

const isBranch = (child: Child): child is Branch => "children" in child;

/** Cuts the forward order into headings within headings; a module entered twice has two. */
export function treeOf(rows: readonly LayerRow[]): readonly Child[] {
  const seen = new Map<string, number>();
  const first = leads(rows);
  const startsOpen = (inside: readonly LayerRow[], isInner: boolean): boolean =>
    rows.length <= MANY || !isInner || inside.some(({ id }) => first.has(id));

  const nest = (groups: readonly Group[], around: string): Child[] => {
    const children: Child[] = [];
    for (let i = 0; i < groups.length;) {
      const group = groups[i];
      if (group === undefined) break;
      if (group.name === around) {
        children.push(...group.rows);
        i++;
        continue;
      }
      const head = firstPart(group.name, around);
      let end = i + 1;
      while (end < groups.length && isIn(groups[end]?.name ?? "", head)) end++;
      const inside = groups.slice(i, end);
      const name = common(inside.map((each) => each.name));
      const nth = (seen.get(name) ?? 0) + 1;
      seen.set(name, nth);
      const below = inside.flatMap((each) => each.rows);
      children.push({
        key: `${name}#${String(nth)}`,
        name,
        label:
          (around === "" ? name : name.slice(around.length + 1)) +
          (nth > 1 ? ` #${String(nth)}` : ""),
        children: nest(inside, name),
        rows: below,
        isOpen: startsOpen(below, inside.length === 1),
      });
      i = end;
    }
    return children;
  };
  return nest(groupRows(rows), "");
}

const isIn = (name: string, around: string): boolean =>
  name === around || name.startsWith(`${around}.`);

/** `encoder.layers.3` around `encoder`: `encoder.layers`. */
function firstPart(name: string, around: string): string {
  const from = around === "" ? 0 : around.length + 1;
  const end = name.indexOf(".", from);
  return end < 0 ? name : name.slice(0, end);
}

/** The longest dotted path that all names lie in. */
function common(names: readonly string[]): string {
  let [shared = ""] = names;
  while (!names.every((name) => isIn(name, shared))) {
    shared = shared.slice(0, Math.max(0, shared.lastIndexOf(".")));
  }
  return shared;
}

/** Whether a heading is open: its own default, turned round where the user did. */
export const isOpen = (branch: Branch, turned: ReadonlySet<string>): boolean =>
  branch.isOpen !== turned.has(branch.key);

/** The lines that can be seen, top to bottom. */
export function linesOf(tree: readonly Child[], turned: ReadonlySet<string>): readonly Line[] {
  const lines: Line[] = [];
  const walk = (children: readonly Child[], group: string, level: number): void => {
    for (const child of children) {
      if (!isBranch(child)) {
        lines.push({ kind: "row", key: rowKey(child.id), row: child, level, group });
        continue;
      }
      const open = isOpen(child, turned);
      const key = groupKey(child.key);
      lines.push({ kind: "heading", key, branch: child, level, isOpen: open });
      if (open) walk(child.children, child.name, level + 1);
    }
  };
  walk(tree, "", 1);
  return lines;
}

/** The headings around a row, outermost first; empty where it has none. */
export function around(tree: readonly Child[], id: string): readonly Branch[] {
  for (const child of tree) {
    if (!isBranch(child) || !child.rows.some((row) => row.id === id)) continue;
    return [child, ...around(child.children, id)];
  }
  return [];
}

/** Every heading. */
export function branches(tree: readonly Child[]): readonly Branch[] {
  return tree.flatMap((child) => (isBranch(child) ? [child, ...branches(child.children)] : []));
}
