import { initialiseAll } from "./remedies.ts";
import type { Layer } from "../report.ts";
import type { Remedy, Step } from "./step.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, editPlace, short } from "./rule.ts";
import { LARGE_PRODUCT, scoresCause, scoresOf, type Scores } from "./scores.ts";
import { said } from "../said.ts";

const MIN_LEFT = 0.05; // of the derivative at even weights
const MIN_COUNT = 64;
const MAX_STD = 5; // of the scores of a product that nothing divides: five times those of even lengths
const MIN_LEFT_OF_LARGE = 0.3; // of the derivative, where the scores are as large

/** Undivided scores so large that over a few entries alone some slope is left. */
function isTooLarge(layer: Layer, left: number, evidence: Evidence): boolean {
  const scores = left < MIN_LEFT_OF_LARGE ? scoresOf(layer, evidence) : null;
  return scores !== null && scores.isDirect && scores.channels !== null && scores.std > MAX_STD;
}

/** The softmax calls whose gradient is gone, with what is left of their slope. */
const saturatedOf = (evidence: Evidence, minLeft: number) =>
  evidence.layers.flatMap((layer) => {
    const { output } = layer;
    if (!output || !/^softmax$/i.test(layer.type) || output.count < MIN_COUNT) return [];
    if (output.nans + output.infs > 0 || output.mean <= 0) return [];
    const n = Math.round(1 / output.mean);
    if (n < 2) return [];
    const left = (1 - n * output.rms * output.rms) / (1 - 1 / n);
    return left < minLeft || isTooLarge(layer, left, evidence) ? [{ layer, left, n }] : [];
  });

/** Small scores, and something that multiplies them before the softmax: a temperature. */
const isScaled = ({ isDirect, std }: Scores): boolean => !isDirect && std <= LARGE_PRODUCT;

/** Scores divided by √d where a product of known width goes into a softmax. */
function divided(evidence: Evidence): Step[] {
  const seen = new Set<string>();
  return saturatedOf(evidence, MIN_LEFT).flatMap(({ layer }): Step[] => {
    const scores = scoresOf(layer, evidence);
    const at = layer.calledAt[0];
    const isKnown = scores && (scores.channels !== null || isScaled(scores));
    if (!at || !isKnown || seen.has(JSON.stringify(at))) return [];
    seen.add(JSON.stringify(at));
    const [isModule, isInstead] = [!layer.functional, !scores.isDirect];
    return [{ kind: "divide", at: [at], channels: scores.channels, isModule, isInstead }];
  });
}

/**
 * softmax-saturated: a softmax inside the model gives almost all weight to one entry, so no gradient reaches the scores before it.
 *
 * Over n entries the trace of its Jacobian is Σ y(1 − y) = 1 − Σ y², between 0 (one entry has all) and 1 − 1/n (all even). From the mean of
 * the squares alone it is exact: Σ y² = n · mean(y²), and n = 1/mean(y).
 *
 * Over few entries some slope is left whatever the scores: where they are a product that nothing divides by √d, with a standard deviation
 * above five, a third of the slope is too little.
 *
 * The cause says how large the product of queries and keys is, whether anything divides it, and which projection makes it so.
 *
 * What helps: scores divided by √d (scaled dot-product attention), in place of a temperature where there is one; smaller projections, a normalisation of queries and keys.
 *
 * Source: Vaswani et al., NeurIPS 2017, section 3.2.1; threshold: a twentieth of the even weights' derivative.
 */
export const softmaxSaturated = defineRule({
  code: "softmax-saturated",
  severity: "warning",
  title: "A softmax gives all weight to one entry",
  limits: { minLeft: MIN_LEFT },
  check: (evidence, limits) => {
    const hit = saturatedOf(evidence, limits.minLeft);
    const [first] = hit;
    if (!first) return [];
    const scores = scoresOf(first.layer, evidence);
    const cause = scores && scoresCause(scores, evidence);
    return [
      {
        at: editPlace(first.layer) ?? evidence.subjectAt,
        message:
          first.left < limits.minLeft
            ? said`${first.layer.path || first.layer.type}: the softmax over ${first.n} entries puts nearly all weight on one; ${short(Math.max(first.left, 0))} of its slope is left.`
            : said`${first.layer.path || first.layer.type}: the softmax over ${first.n} entries puts most weight on one; ${short(first.left)} of its slope is left.`,
        measured: {
          left: first.left,
          entries: first.n,
          layers: hit.length,
          ...(scores ? { scoresStd: scores.std } : {}),
        },
        ...(cause ? { cause } : {}),
        layers: hit.map(({ layer }) => layer.path),
      },
    ];
  },
  remedies: (evidence): Remedy[] => {
    const steps = divided(evidence);
    const initialise = initialiseAll(evidence);
    return [...(steps.length > 0 ? [steps, [...steps, initialise]] : []), [initialise]];
  },
});
