import type { Quantity } from "../reading.ts";

/** What the components can ask for; main.tsx does it. */
export interface Actions {
  readonly run: () => void;
  readonly cancel: () => void;
  /** Lets the user choose what is run. */
  readonly choose: () => void;
  readonly show: (quantity: Quantity) => void;
  /** Makes a row or heading active. `reveal`: also goes to its line; `focus`: with the keyboard. */
  readonly activate: (
    key: string,
    how: { readonly reveal: boolean; readonly focus: boolean },
  ) => void;
  readonly setOpen: (group: string, isOpen: boolean) => void;
  readonly revealFinding: (id: string) => void;
  readonly revealReplaced: (id: string) => void;
  readonly revealUnsupported: (name: string) => void;
  readonly applyFix: (finding: string, fix: string) => void;
}
