import { depthOf, judge } from "./depth.ts";
import { defineRule } from "./rule.ts";

/** Gradient near the input over gradient near the output. */
const MIN_RATIO = 1e3;

/**
 * gradient-exploding: the gradient grows layer by layer on its way to the input, so one step of the optimizer throws the first layers away.
 *
 * Measured like gradient-vanishing, with the ratio turned round. Normalised networks without residual connections grow slowly by
 * themselves: BatchNorm with ReLU by at least √(π/(π−1)) = 1.21 per layer.
 *
 * What helps: He or Glorot initialisation with the gain of the activation used, residual connections, clipping as a last resort.
 *
 * Source: Glorot and Bengio, AISTATS 2010; Yang et al., ICLR 2019, theorem 8; threshold: 1000, as in torchmortem's critical ratio.
 */
export const gradientExploding = defineRule({
  code: "gradient-exploding",
  severity: "warning",
  title: "Gradients explode toward the input",
  check: (evidence) => {
    const depth = depthOf(evidence);
    if (!depth || depth.ratio <= MIN_RATIO) return [];
    return judge(
      evidence,
      depth,
      1,
      (kind, n) =>
        `Gradients explode toward the input: each ${kind.type} multiplies them by ${n.factor}, each layer by ${n.rate}, ×${n.ratio} over ${depth.weighted} layers.`,
    );
  },
});
