import type { Backend } from "../backend.ts";
import { EXPONENT_BINS, EXPONENT_MIN, STATS } from "../kernels/kernels.ts";
import type { Stats } from "../report.ts";
import type { Tensor } from "../tensor.ts";

const finite = (x: number): number => (Number.isFinite(x) ? x : 0);

/** The numbers of one tensor, from one pass over its elements. A meta tensor has none. */
export function statsOf(k: Backend, x: Tensor): Stats | null {
  if (x.isMeta) return null;
  let words: Float64Array = new Float64Array(0);
  k.scoped(() => {
    const c = k.contiguous(x);
    const block = k.empty([STATS.length + EXPONENT_BINS], "float64");
    k.kernels.stats(c.elem, block.ptr, c.ptr, c.size);
    words = k.read(block) as Float64Array;
    return null;
  });
  const word = (name: (typeof STATS)[number]): number => words[STATS.indexOf(name)]!;
  const counts = words.subarray(STATS.length);
  const count = x.size;
  const real = Math.max(count - word("nans") - word("infs"), 1);
  const nonZero = Math.max(count - word("zeros") - word("nans"), 1);
  const mean = word("sum") / real;
  let first = counts.findIndex((c) => c > 0);
  if (first < 0) first = 0;
  let last = counts.length - 1;
  while (last > first && counts[last] === 0) last--;
  return {
    dtype: x.dtype,
    count,
    l2: finite(Math.sqrt(word("sumSquares"))),
    rms: finite(Math.sqrt(word("sumSquares") / Math.max(count, 1))),
    mean: finite(mean),
    std: finite(Math.sqrt(Math.max(word("sumSquares") / real - mean * mean, 0))),
    absMax: finite(word("absMax")),
    meanAbs: finite(word("sumAbs") / real),
    zeros: word("zeros"),
    nans: word("nans"),
    infs: word("infs"),
    exponents: { min: EXPONENT_MIN + first, counts: [...counts.subarray(first, last + 1)] },
    float16: {
      flushed: word("f16Flushed") / nonZero,
      subnormal: word("f16Subnormal") / nonZero,
      overflow: word("f16Overflow") / nonZero,
    },
  };
}
