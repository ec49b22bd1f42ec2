import type { Backend } from "../backend.ts";
import { ShapeError } from "../errors.ts";
import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Shape } from "../shape.ts";
import { numel } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Per spatial axis, 1 to 3 of them. */
type Window = {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
};
/** Spatial sizes that the shapes alone do not tell. */
type InputAttrs = Window & { readonly input: Shape };
type WeightAttrs = Window & { readonly kernel: Shape };

/** Output length along one axis: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1. */
export const convLength = (n: number, k: number, s: number, p: number, d: number): number =>
  Math.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1;

const pad3 = (v: readonly number[], fill: number): number[] => [
  ...new Array<number>(3 - v.length).fill(fill),
  ...v,
];

/** The kernels' CONV_GEOMETRY words from x [N, C, …], w [O, C/g, …] and the output's spatial sizes. */
function geometry(x: Shape, w: Shape, out: Shape, a: Window): number[] {
  return [
    x[0]!,
    x[1]!,
    ...pad3(x.slice(2), 1),
    w[0]!,
    ...pad3(w.slice(2), 1),
    ...pad3(a.stride, 1),
    ...pad3(a.padding, 0),
    ...pad3(a.dilation, 1),
    a.groups,
    ...pad3(out.slice(2), 1),
  ];
}

function outShape(x: Shape, w: Shape, a: Window): number[] {
  if (x[1] !== w[1]! * a.groups)
    throw new ShapeError(
      "conv",
      "channels differ",
      { x, w },
      `Given groups=${a.groups}, weight of size [${w.join(", ")}], expected input[${x.join(", ")}] to have ${w[1]! * a.groups} channels, but got ${x[1]} channels instead`,
    );
  const spatial = x
    .slice(2)
    .map((n, i) => convLength(n, w[i + 2]!, a.stride[i]!, a.padding[i]!, a.dilation[i]!));
  if (spatial.some((n) => n < 1)) {
    const list = (v: readonly number[]): string => v.join(" x ");
    const padded = x.slice(2).map((n, i) => n + 2 * a.padding[i]!);
    const kernel = w.slice(2).map((n, i) => a.dilation[i]! * (n - 1) + 1);
    throw new ShapeError(
      "conv",
      "kernel larger than input",
      { x, w },
      `Calculated padded input size per channel: (${list(padded)}). Kernel size: (${list(kernel)}). Kernel size can't be greater than actual input size`,
    );
  }
  return [x[0]!, w[0]!, ...spatial];
}

const run = (
  k: Backend,
  kernel: "conv" | "convGradInput" | "convGradWeight",
  shape: Shape,
  a: Tensor,
  b: Tensor,
  words: number[],
): Tensor => {
  const out = k.empty(shape, a.dtype);
  const p = k.contiguous(a);
  const q = k.contiguous(b);
  if (out.size > 0) k.kernels[kernel](out.elem, out.ptr, p.ptr, q.ptr, k.block(words));
  return out;
};

const F32 = { accumulate: "f32", round: "once" } as const;
const window = (rank: number, stride = 1, padding = 0, dilation = 1, groups = 1): Window => ({
  stride: new Array<number>(rank).fill(stride),
  padding: new Array<number>(rank).fill(padding),
  dilation: new Array<number>(rank).fill(dilation),
  groups,
});

