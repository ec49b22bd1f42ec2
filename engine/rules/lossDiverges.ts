import { recurrentRemedies } from "./remedies.ts";
import { rateRemedies } from "./updates.ts";
import { defineRule, short } from "./rule.ts";
import { said } from "../said.ts";

const MIN_GROWTH = 10; // last loss over first
const MIN_STEPS = 3;

/**
 * loss-diverges: within its first steps the script's loss grows tenfold, or is no longer a number.
 *
 * Chainrule lets a script go on for up to ten steps, or a second and a half, after those that it measures. Growth counts where the end is the
 * largest loss so far. Losses that start below 0.1 in size, or below 0, are not judged by their growth.
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
    const [start] = steps ?? [];
    const end = steps?.at(-1);
    if (!first || !start || !end || !steps || steps.length < MIN_STEPS) return [];
    if (start.loss === null) return []; // sick before the first step: non-finite tells it
    const losses = steps.map((step) => step.loss ?? Infinity);
    const last = losses.at(-1) ?? Infinity;
    const growth = last / start.loss;
    const isLarge = start.loss > 0.1 && growth >= limits.minGrowth && last === Math.max(...losses);
    if (Number.isFinite(last) && !isLarge) return [];
    const to = Number.isFinite(last) ? short(last) : said`no number at all`;
    return [
      {
        at: first.at ?? subjectAt,
        message: said`Over ${steps.length} steps of ${first.type} at a learning rate of ${short(first.lr)} the loss goes from ${short(start.loss)} to ${to}.`,
        measured: { first: start.loss, steps: steps.length, lr: first.lr },
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
    const [start, end] = [steps?.[0]?.loss, steps?.at(-1)?.loss];
    return start
      ? { name: said`loss over first loss`, value: Math.max((end ?? Infinity) / start, 1) }
      : null;
  },
});
