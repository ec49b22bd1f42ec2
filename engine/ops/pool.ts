import { ShapeError } from "../errors.ts";
import type { PoolSides } from "../kernels/kernels.ts";
import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Shape } from "../shape.ts";
import { numel } from "../shape.ts";
import { convLength } from "./conv.ts";

/** Per spatial axis, 1 to 3 of them. */
type Pool = {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceil: boolean;
};
type Average = Pool & { readonly countIncludePad: boolean; readonly divisor: number };
type Sizes = { readonly output: Shape };
type Back<A> = A & { readonly input: Shape };

const pad3 = (v: readonly number[], fill: number): number[] => [
  ...new Array<number>(3 - v.length).fill(fill),
  ...v,
];
const spatial = (x: Shape, rank: number): Shape => x.slice(x.length - rank);
const lead = (x: Shape, rank: number): Shape => x.slice(0, x.length - rank);

/** Output length; with `ceil` a last window that would start inside the right padding is dropped, as PyTorch does. */
function poolLength(n: number, k: number, s: number, p: number, d: number, ceil: boolean): number {
  if (!ceil) return convLength(n, k, s, p, d);
  const out = Math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1;
  return (out - 1) * s >= n + p ? out - 1 : out;
}

function outSizes(x: Shape, a: Pool): number[] {
  const rank = a.kernel.length;
  const out = spatial(x, rank).map((n, i) =>
    poolLength(n, a.kernel[i]!, a.stride[i]!, a.padding[i]!, a.dilation[i]!, a.ceil),
  );
  if (out.some((n) => n < 1)) {
    const list = (v: Shape): string => v.join("x");
    const planes = x.length > rank ? x[x.length - rank - 1]! : 1;
    throw new ShapeError(
      "pool",
      "output too small",
      { x },
      `Given input size: (${list([planes, ...spatial(x, rank)])}). Calculated output size: (${list([planes, ...out])}). Output size is too small`,
    );
  }
  return out;
}

function words(x: Shape, out: Shape, a: Pool): number[] {
  const rank = a.kernel.length;
  return [
    numel(lead(x, rank)),
    ...pad3(spatial(x, rank), 1),
    ...pad3(a.kernel, 1),
    ...pad3(a.stride, 1),
    ...pad3(a.padding, 0),
    ...pad3(a.dilation, 1),
    ...pad3(spatial(out, rank), 1),
  ];
}

/** What the kernels of adaptive pooling ask: planes, then depth, height and width of input and output. */
function poolSides(input: Shape, output: readonly number[]): PoolSides {
  const rank = output.length;
  const [d, h, w] = pad3(spatial(input, rank), 1);
  const [od, oh, ow] = pad3(output, 1);
  return [numel(lead(input, rank)), d!, h!, w!, od!, oh!, ow!];
}

const pool2 = (kernel: number, stride: number, padding: number, ceil = false): Pool => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  padding: [padding, padding],
  dilation: [1, 1],
  ceil,
});

/** Position of each window's maximum in its input plane; int64. The values follow by gather, which carries the gradient. */
const maxPoolIndices = defineOp<"x", Pool>({
  name: "maxPoolIndices",
  inputs: ["x"],
  dtype: () => "int64",
  shape: ({ x }, a) => [...lead(x, a.kernel.length), ...outSizes(x, a)],
  forward: (k, { x }, a) => {
    const shape = [...lead(x.shape, a.kernel.length), ...outSizes(x.shape, a)];
    const idx = k.empty(shape, "int64");
    const out = k.empty(shape, x.dtype);
    const c = k.contiguous(x);
    k.kernels.maxPool(x.elem, out.ptr, idx.ptr, c.ptr, k.block(words(x.shape, shape, a)));
    return idx;
  },
  saves: [],
  vjp: null,
  half: { round: "none" },
  gradcheck: [],
});

const adaptiveMaxPoolIndices = defineOp<"x", Sizes>({
  name: "adaptiveMaxPoolIndices",
  inputs: ["x"],
  dtype: () => "int64",
  shape: ({ x }, { output }) => [...lead(x, output.length), ...output],
  forward: (k, { x }, { output }) => {
    const shape = [...lead(x.shape, output.length), ...output];
    const idx = k.empty(shape, "int64");
    const out = k.empty(shape, x.dtype);
    const c = k.contiguous(x);
    k.kernels.adaptiveMaxPool(x.elem, out.ptr, idx.ptr, c.ptr, ...poolSides(x.shape, output));
    return idx;
  },
  saves: [],
  vjp: null,
  half: { round: "none" },
  gradcheck: [],
});

const avgPool = defineOp<"x", Average>({
  name: "avgPool",
  inputs: ["x"],
  shape: ({ x }, a) => [...lead(x, a.kernel.length), ...outSizes(x, a)],
  forward: (k, { x }, a) => {
    const shape = [...lead(x.shape, a.kernel.length), ...outSizes(x.shape, a)];
    const out = k.empty(shape, x.dtype);
    const c = k.contiguous(x);
    k.kernels.avgPool(
      x.elem,
      out.ptr,
      c.ptr,
      k.block(words(x.shape, shape, a)),
      a.countIncludePad ? 1 : 0,
      a.divisor,
    );
    return out;
  },
  saves: [],
  vjp: (k, ct, { x }, a) => ({ x: () => k.op("avgPoolGrad", [ct], { ...a, input: x.shape }) }),
  half: { accumulate: "f32", round: "once" },
  gradcheck: [
    {
      shapes: { x: [2, 3, 5, 5] },
      attrs: { ...pool2(3, 2, 1), countIncludePad: true, divisor: 0 },
    },
    {
      shapes: { x: [2, 3, 5, 5] },
      attrs: { ...pool2(3, 2, 1, true), countIncludePad: false, divisor: 0 },
    },
  ],
});