/** Cross-correlation. x: [N, C, …], w: [O, C/groups, …] → [N, O, …]. Bilinear, so its two transposes differentiate each other. */
const conv = defineOp<"x" | "w", Window>({
  name: "conv",
  inputs: ["x", "w"],
  shape: ({ x, w }, a) => outShape(x, w, a),
  forward: (k, { x, w }, a) => {
    const out = outShape(x.shape, w.shape, a);
    return run(k, "conv", out, x, w, geometry(x.shape, w.shape, out, a));
  },
  saves: { x: ["w"], w: ["x"] },
  vjp: (k, ct, { x, w }, a) => ({
    x: () => k.op("convGradInput", [ct, w], { ...a, input: x.shape.slice(2) }),
    w: () => k.op("convGradWeight", [ct, x], { ...a, kernel: w.shape.slice(2) }),
  }),
  half: F32,
  flops: ({ w }, out) => 2 * numel(out) * numel(w.slice(1)),
  gradcheck: [
    { shapes: { x: [2, 3, 5, 6], w: [4, 3, 3, 2] }, attrs: window(2, 2, 1) },
    { shapes: { x: [2, 4, 7], w: [6, 2, 3] }, attrs: window(1, 1, 2, 2, 2) },
    { shapes: { x: [1, 2, 3, 4, 4], w: [2, 1, 2, 2, 2] }, attrs: window(3, 1, 0, 1, 2) },
  ],
});

/** dX from ct: [N, O, …] and w; the forward of a transposed convolution. `input`: spatial sizes of the result. */
const convGradInput = defineOp<"ct" | "w", InputAttrs>({
  name: "convGradInput",
  inputs: ["ct", "w"],
  shape: ({ ct, w }, { groups, input }) => {
    if (ct[1] !== w[0])
      throw new ShapeError(
        "conv_transpose",
        "channels differ",
        { ct, w },
        `Given transposed=1, weight of size [${w.join(", ")}], expected input[${ct.join(", ")}] to have ${w[0]} channels, but got ${ct[1]} channels instead`,
      );
    return [ct[0]!, w[1]! * groups, ...input];
  },
  forward: (k, { ct, w }, a) => {
    const x = [ct.shape[0]!, w.shape[1]! * a.groups, ...a.input];
    return run(k, "convGradInput", x, ct, w, geometry(x, w.shape, ct.shape, a));
  },
  saves: { ct: ["w"], w: ["ct"] },
  vjp: (k, g, { ct, w }, { input: _, ...a }) => ({
    ct: () => k.op("conv", [g, w], a),
    w: () => k.op("convGradWeight", [ct, g], { ...a, kernel: w.shape.slice(2) }),
  }),
  half: F32,
  flops: ({ ct, w }) => 2 * numel(ct) * numel(w.slice(1)),
  gradcheck: [
    { shapes: { ct: [2, 4, 2, 3], w: [4, 3, 3, 2] }, attrs: { ...window(2, 2, 1), input: [4, 5] } },
    { shapes: { ct: [2, 6, 7], w: [6, 2, 3] }, attrs: { ...window(1, 1, 2, 2, 2), input: [7] } },
  ],
});

/** dW from ct: [N, O, …] and x. `kernel`: spatial sizes of the result. */
const convGradWeight = defineOp<"ct" | "x", WeightAttrs>({
  name: "convGradWeight",
  inputs: ["ct", "x"],
  shape: ({ ct, x }, { groups, kernel }) => [ct[1]!, x[1]! / groups, ...kernel],
  forward: (k, { ct, x }, a) => {
    const w = [ct.shape[1]!, x.shape[1]! / a.groups, ...a.kernel];
    return run(k, "convGradWeight", w, ct, x, geometry(x.shape, w, ct.shape, a));
  },
  saves: { ct: ["x"], x: ["ct"] },
  vjp: (k, g, { ct, x }, { kernel: _, ...a }) => ({
    ct: () => k.op("conv", [x, g], a),
    x: () => k.op("convGradInput", [ct, g], { ...a, input: x.shape.slice(2) }),
  }),
  half: F32,
  flops: ({ ct, x }, out) => (2 * numel(ct) * numel(out.slice(1)) * x[0]!) / Math.max(x[0]!, 1),
  gradcheck: [
    {
      shapes: { ct: [2, 4, 2, 3], x: [2, 3, 4, 4] },
      attrs: { ...window(2, 2, 1), kernel: [3, 2] },
    },
  ],
});

export const convolutions: readonly Op[] = [conv, convGradInput, convGradWeight];
