import { recurrentRemedies } from "./remedies.ts";
import { numel } from "../shape.ts";
import { rateRemedies, stepped, typicalRatio } from "./updates.ts";
import { defineRule, short, type Evidence } from "./rule.ts";
import { said } from "../said.ts";

const MAX_RATIO = 1; // of a weight's own size
const MIN_STEPS = 4; // that show whether the loss falls
const MIN_SIZE = 4; // numbers in a weight: fewer may all lie near zero by chance

/** Whether the script's steps end with the smallest loss of all; of weights of a few numbers, whether they do not show the contrary. */
function mayFall(evidence: Evidence): boolean {
  const losses = (evidence.steps ?? []).map(({ loss }) => loss ?? Infinity);
  if (losses.length < MIN_STEPS)
    return stepped(evidence).every(({ shape }) => numel(shape) < MIN_SIZE);
  return losses.slice(0, -1).every((loss) => loss > losses.at(-1)!);
}

/**
 * update-too-large: the optimizer's first step changes the weights by their own size or more, so that nothing of the initialisation is left.
 *
 * Measured on the user's own step: rms of the change over rms of the weights, the median over all weight matrices. Adam's first step
 * changes every element by the learning rate, whatever the gradient.
 *
 * Information where the script's steps end with the smallest loss of all: nothing of the initialisation was needed then, as with a single
 * weight that starts near zero; where too few steps were made to tell, also with weights of fewer than four numbers.
 *
 * What helps: a smaller learning rate, or a warm-up.
 *
 * Source: torchmortem warns above a tenth, TheDeepChecker (TOSEM 2023) above a tenth, Amazon SageMaker Debugger above ten; threshold: one,
 * since Adam at its usual rates makes a fifth in narrow layers, and the first step of RMSprop is ten times its later ones.
 */
export const updateTooLarge = defineRule({
  code: "update-too-large",
  severity: "warning",
  title: "The first step changes the weights by their own size",
  limits: { maxRatio: MAX_RATIO },
  check: (evidence, limits) => {
    const ratio = typicalRatio(evidence);
    if (ratio === null || ratio < limits.maxRatio) return [];
    const optimizer = evidence.optimizers?.[0];
    return [
      {
        at: optimizer?.at ?? evidence.subjectAt,
        message: said`The first step of ${optimizer?.type ?? said`the optimizer`} at a learning rate of ${short(optimizer?.lr ?? 0)} changes the weights by ${short(ratio)} of their size.`,
        measured: { ratio, lr: optimizer?.lr ?? 0 },
        layers: [],
        ...(mayFall(evidence) ? { severity: "information" as const } : {}),
      },
    ];
  },
  remedies: (evidence) => [...recurrentRemedies(evidence), ...rateRemedies(evidence)],
  gauge: (evidence) => {
    const ratio = typicalRatio(evidence);
    return ratio === null ? null : { name: said`update over weight`, value: ratio, ideal: 1e-3 };
  },
});
