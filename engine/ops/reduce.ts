import type { HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Executor } from "../executor.ts";
import type { Tensor } from "../tensor.ts";
import { TorchError } from "../errors.ts";
import type { Shape } from "../shape.ts";
import { normAxes, normAxis, numel, reducedShape } from "../shape.ts";
import { isFloat, SCALAR_NAMES } from "../dtype.ts";

type Axes = { readonly axes: readonly number[] | null; readonly keepdim: boolean };
type Axis = { readonly axis: number };
const SUM: HalfRule = { accumulate: "f32", round: "once" };

/** The reduced axes put back with length 1, so that a result broadcasts against its input. */
const kept = (shape: Shape, axes: readonly number[] | null): number[] =>
  reducedShape(shape, normAxes(axes, shape.length), true);

const cases = [
  { shapes: { x: [3, 4] }, attrs: { axes: null, keepdim: false } },
  { shapes: { x: [2, 3, 4] }, attrs: { axes: [1], keepdim: false } },
  { shapes: { x: [2, 3, 4] }, attrs: { axes: [0, -1], keepdim: true } },
];

/** Σ x over axes (null: all). Integers and bools sum to int64. */
export const sum = defineOp<"x", Axes>({
  name: "sum",
  inputs: ["x"],
  dtype: ({ x }) => (isFloat(x) ? x : "int64"),
  shape: ({ x }, { axes, keepdim }) => reducedShape(x, normAxes(axes, x.length), keepdim),
  forward: (k, { x }, { axes, keepdim }) =>
    k.reduce("sum", isFloat(x.dtype) ? x : k.cast(x, "int64"), normAxes(axes, x.rank), keepdim),
  saves: [],
  vjp: (k, ct, { x }, { axes }) => ({
    x: () => k.expand(k.reshape(ct, kept(x.shape, axes)), x.shape),
  }),
  half: SUM,
  flops: ({ x }) => numel(x),
  gradcheck: cases,
});

/** Mean over axes. Throws PyTorch's error for integers. */
export const mean = defineOp<"x", Axes>({
  name: "mean",
  inputs: ["x"],
  dtype: ({ x }) => {
    if (!isFloat(x))
      throw new TorchError(
        "RuntimeError",
        `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${SCALAR_NAMES[x]}`,
      );
    return x;
  },
  shape: ({ x }, { axes, keepdim }) => reducedShape(x, normAxes(axes, x.length), keepdim),
  forward: (k, { x }, { axes, keepdim }) => {
    const sums = k.reduce("sum", x, normAxes(axes, x.rank), keepdim);
    return k.binary("div", sums, k.full([], x.dtype, x.size / Math.max(sums.size, 1)));
  },
  saves: [],
  vjp: (k, ct, { x }, { axes }) => ({
    x: () => {
      const shape = kept(x.shape, axes);
      return k.expand(k.reshape(k.div(ct, x.size / Math.max(numel(shape), 1)), shape), x.shape);
    },
  }),
  half: SUM,
  flops: ({ x }) => numel(x),
  gradcheck: cases,
});

/** 1 where x has its extremum, out; of NaN, where x is NaN. */
const hits = (k: Executor, x: Tensor, out: Tensor, ofNaN: boolean): Tensor => {
  const equal = k.is("eq", x, out);
  return ofNaN ? k.where(k.op("isnan", [out]), k.cast(k.op("isnan", [x]), x.dtype), equal) : equal;
};

/**
 * max or min over axes; the gradient is shared evenly among equals. amax and amin multiply the rest by 0, which an infinite gradient makes
 * NaN; max and min of all elements (`maxOfAll`, `minOfAll`) leave it out.
 */
