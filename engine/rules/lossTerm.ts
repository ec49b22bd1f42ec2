import { median } from "../numeric/median.ts";
import type { Layer, Term } from "../report.ts";
import { activationAt } from "./remedies.ts";
import type { Remedy } from "./step.ts";
import type { Evidence, Gauge, Judgement } from "./rule.ts";
import { defineRule, percent } from "./rule.ts";
import { said } from "../said.ts";

const MAX_SHARE = 0.9; // of the median weight's gradient that a penalty may make up
const NOTED_SHARE = 0.5;
const MAX_OF_DATA = 0.999; // of a term that sees data
const ALONE = 1 - 1e-6; // no other term reaches the weight
const WANTED = 0.1; // of a penalty, behind the fix

/** Median share over the weights; of a term of the data over those that other terms reach as well. Null: there are none. */
function shareOf({ shares, isPenalty }: Term, { parameters, terms }: Evidence): number | null {
  // Beside penalties alone a term of the data is the loss itself.
  if (!isPenalty && (terms ?? []).filter((term) => !term.isPenalty).length < 2) return null;
  const weights = new Set(parameters.filter((p) => p.shape.length > 1).map((p) => p.name));
  const own = shares.filter(({ name, share }) => weights.has(name) && (isPenalty || share < ALONE));
  return median(own.map(({ share }) => share));
}

/** A term that makes up most of what it reaches does not reach every weight: growth toward the input may be where it enters. */
export const entersMidway = (evidence: Evidence): boolean =>
  (evidence.terms ?? []).some(
    (term, i, all) =>
      !term.isPenalty &&
      (shareOf(term, evidence) ?? 0) > NOTED_SHARE &&
      all.some((other, k) => k !== i && other.shares.some(({ share }) => share >= ALONE)),
  );

/** A term of derivatives that no weight can change, beside one that weights do; of values, as a hinge, it may wake later. */
const isIdle = ({ shares, isPenalty }: Term, { terms = [], differentiated }: Evidence): boolean =>
  differentiated === true &&
  !isPenalty &&
  shares.length > 0 &&
  shares.every(({ share }) => share === 0) &&
  terms.some((other) => other.shares.some(({ share }) => share > 0));

const PIECEWISE_LINEAR = /^(relu6?|leaky_?relu|hard_?tanh|prelu)$/i;

/** Its piecewise linear activations, by type. */
function straightOf({ layers }: Evidence): Layer[][] {
  const found = layers.filter((l) => PIECEWISE_LINEAR.test(l.type));
  return [...new Set(found.map((l) => l.type))].map((type) => found.filter((l) => l.type === type));
}

const worstPenalty = (evidence: Evidence): { term: Term; share: number } | null =>
  (evidence.terms ?? [])
    .filter((term) => term.isPenalty)
    .map((term) => ({ term, share: shareOf(term, evidence) ?? 0 }))
    .sort((a, b) => b.share - a.share)[0] ?? null;

/**
 * loss-term: one term of a loss that is a sum makes up nearly all of the gradient: a penalty that drowns the data, or one of several losses.
 *
 * Each term's gradient is computed by itself before the script's first backward pass, and measured per weight as ‖its part‖ / (‖its part‖ +
 * ‖the rest‖); the median over the weights counts. A penalty is what is made of parameters alone (L2, L1): above nine tenths it is a
 * warning, above a half information. Of terms that see data (a KL term, an auxiliary loss) the weights count that several of them
 * reach: 99.9 % is information. Where the loss is made of gradients, a term that moves no weight is a warning: the second derivative of
 * ReLU is 0 everywhere. Weight decay of the optimizer is weight-decay's.
 *
 * What helps: a smaller factor of the penalty; losses that are averaged alike; smooth activations (tanh, GELU, sine) under second derivatives.
 *
 * Source: Krogh and Hertz, NIPS 1991 (decay as part of the gradient); Higgins et al., ICLR 2017 (a KL term against the reconstruction);
 * thresholds: where the data give less than a tenth of what moves the weights, these shrink whatever the data are.
 */
export const lossTerm = defineRule({
  code: "loss-term",
  severity: "warning",
  title: "One term of the loss makes up nearly all of the gradient",
  limits: { maxShare: MAX_SHARE },
  check: (evidence, limits) =>
    (evidence.terms ?? []).flatMap((term): Judgement[] => {
      if (isIdle(term, evidence))
        return [
          {
            ...(straightOf(evidence).length > 0 ? {} : { severity: "information" as const }),
            at: term.at,
            message: said`This term of the loss trains nothing at the first step: its gradient is 0 for every weight.${straightOf(evidence).length > 0 ? said` Second derivatives of piecewise linear activations (ReLU) are 0.` : ""}`,
            measured: { share: 0 },
            layers: [],
          },
        ];
      const share = shareOf(term, evidence);
      if (share === null || share <= (term.isPenalty ? NOTED_SHARE : MAX_OF_DATA)) return [];
      const isSick = term.isPenalty && share > limits.maxShare;
      return [
        {
          ...(isSick ? {} : { severity: "information" as const }),
          at: term.at,
          message: term.isPenalty
            ? said`This penalty makes up ${percent(share)} of the median weight's gradient at the first step; the data make up the rest.`
            : said`This term makes up ${percent(share)} of the median weight's gradient at the first step: the loss's other terms hardly train the weights that they share with it.`,
          measured: { share },
          layers: [],
        },
      ];
    }),
  remedies: (evidence): Remedy[] => {
    const isBent = (evidence.terms ?? []).some((term) => isIdle(term, evidence));
    if (isBent) return straightOf(evidence).map((layers) => [activationAt(layers, "tanh")]);
    const worst = worstPenalty(evidence);
    if (!worst?.term.addition || worst.share >= 1) return [];
    const { term, share } = worst;
    const factor = (WANTED / (1 - WANTED)) * ((1 - share) / share);
    const power = 10 ** Math.floor(Math.log10(factor));
    return [
      [
        {
          kind: "weaken",
          at: [term.addition!],
          operand: term.operand,
          factor: Number(power.toPrecision(1)),
        },
      ],
    ];
  },
  gauge: (evidence): Gauge | null => {
    const worst = worstPenalty(evidence);
    return (
      worst && {
        name: said`gradient over the data's part`,
        value: 1 / Math.max(1 - worst.share, 1e-12),
      }
    );
  },
});
