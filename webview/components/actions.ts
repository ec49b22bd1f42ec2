import type { Requests } from "../protocol.ts";
import type { Choice } from "../state.ts";

/** What the components can ask for; main.tsx does it. */
export interface Actions {
  readonly run: () => void;
  readonly cancel: () => void;
  readonly sample: () => void;
  /** Lets the user choose what is run. */
  readonly choose: () => void;
  /** Changes what is shown; nothing is run. */
  readonly show: (choice: Partial<Omit<Choice, "active">>) => void;
  /** Makes a row or heading active. `reveal`: also goes to its line; `focus`: with the keyboard. */
  readonly activate: (
    key: string,
    how: { readonly reveal: boolean; readonly focus: boolean },
  ) => void;
  /** Opens or shuts a heading, and makes it active. */
  readonly setOpen: (group: string, isOpen: boolean) => void;
  readonly setAllOpen: (isOpen: boolean) => void;
  /** Shows a kept run beside this one; null: none. */
  readonly compare: (run: string | null) => void;
  /** Runs again with another seed, batch or dtype. */
  readonly set: (params: Requests["set"]["params"]) => void;
  readonly revealSubject: () => void;
  readonly revealFinding: (id: string) => void;
  readonly revealReplaced: (id: string) => void;
  readonly revealOptimizer: (id: string) => void;
  readonly revealTerm: (id: string) => void;
  /** Where the passes are made whose gradients add up. */
  readonly revealPasses: () => void;
  readonly revealUnsupported: (name: string) => void;
  readonly applyFix: (finding: string, fix: string) => void;
}
