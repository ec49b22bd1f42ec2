import { recurrentRemedies } from "./remedies.ts";
import { rateRemedies } from "./updates.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, short } from "./rule.ts";
import { said } from "../said.ts";

const MIN_GROWTH = 10; // last loss over first
const FAR_GROWTH = 100; // no first batch differs so much from the next
const MIN_STEPS = 3;

interface Growth {
  readonly first: number;
  /** The last loss where it is the largest, else the largest; infinite: no number. */
  readonly most: number;
  readonly isEnd: boolean;
  readonly times: number;
}

/** How the loss grows over the steps; null where there are too few, or it is sick before the first step: non-finite tells that. */
function growthOf(steps: Evidence["steps"] = []): Growth | null {
  const first = steps[0]?.loss;
  if (steps.length < MIN_STEPS || first === null || first === undefined) return null;
  const losses = steps.map(({ loss }) => loss ?? Infinity);
  const [last, peak] = [losses.at(-1) ?? Infinity, Math.max(...losses)];
  const isEnd = last === peak;
  // Losses that start below 0.1 are not judged by their growth.
  const times = first > 0.1 || !Number.isFinite(peak) ? peak / Math.abs(first) : 1;
  return { first, most: peak, isEnd, times: isEnd || times >= FAR_GROWTH ? times : 1 };
}

/**
 * loss-diverges: within its first steps the script's loss grows tenfold, or is no longer a number.
 *
 * Chainrule lets a script go on for up to ten steps, or a second and a half, after those that it measures. Growth counts where the end is the
 * largest loss so far; a hundredfold counts even where the loss comes down again, as it does when all units are dead. Losses that start below
 * 0.1 in size, or below 0, are not judged by their growth.
 *
 * What helps: a smaller learning rate; clipped gradients.
 *
 * Source: Smith, arXiv 1506.01186 (range test: the rate at which the loss turns up is too large); threshold: ten, above what a first
 * batch differs from the next.
 */
export const lossDiverges = defineRule({
  code: "loss-diverges",
  severity: "warning",
  title: "The loss grows tenfold within a few steps",
  limits: { minGrowth: MIN_GROWTH },
  check: ({ steps, optimizers, subjectAt }, limits) => {
    const [first] = optimizers ?? [];
    const growth = growthOf(steps);
    if (!first || !growth || growth.times < limits.minGrowth) return [];
    const { first: from, most, isEnd } = growth;
    const to = Number.isFinite(most) ? short(most) : said`no number at all`;
    const count = steps?.length ?? 0;
    return [
      {
        at: first.at ?? subjectAt,
        message: isEnd
          ? said`Over ${count} steps of ${first.type} at a learning rate of ${short(first.lr)} the loss goes from ${short(from)} to ${to}.`
          : said`Within ${count} steps of ${first.type} at a learning rate of ${short(first.lr)} the loss climbs from ${short(from)} to ${to}.`,
        measured: { first: from, steps: count, lr: first.lr },
        layers: [],
      },
    ];
  },
  remedies: (evidence) => [
    ...recurrentRemedies(evidence),
    ...rateRemedies(evidence),
    [
      {
        kind: "clip",
        at: (evidence.optimizers ?? []).flatMap(({ at }) => (at ? [at] : [])),
        norm: 1,
      },
    ],
  ],
  gauge: ({ steps }) => {
    const growth = growthOf(steps);
    return growth ? { name: said`loss over first loss`, value: Math.max(growth.times, 1) } : null;
  },
});
