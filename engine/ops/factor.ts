import { eigh } from "../numeric/eigh.ts";
import { cholesky, luFactor, luSolve, qrFactor, solveTriangle } from "../numeric/factor.ts";
import { svd } from "../numeric/svd.ts";
import type { Tensor } from "../tensor.ts";
import type { Backend } from "../backend.ts";
import type { HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import { dim, numel } from "../shape.ts";

/**
 * Numbers of a factorisation, one row per matrix of the batch, one after another:
 * cholesky: L, info; qr: Q, R; lu: L and U in one, LAPACK's pivots from 0, order, info, sign; eigh: values, V; svd: U, s, Vᵀ.
 */
const KINDS = {
  cholesky: (a: Float64Array, _: number, n: number) => {
    const { l, info } = cholesky(a, n);
    return [l, [info]];
  },
  qr: (a: Float64Array, m: number, n: number) => {
    const { q, r } = qrFactor(a, m, n, false);
    return [q, r];
  },
  qrComplete: (a: Float64Array, m: number, n: number) => {
    const { q, r } = qrFactor(a, m, n, true);
    return [q, r];
  },
  lu: (a: Float64Array, m: number, n: number) => {
    const { lu, pivots, order, info, sign } = luFactor(a, m, n);
    return [lu, pivots, order, [info, sign]];
  },
  eigh: (a: Float64Array, _: number, n: number) => {
    const { values, vectors } = eigh(a, n);
    return [values, vectors];
  },
  svd: (a: Float64Array, m: number, n: number) => {
    const { u, s, vt } = svd(a, m, n);
    return [u, s, vt];
  },
} as const satisfies Record<
  string,
  (a: Float64Array, m: number, n: number) => readonly ArrayLike<number>[]
>;
type Kind = keyof typeof KINDS;

/** How many numbers KINDS gives for one matrix [m, n]. */
function count(kind: Kind, m: number, n: number): number {
  const k = Math.min(m, n);
  switch (kind) {
    case "cholesky":
      return n * n + 1;
    case "qr":
      return m * k + k * n;
    case "qrComplete":
      return m * m + m * n;
    case "lu":
      return m * n + k + m + 2;
    case "eigh":
      return n + n * n;
    case "svd":
      return m * k + k + k * n;
  }
}

const HALF: HalfRule = { accumulate: "f32", round: "once" };

/** Matrices of a batch, each as an own f64 array. */
function* matrices(k: Backend, x: Tensor): Generator<Float64Array> {
  const values = k.read(x);
  const size = dim(x.shape, -2) * dim(x.shape, -1);
  for (let at = 0; at < values.length; at += size)
    yield Float64Array.from(values.subarray(at, at + size));
}

/** x: [..., m, n] → [..., count], f64. Not differentiable: torch/_factor.py states the gradients, which read the factors. */
const factor = defineOp<"x", { readonly kind: Kind }>({
  name: "factor",
  inputs: ["x"],
  dtype: () => "float64",
  shape: ({ x }, { kind }) => [...x.slice(0, -2), count(kind, dim(x, -2), dim(x, -1))],
  forward: (k, { x }, { kind }) => {
    const [m, n] = [dim(x.shape, -2), dim(x.shape, -1)];
    const each = count(kind, m, n);
    const out = new Float64Array(numel(x.shape.slice(0, -2)) * each);
    let at = 0;
    if (out.length > 0)
      for (const a of matrices(k, x))
        for (const part of KINDS[kind](a, m, n)) {
          out.set(part, at);
          at += part.length;
        }
    return k.from(out, [...x.shape.slice(0, -2), each], "float64");
  },
  saves: [],
  vjp: null,
  half: HALF,
  flops: ({ x }) => numel(x) * Math.min(dim(x, -2), dim(x, -1)),
  gradcheck: [],
});

type Triangle = { readonly upper: boolean; readonly unit: boolean };
type Solve = { readonly triangle?: Triangle | null };

/**
 * a⁻¹ b per matrix of the batch (the same batch for both); a: [..., n, n], b: [..., n, r]. triangle: only that half of a is read.
 * A zero pivot gives ±inf or NaN: the caller has asked `factor` where PyTorch raises.
 */
const solve = defineOp<"a" | "b", Solve>({
  name: "solve",
  inputs: ["a", "b"],
  shape: ({ b }) => b,
  forward: (k, { a, b }, { triangle }) => {
    const [n, r] = [dim(b.shape, -2), dim(b.shape, -1)];
    const right = matrices(k, b);
    const out = new Float64Array(b.size);
    let at = 0;
    if (out.length > 0)
      for (const matrix of matrices(k, a)) {
        let x: Float64Array = right.next().value as Float64Array;
        if (triangle) solveTriangle(matrix, x, n, r, triangle.upper, triangle.unit);
        else x = luSolve(luFactor(matrix, n, n), x, n, r);
        out.set(x, at);
        at += n * r;
      }
    return k.from(out, b.shape, b.dtype);
  },
  saves: { a: ["a", "out"], b: ["a"] },
  // b̄ = A⁻ᵀ x̄, Ā = −b̄ xᵀ, of which a triangle keeps its own half
  vjp: (k, ct, { a, out }, { triangle }) => {
    const turned = triangle ? { ...triangle, upper: !triangle.upper } : null;
    const back = (): Tensor => k.op("solve", [k.mT(a), ct], { triangle: turned });
    return {
      b: back,
      a: () => {
        const whole = k.neg(k.matmul(back(), k.mT(out)));
        return triangle ? k.op("triangle", [whole], { ...triangle }) : whole;
      },
    };
  },
  half: HALF,
  flops: ({ a, b }) => (2 / 3) * numel(a) * dim(a, -1) + 2 * numel(b) * dim(a, -1),
  gradcheck: [
    { shapes: { a: [3, 3], b: [3, 2] }, range: [0.3, 2] },
    { shapes: { a: [2, 4, 4], b: [2, 4, 1] } },
    {
      shapes: { a: [2, 3, 3], b: [2, 3, 2] },
      attrs: { triangle: { upper: true, unit: false } },
      range: [0.5, 2],
    },
    { shapes: { a: [4, 4], b: [4, 2] }, attrs: { triangle: { upper: false, unit: true } } },
  ],
});

/** x [..., n, n] with zeros outside of one triangle, and on the diagonal too where `unit`. */
const triangle = defineOp<"x", Triangle>({
  name: "triangle",
  inputs: ["x"],
  shape: ({ x }) => x,
  forward: (k, { x }, { upper, unit }) => {
    const n = dim(x.shape, -1);
    const values = k.read(x);
    values.forEach((_, at) => {
      const [i, j] = [Math.floor(at / n) % n, at % n];
      if (upper ? j < i : j > i) values[at] = 0;
      else if (unit && i === j) values[at] = 0;
    });
    return k.from(values, x.shape, x.dtype);
  },
  saves: [],
  vjp: (k, ct, _, attrs) => ({ x: () => k.op("triangle", [ct], attrs) }),
  half: { round: "none" },
  gradcheck: [{ shapes: { x: [2, 3, 3] }, attrs: { upper: true, unit: false } }],
});

export const factorisations: readonly Op[] = [factor, solve, triangle];
