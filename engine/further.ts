/** Further runs of what was measured, each made only where a finding needs it. */
import type { Absorbed, Evidence, Lost, Origin } from "./rules/rule.ts";
import { lostNames } from "./rules/gradientMissing.ts";
import { zeroNames } from "./rules/gradientZero.ts";
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
  const lost = traced<Lost>(at, request, "cuts", lostNames(evidence));
  const absorbed = traced<Absorbed>(at, request, "absorbers", zeroNames(evidence));
  return {
    ...evidence,
    ...(origin && { origin }),
    ...(lost && { lost }),
    ...(absorbed && { absorbed }),
  };
}

/** The run again with each operation's result looked at; null where it stops elsewhere. */
function originOf(at: Workplace, request: Repeat): Origin | null {
  const found = at.ask<Origin>("origin", request);
  return found.ok ? { nan: found.nan, inf: found.inf, back: found.back } : null;
}

/** The run again with what happens to some parameters' values or gradients looked at. */
function traced<T>(
  at: Workplace,
  request: Repeat,
  kind: "cuts" | "absorbers",
  names: readonly string[],
): readonly T[] | null {
  if (names.length === 0) return null;
  const found = at.ask<{ readonly seen: readonly T[] }>("traced", { ...request, kind, names });
  return found.ok ? found.seen : null;
}
