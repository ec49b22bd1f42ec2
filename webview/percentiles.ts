/** Percentiles of |x| over a tensor's finite non-zero elements, told from its exponents. */
import type { Magnitude } from "./protocol.ts";

export interface Spread {
  readonly low: number;
  readonly high: number;
}

const LOW = 0.05;
const HIGH = 0.95;

/**
 * The 5th and the 95th percentile; null where there is no such element. The histogram has one bin per power of
 * two: each is right to a factor of two, and lies within its bin as if the bin's elements were spread evenly on
 * a log scale.
 */
export function spreadOf({ exponents, absMax }: Pick<Magnitude, "exponents" | "absMax">) {
  const { min, counts } = exponents;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number): number => {
    let below = 0;
    for (const [i, count] of counts.entries()) {
      if (count > 0 && below + count >= share * total) {
        return Math.min(absMax, 2 ** (min + i + (share * total - below) / count));
      }
      below += count;
    }
    return absMax;
  };
  return { low: at(LOW), high: at(HIGH) } satisfies Spread;
}
