import type { Kernels } from "../kernels.ts";
import type { Access } from "./access.ts";

type Names = "sampleRows" | "sampleRowsBack" | "rowDots" | "suppress";

export function sampling(mem: Access): Pick<Kernels, Names> {
  /** Calls `visit(tap, row, place)` for every tap of every row. */
  const forEachTap = (
    idx: number,
    rows: number,
    taps: number,
    visit: (tap: number, row: number, place: number) => void,
  ): void => {
    const I = mem.at(1, idx, rows * taps);
    for (let tap = 0; tap < rows * taps; tap++) visit(tap, Math.floor(tap / taps), I[tap]!);
  };
  /** Rows that the indices reach. */
  const reach = (idx: number, count: number): number =>
    Math.max(0, ...mem.at(1, idx, count).map((place) => place + 1));
  return {
    sampleRows(t, out, x, idx, w, rows, taps, inner) {
      const [Y, X] = [mem.at(t, out, rows * inner), mem.at(t, x, reach(idx, rows * taps) * inner)];
      const W = mem.at(t, w, rows * taps);
      for (let i = 0; i < inner; i++) {
        const sums = new Float64Array(rows);
        forEachTap(idx, rows, taps, (tap, row, place) => {
          sums[row] = sums[row]! + W[tap]! * X[place * inner + i]!;
        });
        sums.forEach((sum, row) => (Y[row * inner + i] = sum));
      }
    },
    sampleRowsBack(t, out, ct, idx, w, rows, taps, inner) {
      const [Y, C] = [mem.at(t, out, reach(idx, rows * taps) * inner), mem.at(t, ct, rows * inner)];
      const W = mem.at(t, w, rows * taps);
      forEachTap(idx, rows, taps, (tap, row, place) => {
        for (let i = 0; i < inner; i++)
          Y[place * inner + i] = Y[place * inner + i]! + W[tap]! * C[row * inner + i]!;
      });
    },
    rowDots(t, out, ct, x, idx, rows, taps, inner) {
      const [Y, C] = [mem.at(t, out, rows * taps), mem.at(t, ct, rows * inner)];
      const X = mem.at(t, x, reach(idx, rows * taps) * inner);
      forEachTap(idx, rows, taps, (tap, row, place) => {
        let sum = 0;
        for (let i = 0; i < inner; i++) sum += C[row * inner + i]! * X[place * inner + i]!;
        Y[tap] = sum;
      });
    },
    suppress(t, keep, boxes, n, threshold) {
      const [K, B] = [mem.at(0, keep, n), mem.at(t, boxes, 4 * n)];
      const box = (i: number): number[] => [...B.slice(4 * i, 4 * i + 4)];
      const area = ([x1, y1, x2, y2]: number[]): number => (x2! - x1!) * (y2! - y1!);
      for (let i = 0; i < n; i++) {
        const b = box(i);
        K[i] = 1;
        for (let j = 0; j < i && K[i]; j++) {
          const a = box(j);
          const low = [Math.max(a[0]!, b[0]!), Math.max(a[1]!, b[1]!)];
          const high = [Math.min(a[2]!, b[2]!), Math.min(a[3]!, b[3]!)];
          const shared = Math.max(0, high[0]! - low[0]!) * Math.max(0, high[1]! - low[1]!);
          if (K[j] && shared / (area(a) + area(b) - shared) > threshold) K[i] = 0;
        }
      }
    },
  };
}
