import { TorchError, UnsupportedError } from "../errors.ts";
import type { HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Shape } from "../shape.ts";
import { broadcastStrides, contiguousStrides, isContiguous, normAxis, numel } from "../shape.ts";
import type { Geometry } from "../tensor.ts";

const MOVE: HalfRule = { round: "none" };
type ShapeAttr = { readonly shape: Shape };
/** Where a strided part lies in a contiguous tensor, in elements from its first. */
export type Place = {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
};

/** `shape` with its single −1 replaced. Throws PyTorch's errors where the numbers of elements differ. */
export function resolveShape(shape: Shape, size: number): number[] {
  const low = shape.find((d) => d < -1);
  if (low !== undefined) throw new TorchError("RuntimeError", `invalid shape dimension ${low}`);
  const holes = shape.filter((d) => d === -1).length;
  if (holes > 1) throw new TorchError("RuntimeError", "only one dimension can be inferred");
  const known = numel(shape.filter((d) => d !== -1));
  const bad = () =>
    new TorchError(
      "RuntimeError",
      `shape '[${shape.join(", ")}]' is invalid for input of size ${size}`,
    );
  if (holes === 0) {
    if (known !== size) throw bad();
    return [...shape];
  }
  if (known === 0)
    throw new TorchError(
      "RuntimeError",
      `cannot reshape tensor of 0 elements into shape [${shape.join(", ")}] because the unspecified dimension size -1 can be any value and is ambiguous`,
    );
  if (size % known !== 0) throw bad();
  return shape.map((d) => (d === -1 ? size / known : d));
}

/** Strides that show x's elements, in order, under another shape; null where no strides can. */
export function viewStrides(x: Geometry, shape: Shape): number[] | null {
  if (numel(shape) === 0 || isContiguous(x.shape, x.strides)) return contiguousStrides(shape);
  // Walk both shapes from the end, chunk by chunk of axes that lie evenly in memory.
  const strides = new Array<number>(shape.length).fill(1);
  let to = shape.length - 1;
  let chunk = 1;
  let step = x.strides.at(-1) ?? 1;
  for (let i = x.shape.length - 1; i >= 0; i--) {
    chunk *= x.shape[i]!;
    const ends = i === 0 || (x.shape[i - 1] !== 1 && x.strides[i - 1] !== chunk * step);
    if (!ends) continue;
    let filled = 1;
    while (to >= 0 && (filled < chunk || shape[to] === 1)) {
      strides[to] = filled * step;
      filled *= shape[to]!;
      to--;
    }
    if (filled !== chunk) return null;
    if (i > 0) {
      chunk = 1;
      step = x.strides[i - 1]!;
    }
  }
  return to === -1 ? strides : null;
}

/** Same elements in the same order under another shape (−1: inferred). Throws PyTorch's error where strides forbid it. */
export const view = defineOp<"x", ShapeAttr>({
  name: "view",
  inputs: ["x"],
  shape: ({ x }, { shape }) => resolveShape(shape, numel(x)),
  view: (x, { shape }) => {
    const to = resolveShape(shape, numel(x.shape));
    const strides = viewStrides(x, to);
    if (!strides)
      throw new TorchError(
        "RuntimeError",
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
      );
    return { shape: to, strides, offset: x.offset };
  },
  saves: [],
  vjp: (k, ct, { x }) => ({ x: () => k.reshape(ct, x.shape) }),
  half: MOVE,
  gradcheck: [{ shapes: { x: [3, 4] }, attrs: { shape: [2, -1] } }],
});

export const expand = defineOp<"x", ShapeAttr>({
  name: "expand",
  inputs: ["x"],
  shape: ({ x }, { shape }) => expandedShape(x, shape),
  view: (x, { shape }) => {
    const to = expandedShape(x.shape, shape);
    return { shape: to, strides: broadcastStrides(x.shape, x.strides, to), offset: x.offset };
  },
  saves: [],
  vjp: (k, ct, { x }) => ({ x: () => k.unbroadcast(ct, x.shape) }),
  half: MOVE,
  gradcheck: [{ shapes: { x: [3, 1] }, attrs: { shape: [2, 3, 4] } }],
});

