import { rateRemedies, typicalRatio } from "./updates.ts";
import { defineRule, short, type Evidence } from "./rule.ts";
import { said } from "../said.ts";

const MIN_RATIO = 1e-7; // of a weight's own size: float32 rounds by 6e-8

/** Median over the weights of what a step comes to beside the weight; momentum repeats it 1/(1 − β) times. Null: no step, or one that changed nothing. */
function lastingRatio(evidence: Evidence): number | null {
  const ratio = typicalRatio(evidence);
  const [optimizer] = evidence.optimizers ?? [];
  if (ratio === null || ratio === 0 || !optimizer || optimizer.warmsUp) return null;
  const { momentum = 0 } = optimizer;
  return momentum < 1 ? ratio / (1 - momentum) : null;
}

/**
 * update-too-small: the optimizer's steps change the weights by no more than the rounding of float32, so that millions of steps would be needed
 * to move them by their own size.
 *
 * Measured on the user's own first step: rms of the change over rms of the weights, the median over all weight matrices; with momentum β times
 * 1/(1 − β), which later steps come to. A schedule that warms up is left alone. What changes nothing at all is weights-unchanged.
 *
 * What helps: a larger learning rate; a limit of clipping above the gradients that it is meant to pass.
 *
 * Source: SageMaker Debugger warns below 1e-8 (rule WeightUpdateRatio), torchmortem below 1e-5; threshold: 1e-7, where half of an update is lost
 * in float32's 24 bits.
 */
export const updateTooSmall = defineRule({
  code: "update-too-small",
  severity: "warning",
  title: "The steps are as small as float32's rounding",
  limits: { minRatio: MIN_RATIO },
  check: (evidence, limits) => {
    const ratio = lastingRatio(evidence);
    const [optimizer] = evidence.optimizers ?? [];
    if (ratio === null || !optimizer || ratio >= limits.minRatio) return [];
    return [
      {
        at: optimizer.at ?? evidence.subjectAt,
        message: said`The steps of ${optimizer.type} at a learning rate of ${short(optimizer.lr)} change the weights by ${short(ratio)} of their size, where float32 rounds by 6e-8: they hardly move.`,
        measured: { ratio, lr: optimizer.lr },
        layers: [],
      },
    ];
  },
  remedies: rateRemedies,
  gauge: (evidence) => {
    const ratio = lastingRatio(evidence);
    return ratio === null ? null : { name: said`update over weight`, value: ratio, ideal: 1e-3 };
  },
});
