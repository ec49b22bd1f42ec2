import type { DType } from "../dtype.ts";
import { parseDType } from "../dtype.ts";
import { ShapeError, TorchError } from "../errors.ts";
import type { HalfRule, Op } from "../op.ts";
import { defineListOp, defineOp } from "../op.ts";
import type { Shape } from "../shape.ts";
import { normAxis, numel } from "../shape.ts";
import type { Place } from "./views.ts";

const MOVE: HalfRule = { round: "none" };

/** Zeros of `into` with x added at strides and offset: the transpose of `asStrided`. */
const stridedScatter = defineOp<"x", Place & { readonly into: Shape }>({
  name: "stridedScatter",
  inputs: ["x"],
  shape: (_, { into }) => into,
  forward: (k, { x }, { shape, strides, offset, into }) => {
    const out = k.full(into, x.dtype, 0);
    k.write(k.alias(out, shape, strides, out.offset + offset), x, true);
    return out;
  },
  saves: [],
  vjp: (k, ct, _, { shape, strides, offset }) => ({
    x: () => k.asStrided(k.op("contiguous", [ct]), shape, strides, offset),
  }),
  half: MOVE,
  gradcheck: [
    { shapes: { x: [2, 2] }, attrs: { shape: [2, 2], strides: [4, 2], offset: 1, into: [3, 4] } },
  ],
});

/** x with src in place of what lies at strides and offset: the value of an in-place write to a view. */
const sliceAssign = defineOp<"x" | "src", Place>({
  name: "sliceAssign",
  inputs: ["x", "src"],
  shape: ({ x }) => x,
  forward: (k, { x, src }, { shape, strides, offset }) => {
    const out = k.copy(x);
    k.write(k.alias(out, shape, strides, out.offset + offset), src);
    return out;
  },
  saves: [],
  vjp: (k, ct, _, place) => ({
    x: () => k.op("sliceAssign", [ct, k.full(place.shape, ct, 0)], place),
    src: () => k.asStrided(k.op("contiguous", [ct]), place.shape, place.strides, place.offset),
  }),
  half: MOVE,
  gradcheck: [
    { shapes: { x: [3, 4], src: [2, 2] }, attrs: { shape: [2, 2], strides: [4, 2], offset: 1 } },
  ],
});

/** A copy in row-major order. */
export const clone = defineOp<"x">({
  name: "clone",
  inputs: ["x"],
  shape: ({ x }) => x,
  forward: (k, { x }) => k.copy(x),
  saves: [],
  vjp: (_, ct) => ({ x: () => ct }),
  half: MOVE,
  gradcheck: [{ shapes: { x: [3, 4] } }],
});

/** x in another dtype; the cotangent goes back in x's own. */
export const cast = defineOp<"x", { readonly dtype: DType }>({
  name: "cast",
  inputs: ["x"],
  elementwise: true,
  dtype: (_, { dtype }) => parseDType(dtype),
  shape: ({ x }) => x,
  forward: (k, { x }, { dtype }) => k.cast(x, dtype),
  saves: [],
  vjp: (k, ct, { x }) => ({ x: () => k.cast(ct, x.dtype) }),
  half: { round: "once" },
  gradcheck: [{ shapes: { x: [3] }, attrs: { dtype: "float64" } }],
});

const flip = defineOp<"x", { readonly axes: readonly number[] }>({
  name: "flip",
  inputs: ["x"],
  shape: ({ x }) => x,
  forward: (k, { x }, { axes }) => {
    let out = k.copy(x);
    for (const axis of axes) {
      const a = normAxis(axis, x.rank);
      const n = x.shape[a] ?? 1;
      const idx = k.empty([n], "int64");
      k.kernels.arange(idx.elem, idx.ptr, n, n - 1, -1);
      const next = k.empty(x.shape, x.dtype);
      const [outer, inner] = [numel(x.shape.slice(0, a)), numel(x.shape.slice(a + 1))];
      if (x.size > 0) k.kernels.indexSelect(x.elem, next.ptr, out.ptr, idx.ptr, outer, n, inner, n);
      out = next;
    }
    return out;
  },
  saves: [],
  vjp: (k, ct, _, { axes }) => ({ x: () => k.flip(ct, axes) }),
  half: MOVE,
  gradcheck: [{ shapes: { x: [3, 4] }, attrs: { axes: [0, -1] } }],
});

/** Joins along an axis. Legacy empty tensors [0] take no part, as in PyTorch. Throws PyTorch's error for sizes that differ. */
const cat = defineListOp<{ readonly axis: number }>({
  name: "cat",
  promote: "same",
  shape: (shapes, { axis }) => {
    const all = Object.values(shapes);
    const parts = all.filter((s) => !(s.length === 1 && s[0] === 0));
    const first = parts[0] ?? [0];
    const a = normAxis(axis, first.length);
    parts.forEach((s, n) => {
      if (s.length !== first.length)
        throw new TorchError(
          "RuntimeError",
          `Tensors must have same number of dimensions: got ${first.length} and ${s.length}`,
        );
      s.forEach((d, i) => {
        if (i !== a && d !== first[i])
          throw new ShapeError(
            "cat",
            "sizes differ",
            { first, other: s },
            `Sizes of tensors must match except in dimension ${a}. Expected size ${first[i]} but got size ${d} for tensor number ${n} in the list.`,
          );
      });
    });
    return first.map((d, i) => (i === a ? parts.reduce((sum, s) => sum + s[a]!, 0) : d));
  },
  forward: (k, inputs, { axis }) => {
    const xs = Object.values(inputs).filter((x) => !(x.rank === 1 && x.size === 0));
    const first = xs[0];
    if (!first) return k.empty([0], Object.values(inputs)[0]!.dtype);
    const a = normAxis(axis, first.rank);
    const out = k.empty(
      first.shape.map((d, i) => (i === a ? xs.reduce((n, x) => n + x.shape[a]!, 0) : d)),
      first.dtype,
    );
    let at = 0;
    for (const x of xs) {
      k.write(k.alias(out, x.shape, out.strides, out.offset + at * out.strides[a]!), x);
      at += x.shape[a]!;
    }
    return out;
  },
  saves: [],
  vjp: (k, ct, inputs, { axis }) => {
    let at = 0;
    const entries = Object.entries(inputs).filter(([name]) => name !== "out");
    return Object.fromEntries(
      entries.map(([name, x]) => {
        if (x.rank === 1 && x.size === 0 && ct.rank !== 1) return [name, () => k.full([0], ct, 0)];
        const a = normAxis(axis, x.rank);
        const start = at;
        at += x.shape[a]!;
        return [name, () => k.narrow(ct, a, start, x.shape[a]!)];
      }),
    );
  },
  half: MOVE,
  gradcheck: [{ shapes: { 0: [2, 3], 1: [2, 1], 2: [2, 2] }, attrs: { axis: 1 } }],
});

/** Ops that copy elements to other places. */
export const movement: readonly Op[] = [stridedScatter, sliceAssign, clone, cast, flip, cat];
