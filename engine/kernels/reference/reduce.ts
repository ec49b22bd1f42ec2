import { EXPONENT_BINS, EXPONENT_MIN, REDUCE, SCAN, STATS, type Kernels } from "../kernels.ts";
import type { Access, Numbers } from "./access.ts";
import { reduceFormulas } from "./scalar.ts";

type Names = "reduce" | "argReduce" | "scan" | "argsort" | "stats" | "neighbours";

/** Calls `visit(base, o, i)` for each line of an [outer, n, inner] block; its elements stand at base + j·inner. */
export function forEachLine(
  outer: number,
  n: number,
  inner: number,
  visit: (base: number, line: number) => void,
): void {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) visit(o * n * inner + i, o * inner + i);
}

/** Position along the line of its largest (or smallest) element: the first of equals, the first NaN before all. */
function argExtremum(x: Numbers, base: number, n: number, inner: number, largest: boolean): number {
  let best = 0;
  for (let j = 0; j < n; j++) {
    const v = x[base + j * inner]!;
    const top = x[base + best * inner]!;
    if (Number.isNaN(v)) return j;
    if (largest ? v > top : v < top) best = j;
  }
  return best;
}

/** Ascending, NaN last. */
function order(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

/** floor(log2 |x|) of a finite non-zero number, exactly. */
function exponentOf(x: number): number {
  let e = Math.floor(Math.log2(x));
  if (2 ** e > x) e--;
  if (2 ** (e + 1) <= x) e++;
  return e;
}

const F16_FLUSHED = 2 ** -25; // up to here x rounds to 0
const F16_NORMAL = 2 ** -14 - 2 ** -25; // from here x rounds to a normal number
const F16_OVERFLOW = 65520; // from here x rounds to ±inf

export function reductions(mem: Access): Pick<Kernels, Names> {
  return {
    reduce(t, op, out, x, outer, n, inner) {
      const { start, step } = reduceFormulas[REDUCE[op]!];
      const [y, a] = [mem.at(t, out, outer * inner), mem.at(t, x, outer * n * inner)];
      forEachLine(outer, n, inner, (base, line) => {
        let sum = start;
        for (let j = 0; j < n; j++) sum = step(sum, a[base + j * inner]!);
        y[line] = sum;
      });
    },
    argReduce(t, op, out, x, outer, n, inner) {
      const [y, a] = [mem.at(1, out, outer * inner), mem.at(t, x, outer * n * inner)];
      forEachLine(outer, n, inner, (base, line) => {
        y[line] = argExtremum(a, base, n, inner, op === 0);
      });
    },
    scan(t, op, out, x, outer, n, inner) {
      const name = ({ cumsum: "sum", cumprod: "prod", cummax: "max", cummin: "min" } as const)[
        SCAN[op]!
      ];
      const { start, step } = reduceFormulas[name];
      const size = outer * n * inner;
      const [y, a] = [mem.at(t, out, size), mem.at(t, x, size)];
      forEachLine(outer, n, inner, (base) => {
        let sum = start;
        for (let j = 0; j < n; j++) y[base + j * inner] = sum = step(sum, a[base + j * inner]!);
      });
    },
    argsort(t, out, x, outer, n, inner, descending) {
      const size = outer * n * inner;
      const [y, a] = [mem.at(1, out, size), mem.at(t, x, size)];
      const sign = descending ? -1 : 1;
      forEachLine(outer, n, inner, (base) => {
        const places = Array.from({ length: n }, (_, j) => j);
        places.sort((i, j) => sign * order(a[base + i * inner]!, a[base + j * inner]!) || i - j);
        places.forEach((place, j) => (y[base + j * inner] = place));
      });
    },
    stats(t, out, x, n) {
      const y = mem.at(1, out, STATS.length + EXPONENT_BINS).fill(0);
      const s = Object.fromEntries(STATS.map((name) => [name, 0])) as Record<
        (typeof STATS)[number],
        number
      >;
      for (const v of mem.at(t, x, n)) {
        if (Number.isNaN(v)) {
          s.nans++;
          continue;
        }
        const a = Math.abs(v);
        s.absMax = Math.max(s.absMax, a);
        if (a === 0) s.zeros++;
        else if (a === Infinity) s.infs++;
        else {
          s.sum += v;
          s.sumSquares += v * v;
          s.sumAbs += a;
          if (a <= F16_FLUSHED) s.f16Flushed++;
          else if (a < F16_NORMAL) s.f16Subnormal++;
          else if (a >= F16_OVERFLOW) s.f16Overflow++;
          const bin = Math.min(Math.max(exponentOf(a) - EXPONENT_MIN, 0), EXPONENT_BINS - 1);
          y[STATS.length + bin]!++;
        }
      }
      STATS.forEach((name, i) => (y[i] = s[name]));
    },
    neighbours(t, x, rows, n, step) {
      const all = mem.at(t, x, (rows - 1) * step + n);
      const round = t === 0 ? Math.fround : (v: number): number => v;
      const length = (row: number, from: (i: number) => number): number => {
        let sum = 0;
        for (let i = row * step; i < row * step + n; i++) sum += from(i) ** 2;
        return Math.sqrt(sum);
      };
      let sum = 0;
      for (let row = 1; row < rows; row++) {
        const apart = length(row, (i) => round(all[i]! - all[i - step]!));
        sum += (2 * apart) / (length(row - 1, (i) => all[i]!) + length(row, (i) => all[i]!));
      }
      return sum / (rows - 1);
    },
  };
}
