/**
 * Gradients that are zero for a reason: zero by construction (a bias before a normalisation), where rounding leaves noise, and zero at
 * the start only (a head, gate or branch that starts at zero).
 */
import { median } from "../numeric/median.ts";
import type { LayerCall } from "../measure/recorder.ts";
import type { RunAnswer } from "./ran.ts";
import type { Parameter } from "../report.ts";

/** |g64| ≤ 1e-6 |g32|: what float32 shows is rounding noise around a gradient that is mathematically zero. */
const NOISE = 1e-6;
/** Above this part of the sum of its terms' sizes, a bias's gradient is surely more than rounding. */
const CLEAR = 1e-5;
/** A gradient this far below the median one is suspected to be noise, and looked at in the other precision. */
const SUSPECT = 1e-4;

type Measured = RunAnswer["parameters"][number];

/** Further runs; null where none can be made, or none in time. */
export interface Repeats {
  /** Each gradient's norm in the other precision. */
  readonly norms: () => Readonly<Record<string, number>> | null;
  /** Which of these gradients wake within three small steps. */
  readonly wake: (names: readonly string[]) => readonly string[] | null;
}

/** The parameters with both kinds of zero told; `isDouble`: the run was in float64. */
export function toldZeros(
  ran: RunAnswer,
  calls: readonly LayerCall[],
  isDouble: boolean,
  repeats: Repeats,
): Parameter[] {
  const { parameters } = ran;
  const live = parameters.filter((p) => p.grad && p.grad.rms > 0).map((p) => p.grad!.rms);
  const usual = median(live) ?? 0;
  const suspects = parameters.filter(
    (p) => p.grad && p.grad.rms > 0 && p.grad.rms < SUSPECT * usual,
  );
  const silent = parameters.filter(
    (p) => p.grad && p.grad.count > 0 && p.grad.zeros === p.grad.count,
  );
  const noise = new Set<string>();
  // Terms that are there and cancel to the last bit, as before a batch normalisation of two rows.
  for (const p of silent) if (cancelled(p, ran, calls) === 0) noise.add(p.name);
  // A step changes parameters; inputs are drawn anew.
  const asleep = silent.filter((p) => !noise.has(p.name) && p.kind === "parameter");
  const unsure = suspects.filter((p) => {
    const left = cancelled(p, ran, calls);
    if (left !== null && left <= NOISE) noise.add(p.name);
    return left === null || (left > NOISE && left < CLEAR);
  });
  const norms = unsure.length > 0 ? repeats.norms() : null;
  for (const p of norms ? unsure : []) {
    const there = norms?.[p.name] ?? NaN;
    const [g64, g32] = isDouble ? [p.grad!.l2, there] : [there, p.grad!.l2];
    if (g64 <= NOISE * g32) noise.add(p.name);
  }
  const woken = asleep.length > 0 ? repeats.wake(asleep.map((p) => p.name)) : [];
  const unjudged = new Set(woken === null ? asleep.map((p) => p.name) : []);
  return parameters.map((p) => ({
    ...p,
    gradIsStructurallyZero: noise.has(p.name),
    gradIsZeroAtStart: unjudged.has(p.name) ? null : (woken?.includes(p.name) ?? false),
  }));
}

/**
 * |Σ g| / Σ |g| of a bias, over the rows of its layer's output gradient: what is left of the sum. Terms of random sign leave 1/√n; rounding
 * leaves about 1e-8. Null where the parameter is no bias of a leaf layer that adds it to every row.
 */
function cancelled(p: Measured, ran: RunAnswer, calls: readonly LayerCall[]): number | null {
  const isBias = p.shape.length === 1 && /(^|\.)bias$/.test(p.name);
  if (!p.grad || !isBias || !/^(Conv|Linear)|Norm/.test(p.layerType)) return null;
  let sum = 0;
  for (const c of calls)
    if (c.isLeaf && !c.functional && c.outputGrad && ran.calls[c.id]?.path === p.layer)
      sum += c.outputGrad.meanAbs * c.outputGrad.count;
  return sum > 0 ? (p.grad.meanAbs * p.grad.count) / sum : null;
}