function expandedShape(x: Shape, shape: Shape): number[] {
  const lead = shape.length - x.length;
  if (lead < 0)
    throw new TorchError(
      "RuntimeError",
      `expand(torch.FloatTensor{[${x.join(", ")}]}, size=[${shape.join(", ")}]): the number of sizes provided (${shape.length}) must be greater or equal to the number of dimensions in the tensor (${x.length})`,
    );
  // From the last axis: where several differ, PyTorch names that one.
  return shape.reduceRight<number[]>((out, d, i) => {
    const own = i < lead ? 1 : x[i - lead]!;
    if (d !== -1 && own !== 1 && own !== d)
      throw new TorchError(
        "RuntimeError",
        `The expanded size of the tensor (${d}) must match the existing size (${own}) at non-singleton dimension ${i}.  Target sizes: [${shape.join(", ")}].  Tensor sizes: [${x.join(", ")}]`,
      );
    return [d === -1 ? own : d, ...out];
  }, []);
}

export const permute = defineOp<"x", { readonly axes: readonly number[] }>({
  name: "permute",
  inputs: ["x"],
  shape: ({ x }, { axes }) => checkedOrder(axes, x.length).map((a) => x[a]!),
  view: (x, { axes }) => {
    const order = checkedOrder(axes, x.shape.length);
    return {
      shape: order.map((a) => x.shape[a]!),
      strides: order.map((a) => x.strides[a]!),
      offset: x.offset,
    };
  },
  saves: [],
  vjp: (k, ct, { x }, { axes }) => {
    const order = checkedOrder(axes, x.rank);
    return {
      x: () =>
        k.permute(
          ct,
          order.map((_, i) => order.indexOf(i)),
        ),
    };
  },
  half: MOVE,
  gradcheck: [{ shapes: { x: [2, 3, 4] }, attrs: { axes: [2, 0, -2] } }],
});

function checkedOrder(axes: readonly number[], rank: number): number[] {
  if (axes.length !== rank)
    throw new TorchError(
      "RuntimeError",
      `permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${rank} is not equal to len(dims) = ${axes.length}`,
    );
  const order = axes.map((a) => normAxis(a, rank));
  if (new Set(order).size !== rank)
    throw new TorchError("RuntimeError", "permute(): duplicate dims are not allowed.");
  return order;
}

/** A view whose transpose is "write the cotangent there, zeros elsewhere": slices, diagonals, windows. */
function placed<A extends Readonly<Record<string, unknown>>>(
  name: string,
  place: (x: Geometry, attrs: A) => Geometry,
  gradcheck: readonly { shapes: { x: Shape }; attrs: A }[],
): Op {
  return defineOp<"x", A>({
    name,
    inputs: ["x"],
    shape: ({ x }, attrs) =>
      place({ shape: x, strides: contiguousStrides(x), offset: 0 }, attrs).shape,
    view: place,
    place,
    saves: [],
    vjp: (k, ct, { x }, attrs) => ({
      x: () => {
        const g = place({ shape: x.shape, strides: contiguousStrides(x.shape), offset: 0 }, attrs);
        return k.stridedScatter(ct, g.shape, g.strides, g.offset, x.shape);
      },
    }),
    half: MOVE,
    gradcheck,
  });
}

