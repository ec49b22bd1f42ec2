import type { Subject } from "../report.ts";
import type { Sentence } from "../said.ts";

const OWN: ReadonlySet<Subject["from"]> = new Set(["script", "directive", "options"]);

/** The batch is the user's: a script's, or an input that a comment or an option gives; not one that was chosen or made smaller for the run. */
export const hasOwnBatch = (
  { from, choices }: Pick<Subject, "from" | "choices">,
  reduced: Sentence | null | undefined,
): boolean => OWN.has(from) && !reduced && !choices.some(({ what }) => what.startsWith("input"));
