import type { Stats } from "../report.ts";

/** A floating-point format of 16 or 8 bits, as far as a gradient cares. */
export interface Format {
  /** Largest finite number. */
  readonly max: number;
  /** log2 of the smallest normal number. */
  readonly least: number;
  /** Bits of the fraction: neighbours of 1 are 2^−bits apart. */
  readonly bits: number;
}

/**
 * Sources: IEEE 754-2019, binary16; bfloat16 is float32 with 7 bits of fraction; float8 of Micikevicius et al., FP8 Formats for Deep
 * Learning, arXiv 2209.05433, table 1: e4m3 has no infinity and one NaN.
 */
export const FORMATS = {
  float16: { max: 65504, least: -14, bits: 10 },
  bfloat16: { max: (2 - 2 ** -7) * 2 ** 127, least: -126, bits: 7 },
  float8_e5m2: { max: 57344, least: -14, bits: 2 },
  float8_e4m3: { max: 448, least: -6, bits: 3 },
} as const satisfies Record<string, Format>;
export type FormatName = keyof typeof FORMATS;
export const F16_MAX = FORMATS.float16.max;

/** The format of a tensor's dtype; null where it is wider. */
export const formatOf = (dtype: string): Format | null =>
  (FORMATS as Readonly<Record<string, Format>>)[dtype] ?? null;

/** log2 of half the smallest subnormal: what is not larger rounds to 0. */
export const flushExponent = ({ least, bits }: Format): number => least - bits - 1;
/** The smallest magnitude that rounds beyond `max`. */
export const overflowAt = ({ max, bits }: Format): number =>
  max + 2 ** (Math.floor(Math.log2(max)) - bits - 1);

/**
 * Share of the finite non-zero elements, each counted `weight(e)` times by its binary exponent e, of which `isHit` holds. Exact up to
 * elements equal to a power of two.
 */
function share(
  s: Stats,
  isHit: (exponent: number) => boolean,
  weight: (i: number) => number,
): number {
  let hit = 0;
  let all = 0;
  s.exponents.counts.forEach((count, i) => {
    const counted = count * weight(i);
    all += counted;
    if (isHit(s.exponents.min + i)) hit += counted;
  });
  return all === 0 ? 0 : hit / all;
}
const each = (): number => 1;

/** Share of the elements that become 0 at loss scale 2^k: a bin [2^e, 2^(e+1)) is lost where 2^(e+k+1) is not above the flush threshold. */
export const flushedShare = (s: Stats, k: number, f: Format = FORMATS.float16): number =>
  share(s, (e) => e + k < flushExponent(f), each);

/**
 * Share of the squared length that is lost with those elements. Unlike their number it does not count elements that are nothing but
 * rounding noise, as in the key part of a packed attention bias. From the histogram: an element of bin e counts 4^e.
 */
export const flushedEnergy = (s: Stats, k: number, f: Format = FORMATS.float16): number =>
  share(
    s,
    (e) => e + k < flushExponent(f),
    (i) => 4 ** i, // relative to the lowest bin
  );

/** Share of the elements that lose digits below the smallest normal number, without those that become 0. */
export const subnormalShare = (s: Stats, k: number, f: Format): number =>
  share(s, (e) => e + k < f.least && e + k >= flushExponent(f), each);

/** Share of the elements beyond the largest power of two; the bin of the largest number itself is counted as held. */
export const overflowShare = (s: Stats, k: number, f: Format): number =>
  share(s, (e) => e + k > Math.floor(Math.log2(f.max)), each);

/** Largest k for which 2^k · absMax stays `headroom` times below the format's maximum. */
export const largestScale = (
  absMax: number,
  headroom: number,
  f: Format = FORMATS.float16,
): number => Math.floor(Math.log2(f.max / headroom / absMax));

/** Smallest k for which no more than `maxLost` of the elements of these gradients become 0. */
export function smallestScale(grads: readonly Stats[], maxLost: number, f: Format): number {
  const count = (g: Stats): number => g.count - g.zeros - g.nans - g.infs;
  const all = grads.reduce((n, g) => n + count(g), 0);
  const lostAt = (k: number): number =>
    grads.reduce((n, g) => n + count(g) * flushedShare(g, k, f), 0) / Math.max(all, 1);
  const least = Math.min(...grads.map((g) => g.exponents.min));
  let k = flushExponent(f) - least; // nothing is lost
  while (k > -256 && lostAt(k - 1) <= maxLost) k--;
  return k;
}