const slice = placed<{
  readonly axis: number;
  readonly start: number;
  readonly length: number;
  readonly step: number;
}>(
  "slice",
  (x, { axis, start, length, step }) => {
    const a = normAxis(axis, x.shape.length);
    const n = x.shape[a]!;
    if (start < 0 || length < 0 || (length > 0 && start + (length - 1) * step >= n))
      throw new TorchError(
        "RuntimeError",
        `start (${start}) + length (${length}) exceeds dimension size (${n}).`,
      );
    return {
      shape: x.shape.map((d, i) => (i === a ? length : d)),
      strides: x.strides.map((s, i) => (i === a ? s * step : s)),
      offset: x.offset + start * x.strides[a]!,
    };
  },
  [
    { shapes: { x: [3, 5] }, attrs: { axis: 1, start: 1, length: 2, step: 2 } },
    { shapes: { x: [3, 5] }, attrs: { axis: 0, start: 1, length: 1, step: 1 } },
  ],
);

const select = placed<{ readonly axis: number; readonly index: number }>(
  "select",
  (x, { axis, index }) => {
    const a = normAxis(axis, x.shape.length);
    const n = x.shape[a];
    if (n === undefined)
      throw new TorchError("IndexError", "select() cannot be applied to a 0-dim tensor.");
    if (index < -n || index >= n)
      throw new TorchError(
        "IndexError",
        `index ${index} is out of bounds for dimension ${a} with size ${n}`,
      );
    return {
      shape: x.shape.filter((_, i) => i !== a),
      strides: x.strides.filter((_, i) => i !== a),
      offset: x.offset + (index < 0 ? index + n : index) * x.strides[a]!,
    };
  },
  [{ shapes: { x: [3, 5] }, attrs: { axis: 1, index: -1 } }],
);

const diagonal = placed<{
  readonly offset: number;
  readonly axis1: number;
  readonly axis2: number;
}>(
  "diagonal",
  (x, { offset, axis1, axis2 }) => {
    const a = normAxis(axis1, x.shape.length);
    const b = normAxis(axis2, x.shape.length);
    const rows = x.shape[a]! - Math.max(-offset, 0);
    const cols = x.shape[b]! - Math.max(offset, 0);
    const rest = x.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
    return {
      shape: [...rest.map((i) => x.shape[i]!), Math.max(Math.min(rows, cols), 0)],
      strides: [...rest.map((i) => x.strides[i]!), x.strides[a]! + x.strides[b]!],
      offset: x.offset + Math.max(offset, 0) * x.strides[b]! + Math.max(-offset, 0) * x.strides[a]!,
    };
  },
  [{ shapes: { x: [3, 4] }, attrs: { offset: 1, axis1: 0, axis2: 1 } }],
);

/** Windows of `size` along an axis, `step` apart, as a last axis: torch.Tensor.unfold. */
const windows = placed<{ readonly axis: number; readonly size: number; readonly step: number }>(
  "windows",
  (x, { axis, size, step }) => {
    const a = normAxis(axis, x.shape.length);
    const n = x.shape[a] ?? 1;
    if (size > n)
      throw new TorchError(
        "RuntimeError",
        `maximum size for tensor at dimension ${a} is ${n} but size is ${size}`,
      );
    return {
      shape: [...x.shape.map((d, i) => (i === a ? Math.floor((n - size) / step) + 1 : d)), size],
      strides: [...x.strides.map((s, i) => (i === a ? s * step : s)), x.strides[a] ?? 1],
      offset: x.offset,
    };
  },
  [{ shapes: { x: [2, 7] }, attrs: { axis: 1, size: 3, step: 2 } }],
);

/** Elements of a contiguous x at strides and offset of the caller's, counted from x's first element. */
const asStrided = placed<Place>(
  "asStrided",
  (x, { shape, strides, offset }) => {
    if (!isContiguous(x.shape, x.strides))
      throw new UnsupportedError("torch.as_strided", "of a strided tensor");
    return { shape, strides, offset: x.offset + offset };
  },
  [{ shapes: { x: [3, 4] }, attrs: { shape: [2, 2], strides: [4, 2], offset: 1 } }],
);

/** Ops whose result shares its input's storage. */
export const views: readonly Op[] = [
  view,
  expand,
  permute,
  slice,
  select,
  diagonal,
  windows,
  asStrided,
];
