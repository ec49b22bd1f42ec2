import { broadcast, numel, spareAxis } from "../shape.ts";
import type { Remedy, Step } from "./step.ts";
import type { Crossed } from "./rule.ts";
import { defineRule } from "./rule.ts";
import type { Said } from "../report.ts";
import { said } from "../said.ts";

/** The shape that both come to; null where it is no larger than one of them: a target for all elements. */
function table({ input, target }: Crossed): readonly number[] | null {
  const shape = broadcast("the loss", input, target);
  return numel(shape) > Math.max(numel(input), numel(target)) ? shape : null;
}

/** The argument with one axis more than the other, and that axis, of length 1. */
function spare({ input, target }: Crossed): { argument: number; axis: number } | null {
  const argument = input.length > target.length ? 0 : 1;
  const axis = argument === 0 ? spareAxis(input, target) : spareAxis(target, input);
  return axis < 0 ? null : { argument, axis };
}

const text = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** What was crossed, one for each line of the source. */
const crossedLines = (crossed: readonly Crossed[]): Crossed[] =>
  [
    ...new Map(
      [...crossed].reverse().map((one) => [`${one.at.file}:${one.at.startLine}`, one]),
    ).values(),
  ].reverse();

function messageOf({ how }: Crossed, a: string, b: string, all: string): Said {
  if (how === "arithmetic")
    return said`${a} and ${b} broadcast to ${all} here: every element of one meets every element of the other on the way to the loss.`;
  if (how === "count")
    return said`${a} and ${b} broadcast to ${all} here: every element of one is compared with every element of the other, and pairs are counted.`;
  return said`The prediction ${a} and the target ${b} broadcast to ${all}: each prediction is compared with every target, and the best that it can be is their mean.`;
}

/**
 * loss-crossed: a loss by elements is given a prediction and a target that broadcast into a table of every pair, such as `[64, 1]` and `[64]`.
 *
 * Each prediction is then compared with the targets of all rows. For the mean of squares the best that it can do is their mean, whatever the input: the loss
 * falls to the targets' variance and stays there. PyTorch only warns. A target that is one number for all elements does not count.
 * The same holds for a loss written by hand, `((prediction - target) ** 2).mean()` or `-(log_prob * advantage).mean()`, of which PyTorch does not even warn:
 * arithmetic counts that leads to the loss through nothing but arithmetic, sums and means. An axis that is given on the spot (`unsqueeze`, `[:, None]`) means
 * every pair, and is left alone. So it is with a comparison that a script counts, `(predicted == target).sum()`: an accuracy of pairs.
 *
 * What helps: equal shapes, `prediction.squeeze(1)`.
 *
 * Source: PyTorch, torch.nn.functional.mse_loss: its warning about a target size that differs from the input size; exact.
 */
export const lossCrossed = defineRule({
  code: "loss-crossed",
  severity: "warning",
  title: "A loss compares every prediction with every target",
  check: ({ crossed = [] }) =>
    crossedLines(crossed).flatMap((one) => {
      const shape = table(one);
      if (!shape) return [];
      return [
        {
          at: one.at,
          message: messageOf(one, text(one.input), text(one.target), text(shape)),
          measured: { pairs: numel(shape), predictions: numel(one.input) },
          layers: [],
        },
      ];
    }),
  remedies: ({ crossed = [] }): Remedy[] => {
    const steps = crossed.flatMap((one): Step[] => {
      const at = table(one) && spare(one);
      return at ? [{ kind: "squeeze", at: [one.at], ...at }] : [];
    });
    return steps.length > 0 ? [steps] : [];
  },
});
