import type { Optimizer, Parameter, Stats } from "../report.ts";
import { FORMATS, flushExponent } from "./formats.ts";
import { defineRule, percent, short } from "./rule.ts";
import { said } from "../said.ts";

const MAX_LOST = 0.25; // share of the elements with a gradient that the first step leaves as they were
const MAX_VANISHED = 0.5; // share of the gradient's elements whose second moment is 0
const DECAY = 2 ** -10; // 1 − β₂ of Adam's default, 0.001, to a power of two

/**
 * half-weights: an optimizer steps weights that are held in float16 or bfloat16, and much of the update is lost in them.
 *
 * A weight moves only where the update is at least half the distance to its neighbour: beyond a ratio of weight to update of 2048 in float16,
 * 256 in bfloat16, it stays as it is, at every step. Counted are the elements with a gradient that the first step did not change. In
 * float16 Adam's second moment is lost as well: (1 − β₂) g² is 0 for gradients up to 5e-3, and what is left in the denominator is eps.
 *
 * What helps: weights in float32 and autocast around the forward pass.
 *
 * Source: Micikevicius et al., Mixed Precision Training, ICLR 2018, section 3.1.
 */
export const halfWeights = defineRule({
  code: "half-weights",
  severity: "warning",
  title: "Updates lost in half-precision weights",
  limits: { maxLost: MAX_LOST },
  check: ({ parameters, optimizers = [] }, limits) => {
    const [optimizer] = optimizers;
    const half = parameters.filter((p) => p.updateLost !== undefined && p.updateLost !== null);
    if (!optimizer?.at || half.length === 0) return [];
    const size = half.reduce((n, p) => n + nonZero(p.grad), 0);
    const mean = (share: (p: Parameter) => number): number =>
      half.reduce((sum, p) => sum + share(p) * nonZero(p.grad), 0) / Math.max(size, 1);
    const lost = mean((p) => p.updateLost ?? 0);
    const vanished = isAdam(optimizer) ? mean(secondMomentLost) : 0;
    if (lost <= limits.maxLost && vanished <= MAX_VANISHED) return [];
    const dtype = half[0]!.value.dtype;
    const parts = [
      ...(lost > limits.maxLost
        ? [said`${percent(lost)} of the weights stay as they are at the first step`]
        : []),
      ...(vanished > MAX_VANISHED
        ? [said`${percent(vanished)} of ${optimizer.type}'s second moments are 0`]
        : []),
    ];
    return [
      {
        at: optimizer.at,
        message: said`${optimizer.type} at a learning rate of ${short(optimizer.lr)} steps weights in ${dtype}: ${parts.reduce((a, b) => said`${a}, and ${b}`)}.`,
        measured: { lost, vanished, lr: optimizer.lr },
        layers: [],
      },
    ];
  },
  remedies: () => [[{ kind: "widen" }]],
});

const isAdam = ({ type }: Optimizer): boolean => /Adam/.test(type);
const nonZero = (s: Stats | null): number => (s ? s.count - s.zeros : 0);

/** Share of a float16 gradient's elements with (1 − β₂) g² below what float16 holds, by their exponents. */
function secondMomentLost({ grad, value }: Parameter): number {
  if (!grad || value.dtype !== "float16") return 0;
  const least = flushExponent(FORMATS.float16) - Math.log2(DECAY);
  let lost = 0;
  grad.exponents.counts.forEach((count, i) => {
    if (2 * (grad.exponents.min + i + 1) <= least) lost += count;
  });
  return lost / Math.max(nonZero(grad), 1);
}
