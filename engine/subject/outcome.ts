/** How the search for a subject ends. */
import type { Choice, Said } from "../report.ts";
import type { Attempt, Made, Problem } from "./probe.ts";
import type { InputSpec, Spec } from "./spec.ts";

/** Work of one entry's search, and the time at which a slow machine gives up. */
export interface Limits {
  readonly work: number;
  readonly until: number;
}

export interface Ran {
  readonly spec: Spec;
  readonly choices: readonly Choice[];
  /** What was made smaller for the run. */
  readonly reduced: Said | null;
  /** The inputs before anything was made smaller; of guesses nobody asks. */
  readonly own?: readonly InputSpec[];
  /** Why no run confirmed it; then the measured run decides. */
  readonly unconfirmed: Problem | null;
}
export interface Stopped {
  readonly problem: Problem;
  /** Where the arguments or inputs that failed were ours. */
  readonly isGuess: boolean;
  /** What stopped, as the user would have to write it. */
  readonly spec: Spec;
  /** How many operations the likeliest input got through. */
  readonly ops?: number;
}

/** A forward pass that went through, and what it cost. */
export type Tried = Attempt & { readonly made: Made };

const MISUSE = /^(TypeError|AttributeError)$/;

/**
 * Whether another failure is later than a failure: it says something else, not on an earlier line of the entry. Other
 * numbers in the same sentence, or a value of the wrong kind on the same line, are no progress.
 */
export function isLater(before: Problem, after: Problem): boolean {
  const isSamePlace = after.at?.startLine === before.at?.startLine;
  if (isSamePlace && MISUSE.test(after.type) && !MISUSE.test(before.type)) return false;
  return (
    after.message !== before.message && (after.blame?.outer ?? 0) >= (before.blame?.outer ?? 0)
  );
}
