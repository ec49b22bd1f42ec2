import { depthOf } from "./depth.ts";
import { normaliseAll, residualAll } from "./remedies.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, editPlace, short } from "./rule.ts";
import { said } from "../said.ts";
import { variety } from "./signal.ts";

const MAX_DIFFERENCE = 2 ** -8; // of their length: half an ulp of bfloat16, which does not tell such inputs apart
const MIN_START = 2 ** -4; // of the first layers: inputs that are alike to begin with say nothing
const MIN_LAYERS = 6;
const MAX_RATIO = 1e-3; // as in gradient-vanishing

const isTold = (evidence: Evidence): boolean => {
  const ratio = depthOf(evidence)?.ratio ?? 1;
  return ratio < MAX_RATIO || ratio > 1 / MAX_RATIO;
};

/**
 * signal-collapse: with depth all samples, or all tokens of one, become the same: the last layers hardly see what the input was, and queries and
 * keys get next to no gradient.
 *
 * Measured on up to four samples (of [batch, tokens, channels] on tokens) as ‖x − y‖ over their mean length, at the output of each layer with weights.
 * Told where they differ by 1/16 or more at first and by less than 1/256 at last, and the gradient keeps its size over the depth: where it
 * vanishes or explodes, that finding says both.
 *
 * What helps: residual connections; for saturating activations other ones, or weights at the edge of chaos.
 *
 * Source: Dong, Cordonnier and Loukas, ICML 2021 (attention without skips loses rank doubly exponentially with depth); Poole et al., NeurIPS
 * 2016 (correlations converge to 1 in the ordered phase); threshold: bfloat16's half ulp, 2^-8.
 */
export const signalCollapse = defineRule({
  code: "signal-collapse",
  severity: "warning",
  title: "Samples or tokens become the same with depth",
  limits: { maxDifference: MAX_DIFFERENCE },
  check: (evidence, limits) => {
    const course = variety(evidence);
    if (!course || course.layers < MIN_LAYERS || course.first < MIN_START) return [];
    if (course.last >= limits.maxDifference || isTold(evidence)) return [];
    const { layers } = evidence;
    const far = layers.findLastIndex((l) => (l.difference ?? 0) >= limits.maxDifference);
    const owner = layers.slice(far + 1).find((l) => l.difference !== undefined);
    const from = owner ? said` from ${owner.path || owner.type} on` : "";
    return [
      {
        at: (owner && editPlace(owner)) ?? evidence.subjectAt,
        message: said`Inputs become the same with depth: they differ by ${short(course.first)} of their length after the first layers, and${from} by less than bfloat16 tells apart, ${short(course.last)} after the last of ${course.layers}.`,
        measured: { first: course.first, last: course.last, layers: course.layers },
        layers: owner ? [owner.path] : [],
      },
    ];
  },
  remedies: (evidence) => [[residualAll(evidence)], [normaliseAll(evidence)]],
  gauge: (evidence) => {
    const course = variety(evidence);
    return course && { name: said`difference at the end`, value: Math.min(1, course.last) };
  },
});
