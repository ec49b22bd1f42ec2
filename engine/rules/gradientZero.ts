import type { Parameter } from "../report.ts";
import { defineRule } from "./rule.ts";

const isZero = (p: Parameter): boolean =>
  p.grad !== null && p.grad.count > 0 && p.grad.zeros === p.grad.count;

const HIDDEN = /(^|\.)weight_hh(_l\d+(_reverse)?)?$/;

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
  check: ({ parameters, subjectAt }) =>
    parameters
      // An input's zero is the doing of the numbers that were drawn for it.
      .filter(
        (p) =>
          p.kind === "parameter" && isZero(p) && !p.gradIsZeroAtStart && !p.gradIsStructurallyZero,
      )
      .map((p) => ({
        // One step from a hidden state of zeros: the input's doing, not the model's.
        // Nor is a first step alone a verdict.
        ...(HIDDEN.test(p.name) || p.gradIsZeroAtStart === null
          ? { severity: "information" as const }
          : {}),
        at: p.definedAt ?? subjectAt,
        message:
          `${p.name}.grad is exactly 0 in all ${p.grad!.count} elements` +
          (p.gradIsZeroAtStart === null
            ? " at the first step; later ones were not run."
            : ", and still is after three steps."),
        measured: { zeros: p.grad!.zeros, count: p.grad!.count },
        layers: [p.layer],
      })),
});