const extremum = (
  name: "amax" | "amin" | "maxOfAll" | "minOfAll",
  kernel: "max" | "min",
  isOfAll = false,
): Op =>
  defineOp<"x", Axes>({
    name,
    inputs: ["x"],
    shape: ({ x }, { axes, keepdim }) => reducedShape(x, normAxes(axes, x.length), keepdim),
    forward: (k, { x }, { axes, keepdim }) => k.reduce(kernel, x, normAxes(axes, x.rank), keepdim),
    saves: ["x", "out"],
    vjp: (k, ct, { x, out }, { axes }) => ({
      x: () => {
        const shape = kept(x.shape, axes);
        const hit = hits(k, x, k.reshape(out, shape), isOfAll);
        const count = k.sum(hit, normAxes(axes, x.rank), true);
        const share = k.div(k.reshape(ct, shape), count);
        return isOfAll ? k.where(hit, share, 0) : k.mul(hit, share);
      },
    }),
    half: { round: "none" },
    flops: ({ x }) => numel(x),
    gradcheck: cases,
  });

/** Π x along axes; where an element is 0 its own gradient is the product of the others, by exclusive products. */
export const prod = defineOp<"x", Axes>({
  name: "prod",
  inputs: ["x"],
  dtype: ({ x }) => (isFloat(x) ? x : "int64"),
  shape: ({ x }, { axes, keepdim }) => reducedShape(x, normAxes(axes, x.length), keepdim),
  forward: (k, { x }, { axes, keepdim }) =>
    k.reduce("prod", isFloat(x.dtype) ? x : k.cast(x, "int64"), normAxes(axes, x.rank), keepdim),
  saves: ["x"],
  vjp: (k, ct, { x }, { axes }) => ({
    x: () => {
      // Move the reduced axes last as one, then prefix × suffix products without the element itself.
      const at = normAxes(axes, x.rank);
      const rest = x.shape.map((_, i) => i).filter((i) => !at.includes(i));
      const order = [...rest, ...at];
      const moved = k.permute(x, order);
      const n = numel(at.map((i) => x.shape[i]!));
      if (x.size === 0) return k.mul(x, 0);
      const rows = k.reshape(moved, [numel(rest.map((i) => x.shape[i]!)), n]);
      const ones = k.full([rows.shape[0]!, 1], x, 1);
      const before = k.op("cumprod", [k.cat([ones, k.narrow(rows, 1, 0, n - 1)], 1)], { axis: 1 });
      const flipped = k.flip(rows, [1]);
      const after = k.flip(
        k.op("cumprod", [k.cat([ones, k.narrow(flipped, 1, 0, n - 1)], 1)], { axis: 1 }),
        [1],
      );
      const others = k.reshape(k.mul(before, after), moved.shape);
      const back = order.map((_, i) => order.indexOf(i));
      return k.mul(k.reshape(ct, kept(x.shape, axes)), k.permute(others, back));
    },
  }),
  half: SUM,
  flops: ({ x }) => numel(x),
  gradcheck: cases,
});

export const cumsum = defineOp<"x", Axis>({
  name: "cumsum",
  inputs: ["x"],
  dtype: ({ x }) => (isFloat(x) ? x : "int64"),
  shape: ({ x }) => x,
  forward: (k, { x }, { axis }) =>
    k.scan("cumsum", isFloat(x.dtype) ? x : k.cast(x, "int64"), normAxis(axis, x.rank)),
  saves: [],
  // The transpose of a running sum is the running sum from the other end.
  vjp: (k, ct, _, { axis }) => ({ x: () => k.flip(k.cumsum(k.flip(ct, [axis]), axis), [axis]) }),
  half: SUM,
  gradcheck: [
    { shapes: { x: [3, 4] }, attrs: { axis: 1 } },
    { shapes: { x: [3, 4] }, attrs: { axis: 0 } },
  ],
});

/** Σ over i ≥ k of ct_i · x_{k+1} … x_i, along the axis: s_k = ct_k + x_{k+1} s_{k+1}, joined in pairs, fours, eights. */
function products(k: Executor, ct: Tensor, x: Tensor, axis: number): Tensor {
  const n = x.shape[axis]!;
  const ahead = (v: Tensor, by: number): Tensor => {
    const none = x.shape.map((length, i) => (i === axis ? by : length));
    return k.cat([k.narrow(v, axis, by, n - by), k.full(none, x, 0)], axis);
  };
  let sums = ct;
  if (n > 1)
    for (let by = 1, factors = ahead(x, 1); by < n; by *= 2) {
      sums = k.add(sums, k.mul(factors, ahead(sums, by)));
      if (2 * by < n) factors = k.mul(factors, ahead(factors, by));
    }
  return sums;
}

