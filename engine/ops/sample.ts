import type { Backend } from "../backend.ts";
import { TorchError } from "../errors.ts";
import type { HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import { numel } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const SUM: HalfRule = { accumulate: "f32", round: "once" };
type Rows = { readonly rows: number };

/** idx contiguous, every value a row of n. */
function checked(k: Backend, idx: Tensor, n: number): Tensor {
  const c = k.contiguous(idx);
  if (c.size > 0 && !k.kernels.inRange(c.ptr, c.size, 0, n))
    throw new TorchError("IndexError", "index out of range in self");
  return c;
}

/**
 * out[j] = Σ_k w[j, k] x[idx[j, k]]: bilinear sampling, with the weights differentiable. x: [P, C], idx: int64 [J, K], w: [J, K] → [J, C].
 * Linear in x and in w, so that its transposes and it differentiate each other.
 */
const sampleRows = defineOp<"x" | "idx" | "w">({
  name: "sampleRows",
  inputs: ["x", "idx", "w"],
  shape: ({ x, idx }) => [idx[0]!, x[1]!],
  forward: (k, { x, idx, w }) => {
    const [rows, taps] = [idx.shape[0]!, idx.shape[1]!];
    const out = k.empty([rows, x.shape[1]!], x.dtype);
    const places = checked(k, idx, x.shape[0]!);
    const [p, q] = [k.contiguous(x), k.contiguous(w)];
    if (out.size > 0)
      k.kernels.sampleRows(x.elem, out.ptr, p.ptr, places.ptr, q.ptr, rows, taps, x.shape[1]!);
    return out;
  },
  saves: { x: ["idx", "w"], w: ["x", "idx"] },
  vjp: (k, ct, { x, idx, w }) => ({
    x: () => k.op("sampleRowsBack", [ct, idx, w], { rows: x.shape[0]! }),
    idx: null,
    w: () => k.op("rowDots", [ct, x, idx], {}),
  }),
  half: SUM,
  flops: ({ x, idx }) => 2 * numel(idx) * x[1]!,
  gradcheck: [{ shapes: { x: [5, 3], idx: [4, 2], w: [4, 2] }, integers: { idx: 5 } }],
});

/** out[idx[j, k]] = Σ w[j, k] ct[j]: the transpose of sampleRows in x. ct: [J, C] → [rows, C]. */
const sampleRowsBack = defineOp<"ct" | "idx" | "w", Rows>({
  name: "sampleRowsBack",
  inputs: ["ct", "idx", "w"],
  shape: ({ ct }, { rows }) => [rows, ct[1]!],
  forward: (k, { ct, idx, w }, { rows }) => {
    const out = k.full([rows, ct.shape[1]!], ct.dtype, 0);
    const places = checked(k, idx, rows);
    const [p, q] = [k.contiguous(ct), k.contiguous(w)];
    const [m, taps] = [idx.shape[0]!, idx.shape[1]!];
    if (ct.size > 0)
      k.kernels.sampleRowsBack(ct.elem, out.ptr, p.ptr, places.ptr, q.ptr, m, taps, ct.shape[1]!);
    return out;
  },
  saves: { ct: ["idx", "w"], w: ["ct", "idx"] },
  vjp: (k, g, { ct, idx, w }) => ({
    ct: () => k.op("sampleRows", [g, idx, w], {}),
    idx: null,
    w: () => k.op("rowDots", [ct, g, idx], {}),
  }),
  half: SUM,
  gradcheck: [
    { shapes: { ct: [4, 3], idx: [4, 2], w: [4, 2] }, attrs: { rows: 5 }, integers: { idx: 5 } },
  ],
});

/** out[j, k] = ct[j] · x[idx[j, k]]: the transpose of sampleRows in w. ct: [J, C], x: [P, C] → [J, K]. */
const rowDots = defineOp<"ct" | "x" | "idx">({
  name: "rowDots",
  inputs: ["ct", "x", "idx"],
  shape: ({ idx }) => idx,
  forward: (k, { ct, x, idx }) => {
    const out = k.empty(idx.shape, x.dtype);
    const places = checked(k, idx, x.shape[0]!);
    const [p, q] = [k.contiguous(ct), k.contiguous(x)];
    const [rows, taps] = [idx.shape[0]!, idx.shape[1]!];
    if (out.size > 0)
      k.kernels.rowDots(x.elem, out.ptr, p.ptr, q.ptr, places.ptr, rows, taps, x.shape[1]!);
    return out;
  },
  saves: { ct: ["x", "idx"], x: ["ct", "idx"] },
  vjp: (k, g, { ct, x, idx }) => ({
    ct: () => k.op("sampleRows", [x, idx, g], {}),
    x: () => k.op("sampleRowsBack", [ct, idx, g], { rows: x.shape[0]! }),
    idx: null,
  }),
  half: SUM,
  gradcheck: [{ shapes: { ct: [4, 3], x: [5, 3], idx: [4, 2] }, integers: { idx: 5 } }],
});

/** Greedy non-maximum suppression. boxes: [n, 4] corners, best first → bool [n]: kept. */
const suppress = defineOp<"boxes", { readonly threshold: number }>({
  name: "suppress",
  inputs: ["boxes"],
  dtype: () => "bool",
  shape: ({ boxes }) => [boxes[0]!],
  forward: (k, { boxes }, { threshold }) => {
    const out = k.empty([boxes.shape[0]!], "bool");
    if (out.size > 0)
      k.kernels.suppress(boxes.elem, out.ptr, k.contiguous(boxes).ptr, out.size, threshold);
    return out;
  },
  saves: [],
  vjp: null,
  half: { round: "none" },
  gradcheck: [],
});

export const sampling: readonly Op[] = [sampleRows, sampleRowsBack, rowDots, suppress];
