import type { Stats } from "../report.ts";

/** Largest finite float16; |x| ≥ 65520 rounds to infinity. IEEE 754-2019, binary16. */
export const F16_MAX = 65504;
/** log2 of half the smallest subnormal: |x| ≤ 2^−25 rounds to 0. */
const FLUSH_EXPONENT = -25;

/**
 * Share of the non-zero finite elements that become 0 in float16 at loss scale 2^k, from the exponent histogram alone: a bin
 * [2^e, 2^(e+1)) is lost where 2^(e+k+1) ≤ 2^−25. Exact up to elements equal to a power of two.
 */
export function flushedShare(s: Stats, k: number): number {
  let lost = 0;
  let all = 0;
  s.exponents.counts.forEach((count, i) => {
    all += count;
    if (s.exponents.min + i + k < FLUSH_EXPONENT) lost += count;
  });
  return all === 0 ? 0 : lost / all;
}

/**
 * Share of the squared length that is lost with those elements. Unlike their number it does not count elements that are nothing but
 * rounding noise, as in the key part of a packed attention bias. From the histogram: an element of bin e counts 4^e.
 */
export function flushedEnergy(s: Stats, k: number): number {
  let lost = 0;
  let all = 0;
  s.exponents.counts.forEach((count, i) => {
    const energy = count * 4 ** i; // relative to the lowest bin
    all += energy;
    if (s.exponents.min + i + k < FLUSH_EXPONENT) lost += energy;
  });
  return all === 0 ? 0 : lost / all;
}

/** Largest k for which 2^k · absMax stays `headroom` times below the float16 maximum. */
export const largestScale = (absMax: number, headroom: number): number =>
  Math.floor(Math.log2(F16_MAX / headroom / absMax));
