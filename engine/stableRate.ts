import type { Optimizer } from "./report.ts";

/** The rate up to which SGD is stable along a direction of this curvature; null for optimizers that scale each element. */
export function stableRate(optimizer: Optimizer, curvature: number): number | null {
  if (optimizer.type !== "SGD" || curvature <= 0) return null;
  const m = optimizer.momentum ?? 0;
  const bent = curvature + (optimizer.weightDecay ?? 0);
  return (2 * (1 + m)) / ((optimizer.nesterov ? 1 + 2 * m : 1) * bent);
}
