import { ShapeError, TorchError } from "./errors.ts";

/** Lengths per axis; `[]` is a single number. */
export type Shape = readonly number[];

/** Product of the lengths; 1 for `[]`. */
export function numel(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

/** Axis counted from the end when negative; PyTorch lets a 0-dim tensor have axes -1 and 0. Throws IndexError. */
export function normAxis(axis: number, rank: number): number {
  const r = Math.max(rank, 1);
  if (axis < -r || axis >= r)
    throw new TorchError(
      "IndexError",
      `Dimension out of range (expected to be in range of [${-r}, ${r - 1}], but got ${axis})`,
    );
  return axis < 0 ? axis + r : axis;
}

/** Length at an axis, negative axes from the end. */
export function dim(shape: Shape, axis: number): number {
  return shape[normAxis(axis, shape.length)] ?? 1;
}

/** Strides of a row-major layout, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(shape[i]!, 1);
  }
  return strides;
}

/** True where the elements lie in row-major order without gaps; axes of length 1 do not count. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const d = shape[i]!;
    if (d === 0) return true;
    if (d !== 1) {
      if (strides[i] !== step) return false;
      step *= d;
    }
  }
  return true;
}

/** Shape of an elementwise result, NumPy's rule. Throws PyTorch's error where two lengths differ and neither is 1. */
export function broadcast(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new ShapeError(
        op,
        "sizes cannot be broadcast",
        { a, b },
        `The size of tensor a (${x}) must match the size of tensor b (${y}) at non-singleton dimension ${rank - i}`,
      );
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/** The axis of length 1 without which x has y's shape, as `[64, 1]` has of `[64]`; −1: there is none. */
export const spareAxis = (x: Shape, y: Shape): number =>
  x.length === y.length + 1
    ? x.findLastIndex((n, i) => n === 1 && x.toSpliced(i, 1).join() === y.join())
    : -1;

/** Strides that read `shape` as if it had the broader `to`: 0 along repeated axes. `shape` must broadcast to `to`. */
export function broadcastStrides(shape: Shape, strides: readonly number[], to: Shape): number[] {
  const lead = to.length - shape.length;
  return to.map((d, i) => {
    if (i < lead) return 0;
    const own = shape[i - lead]!;
    return own === 1 && d !== 1 ? 0 : strides[i - lead]!;
  });
}

/** Axes normalised, sorted, all of them for `null` or `[]`. Throws where one occurs twice. */
export function normAxes(axes: readonly number[] | null | undefined, rank: number): number[] {
  if (!axes || axes.length === 0) return Array.from({ length: rank }, (_, i) => i);
  const out = axes.map((a) => normAxis(a, rank));
  for (const a of out)
    if (out.indexOf(a) !== out.lastIndexOf(a))
      throw new TorchError("RuntimeError", `dim ${a} appears multiple times in the list of dims`);
  return rank === 0 ? [] : out.sort((x, y) => x - y);
}

/** Shape after reducing `axes`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdim: boolean): number[] {
  return keepdim
    ? shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : shape.filter((_, i) => !axes.includes(i));
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);
