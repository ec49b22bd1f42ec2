/** Further runs of what was measured, each made only where a finding needs it. */
import type { Absorbed, Evidence, Lost, Origin } from "../rules/rule.ts";
import { lostNames } from "../rules/gradientMissing.ts";
import { zeroNames } from "../rules/gradientZero.ts";
import { isFinite } from "../rules/nonFinite.ts";
import type { Jacobians } from "../report.ts";
import { gradientExploding } from "../rules/gradientExploding.ts";
import { gradientVanishing } from "../rules/gradientVanishing.ts";
import { findingsOf, type Rule } from "../rules/rule.ts";
import { depthOf } from "../rules/depth.ts";
import { needsSeeds } from "../rules/gradientSpread.ts";
import { layersOf, type RunAnswer } from "./ran.ts";
import type { Spec } from "../subject/spec.ts";
import type { Workplace } from "./workplace.ts";

export interface Repeat {
  readonly spec: Spec;
  readonly dtype: string;
  readonly file: string;
  /** That a script may take. */
  readonly seconds: number;
  /** Milliseconds of the measured run's two passes. */
  readonly pass: number;
  /** A remedy is tried: only the verdict is asked. */
  readonly isTrial: boolean;
}

/** The evidence with what further runs tell. */
export function withFurther(at: Workplace, evidence: Evidence, request: Repeat): Evidence {
  const zero = zeroNames(evidence);
  const isHalf = evidence.parameters.some(({ value }) => value.dtype === "float16");
  const isOrigin = !isFinite(evidence) || (isHalf && zero.length > 0);
  const origin = isOrigin ? originOf(at, request) : null;
  const lost = traced<Lost>(at, request, "cuts", lostNames(evidence));
  const absorbed = traced<Absorbed>(at, request, "absorbers", zero);
  const overSeeds = ratiosOver(at, evidence, request);
  const jacobians = jacobiansOf(at, { ...evidence, ...(overSeeds && { overSeeds }) }, request);
  return {
    ...evidence,
    ...(jacobians && { jacobians }),
    ...(origin && { origin }),
    ...(lost && { lost }),
    ...(absorbed ? { absorbed } : { isUntraced: zero.length > 0 }),
    ...(overSeeds && { overSeeds }),
  };
}

const SEEDS = 5; // with the run's own
const SEED_SHARE = 0.2; // of the time left that further seeds may take

/** The gradient over depth with other seeds, where the model is so narrow and deep that one seed is no evidence; the run's own first. */
function ratiosOver(at: Workplace, evidence: Evidence, request: Repeat): readonly number[] | null {
  const own = depthOf(evidence);
  if (!own || request.spec.script || !needsSeeds(evidence)) return null;
  const ratios = [own.ratio];
  const start = at.now();
  for (let i = 1; i < SEEDS; i++) {
    const spec = { ...request.spec, seed: request.spec.seed + i };
    const ran = at.ask<RunAnswer>("run", { ...request, spec });
    if (!ran.ok) return null;
    const layers = layersOf(ran, at.calls, false);
    const depth = depthOf({ ...evidence, layers });
    if (depth) ratios.push(depth.ratio);
    if (at.now() - start > SEED_SHARE * 1000 * request.seconds) break;
  }
  return ratios.length > 2 ? ratios : null;
}

/** The run again with each operation's result looked at; null where it stops elsewhere. */
function originOf(at: Workplace, request: Repeat): Origin | null {
  const found = at.ask<Origin>("origin", request);
  return found.ok ? { nan: found.nan, inf: found.inf, back: found.back } : null;
}

const ABSORBER_PASSES = 6; // small steps, and a pass over each cotangent
const TRACE_SHARE = 0.3; // of the time left
const TRACE_MS = { cuts: 5000, absorbers: 20_000 }; // a place in the source is worth no longer wait, a verdict a longer one

/** The run again with what happens to some parameters' values or gradients looked at. */
function traced<T>(
  at: Workplace,
  request: Repeat,
  kind: "cuts" | "absorbers",
  names: readonly string[],
): readonly T[] | null {
  // A script's own first step is looked at, and no more of it is run.
  const passes = kind === "absorbers" && !request.spec.script ? ABSORBER_PASSES : 1;
  const most = Math.min(TRACE_SHARE * 1000 * request.seconds, TRACE_MS[kind]);
  const isUseless = request.isTrial && kind === "cuts"; // it changes no verdict
  if (names.length === 0 || passes * request.pass > most || isUseless) return null;
  const found = at.ask<{ readonly seen: readonly T[] }>("traced", { ...request, kind, names });
  return found.ok ? found.seen : null;
}

const JACOBIAN_PASSES = 80; // about: products with 44 vectors and 12 transposed, through a graph that is kept
const JACOBIAN_SHARE = 0.3; // of the time left
const JACOBIAN_CALLS = 128; // of layers; the kept graph of longer ones, as of 200 steps of a cell, takes gigabytes

/** Where gradients vanish or explode: what the whole and its layers do to vectors. */
function jacobiansOf(at: Workplace, evidence: Evidence, request: Repeat): Jacobians | null {
  const isFound = findingsAt(evidence, [gradientVanishing, gradientExploding]);
  const isDear =
    evidence.layers.length > JACOBIAN_CALLS ||
    JACOBIAN_PASSES * request.pass > JACOBIAN_SHARE * 1000 * request.seconds;
  if (!isFound || isDear || request.isTrial) return null;
  if (request.spec.script || request.spec.function) return null;
  const found = at.ask<Jacobians>("jacobians", request);
  return found.ok ? { whole: found.whole, layers: found.layers } : null;
}

/** Whether one of these rules finds trouble: not where it is by design, or by the run's size. */
const findingsAt = (evidence: Evidence, rules: readonly Rule[]): boolean =>
  rules
    .flatMap((rule) => findingsOf(rule, evidence))
    .some(({ severity }) => severity !== "information");
