import { groupIdOf } from "../state.ts";
import type { Line } from "../tree.ts";
import type { Actions } from "./actions.ts";

/** Lines that Page Up and Page Down move by. */
const PAGE = 15;

/** Does what a key asks for on the line `key`; false where it asks for nothing. */
export function steer(
  pressed: string,
  key: string,
  lines: readonly Line[],
  actions: Actions,
): boolean {
  const here = lines.findIndex((line) => line.key === key);
  const line = lines[here];
  if (line === undefined) return false;
  const go = (index: number): true => {
    const next = lines[Math.min(lines.length - 1, Math.max(0, index))];
    if (next !== undefined) actions.activate(next.key, { reveal: true, focus: false });
    return true;
  };
  const group = groupIdOf(key);
  const isOpen = line.kind === "heading" && line.isOpen;
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
      return go(lines.length - 1);
    case "ArrowRight":
      if (group === null) return true;
      if (isOpen) return go(here + 1);
      actions.setOpen(group, true);
      return true;
    case "ArrowLeft":
      if (group !== null && isOpen) actions.setOpen(group, false);
      else toHeading(here, lines, actions);
      return true;
    case "*":
      actions.setAllOpen(true);
      return true;
    case "Enter":
    case " ":
      if (group === null) actions.activate(key, { reveal: true, focus: true });
      else actions.setOpen(group, !isOpen);
      return true;
    default:
      return false;
  }
}

/** To the heading around a line, as in VS Code's trees. */
function toHeading(here: number, lines: readonly Line[], actions: Actions): void {
  const level = lines[here]?.level ?? 1;
  const heading = lines
    .slice(0, here)
    .findLast((line) => line.kind === "heading" && line.level < level);
  if (heading) actions.activate(heading.key, { reveal: false, focus: false });
}
