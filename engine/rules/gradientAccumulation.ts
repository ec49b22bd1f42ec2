import type { Accumulation } from "../report.ts";
import type { Judgement } from "./rule.ts";
import { defineRule, percent, short } from "./rule.ts";
import { said } from "../said.ts";

const MAX_TIMES = 1.5; // of the mean over the passes
const MAX_LOST = 0.02; // of the length of the sum

/**
 * gradient-accumulation: a step is made of several backward passes, and their gradients do not add up to the mean over them.
 *
 * Counted are the passes from one place before the first step. Where the loss is not divided by their number, plain gradient descent takes a
 * step that is as many times as long: information, for Adam and its kin do not see a factor. Where somebody clears the gradients between the
 * passes, only the last one counts: a warning. Where gradients are held in float16 or bfloat16, later passes are added to a sum that no longer
 * holds their digits: the sum is compared with one in float64.
 *
 * What helps: `loss / passes`; `zero_grad()` behind `step()` alone; weights, and so gradients, in float32.
 *
 * Source: PyTorch documentation, Automatic Mixed Precision examples, gradient accumulation; Micikevicius et al., ICLR 2018, section 3.1 (sums
 * in half precision). Threshold of the loss of digits: a fiftieth, five times what rounding a float16 gradient once in bfloat16 costs.
 */
export const gradientAccumulation = defineRule({
  code: "gradient-accumulation",
  severity: "warning",
  title: "Gradients of several passes do not add up to their mean",
  limits: { maxLost: MAX_LOST },
  check: ({ accumulation, optimizers, subjectAt }, limits) => {
    if (!accumulation) return [];
    const [first] = optimizers ?? [];
    const { passes, lost = 0, cleared } = accumulation;
    const at = accumulation.at ?? subjectAt;
    const told: Judgement[] = [];
    if (cleared)
      told.push({
        at,
        message: said`A step is made of ${passes} backward passes, and the gradients are cleared between them: only the last pass counts.`,
        measured: { passes },
        layers: [],
      });
    else if (first?.type === "SGD" && timesOf(accumulation) > MAX_TIMES)
      told.push({
        severity: "information",
        at,
        message: said`A step is made of ${passes} backward passes whose losses are not divided by their number: it is ${short(timesOf(accumulation))} times as long as one of their mean.`,
        measured: { passes, times: timesOf(accumulation) },
        layers: [],
      });
    if (lost > limits.maxLost)
      told.push({
        at,
        message: said`The gradients of ${passes} backward passes are added up in half precision: the sum is off by ${percent(lost)} of its length.`,
        measured: { passes, lost },
        layers: [],
      });
    return told;
  },
  remedies: ({ accumulation, optimizers }) => {
    if (!accumulation) return [];
    const at = (optimizers ?? []).flatMap((made) => (made.at ? [made.at] : []));
    return accumulation.cleared ? [[{ kind: "clear-late", at }]] : [[{ kind: "widen" }]];
  },
});

/** By how much the sum of the passes is longer than their mean. */
const timesOf = ({ passes, factor }: Accumulation): number =>
  factor === null ? 1 : passes * factor;
