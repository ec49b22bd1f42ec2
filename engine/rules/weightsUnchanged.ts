import type { Optimizer, Parameter } from "../report.ts";
import { causeOf, isFrozen } from "./gradientMissing.ts";
import { textOf } from "./gradientZero.ts";
import type { Remedy } from "./step.ts";
import type { Evidence, Remark } from "./rule.ts";
import { rateRemedies } from "./updates.ts";
import { defineRule, short } from "./rule.ts";
import { said, type Sentence } from "../said.ts";

const isCleared = (p: Parameter): boolean => p.cleared === true;
const isMissing = (p: Parameter): boolean => p.grad === null && !p.cleared;
const isZero = (p: Parameter): boolean => p.grad !== null && p.grad.zeros === p.grad.count;

/** An optimizer whose first step changed none of the weights that it could have changed. */
interface Still {
  readonly optimizer: Optimizer;
  readonly weights: readonly Parameter[];
}

/** Of what no optimizer was given no first update is known. */
const isHeld = (p: Parameter): boolean => p.updateRatio !== undefined && p.shape.length > 1;

const MIN_STEPS = 5; // of a warm-up, each at a rate of 0

/** It warms up from 0, and does not stay there. */
const isWarming = ({ warmsUp, lr }: Optimizer, { steps = [] }: Evidence): boolean =>
  warmsUp && !(lr === 0 && steps.length >= MIN_STEPS);

export function stillOf(evidence: Evidence): Still[] {
  const { optimizers = [], parameters } = evidence;
  return optimizers.flatMap((optimizer, i) => {
    const all = parameters.filter((p) => isHeld(p) && (p.optimizer ?? 0) === i);
    const weights = all.some((p) => p.requiresGrad) ? all.filter((p) => p.requiresGrad) : all;
    const isStill = weights.every((p) => p.grad === null || p.updateRatio === 0);
    return weights.length > 0 && isStill && !isWarming(optimizer, evidence)
      ? [{ optimizer, weights }]
      : [];
  });
}

interface Why {
  readonly why: Sentence;
  readonly cause?: Remark;
  /** What the weights make reaches the loss without its history. */
  readonly isCut?: true;
}

function whyMissing(weights: readonly Parameter[], { unheld = [], lost = [] }: Evidence): Why {
  const names = new Set(weights.map((p) => p.name));
  const there = lost.flatMap((one): Remark[] => {
    const text = names.has(one.name) ? causeOf(one, true).there : undefined;
    return one.at && text ? [{ at: one.at, text }] : [];
  })[0];
  const [other] = unheld;
  const why = said`none of them gets a gradient.`;
  if (there) return { why, cause: there, isCut: true };
  if (!other) return { why };
  const more = unheld.length > 1 ? said` and ${unheld.length - 1} more modules` : "";
  return {
    why: said`${why} ${other.name}${more}, which the loss depends on, no optimizer was given.`,
    ...(other.at && {
      cause: { at: other.at, text: said`No optimizer was given its parameters.` },
    }),
  };
}

/** Why the step changes nothing. */
function whyStill({ optimizer, weights }: Still, evidence: Evidence): Why {
  if (weights.some(isCleared))
    return { why: said`their gradients were cleared between backward() and step().` };
  // Frozen, and a layer that was put in later in place of one of them is what the gradient reaches.
  const isElsewhere = weights.every(isFrozen) && (evidence.unheld ?? []).length > 0;
  if (weights.every(isFrozen) && !isElsewhere)
    return { why: said`all of them are frozen (requires_grad is False).` };
  if (weights.every(isMissing)) return whyMissing(weights, evidence);
  if (weights.every((p) => isMissing(p) || isZero(p))) {
    const first = evidence.absorbed?.find((one) => one.at);
    return {
      why: said`their gradients are exactly 0.`,
      ...(first?.at && { cause: { at: first.at, text: textOf(first) } }),
    };
  }
  const schedule = optimizer.warmsUp && evidence.schedules?.find(({ at }) => at !== null);
  return {
    why: said`its learning rate is ${short(optimizer.lr)}.`,
    ...(schedule && {
      cause: {
        at: schedule.at,
        text: said`${schedule.type} has kept it at 0 for ${evidence.steps?.length ?? 0} steps.`,
      },
    }),
  };
}

/** Where values lose their history on the way to the loss. */
const attachRemedies = ({ weights }: Still, { lost = [] }: Evidence): Remedy[] =>
  lost.flatMap(({ name, kind, at }): Remedy[] =>
    at && /^(detached|number)$/.test(kind) && weights.some((p) => p.name === name)
      ? [[{ kind: "attach", at: [at] }], [{ kind: "attachLate", at: [at] }]]
      : [],
  );

/** Every optimizer made behind the last layer that was put into the model. */
export function laterRemedies({ optimizers = [], unheld = [] }: Evidence): Remedy[] {
  const behind = unheld.findLast(({ isInner, at }) => !isInner && at)?.at;
  const at = optimizers.flatMap((one) => (one.at ? [one.at] : []));
  return behind && at.length > 0 ? [[{ kind: "later", at, behind }]] : [];
}

/** The model that a gradient reaches, in place of the one that the optimizer was given. */
function holdRemedies({ optimizer, weights }: Still, evidence: Evidence): Remedy[] {
  const holder = evidence.unheld?.[0]?.name.split(".")[0];
  // Not where its own model is on the way to the loss, and only its gradient is cut off.
  const isElsewhere = weights.every(isMissing) && !whyMissing(weights, evidence).isCut;
  return isElsewhere && optimizer.at && holder
    ? [[{ kind: "hold", at: [optimizer.at], name: holder }]]
    : [];
}

/**
 * weights-unchanged: the optimizer has stepped and no weight is another one than before.
 *
 * Its learning rate is 0 or so small that float32 does not hold the change; the gradients were cleared between `backward()` and `step()`; or what
 * it was given gets no gradient, or one of zeros: the loss was cut off from it, all of it is frozen, or the loss depends on another model, or on
 * a layer that was put in after the optimizer had been made. A schedule that warms up from 0 is left alone, unless it is still there after five steps.
 *
 * What helps: a learning rate above 0; `zero_grad()` before `backward()`, not after; the optimizer made of the parameters of the model that is trained.
 *
 * Source: Amazon SageMaker Debugger, rule UnchangedTensor; exact.
 */
export const weightsUnchanged = defineRule({
  code: "weights-unchanged",
  severity: "warning",
  title: "The optimizer's step changes nothing",
  check: (evidence) =>
    stillOf(evidence).map((one) => {
      const { optimizer, weights } = one;
      const { why, cause } = whyStill(one, evidence);
      return {
        at: optimizer.at ?? evidence.subjectAt,
        message:
          weights.length > 1
            ? said`The first step of ${optimizer.type} leaves all ${weights.length} weights as they are: ${why}`
            : said`The first step of ${optimizer.type} leaves ${weights[0]!.name} as it is: ${why}`,
        measured: { weights: weights.length, lr: optimizer.lr },
        ...(cause && { cause }),
        layers: [],
      };
    }),
  remedies: (evidence) =>
    stillOf(evidence).flatMap((one) => {
      if (one.weights.some(isCleared)) return [[{ kind: "clear" }]];
      if (one.weights.some((p) => p.grad && !isZero(p))) return rateRemedies(evidence);
      return [
        ...attachRemedies(one, evidence),
        ...holdRemedies(one, evidence),
        ...laterRemedies(evidence),
      ];
    }),
});
