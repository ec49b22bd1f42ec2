import { recurrentRemedies } from "./remedies.ts";
import { rateRemedies, typicalRatio } from "./updates.ts";
import { defineRule, short, type Evidence } from "./rule.ts";
import { said } from "../said.ts";

const MAX_RATIO = 1; // of a weight's own size
const MIN_STEPS = 4; // that show whether the loss falls

/** Whether the script's steps end with the smallest loss of all. */
function hasFallen({ steps = [] }: Evidence): boolean {
  const losses = steps.map(({ loss }) => loss ?? Infinity);
  return losses.length >= MIN_STEPS && losses.slice(0, -1).every((loss) => loss > losses.at(-1)!);
}

/**
 * update-too-large: the optimizer's first step changes the weights by their own size or more, so that nothing of the initialisation is left.
 *
 * Measured on the user's own step: rms of the change over rms of the weights, the median over all weight matrices. Adam's first step
 * changes every element by the learning rate, whatever the gradient.
 *
 * Information where the script's steps end with the smallest loss of all: nothing of the initialisation was needed then, as with a single
 * weight that starts near zero.
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
        ...(hasFallen(evidence) ? { severity: "information" as const } : {}),
      },
    ];
  },
  remedies: (evidence) => [...recurrentRemedies(evidence), ...rateRemedies(evidence)],
  gauge: (evidence) => {
    const ratio = typicalRatio(evidence);
    return ratio === null ? null : { name: said`update over weight`, value: ratio, ideal: 1e-3 };
  },
});
