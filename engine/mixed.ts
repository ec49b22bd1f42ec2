import type { AnalyzeRequest } from "./protocol.ts";
import type { Finding, Mixed, Span } from "./report.ts";
import type { Spec } from "./subject/spec.ts";
import type { Workplace } from "./workplace.ts";

/** A run in mixed precision: what it measured, or what stopped it. */
export interface InMixed {
  readonly mixed?: Mixed;
  readonly findings: readonly Finding[];
}
export const NOT_MIXED: InMixed = { findings: [] };

/** The same run under autocast in `precision`; what stops it there is a finding, at its line or else at `otherwise`. */
export function inMixed(
  at: Workplace,
  request: { readonly spec: Spec },
  precision: NonNullable<AnalyzeRequest["precision"]>,
  otherwise: Span,
): InMixed {
  const ran = at.ask<Mixed>("halved", { ...request, precision });
  if (ran.ok) {
    const { dtype, loss, scale, skipped, parameters } = ran;
    return { mixed: { dtype, loss, scale, skipped, parameters }, findings: [] };
  }
  const { type, message } = ran.problem;
  const finding: Finding = {
    code: "mixed-precision",
    severity: "error",
    at: ran.problem.at ?? otherwise,
    message: `Under autocast in ${precision} the model stops here: ${type}: ${message}`,
    measured: {},
    layers: [],
    fixes: [],
  };
  return { findings: [finding] };
}
