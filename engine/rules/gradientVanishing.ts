import { depthOf, hasInitialStatistics, judge } from "./depth.ts";
import { gated, shutGate } from "./gates.ts";
import { errorBar, spreadOf } from "./gradientSpread.ts";
import { depthGauge, depthRemedies } from "./remedies.ts";
import { defineRule, samePlace } from "./rule.ts";
import { said } from "../said.ts";

/** Gradient near the input over gradient near the output. Depth needs ratios that compound; below this the first layers stand still. */
const MAX_RATIO = 1e-3;

/**
 * gradient-vanishing: the gradient shrinks layer by layer on its way to the input, so the first layers hardly learn.
 *
 * Measured as the ratio of gradient norms near the input and near the output, from the trend over all layers; a factor on the loss, the
 * reduction and the width drop out of it. The finding stands on the kind of layer that takes away most.
 *
 * Where learnable factors of the branches start so small that they alone explain it (LayerScale's 1e-4), it is information that names them.
 *
 * In eval mode a batch normalisation that was never trained does not normalise; what is then measured is information.
 *
 * Where a sigmoid that is called again and again, as the gate of a recurrent cell written by hand, gives less than a tenth on average, it is
 * the place and the cause.
 *
 * What helps: an activation with slope near 1 (ReLU, GELU) with He initialisation, normalisation, residual connections.
 *
 * Source: Glorot and Bengio, AISTATS 2010, section 4.2; Schoenholz et al., ICLR 2017 (trainable depth is about 6 ξ); Touvron et al., ICCV 2021 (LayerScale); threshold: ratio of
 * first to last layer 1e-3, as in AutoTrainer, ICSE 2021.
 */
export const gradientVanishing = defineRule({
  code: "gradient-vanishing",
  severity: "warning",
  title: "Gradients vanish toward the input",
  limits: { maxRatio: MAX_RATIO },
  check: (evidence, limits) => {
    const depth = depthOf(evidence);
    const spread = spreadOf(evidence);
    if (!depth || (spread?.mean ?? depth.ratio) >= limits.maxRatio) return [];
    const byDesign = gated(evidence, depth, limits.maxRatio);
    if (byDesign) return [byDesign];
    const isUntrained = hasInitialStatistics(evidence);
    const why = isUntrained
      ? said` In eval mode batch normalisations use their initial statistics.`
      : "";
    const shut = shutGate(evidence);
    const found = judge(evidence, depth, -1, (kind, n) =>
      kind.type === "layer"
        ? said`Gradients vanish toward the input: each layer passes ×${n.rate}, ${n.ratio} over ${depth.weighted} layers.${errorBar(spread)}${why}`
        : said`Gradients vanish toward the input: each ${kind.type} passes ×${n.factor}, each layer ×${n.rate}, ${n.ratio} over ${depth.weighted} layers.${errorBar(spread)}${why}`,
    ).map((j) => (isUntrained ? { ...j, severity: "information" as const } : j));
    // A gate that starts shut is the one place to look at, where it is among those that are named.
    const own = shut && found.find(({ at }) => samePlace(at, shut.at));
    return own ? [{ ...own, cause: shut }] : found;
  },
  remedies: (evidence) => depthRemedies(evidence, -1),
  gauge: depthGauge,
});