/** Running product. ∂/∂x_k: the product of those before k, times `products`; no division, which an element of 0 would forbid. */
export const cumprod = defineOp<"x", Axis>({
  name: "cumprod",
  inputs: ["x"],
  dtype: ({ x }) => (isFloat(x) ? x : "int64"),
  shape: ({ x }) => x,
  forward: (k, { x }, { axis }) =>
    k.scan("cumprod", isFloat(x.dtype) ? x : k.cast(x, "int64"), normAxis(axis, x.rank)),
  saves: ["x"],
  vjp: (k, ct, { x }, { axis }) => ({
    x: () => {
      const at = normAxis(axis, x.rank);
      const n = x.shape[at]!;
      if (n === 0) return ct;
      const one = k.full(
        x.shape.map((length, i) => (i === at ? 1 : length)),
        x,
        1,
      );
      const before = k.op("cumprod", [k.cat([one, k.narrow(x, at, 0, n - 1)], at)], { axis: at });
      return k.mul(before, products(k, ct, x, at));
    },
  }),
  half: SUM,
  gradcheck: [
    { shapes: { x: [3, 4] }, attrs: { axis: 1 } },
    { shapes: { x: [5, 2] }, attrs: { axis: 0 } },
    { shapes: { x: [2, 1] }, attrs: { axis: -1 } },
  ],
});

/** Position of the extremum along an axis, the first of equals; int64. */
const position = (name: "argmax" | "argmin"): Op =>
  defineOp<"x", Axis & { readonly keepdim: boolean }>({
    name,
    inputs: ["x"],
    dtype: () => "int64",
    shape: ({ x }, { axis, keepdim }) => reducedShape(x, [normAxis(axis, x.length)], keepdim),
    forward: (k, { x }, { axis, keepdim }) => k.argReduce(name, x, normAxis(axis, x.rank), keepdim),
    saves: [],
    vjp: null,
    half: { round: "none" },
    gradcheck: [],
  });

/** Stable order along an axis as positions; int64. */
export const argsort = defineOp<"x", Axis & { readonly descending: boolean }>({
  name: "argsort",
  inputs: ["x"],
  dtype: () => "int64",
  shape: ({ x }) => x,
  forward: (k, { x }, { axis, descending }) => {
    const g = k.grouped(x, x.rank === 0 ? [] : [normAxis(axis, x.rank)]);
    const out = k.empty(x.shape, "int64");
    k.kernels.argsort(x.elem, out.ptr, g.x.ptr, g.outer, g.n, g.inner, descending ? 1 : 0);
    return out;
  },
  saves: [],
  vjp: null,
  half: { round: "none" },
  gradcheck: [],
});

/** Linear positions of the non-zero elements; int64 [count]. Its shape is known only from values. */
export const nonzero = defineOp<"x">({
  name: "nonzero",
  inputs: ["x"],
  dtype: () => "int64",
  shape: () => [0],
  forward: (k, { x }) => {
    const c = k.contiguous(x);
    const all = k.empty([x.size], "int64");
    const count = k.kernels.nonzero(c.elem, all.ptr, c.ptr, c.size);
    return k.copy(k.alias(all, [count], [1], 0));
  },
  saves: [],
  vjp: null,
  half: { round: "none" },
  gradcheck: [],
});

export const reductions: readonly Op[] = [
  sum,
  mean,
  prod,
  cumsum,
  cumprod,
  argsort,
  nonzero,
  extremum("amax", "max"),
  extremum("amin", "min"),
  extremum("maxOfAll", "max", true),
  extremum("minOfAll", "min", true),
  position("argmax"),
  position("argmin"),
];
