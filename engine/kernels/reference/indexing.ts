import type { Kernels } from "../kernels.ts";
import type { Access } from "./access.ts";

type Names = "indexSelect" | "indexAdd" | "gather" | "scatter" | "nonzero" | "inRange";

export function indexing(mem: Access): Pick<Kernels, Names> {
  /** Calls `visit(inN, inM, o, j, i)` with the places in [outer, n, inner] (row idx) and in [outer, m, inner]. */
  const forEachPair = (
    outer: number,
    n: number,
    inner: number,
    m: number,
    row: (o: number, j: number, i: number) => number,
    visit: (inN: number, inM: number) => void,
  ): void => {
    // prettier-ignore
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < m; j++)
        for (let i = 0; i < inner; i++)
          visit((o * n + row(o, j, i)) * inner + i, (o * m + j) * inner + i);
  };
  return {
    indexSelect(t, out, x, idx, outer, n, inner, m) {
      const [Y, X, I] = [
        mem.at(t, out, outer * m * inner),
        mem.at(t, x, outer * n * inner),
        mem.at(1, idx, m),
      ];
      forEachPair(
        outer,
        n,
        inner,
        m,
        (_, j) => I[j]!,
        (inN, inM) => (Y[inM] = X[inN]!),
      );
    },
    indexAdd(t, out, src, idx, outer, n, inner, m) {
      const [Y, S, I] = [
        mem.at(t, out, outer * n * inner),
        mem.at(t, src, outer * m * inner),
        mem.at(1, idx, m),
      ];
      forEachPair(
        outer,
        n,
        inner,
        m,
        (_, j) => I[j]!,
        (inN, inM) => (Y[inN] = Y[inN]! + S[inM]!),
      );
    },
    gather(t, out, x, idx, outer, n, inner, m) {
      const size = outer * m * inner;
      const [Y, X, I] = [
        mem.at(t, out, size),
        mem.at(t, x, outer * n * inner),
        mem.at(1, idx, size),
      ];
      forEachPair(
        outer,
        n,
        inner,
        m,
        (o, j, i) => I[(o * m + j) * inner + i]!,
        (inN, inM) => (Y[inM] = X[inN]!),
      );
    },
    scatter(t, out, src, idx, outer, n, inner, m, mode) {
      const size = outer * m * inner;
      const [Y, S, I] = [
        mem.at(t, out, outer * n * inner),
        mem.at(t, src, size),
        mem.at(1, idx, size),
      ];
      forEachPair(
        outer,
        n,
        inner,
        m,
        (o, j, i) => I[(o * m + j) * inner + i]!,
        (inN, inM) => {
          Y[inN] = mode ? Y[inN]! + S[inM]! : S[inM]!;
        },
      );
    },
    nonzero(t, out, x, n) {
      const [Y, X] = [mem.at(1, out, n), mem.at(t, x, n)];
      let count = 0;
      for (let i = 0; i < n; i++) if (X[i] !== 0) Y[count++] = i;
      return count;
    },
    inRange(idx, n, lo, hi) {
      return mem.at(1, idx, n).every((v) => v >= lo && v < hi) ? 1 : 0;
    },
  };
}