/** The transpose of avgPool; `input`: the shape it gives back. */
const avgPoolGrad = defineOp<"ct", Back<Average>>({
  name: "avgPoolGrad",
  inputs: ["ct"],
  shape: (_, { input }) => input,
  forward: (k, { ct }, a) => {
    const out = k.empty(a.input, ct.dtype);
    const c = k.contiguous(ct);
    k.kernels.avgPoolGrad(
      ct.elem,
      out.ptr,
      c.ptr,
      k.block(words(a.input, ct.shape, a)),
      a.countIncludePad ? 1 : 0,
      a.divisor,
    );
    return out;
  },
  saves: [],
  vjp: (k, g, _, { input: __, ...a }) => ({ ct: () => k.op("avgPool", [g], a) }),
  half: { accumulate: "f32", round: "once" },
  gradcheck: [
    {
      shapes: { ct: [2, 2, 2] },
      attrs: { ...pool2(2, 2, 0), countIncludePad: true, divisor: 0, input: [2, 4, 4] },
    },
  ],
});

const adaptiveAvgPool = defineOp<"x", Sizes>({
  name: "adaptiveAvgPool",
  inputs: ["x"],
  shape: ({ x }, { output }) => [...lead(x, output.length), ...output],
  forward: (k, { x }, { output }) => {
    const out = k.empty([...lead(x.shape, output.length), ...output], x.dtype);
    const c = k.contiguous(x);
    k.kernels.adaptiveAvgPool(x.elem, out.ptr, c.ptr, ...poolSides(x.shape, output));
    return out;
  },
  saves: [],
  vjp: (k, ct, { x }, { output }) => ({
    x: () => k.op("adaptiveAvgPoolGrad", [ct], { output, input: x.shape }),
  }),
  half: { accumulate: "f32", round: "once" },
  flops: ({ x }) => numel(x),
  gradcheck: [
    { shapes: { x: [2, 5, 7] }, attrs: { output: [2, 3] } },
    { shapes: { x: [2, 5] }, attrs: { output: [1] } },
  ],
});

const adaptiveAvgPoolGrad = defineOp<"ct", Back<Sizes>>({
  name: "adaptiveAvgPoolGrad",
  inputs: ["ct"],
  shape: (_, { input }) => input,
  forward: (k, { ct }, { output, input }) => {
    const out = k.empty(input, ct.dtype);
    const c = k.contiguous(ct);
    k.kernels.adaptiveAvgPoolGrad(ct.elem, out.ptr, c.ptr, ...poolSides(input, output));
    return out;
  },
  saves: [],
  vjp: (k, g, _, { output }) => ({ ct: () => k.op("adaptiveAvgPool", [g], { output }) }),
  half: { accumulate: "f32", round: "once" },
  gradcheck: [{ shapes: { ct: [2, 2, 3] }, attrs: { output: [2, 3], input: [2, 5, 7] } }],
});

/** Patches as columns: x [N, C, H, W] → [N, C·kH·kW, L] (torch.nn.functional.unfold). */
const im2col = defineOp<"x", Pool>({
  name: "im2col",
  inputs: ["x"],
  shape: ({ x }, a) => [x[0]!, x[1]! * numel(a.kernel), numel(outSizes(x, a))],
  forward: (k, { x }, a) => {
    const sizes = outSizes(x.shape, a);
    const out = k.empty([x.shape[0]!, x.shape[1]! * numel(a.kernel), numel(sizes)], x.dtype);
    const c = k.contiguous(x);
    k.kernels.im2col(x.elem, out.ptr, c.ptr, k.block(columns(x.shape, sizes, a)));
    return out;
  },
  saves: [],
  vjp: (k, ct, { x }, a) => ({ x: () => k.op("col2im", [ct], { ...a, input: x.shape }) }),
  half: { round: "none" },
  gradcheck: [{ shapes: { x: [2, 3, 4, 5] }, attrs: pool2(2, 1, 1) }],
});

/** The transpose of im2col, overlaps summed (torch.nn.functional.fold). */
const col2im = defineOp<"ct", Back<Pool>>({
  name: "col2im",
  inputs: ["ct"],
  shape: (_, { input }) => input,
  forward: (k, { ct }, a) => {
    const out = k.empty(a.input, ct.dtype);
    const c = k.contiguous(ct);
    k.kernels.col2im(ct.elem, out.ptr, c.ptr, k.block(columns(a.input, outSizes(a.input, a), a)));
    return out;
  },
  saves: [],
  vjp: (k, g, _, { input: __, ...a }) => ({ ct: () => k.op("im2col", [g], a) }),
  half: { accumulate: "f32", round: "once" },
  gradcheck: [{ shapes: { ct: [2, 12, 12] }, attrs: { ...pool2(2, 1, 0), input: [2, 3, 4, 5] } }],
});

const columns = (x: Shape, out: Shape, a: Pool): number[] => [
  x[0]!,
  x[1]!,
  ...pad3(x.slice(2), 1),
  1,
  ...pad3(a.kernel, 1),
  ...pad3(a.stride, 1),
  ...pad3(a.padding, 0),
  ...pad3(a.dilation, 1),
  1,
  ...pad3(out, 1),
];

export const pools: readonly Op[] = [
  maxPoolIndices,
  adaptiveMaxPoolIndices,
  avgPool,
  avgPoolGrad,
  adaptiveAvgPool,
  adaptiveAvgPoolGrad,
  im2col,
  col2im,
];
