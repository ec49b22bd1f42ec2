import type { AnalyzeRequest } from "../protocol.ts";
import type { Finding, Mixed, Span } from "../report.ts";
import type { HalfConstant } from "../rules/rule.ts";
import { refusal, refusedBy } from "../rules/halfConstant.ts";
import type { Spec } from "../subject/spec.ts";
import type { Workplace } from "./workplace.ts";
import { inMessage, said } from "../said.ts";

/** A run in mixed precision: what it measured, or what stopped it. */
export interface InMixed {
  readonly mixed?: Mixed;
  readonly constants: readonly HalfConstant[];
  readonly findings: readonly Finding[];
}
/** What a GradScaler refuses, as it does on a GPU. */
const OF_SCALER = /since the last update\(\)|No inf checks were recorded/;
const LIMITS = new Set(["OutOfTime", "MemoryError"]);
export const NOT_MIXED: InMixed = { constants: [], findings: [] };

/** The same run under autocast in `precision`, or where the user's code puts it (`isOwn`), `onGpu` as if there were one; what stops it there is a finding, at its line or else at `otherwise`. */
export function inMixed(
  at: Workplace,
  request: { readonly spec: Spec; readonly seconds: number },
  precision: NonNullable<AnalyzeRequest["precision"]>,
  how: { readonly isOwn: boolean; readonly onGpu?: boolean },
  otherwise: Span,
): InMixed {
  const { isOwn, onGpu = false } = how;
  const asked = { ...request, precision, own: isOwn, onGpu };
  const ran = at.ask<Mixed & { readonly constants: readonly HalfConstant[] }>("halved", asked);
  if (ran.ok) {
    const { constants, dtype, loss, scale, skipped, parameters, scaler } = ran;
    const told = { dtype, loss, scale, skipped, parameters, isOwn };
    return { mixed: { ...told, ...(scaler && { scaler }) }, constants, findings: [] };
  }
  const { type, message } = ran.problem;
  // The room's own limits say nothing of half precision, nor does what a GPU's absence stops.
  if (LIMITS.has(type) || (onGpu && !OF_SCALER.test(message))) return NOT_MIXED;
  const where = said`Under autocast in ${precision} `;
  const refused = refusedBy(message, ran.problem.at);
  if (refused)
    return { constants: [refused], findings: [refusal(refused, `${type}: ${message}`, where)] };
  const finding: Finding = {
    code: OF_SCALER.test(message) ? "grad-scaler" : "mixed-precision",
    severity: "error",
    at: ran.problem.at ?? otherwise,
    ...inMessage(said`${where}the model stops here: ${type}: ${message}`),
    measured: {},
    layers: [],
    fixes: [],
  };
  return { constants: [], findings: [finding] };
}
