import type { Backend } from "../backend.ts";
import { TorchError } from "../errors.ts";
import type { HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Shape } from "../shape.ts";
import { normAxis, numel } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const MOVE: HalfRule = { round: "none" };
const SUM: HalfRule = { accumulate: "f32", round: "once" };
type Axis = { readonly axis: number };
type Into = Axis & { readonly n: number };

const parts = (shape: Shape, axis: number): { outer: number; n: number; inner: number } => ({
  outer: numel(shape.slice(0, axis)),
  n: shape[axis] ?? 1,
  inner: numel(shape.slice(axis + 1)),
});

/** The shape with length n along the axis. */
const resized = (shape: Shape, axis: number, n: number): Shape =>
  shape.map((d, i) => (i === axis ? n : d));

/** idx contiguous, every value in 0..n−1. Throws PyTorch's error, which names the axis for gather and scatter only. */
function checked(k: Backend, idx: Tensor, n: number, axis: number | null = null): Tensor {
  const c = k.contiguous(idx.dtype === "int64" ? idx : k.cast(idx, "int64"));
  if (c.size > 0 && !k.kernels.inRange(c.ptr, c.size, 0, n)) {
    const bad = [...k.read(c)].find((v) => v < 0 || v >= n)!;
    throw axis === null
      ? new TorchError("IndexError", "index out of range in self")
      : new TorchError(
          "RuntimeError",
          `index ${bad} is out of bounds for dimension ${axis} with size ${n}`,
        );
  }
  return c;
}

/** x[…, idx, …] along an axis. idx: int64 [m], values 0..n−1; x: [outer, n, inner] → [outer, m, inner]. */
const indexSelect = defineOp<"x" | "idx", Axis>({
  name: "indexSelect",
  inputs: ["x", "idx"],
  shape: ({ x, idx }, { axis }) =>
    x.map((d, i) => (i === normAxis(axis, x.length) ? numel(idx) : d)),
  forward: (k, { x, idx }, { axis }) => {
    const a = normAxis(axis, x.rank);
    const { outer, n, inner } = parts(x.shape, a);
    const c = checked(k, idx, n);
    const out = k.empty(
      x.shape.map((d, i) => (i === a ? idx.size : d)),
      x.dtype,
    );
    if (out.size > 0)
      k.kernels.indexSelect(x.elem, out.ptr, k.contiguous(x).ptr, c.ptr, outer, n, inner, idx.size);
    return out;
  },
  saves: ["idx"],
  vjp: (k, ct, { x, idx }, { axis }) => {
    const a = normAxis(axis, x.rank);
    return { x: () => k.indexAdd(ct, idx, a, x.shape[a]!), idx: null };
  },
  half: MOVE,
  gradcheck: [
    { shapes: { x: [4, 3], idx: [5] }, attrs: { axis: 0 }, integers: { idx: 4 } },
    { shapes: { x: [2, 4, 3], idx: [2] }, attrs: { axis: 1 }, integers: { idx: 4 } },
  ],
});

/** Zeros of length n along the axis, plus x at idx (equal positions add up): the transpose of indexSelect. */
const indexAddZeros = defineOp<"x" | "idx", Into>({
  name: "indexAddZeros",
  inputs: ["x", "idx"],
  shape: ({ x }, { axis, n }) => resized(x, axis, n),
  forward: (k, { x, idx }, { axis, n }) => {
    const { outer, inner, n: m } = parts(x.shape, axis);
    const out = k.full(resized(x.shape, axis, n), x.dtype, 0);
    const c = checked(k, idx, n);
    if (x.size > 0)
      k.kernels.indexAdd(x.elem, out.ptr, k.contiguous(x).ptr, c.ptr, outer, n, inner, m);
    return out;
  },
  saves: ["idx"],
  vjp: (k, ct, { idx }, { axis }) => ({ x: () => k.indexSelect(ct, idx, axis), idx: null }),
  half: SUM,
  gradcheck: [{ shapes: { x: [5, 3], idx: [5] }, attrs: { axis: 0, n: 4 }, integers: { idx: 4 } }],
});

/** The part of x that an index of smaller shape can reach, and idx: same sizes apart from the axis. */
function reach(k: Backend, x: Tensor, idx: Shape, axis: number): Tensor {
  const shape = x.shape.map((d, i) => (i === axis ? d : Math.min(d, idx[i]!)));
  return k.contiguous(k.alias(x, shape, x.strides, x.offset));
}

