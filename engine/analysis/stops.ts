/** Findings about what could not be run, or not to its end. */
import type { Finding, Note, Span } from "../report.ts";
import { expressionOf } from "../subject/reshape.ts";
import { explained, explanation } from "../rules/explained.ts";
import type { Found } from "../subject/find.ts";
import type { Problem } from "../subject/probe.ts";
import { callText } from "../subject/spec.ts";
import { inMessage, inText, said, type Sentence } from "../said.ts";

const NOTHING_MEASURED = { measured: {}, layers: [], fixes: [] } as const;

/** The script's own end as a finding beside the gradients of what was run in its place. `isOwn`: its data were the user's own. */
export function scriptStopped(problem: Problem, wholeFile: Span, isOwn: boolean): Finding {
  const known = explained(problem);
  if (known) return explanation(known, problem, wholeFile, isOwn);
  const { type, message, unsupported } = problem;
  const told = unsupported
    ? said`Chainrule does not know ${unsupported} yet`
    : `${type}: ${message}`;
  return {
    code: "script-stopped",
    severity: "information",
    at: problem.at ?? wholeFile,
    ...inMessage(said`Run as a script, the file stops here: ${told}.`),
    ...NOTHING_MEASURED,
  };
}

/** Half a sentence why there is nothing to run, and the places that help. */
export interface Why {
  readonly why: Sentence;
  readonly related?: readonly Note[];
}

/** Nothing was found to run. */
export const noSubject = ({ why, related }: Why, at: Span): Finding => ({
  code: "no-subject",
  severity: "information",
  at,
  ...inMessage(said`Nothing could be run: ${why}.`),
  ...(related && { related }),
  ...NOTHING_MEASURED,
});

/** The exception that ended a run. With inputs that Chainrule chose it says as much of them as of the code: then it is information. */
export function stopOf(problem: Problem, at: Span, found: Found | null): Finding {
  const { unsupported, type, message } = problem;
  if (unsupported)
    return {
      code: "unsupported",
      severity: "information",
      at,
      ...inMessage(said`Chainrule does not know ${unsupported} yet.`),
      ...NOTHING_MEASURED,
    };
  const isGuess = found?.from === "inference";
  return {
    code: "python-error",
    severity: isGuess ? "information" : "error",
    at,
    message: `${type}: ${message}`,
    ...(isGuess && { related: [{ at: found.at ?? at, ...inText(guessText(found)) }] }),
    ...NOTHING_MEASURED,
  };
}

/** What was run, and how to say otherwise. */
function guessText({ spec }: Found): Sentence {
  const call = callText(spec);
  const inputs = spec.inputs.map(expressionOf).join(", ") || said`no input`;
  return said`Chainrule ran ${call} on ${inputs}; for other inputs write a comment: # chainrule: ${call}, input=(8, …)`;
}
