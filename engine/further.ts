/** Further runs of what was measured, each made only where a finding needs it. */
import type { Evidence, Lost, Origin } from "./rules/rule.ts";
import { lostNames } from "./rules/gradientMissing.ts";
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
  const names = lostNames(evidence);
  const lost = names.length > 0 ? lostOf(at, request, names) : null;
  return { ...evidence, ...(origin && { origin }), ...(lost && { lost }) };
}

/** The run again with each operation's result looked at; null where it stops elsewhere. */
function originOf(at: Workplace, request: Repeat): Origin | null {
  const found = at.ask<Origin>("origin", request);
  return found.ok ? { nan: found.nan, inf: found.inf, back: found.back } : null;
}

/** The run again with values followed off the tape. */
function lostOf(at: Workplace, request: Repeat, names: readonly string[]): readonly Lost[] | null {
  const found = at.ask<{ readonly lost: readonly Lost[] }>("lost", { ...request, names });
  return found.ok ? found.lost : null;
}
