/** What number formats keep of a tensor, told from its exponents alone: for every loss scale at once. */
import type { Magnitude } from "./protocol.ts";

export interface Format {
  readonly name: string;
  /** Exponents of the smallest subnormal and of the smallest normal number. */
  readonly smallest: number;
  readonly normal: number;
  /** The largest finite number, and from where on rounding leaves it. */
  readonly largest: number;
  readonly overflow: number;
  /** Exponent from which on every number leaves it. */
  readonly infinite: number;
}

/**
 * float16: IEEE 754-2019, 3.6. bfloat16: float32's exponents, 8 bits of significand. float8: Micikevicius
 * et al., FP8 Formats for Deep Learning, 2022, table 1; E4M3 has no infinity, what leaves it is NaN.
 */
export const FORMATS = {
  float16: {
    name: "float16",
    smallest: -24,
    normal: -14,
    largest: 65504,
    overflow: 65520,
    infinite: 16,
  },
  bfloat16: {
    name: "bfloat16",
    smallest: -133,
    normal: -126,
    largest: (2 - 2 ** -7) * 2 ** 127,
    overflow: (2 - 2 ** -8) * 2 ** 127,
    infinite: 128,
  },
  e4m3: { name: "float8 e4m3", smallest: -9, normal: -6, largest: 448, overflow: 464, infinite: 9 },
  e5m2: {
    name: "float8 e5m2",
    smallest: -16,
    normal: -14,
    largest: 57344,
    overflow: 61440,
    infinite: 16,
  },
} as const satisfies Record<string, Format>;
export type FormatId = keyof typeof FORMATS;

/** Where a number ends up. */
export type Fate = "flushed" | "subnormal" | "normal" | "overflow";

/** Largest exponent of a loss scale that the slider offers: 2³². */
export const MOST_SCALE = 32;

/**
 * The fate of 2^exponent ≤ |x| < 2^(exponent+1). What is at most half the smallest subnormal becomes zero;
 * a bin that overflows in part counts as normal.
 */
export function fateOf({ smallest, normal, infinite }: Format, exponent: number): Fate {
  if (exponent < smallest - 1) return "flushed";
  if (exponent < normal) return "subnormal";
  return exponent >= infinite ? "overflow" : "normal";
}

/** Shares (0..1) of the finite non-zero elements. Of one bin only bounds of the overflow are known. */
export interface Kept {
  readonly flushed: number;
  readonly subnormal: number;
  readonly overflow: { readonly least: number; readonly most: number };
}

/** What `format` makes of the tensor times 2^scale; null where it has no finite non-zero element. */
export function kept(magnitude: Magnitude, format: Format, scale: number): Kept | null {
  const { exponents, absMax } = magnitude;
  const sums = { flushed: 0, subnormal: 0, normal: 0, overflow: 0 };
  let split = 0;
  exponents.counts.forEach((count, i) => {
    const exponent = exponents.min + i + scale;
    sums[fateOf(format, exponent)] += count;
    if (exponent === format.infinite - 1) split += count;
  });
  const total = sums.flushed + sums.subnormal + sums.normal + sums.overflow;
  if (total === 0) return null;
  const reaches = split > 0 && absMax * 2 ** scale >= format.overflow;
  return {
    flushed: sums.flushed / total,
    subnormal: sums.subnormal / total,
    overflow: {
      least: (sums.overflow + (reaches ? 1 : 0)) / total,
      most: (sums.overflow + (reaches ? split : 0)) / total,
    },
  };
}

/** Share that is lost for good: zero or infinite, at most. */
export const lost = ({ flushed, overflow }: Kept): number => flushed + overflow.most;

/** Exponents of loss scales at which no tensor loses more than `share` to zero and none overflows; null: none. */
export function safeScales(
  magnitudes: readonly Magnitude[],
  format: Format,
  share: number,
): { readonly from: number; readonly to: number } | null {
  const isSafe = (scale: number): boolean =>
    magnitudes.every((magnitude) => {
      const now = kept(magnitude, format, scale);
      return now === null || (now.flushed <= share && now.overflow.most === 0);
    });
  const scales = Array.from({ length: MOST_SCALE + 1 }, (_, scale) => scale).filter(isSafe);
  const [from] = scales;
  return from === undefined ? null : { from, to: scales.at(-1) ?? from };
}
