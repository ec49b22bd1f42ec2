import type { Layer } from "../report.ts";
import { valuesPerChannel } from "./batchNormFew.ts";
import { depthOf, judge, type Depth } from "./depth.ts";
import { errorBar, spreadOf } from "./gradientSpread.ts";
import { entersMidway } from "./lossTerm.ts";
import { depthGauge, depthRemedies } from "./remedies.ts";
import { defineRule } from "./rule.ts";
import { said } from "../said.ts";

/** Gradient near the input over gradient near the output. */
const MIN_RATIO = 1e3;
const NORMALISED_RATE = 1.25; // per layer; √(π/(π−1)) = 1.21 is BatchNorm with ReLU at its best
const MIN_SAMPLES = 8; // values per channel below which a batch statistic says more about the batch than about the model

const NORM = /norm/i;
const MIN_NORMS = 0.25; // normalisations per layer with weights, from which on a network counts as normalised

/** The growth that normalisation itself brings, and no more. */
const isNormalised = (layers: readonly Layer[], depth: Depth): boolean =>
  depth.rate <= NORMALISED_RATE &&
  layers.filter((l) => NORM.test(l.type)).length >= MIN_NORMS * depth.weighted;

/** The fewest values per channel that a batch normalisation of the run averages over; infinite without one. */
const fewestSamples = (layers: readonly Layer[]): number =>
  Math.min(...layers.map(valuesPerChannel));

/**
 * gradient-exploding: the gradient grows layer by layer on its way to the input, so one step of the optimizer throws the first layers away.
 *
 * Measured like gradient-vanishing, with the ratio turned round. Normalised networks without residual connections grow slowly by
 * themselves: BatchNorm with ReLU by at least √(π/(π−1)) = 1.21 per layer; up to
 * 1.25 that is information. Over a handful of values it grows fast, whatever the model: then it is
 * information, and the sentence says how many they are. Where a script's loss is a sum, one term of which enters in the middle and makes up most
 * of the gradient from there on, loss-term tells it.
 *
 * What helps: He or Glorot initialisation with the gain of the activation used, residual connections, clipping as a last resort.
 *
 * Source: Glorot and Bengio, AISTATS 2010; Yang et al., ICLR 2019, theorem 8; threshold: 1000, as in torchmortem's critical ratio.
 */
export const gradientExploding = defineRule({
  code: "gradient-exploding",
  severity: "warning",
  title: "Gradients explode toward the input",
  limits: { minRatio: MIN_RATIO },
  check: (evidence, limits) => {
    const depth = depthOf(evidence);
    const spread = spreadOf(evidence);
    if (!depth || (spread?.mean ?? depth.ratio) <= limits.minRatio) return [];
    if (entersMidway(evidence)) return [];
    const samples = fewestSamples(evidence.layers);
    const isBatch = samples < MIN_SAMPLES;
    const isMild = isBatch || isNormalised(evidence.layers, depth);
    const why = isBatch
      ? said` A batch normalisation averages over only ${samples} values here.`
      : "";
    return judge(evidence, depth, 1, (kind, n) =>
      kind.type === "layer"
        ? said`Gradients explode toward the input: each layer multiplies them by ${n.rate}, ×${n.ratio} over ${depth.weighted} layers.${errorBar(spread)}${why}`
        : said`Gradients explode toward the input: each ${kind.type} multiplies them by ${n.factor}, each layer by ${n.rate}, ×${n.ratio} over ${depth.weighted} layers.${errorBar(spread)}${why}`,
    ).map((j) => (isMild ? { ...j, severity: "information" as const } : j));
  },
  remedies: (evidence) => depthRemedies(evidence, 1),
  gauge: depthGauge,
});
