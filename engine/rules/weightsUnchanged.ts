import type { Parameter } from "../report.ts";
import { rateRemedies } from "./updates.ts";
import { defineRule, short } from "./rule.ts";
import { said } from "../said.ts";

/**
 * weights-unchanged: the optimizer has stepped and no weight is another one than before.
 *
 * Its learning rate is 0 or so small that float32 does not hold the change, or the gradients were cleared between `backward()` and `step()`.
 * A schedule that warms up from 0 is left alone.
 *
 * What helps: a learning rate above 0; `zero_grad()` before `backward()`, not after.
 *
 * Source: Amazon SageMaker Debugger, rule UnchangedTensor; exact.
 */
export const weightsUnchanged = defineRule({
  code: "weights-unchanged",
  severity: "warning",
  title: "The optimizer's step changes nothing",
  check: (evidence) => {
    const { optimizers, parameters, subjectAt } = evidence;
    const weights = parameters.filter((p) => p.requiresGrad && p.shape.length > 1);
    const [first] = optimizers ?? [];
    if (!first || first.warmsUp || weights.length === 0) return [];
    const isStill = (p: Parameter): boolean => p.grad === null || p.updateRatio === 0;
    if (!weights.every(isStill)) return [];
    const isCleared = weights.every((p) => p.grad === null || p.grad.zeros === p.grad.count);
    const why = isCleared
      ? said`no gradient is left when it steps; is zero_grad() called between backward() and step()?`
      : said`its learning rate is ${short(first.lr)}.`;
    return [
      {
        at: first.at ?? subjectAt,
        message: said`The first step of ${first.type} leaves all ${weights.length} weights as they are: ${why}`,
        measured: { weights: weights.length, lr: first.lr },
        layers: [],
      },
    ];
  },
  remedies: (evidence) => [[{ kind: "clear" }], ...rateRemedies(evidence)],
});
