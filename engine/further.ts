/** Further runs of what was measured, each made only where a finding needs it. */
import type { Evidence, Origin } from "./rules/rule.ts";
import { isFinite } from "./rules/nonFinite.ts";
import type { Spec } from "./subject/spec.ts";
import type { Workplace } from "./workplace.ts";

export interface Repeat {
  readonly spec: Spec;
  readonly dtype: string;
  readonly file: string;
  /** That a script may take. */
  readonly seconds: number;
}

/** The evidence with what further runs tell. */
export function withFurther(at: Workplace, evidence: Evidence, request: Repeat): Evidence {
  const origin = isFinite(evidence) ? null : originOf(at, request);
  return { ...evidence, ...(origin && { origin }) };
}

/** The run again with each operation's result looked at; null where it stops elsewhere. */
function originOf(at: Workplace, request: Repeat): Origin | null {
  const found = at.ask<Origin>("origin", request);
  return found.ok ? { nan: found.nan, inf: found.inf, back: found.back } : null;
}
