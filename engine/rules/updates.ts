import type { Parameter } from "../report.ts";
import type { Evidence, Remedy } from "./rule.ts";

/** Weights that a step could have changed: matrices and kernels with a gradient. */
export const stepped = ({ parameters }: Evidence): Parameter[] =>
  parameters.filter(
    (p) => p.grad !== null && p.shape.length > 1 && typeof p.updateRatio === "number",
  );

/** Median over the weights of update over weight, of an even number the mean of the middle two; null where no step was made. */
export function typicalRatio(evidence: Evidence): number | null {
  const ratios = stepped(evidence)
    .map((p) => p.updateRatio ?? 0)
    .sort((a, b) => a - b);
  const [low, high] = [ratios[(ratios.length - 1) >> 1], ratios[ratios.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Learning rates that a script may have instead: smaller by tens, and those that each optimizer is usually given. */
export function rateRemedies({ optimizers }: Evidence): Remedy[] {
  const places = (optimizers ?? []).flatMap(({ at }) => (at ? [at] : []));
  const [first] = optimizers ?? [];
  if (!first || places.length === 0) return [];
  const usual = /^SGD$/.test(first.type) ? [0.1, 0.01, 0.001] : [1e-3, 1e-4];
  const rates = [...usual, first.lr / 10, first.lr / 100].map((lr) => Number(lr.toPrecision(2)));
  return [
    [{ kind: "reduce" }],
    ...[...new Set(rates)]
      .filter((lr) => lr > 0 && lr !== first.lr)
      .map((lr): Remedy => [{ kind: "rate", at: places, lr }]),
  ];
}
