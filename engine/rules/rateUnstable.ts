import { stableRate } from "../stableRate.ts";
import { rateRemedies } from "./updates.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, short } from "./rule.ts";
import { said } from "../said.ts";

const MAX_TIMES = 6; // of the largest stable rate
const FAR = 2; // times too far, from which on a first step is worth a word: healthy ones of Adam at 1e-3 come to 1

/** Where the first step of an optimizer that scales each element stops to bring the loss down, by its second-order expansion. */
function turnedOf({ optimizers, firstStep }: Evidence): { times: number; stable: number } | null {
  const [first] = optimizers ?? [];
  if (!first || !firstStep || first.warmsUp || !(firstStep.slope < 0)) return null;
  const times = firstStep.bend / (-2 * firstStep.slope);
  return times > 0 ? { times, stable: first.lr / times } : null;
}

/**
 * rate-unstable: the learning rate is above what the curvature of the loss allows, so that the first steps go up instead of down.
 *
 * Measured by the largest eigenvalue λ of the loss's Hessian on the first batch, by Lanczos' method on Hessian-vector products. Gradient
 * descent is stable up to 2/λ, with momentum μ up to 2(1 + μ)/λ, with Nesterov's up to 2(1 + μ)/((1 + 2μ)λ). Above that the loss rises
 * until it finds a flatter place, up to some six times that rate in rectifier networks: information. Beyond, it finds none: a warning.
 * Adam, RMSprop and others that scale each element are judged along their own first step Δ: to second order the loss falls up to
 * −2 g·Δ / (Δ·HΔ) of it, and rises beyond; told from twice as far on, a warning beyond six times.
 *
 * What helps: a smaller learning rate, or a warm-up.
 *
 * Source: LeCun, Simard and Pearlmutter, NIPS 1992 (2/λ); Lewkowycz et al., arXiv 2003.02218 (the catapult: 4/λ for linear networks, about
 * 12/λ, six times the stable rate, for rectifiers); O'Donoghue and Candès, arXiv 1204.3982 (Nesterov).
 */
export const rateUnstable = defineRule({
  code: "rate-unstable",
  severity: "warning",
  title: "The learning rate is beyond what the curvature allows",
  limits: { maxTimes: MAX_TIMES },
  check: (evidence, limits) => {
    const { optimizers, curvature, subjectAt } = evidence;
    const [first] = optimizers ?? [];
    const turned = turnedOf(evidence);
    if (first && turned && turned.times > FAR)
      return [
        {
          ...(turned.times > limits.maxTimes ? {} : { severity: "information" as const }),
          at: first.at ?? subjectAt,
          message: said`The first step of ${first.type} at a learning rate of ${short(first.lr)} goes ${short(turned.times)} times too far: by the loss's curvature along it, it falls only up to ${short(turned.stable)}.`,
          measured: { lr: first.lr, stable: turned.stable, times: turned.times },
          layers: [],
        },
      ];
    const most = first && curvature ? stableRate(first, curvature.eigenvalue) : null;
    if (!first || !curvature || most === null || first.warmsUp || first.lr <= most) return [];
    const times = first.lr / most;
    return [
      {
        ...(times > limits.maxTimes ? {} : { severity: "information" as const }),
        at: first.at ?? subjectAt,
        message: said`${first.type}'s learning rate of ${short(first.lr)} is ${short(times)} times the ${short(most)} up to which steps are stable here: the loss's largest curvature is ${short(curvature.eigenvalue)}.`,
        measured: { lr: first.lr, stable: most, times, curvature: curvature.eigenvalue },
        layers: [],
      },
    ];
  },
  remedies: (evidence) => {
    const [first] = evidence.optimizers ?? [];
    const most =
      turnedOf(evidence)?.stable ??
      (first && evidence.curvature && stableRate(first, evidence.curvature.eigenvalue));
    const at = first?.at;
    // Half of what is stable, to one digit.
    return at && most
      ? [[{ kind: "rate", at: [at], lr: Number((most / 2).toPrecision(1)) }]]
      : rateRemedies(evidence);
  },
  gauge: ({ optimizers, curvature }) => {
    const [first] = optimizers ?? [];
    const most = first && curvature ? stableRate(first, curvature.eigenvalue) : null;
    return first && most
      ? { name: said`rate over the stable one`, value: Math.max(first.lr / most, 1) }
      : null;
  },
});
