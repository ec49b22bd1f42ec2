import type { Kernels } from "../kernels.ts";
import type { Access, Numbers } from "./access.ts";
import { forEachLine } from "./reduce.ts";

type Names =
  | "softmax" | "softmaxGrad" | "moments"
  | "standardize" | "standardizeSums" | "standardizeGrad"; // prettier-ignore

export function normalization(mem: Access): Pick<Kernels, Names> {
  /** Calls `visit(b, places)` for each b of [A, B, C]. */
  const forEachChannel = (
    A: number,
    B: number,
    C: number,
    visit: (b: number, places: number[]) => void,
  ): void => {
    for (let b = 0; b < B; b++) {
      const places: number[] = [];
      for (let a = 0; a < A; a++) for (let c = 0; c < C; c++) places.push((a * B + b) * C + c);
      visit(b, places);
    }
  };
  return {
    softmax(t, out, x, outer, n, inner, log) {
      const size = outer * n * inner;
      const [Y, X] = [mem.at(t, out, size), mem.at(t, x, size)];
      forEachLine(outer, n, inner, (base) => {
        const line = Array.from({ length: n }, (_, j) => X[base + j * inner]!);
        const max = line.reduce((a, b) => (a >= b ? a : b), -Infinity);
        const sum = line.reduce((s, v) => s + Math.exp(v - max), 0);
        line.forEach((v, j) => {
          Y[base + j * inner] = log ? v - max - Math.log(sum) : Math.exp(v - max) / sum;
        });
      });
    },
    softmaxGrad(t, out, ct, y, outer, n, inner, log) {
      const size = outer * n * inner;
      const [G, CT, Y] = [mem.at(t, out, size), mem.at(t, ct, size), mem.at(t, y, size)];
      forEachLine(outer, n, inner, (base) => {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += CT[base + j * inner]! * (log ? 1 : Y[base + j * inner]!);
        for (let j = 0; j < n; j++) {
          const p = base + j * inner;
          G[p] = log ? CT[p]! - Math.exp(Y[p]!) * sum : Y[p]! * (CT[p]! - sum);
        }
      });
    },
    moments(t, mean, variance, rstd, x, A, B, C, eps) {
      const X = mem.at(t, x, A * B * C);
      const [M, V, R] = [mean, variance, rstd].map((p) => mem.at(1, p, B)) as [
        Numbers,
        Numbers,
        Numbers,
      ];
      forEachChannel(A, B, C, (b, places) => {
        const mu = places.reduce((s, p) => s + X[p]!, 0) / places.length;
        const v = places.reduce((s, p) => s + (X[p]! - mu) ** 2, 0) / places.length;
        M[b] = mu;
        V[b] = v;
        R[b] = 1 / Math.sqrt(v + eps);
      });
    },
    standardize(t, out, x, mean, rstd, w, shift, A, B, C, W, S) {
      const size = A * B * C;
      const [Y, X] = [mem.at(t, out, size), mem.at(t, x, size)];
      const [M, R] = [mem.at(1, mean, B), mem.at(1, rstd, B)];
      const [F, H] = [w ? mem.at(t, w, W) : null, shift ? mem.at(t, shift, W) : null];
      forEachChannel(A, B, C, (b, places) => {
        for (const p of places) {
          const c = Math.floor(p / S) % W;
          Y[p] = (X[p]! - M[b]!) * R[b]! * (F ? F[c]! : 1) + (H ? H[c]! : 0);
        }
      });
    },
    standardizeSums(t, out, ct, x, mean, rstd, A, B, C, W, S) {
      const size = A * B * C;
      const [CT, X] = [mem.at(t, ct, size), mem.at(t, x, size)];
      const [M, R] = [mem.at(1, mean, B), mem.at(1, rstd, B)];
      const sums = mem.at(1, out, 2 * W);
      for (let c = 0; c < 2 * W; c++) sums[c] = 0;
      forEachChannel(A, B, C, (b, places) => {
        for (const p of places) {
          const c = Math.floor(p / S) % W;
          sums[c] = sums[c]! + CT[p]!;
          sums[W + c] = sums[W + c]! + CT[p]! * (X[p]! - M[b]!) * R[b]!;
        }
      });
    },
    standardizeGrad(t, out, ct, x, mean, rstd, w, _, A, B, C, W, S) {
      const size = A * B * C;
      const [G, CT, X] = [mem.at(t, out, size), mem.at(t, ct, size), mem.at(t, x, size)];
      const [M, R] = [mem.at(1, mean, B), mem.at(1, rstd, B)];
      const F = w ? mem.at(t, w, W) : null;
      forEachChannel(A, B, C, (b, places) => {
        const given = (p: number): number => CT[p]! * (F ? F[Math.floor(p / S) % W]! : 1);
        const m1 = places.reduce((s, p) => s + given(p), 0) / places.length;
        const h = (p: number): number => (X[p]! - M[b]!) * R[b]!;
        const m2 = places.reduce((s, p) => s + given(p) * h(p), 0) / places.length;
        for (const p of places) G[p] = R[b]! * (given(p) - m1 - h(p) * m2);
      });
    },
  };
}
