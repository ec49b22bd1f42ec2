import { groupIdOf, groupKey, rowIdOf } from "../state.ts";
import type { State } from "../state.ts";
import type { Actions } from "./actions.ts";

/** Rows that Page Up and Page Down move by. */
const PAGE = 15;

/** Does what a key asks for; false where it asks for nothing. */
export function steer(
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
