import type { Quantity } from "../reading.ts";

/** What the components can ask for; main.tsx does it. */
export interface Actions {
  run(): void;
  cancel(): void;
  show(quantity: Quantity): void;
  /** Makes a row or heading active. `reveal`: also goes to its line; `focus`: with the keyboard. */
  activate(key: string, how: { readonly reveal: boolean; readonly focus: boolean }): void;
  setOpen(group: string, isOpen: boolean): void;
  revealFinding(id: string): void;
  revealUnsupported(name: string): void;
  applyFix(finding: string, fix: string): void;
}
