import type { Parameter, Span } from "../report.ts";
import { initialiseAll } from "./remedies.ts";
import type { Judgement } from "./rule.ts";
import { defineRule } from "./rule.ts";

const isZero = (p: Parameter): boolean =>
  p.grad !== null && p.grad.count > 0 && p.grad.zeros === p.grad.count;

const MOST = 4; // findings of one run: what stands before a layer that passes nothing is one trouble, not many

const HIDDEN = /(^|\.)weight_hh(_l\d+(_reverse)?)?$/;

// One step from a hidden state of zeros: the input's doing, not the model's. Nor is a first step alone a verdict.
const isMinor = (p: Parameter): boolean => HIDDEN.test(p.name) || p.gradIsZeroAtStart === null;

const severityOf = (p: Parameter): Pick<Judgement, "severity"> =>
  isMinor(p) ? { severity: "information" } : {};

const until = (p: Parameter): string =>
  p.gradIsZeroAtStart === null
    ? " at the first step; later ones were not run."
    : ", and still is after three steps.";

const alone = (p: Parameter, subjectAt: Span): Judgement => ({
  ...severityOf(p),
  at: p.definedAt ?? subjectAt,
  message: `${p.name}.grad is exactly 0 in all ${p.grad!.count} elements${until(p)}`,
  measured: { zeros: p.grad!.zeros, count: p.grad!.count },
  layers: [p.layer],
});

/** One judgement for many, at the one that is nearest to the loss: what stops the gradient is there or behind it. */
function together(group: readonly Parameter[], subjectAt: Span): Judgement[] {
  const last = group.at(-1);
  if (!last) return [];
  const count = group.reduce((sum, p) => sum + p.grad!.count, 0);
  return [
    {
      ...severityOf(last),
      at: last.definedAt ?? subjectAt,
      message: `${last.name}.grad and those of ${group.length - 1} more parameters are exactly 0${until(last)}`,
      measured: { parameters: group.length, count },
      layers: [...new Set(group.map((p) => p.layer))],
    },
  ];
}

/**
 * gradient-zero: every element of a parameter's gradient is exactly 0, and stays 0 over three optimizer steps.
 *
 * The parameter is used, yet nothing that it does reaches the loss: units that are always off, a saturated function, a multiplication by 0,
 * a selection that never takes it. Gradients that are 0 only because a head, gate or branch starts at 0 wake within
 * three steps and are not reported; nor are those that are zero by construction, like a bias before a normalisation.
 *
 * Of a script, or where no time is left, only the first step is known: then it is information.
 *
 * The weights of a recurrent layer's hidden state are information: one step from a state of zeros gives them none.
 *
 * Source: Amazon SageMaker Debugger, rule AllZero; exact zeros need no threshold.
 */
export const gradientZero = defineRule({
  code: "gradient-zero",
  severity: "warning",
  title: "A gradient is exactly zero",
  check: ({ parameters, subjectAt }) => {
    const hit = parameters.filter(
      (p) => isZero(p) && !p.gradIsZeroAtStart && !p.gradIsStructurallyZero,
    );
    const told = [hit.filter((p) => !isMinor(p)), hit.filter(isMinor)];
    return told.flatMap((group) =>
      group.length > MOST ? together(group, subjectAt) : group.map((p) => alone(p, subjectAt)),
    );
  },
  remedies: (evidence) => [[initialiseAll(evidence)]],
});
