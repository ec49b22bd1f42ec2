import type { Backend } from "../backend.ts";
import type { HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import type { Executor } from "../executor.ts";
import { normAxis, numel } from "../shape.ts";

const F32: HalfRule = { accumulate: "f32", round: "once" };

/** x seen as [A, B, C]: statistics over A and C, one group per b. LayerNorm 1×rows×n, BatchNorm batch×channels×space. */
type Groups = { readonly A: number; readonly B: number; readonly C: number };
type Eps = Groups & { readonly eps: number };
/** The same elements seen as [·, W, S]: one factor and one addend per channel, of W. BatchNorm W = B, S = C; LayerNorm S = 1. */
type Channels = Groups & { readonly W: number; readonly S: number };

/** Per group mean, population variance and 1/√(var + eps): [3, B] float64, since a mean may dwarf the spread. Their part in the gradient is `standardize`'s. */
const moments = defineOp<"x", Eps>({
  name: "moments",
  inputs: ["x"],
  dtype: () => "float64",
  shape: (_, { B }) => [3, B],
  forward: (k, { x }, { A, B, C, eps }) => {
    const out = k.empty([3, B], "float64");
    const c = k.contiguous(x);
    const step = 8 * B;
    k.kernels.moments(x.elem, out.ptr, out.ptr + step, out.ptr + 2 * step, c.ptr, A, B, C, eps);
    return out;
  },
  saves: [],
  vjp: null,
  half: { round: "none" }, // statistics stay in f32
  flops: ({ x }) => 4 * numel(x),
  gradcheck: [],
});

/** x̂ w + b with x̂ = (x − mean) · rstd and m = moments(x), w and b per channel; the gradient counts the moments' dependence on x. */
const standardize = defineOp<"x" | "m" | "w" | "b", Channels>({
  name: "standardize",
  inputs: ["x", "m", "w", "b"],
  optional: ["w", "b"],
  shape: ({ x }) => x,
  forward: (k, { x, m, w, b }, { A, B, C, W, S }) => {
    const out = k.empty(x.shape, x.dtype);
    k.kernels.standardize(
      ...([x.elem, out.ptr, k.contiguous(x).ptr, m.ptr, m.ptr + 16 * B] as const),
      ...([w ? k.contiguous(w).ptr : 0, b ? k.contiguous(b).ptr : 0] as const),
      ...([A, B, C, W, S] as const),
    );
    return out;
  },
  saves: { x: ["x", "m", "w"], w: ["x", "m"], b: ["x", "m"] },
  vjp: (k, ct, { x, m, w, b }, g) => {
    let known: Tensor | null = null;
    const sums = (): Tensor => (known ??= k.op("standardizeSums", [ct, x, m], g));
    const sumOf = (row: number, like: Tensor): Tensor =>
      k.cast(k.reshape(k.narrow(sums(), 0, row, 1), like.shape), like.dtype);
    return {
      x: () => k.op("standardizeGrad", [ct, x, m, w, (w ?? b) && g.B === g.W ? sums() : null], g),
      m: null,
      w: () => sumOf(1, w),
      b: () => sumOf(0, b),
    };
  },
  half: F32,
  flops: ({ x, w, b }) => (1 + Number(!!w || !!b)) * numel(x),
  gradcheck: [],
});

/** What both kernels of the way back begin with: type, result, ct, x, mean and rstd. */
const backward = (
  k: Backend,
  out: Tensor,
  { ct, x, m }: Readonly<Record<"ct" | "x" | "m", Tensor>>,
  B: number,
): readonly [number, number, number, number, number, number] => [
  x.elem,
  out.ptr,
  k.contiguous(ct).ptr,
  k.contiguous(x).ptr,
  m.ptr,
  m.ptr + 16 * B,
];

/** Per channel Σ ct and Σ ct x̂: [2, W] float64. */
const standardizeSums = defineOp<"ct" | "x" | "m", Channels>({
  name: "standardizeSums",
  inputs: ["ct", "x", "m"],
  dtype: () => "float64",
  shape: (_, { W }) => [2, W],
  forward: (k, { ct, x, m }, { A, B, C, W, S }) => {
    const out = k.empty([2, W], "float64");
    k.kernels.standardizeSums(...backward(k, out, { ct, x, m }, B), ...([A, B, C, W, S] as const));
    return out;
  },
  saves: ["ct", "x", "m"],
  vjp: (k, g, { ct, x, m }, groups) => {
    const row = (i: number): Tensor =>
      k.cast(k.reshape(k.narrow(g, 0, i, 1), [groups.W]), ct.dtype);
    return {
      ct: () =>
        affineOf(k, k.op("standardize", [x, m, null, null], groups), row(1), row(0), groups),
      x: () =>
        k.op("standardizeGrad", [affineOf(k, ct, row(1), null, groups), x, m, null, null], groups),
      m: null,
    };
  },
  half: { round: "none" }, // statistics stay in f64
  flops: ({ x }) => 4 * numel(x),
  gradcheck: [],
});

/** Σ over each group, kept for broadcasting: [A, B, C] → [1, B, 1]. */
const perGroup = (k: Executor, x: Tensor, g: Groups): Tensor =>
  k.sum(k.reshape(x, [g.A, g.B, g.C]), [0, 2], true);

/** x · w + b per channel of a normalisation. */
const affineOf = (
  k: Executor,
  x: Tensor,
  w: Tensor | null,
  b: Tensor | null,
  g: Channels,
): Tensor => k.op("affine", [x, w, b], { A: numel(x.shape) / (g.W * g.S), B: g.W, C: g.S });

/** rstd (ct w − mean(ct w) − x̂ mean(ct w x̂)) per group; sums: `standardizeSums` of the same, which spares them, or absent. */
const standardizeGrad = defineOp<"ct" | "x" | "m" | "w" | "sums", Channels>({
  name: "standardizeGrad",
  inputs: ["ct", "x", "m", "w", "sums"],
  optional: ["w", "sums"],
  shape: ({ x }) => x,
  forward: (k, { ct, x, m, w, sums }, { A, B, C, W, S }) => {
    const out = k.empty(x.shape, x.dtype);
    k.kernels.standardizeGrad(
      ...backward(k, out, { ct, x, m }, B),
      ...([w ? k.contiguous(w).ptr : 0, sums ? sums.ptr : 0, A, B, C, W, S] as const),
    );
    return out;
  },
  saves: ["ct", "x", "m", "w", "out"],
  vjp: (k, g, { ct, x, m, w, out }, groups) => {
    const weighed = (t: Tensor): Tensor => (w ? affineOf(k, t, w, null, groups) : t);
    const through = (t: Tensor): Tensor => k.op("standardizeGrad", [t, x, m, null, null], groups);
    return {
      ct: () => weighed(through(g)), // the map is symmetric in ct w
      x: () => {
        const given = weighed(ct);
        const n = groups.A * groups.C;
        const in3 = (t: Tensor): Tensor => k.reshape(t, [groups.A, groups.B, groups.C]);
        const meanOf = (t: Tensor): Tensor => k.div(perGroup(k, t, groups), n);
        const rstd = k.cast(k.reshape(k.narrow(m, 0, 2, 1), [1, groups.B, 1]), x.dtype);
        const h = k.op("standardize", [x, m, null, null], groups);
        // through x̂: −rstd (g mean(ct x̂) + ct mean(g x̂)); through rstd: (Σ g y / rstd) · (−rstd² x̂ / n)
        const crossed = k.add(
          k.mul(in3(g), meanOf(k.mul(given, h))),
          k.mul(in3(given), meanOf(k.mul(g, h))),
        );
        const toHat = k.reshape(k.neg(k.mul(rstd, crossed)), x.shape);
        const direct = k.mul(k.mul(meanOf(k.mul(g, out)), rstd), in3(h));
        return k.sub(through(toHat), k.reshape(direct, x.shape));
      },
      m: null,
      w: () => {
        const each = { A: numel(x.shape) / (groups.W * groups.S), B: groups.W, C: groups.S };
        return k.reshape(perGroup(k, k.mul(through(g), ct), each), w.shape);
      },
      sums: null, // a function of the others, which count it
    };
  },
  half: F32,
  flops: ({ x }) => 8 * numel(x),
  gradcheck: [],
});

/** x · w[b] + b[b] over [A, B, C]. */
const affine = defineOp<"x" | "w" | "b", Groups>({
  name: "affine",
  inputs: ["x", "w", "b"],
  optional: ["w", "b"],
  shape: ({ x }) => x,
  forward: (k, { x, w, b }, { A, B, C }) => {
    const out = k.empty(x.shape, x.dtype);
    const scale = w ? k.contiguous(w).ptr : 0;
    const shift = b ? k.contiguous(b).ptr : 0;
    k.kernels.affine(x.elem, out.ptr, k.contiguous(x).ptr, scale, shift, A, B, C);
    return out;
  },
  saves: { x: ["w"], w: ["x"] },
  vjp: (k, ct, { x, w, b }, g) => ({
    x: () => (w ? k.op("affine", [ct, w, null], g) : ct),
    w: () => k.reshape(perGroup(k, k.mul(ct, x), g), w.shape),
    b: () => k.reshape(perGroup(k, ct, g), b.shape),
  }),
  half: F32,
  gradcheck: [
    { shapes: { x: [2, 3, 4], w: [3], b: [3] }, attrs: { A: 2, B: 3, C: 4 } },
    { shapes: { x: [2, 3, 4], b: [3] }, attrs: { A: 2, B: 3, C: 4 } },
    { shapes: { x: [2, 3, 4], w: [3] }, attrs: { A: 2, B: 3, C: 4 } },
  ],
});

type Axis = { readonly axis: number };
const AXES = [
  { shapes: { x: [3, 4] }, attrs: { axis: 1 } },
  { shapes: { x: [2, 3, 4] }, attrs: { axis: 1 } },
];

/** eˣ / Σ eˣ along an axis, or its logarithm. */
const softmaxOf = (name: "softmax" | "logSoftmax", log: 0 | 1): Op =>
  defineOp<"x", Axis>({
    name,
    inputs: ["x"],
    promote: "float",
    shape: ({ x }) => x,
    forward: (k, { x }, { axis }) => {
      const g = k.grouped(x, x.rank === 0 ? [] : [normAxis(axis, x.rank)]);
      const out = k.empty(x.shape, x.dtype);
      k.kernels.softmax(x.elem, out.ptr, g.x.ptr, g.outer, g.n, g.inner, log);
      return out;
    },
    saves: ["out"],
    vjp: (k, ct, { out }, { axis }) => ({ x: () => k.op(`${name}Grad`, [ct, out], { axis }) }),
    half: F32,
    flops: ({ x }) => 4 * numel(x),
    gradcheck: AXES,
  });

/** y (ct − Σ ct y) for y = softmax; ct − eʸ Σ ct for y = log softmax. */
const softmaxGradOf = (name: "softmaxGrad" | "logSoftmaxGrad", log: 0 | 1): Op =>
  defineOp<"ct" | "y", Axis>({
    name,
    inputs: ["ct", "y"],
    shape: ({ y }) => y,
    forward: (k, { ct, y }, { axis }) => {
      const at = y.rank === 0 ? [] : [normAxis(axis, y.rank)];
      const c = k.grouped(ct, at);
      const v = k.grouped(y, at);
      const out = k.empty(y.shape, y.dtype);
      k.kernels.softmaxGrad(y.elem, out.ptr, c.x.ptr, v.x.ptr, v.outer, v.n, v.inner, log);
      return out;
    },
    saves: ["ct", "y"],
    vjp: (k, g, { ct, y }, { axis }) => {
      const total = (x: Tensor): Tensor => k.sum(x, [normAxis(axis, y.rank)], true);
      if (log) {
        const p = k.exp(y);
        return {
          ct: () => k.sub(g, total(k.mul(g, p))),
          y: () => k.neg(k.mul(k.mul(g, p), total(ct))),
        };
      }
      return {
        ct: () => k.op(name, [g, y], { axis }), // the map is symmetric in ct
        y: () => k.sub(k.mul(g, k.sub(ct, total(k.mul(ct, y)))), k.mul(ct, total(k.mul(g, y)))),
      };
    },
    half: F32,
    flops: ({ y }) => 4 * numel(y),
    gradcheck: [{ shapes: { ct: [2, 3, 4], y: [2, 3, 4] }, attrs: { axis: 1 }, range: [-1, 1] }],
  });

export const norms: readonly Op[] = [
  moments,
  standardize,
  standardizeSums,
  standardizeGrad,
  affine,
  softmaxOf("softmax", 0),
  softmaxOf("logSoftmax", 1),
  softmaxGradOf("softmaxGrad", 0),
  softmaxGradOf("logSoftmaxGrad", 1),
];
