import type { Backend } from "../backend.ts";
import type { DType } from "../dtype.ts";
import { EXPONENT_BINS, EXPONENT_MIN, STATS } from "../kernels/kernels.ts";
import type { Exponents, Stats } from "../report.ts";
import type { Tensor } from "../tensor.ts";

const WORDS = STATS.length + EXPONENT_BINS;
type Word = (typeof STATS)[number];
const AT = Object.fromEntries(STATS.map((name, i) => [name, i])) as Record<Word, number>;

const finite = (x: number): number => (Number.isFinite(x) ? x : 0);

/** The numbers of one tensor, from one pass over its elements. A meta tensor has none. */
export function statsOf(k: Backend, x: Tensor): Stats | null {
  if (x.isMeta) return null;
  const { memory, kernels } = k;
  const at = memory.alloc(8 * WORDS);
  try {
    k.scoped(() => {
      const c = k.contiguous(x);
      kernels.stats(c.elem, at, c.ptr, c.size);
      return null;
    });
    return statsFrom(memory.f64.subarray(at / 8, at / 8 + WORDS), x.dtype, x.size);
  } finally {
    memory.free(at);
  }
}

/** The numbers that the kernel's words tell of `count` elements. */
export function statsFrom(words: Float64Array, dtype: DType, count: number): Stats {
  const squares = words[AT.sumSquares]!;
  const zeros = words[AT.zeros]!;
  const nans = words[AT.nans]!;
  const infs = words[AT.infs]!;
  const absMax = words[AT.absMax]!;
  const real = Math.max(count - nans - infs, 1);
  const nonZero = Math.max(count - zeros - nans, 1);
  const mean = words[AT.sum]! / real;
  return {
    dtype,
    count,
    l2: finite(Math.sqrt(squares)),
    rms: finite(Math.sqrt(squares / Math.max(count, 1))),
    mean: finite(mean),
    std: finite(Math.sqrt(Math.max(squares / real - mean * mean, 0))),
    absMax: finite(absMax),
    meanAbs: finite(words[AT.sumAbs]! / real),
    zeros,
    nans,
    infs,
    exponents: exponentsOf(words, count - zeros - nans - infs, absMax),
    float16: {
      flushed: words[AT.f16Flushed]! / nonZero,
      subnormal: words[AT.f16Subnormal]! / nonZero,
      overflow: words[AT.f16Overflow]! / nonZero,
    },
  };
}

/** The bins from the first to the last that is not empty. `counted`: how many numbers they hold; absMax: which bin none lies above. */
function exponentsOf(words: Float64Array, counted: number, absMax: number): Exponents {
  if (counted === 0) return { min: EXPONENT_MIN, counts: [0] };
  const top = Number.isFinite(absMax) ? Math.floor(Math.log2(absMax)) + 1 : Infinity;
  let last = STATS.length + Math.min(Math.max(top - EXPONENT_MIN, 0), EXPONENT_BINS - 1);
  while (words[last] === 0) last--;
  let first = last + 1;
  for (let left = counted; left > 0;) left -= words[--first]!;
  const counts: number[] = [];
  for (let i = first; i <= last; i++) counts.push(words[i]!);
  return { min: EXPONENT_MIN + first - STATS.length, counts };
}
