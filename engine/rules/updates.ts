import { median } from "../numeric/median.ts";
import type { Parameter } from "../report.ts";
import type { Remedy } from "./step.ts";
import type { Evidence } from "./rule.ts";

/** Weights that a step could have changed: matrices and kernels with a gradient. */
export const stepped = ({ parameters }: Pick<Evidence, "parameters">): Parameter[] =>
  parameters.filter(
    (p) => p.grad !== null && p.shape.length > 1 && typeof p.updateRatio === "number",
  );

/** Median over the weights of update over weight; null where no step was made. */
export const typicalRatio = (run: Pick<Evidence, "parameters">): number | null =>
  median(stepped(run).map((p) => p.updateRatio ?? 0));

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