/** out[i][j] = x[i][idx[i][j]] along the axis; out has idx's shape. */
const gather = defineOp<"x" | "idx", Axis>({
  name: "gather",
  inputs: ["x", "idx"],
  shape: ({ x, idx }) => {
    if (x.length !== idx.length)
      throw new TorchError(
        "RuntimeError",
        "Index tensor must have the same number of dimensions as input tensor",
      );
    return idx;
  },
  forward: (k, { x, idx }, { axis }) => {
    if (x.rank === 0) return k.copy(x);
    const a = normAxis(axis, x.rank);
    const from = reach(k, x, idx.shape, a);
    const { outer, n, inner } = parts(from.shape, a);
    const c = checked(k, idx, n, a);
    const out = k.empty(idx.shape, x.dtype);
    if (out.size > 0)
      k.kernels.gather(x.elem, out.ptr, from.ptr, c.ptr, outer, n, inner, idx.shape[a]!);
    return out;
  },
  saves: ["idx"],
  vjp: (k, ct, { x, idx }, { axis }) => ({
    x: () => {
      if (x.rank === 0) return ct;
      const a = normAxis(axis, x.rank);
      return k.op("padTo", [k.scatterAdd(ct, idx, a, x.shape[a]!)], { shape: x.shape });
    },
    idx: null,
  }),
  half: MOVE,
  gradcheck: [
    { shapes: { x: [3, 4], idx: [3, 2] }, attrs: { axis: 1 }, integers: { idx: 4 } },
    { shapes: { x: [3, 4], idx: [5, 2] }, attrs: { axis: 0 }, integers: { idx: 3 } },
  ],
});

/** x with zeros behind it along every axis up to `shape`. */
const padTo = defineOp<"x", { readonly shape: Shape }>({
  name: "padTo",
  inputs: ["x"],
  shape: (_, { shape }) => shape,
  forward: (k, { x }, { shape }) => {
    const out = k.full(shape, x.dtype, 0);
    k.write(k.alias(out, x.shape, out.strides, out.offset), x);
    return out;
  },
  saves: [],
  vjp: (k, ct, { x }) => ({
    x: () => x.shape.reduce((t, d, i) => (t.shape[i] === d ? t : k.narrow(t, i, 0, d)), ct),
  }),
  half: MOVE,
  gradcheck: [{ shapes: { x: [2, 3] }, attrs: { shape: [3, 3] } }],
});

/** Zeros of length n along the axis, plus x at idx (same shape): the transpose of gather. */
const scatterAddZeros = defineOp<"x" | "idx", Into>({
  name: "scatterAddZeros",
  inputs: ["x", "idx"],
  shape: ({ x }, { axis, n }) => resized(x, axis, n),
  forward: (k, { x, idx }, { axis, n }) => {
    const { outer, inner, n: m } = parts(x.shape, axis);
    const out = k.full(resized(x.shape, axis, n), x.dtype, 0);
    const c = checked(k, idx, n, axis);
    if (x.size > 0)
      k.kernels.scatter(x.elem, out.ptr, k.contiguous(x).ptr, c.ptr, outer, n, inner, m, 1);
    return out;
  },
  saves: ["idx"],
  vjp: (k, ct, { idx }, { axis }) => ({ x: () => k.gather(ct, idx, axis), idx: null }),
  half: SUM,
  gradcheck: [
    { shapes: { x: [3, 2], idx: [3, 2] }, attrs: { axis: 1, n: 4 }, integers: { idx: 4 } },
  ],
});

/** x with src set at idx along the axis. x: [outer, n, inner], idx and src: [outer, m, inner]. */
const scatter = defineOp<"x" | "idx" | "src", Axis>({
  name: "scatter",
  inputs: ["x", "idx", "src"],
  shape: ({ x }) => x,
  forward: (k, { x, idx, src }, { axis }) => {
    const a = normAxis(axis, x.rank);
    const { outer, n, inner } = parts(x.shape, a);
    const out = k.copy(x);
    const c = checked(k, idx, n, a);
    if (idx.size > 0)
      k.kernels.scatter(
        x.elem,
        out.ptr,
        k.contiguous(src).ptr,
        c.ptr,
        outer,
        n,
        inner,
        idx.shape[a]!,
        0,
      );
    return out;
  },
  saves: ["idx"],
  vjp: (k, ct, { idx, src }, { axis }) => ({
    x: () => k.op("scatter", [ct, idx, k.full(src.shape, ct, 0)], { axis }),
    idx: null,
    src: () => k.gather(ct, idx, axis),
  }),
  half: MOVE,
  gradcheck: [],
});

export const indexing: readonly Op[] = [
  indexSelect,
  indexAddZeros,
  gather,
  padTo,
  scatterAddZeros,
  scatter,
];
