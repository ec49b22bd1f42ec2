import { depthOf } from "./depth.ts";
import { widthDepth } from "./meanField.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, short } from "./rule.ts";
import { said, type Sentence } from "../said.ts";

/** Variance of ln ‖gradient‖² from which one seed is no evidence: a typical draw is e^±½ off. */
const MIN_MEASURE = 1;
/** Geometric standard deviation between seeds of the gradient over depth. */
const MIN_SPREAD = 2;

/** Values per sample that each layer with weights makes: the widths that draws average over. */
const widthsOf = (evidence: Evidence): number[] => {
  const owners = new Set(evidence.parameters.filter((p) => p.shape.length > 1).map((p) => p.layer));
  const points = depthOf(evidence)?.points ?? [];
  // Weights that are used again are not drawn again.
  return points
    .filter(({ layer }) => layer.call === 0)
    .filter(({ layer }) => owners.has(layer.path) && !layer.functional)
    .map(({ layer }) => layer.outputShape.slice(1).reduce((a, b) => a * b, 1))
    .slice(0, -1);
};

/** The model is so narrow for its depth that gradients differ much between draws of its weights. */
export const needsSeeds = (evidence: Evidence): boolean =>
  widthDepth(widthsOf(evidence)) >= MIN_MEASURE;

/** Geometric mean and standard deviation of the gradient over depth, over the seeds that were run. */
export interface Spread {
  readonly seeds: number;
  readonly mean: number;
  readonly deviation: number;
}

export function spreadOf({ overSeeds }: Evidence): Spread | null {
  if (!overSeeds) return null;
  const logs = overSeeds.map(Math.log);
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  const variance = logs.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (logs.length - 1);
  return {
    seeds: logs.length,
    mean: Math.exp(mean),
    deviation: Math.exp(Math.sqrt(variance)),
  };
}

/** ` Over 5 seeds: 2.1e-4, ×/÷ 1.8.` */
export const errorBar = (spread: Spread | null): Sentence =>
  spread
    ? said` Over ${spread.seeds} seeds it is ${short(spread.mean)}, ×/÷ ${short(spread.deviation)}.`
    : "";

/**
 * gradient-spread: the model is so narrow for its depth that gradients differ much from one seed to the next, and one seed is no evidence.
 *
 * For random ReLU networks ln ‖gradient‖² is normal between draws, with variance β = 5 Σ 1/n over the widths n. From β = 1 on the model is
 * run with five seeds, and the verdicts on its depth are those of the geometric mean, with an error bar. This finding tells that the
 * seeds differ by more than a factor of two.
 *
 * What helps: wider layers, fewer layers, residual connections; several seeds for every comparison.
 *
 * Source: Hanin, NeurIPS 2018; Hanin and Nica, Communications in Mathematical Physics 2019.
 */
export const gradientSpread = defineRule({
  code: "gradient-spread",
  severity: "information",
  title: "Gradients differ much between seeds",
  limits: { minSpread: MIN_SPREAD },
  check: (evidence, limits) => {
    const spread = spreadOf(evidence);
    if (!spread || spread.deviation < limits.minSpread) return [];
    const widths = widthsOf(evidence);
    const measure = widthDepth(widths);
    return [
      {
        at: evidence.subjectAt,
        message: said`One seed says little about this model: over ${spread.seeds} seeds the gradient over depth varies by ×/÷ ${short(spread.deviation)}, for it is narrow for its depth (5 Σ 1/width = ${short(measure)}).`,
        measured: { seeds: spread.seeds, mean: spread.mean, deviation: spread.deviation, measure },
        layers: [],
      },
    ];
  },
});
