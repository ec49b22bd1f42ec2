import type { Parameter } from "../report.ts";
import { initialiseAll } from "./remedies.ts";
import { defineRule, short } from "./rule.ts";
import { said } from "../said.ts";

const MIXES = /^(Linear|Conv[123]d|ConvTranspose[123]d)$/;

const isConstant = (p: Parameter): boolean =>
  p.shape.length > 1 &&
  MIXES.test(p.layerType) &&
  /(^|\.)weight$/.test(p.name) &&
  (p.shape[0] ?? 0) > 1 &&
  (p.shape[1] ?? 0) > 1 &&
  p.value.count > 1 &&
  p.value.std === 0 &&
  p.value.mean !== 0; // zeros on purpose wake by themselves; others are found by gradient-zero

/**
 * weights-constant: two or more layers start with all weights equal, so all units between them compute the same and get the same
 * gradient: they stay equal for ever, and the layer is one unit wide.
 *
 * One such layer does no harm: a neighbour with random weights tells the units apart; a head or a branch that starts at zero is often meant.
 *
 * What helps: random initialisation.
 *
 * Source: Goodfellow et al., Deep Learning, section 8.4 (symmetry breaking); exact.
 */
export const weightsConstant = defineRule({
  code: "weights-constant",
  severity: "warning",
  title: "All weights of neighbouring layers are equal",
  check: ({ parameters, subjectAt }) => {
    const mixing = parameters.filter(
      (p) => p.shape.length > 1 && MIXES.test(p.layerType) && /(^|\.)weight$/.test(p.name),
    );
    const hit = mixing.filter((p, i) => {
      const neighbours = [mixing[i - 1], mixing[i + 1]];
      return isConstant(p) && neighbours.some((other) => other && isConstant(other));
    });
    const [first] = hit;
    if (!first) return [];
    return [
      {
        at: first.definedAt ?? subjectAt,
        message: said`All ${first.value.count} elements of ${first.name} start at ${short(first.value.mean)}, and so do those of its neighbours (${hit.length} layers): their units stay equal.`,
        measured: { count: first.value.count, value: first.value.mean, layers: hit.length },
        layers: hit.map((p) => p.layer),
      },
    ];
  },
  remedies: (evidence) => [[initialiseAll(evidence)]],
});
