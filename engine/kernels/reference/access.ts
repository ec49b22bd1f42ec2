import type { Heap } from "../heap.ts";

export type Numbers = Float32Array | Float64Array;

/** How reference kernels see memory: arrays of the tensor's own length, made anew for every call. */
export class Access {
  readonly heap: Heap;
  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** n elements of type t at `ptr`. */
  at(t: number, ptr: number, n: number): Numbers {
    return t === 0
      ? this.heap.f32.subarray(ptr / 4, ptr / 4 + n)
      : this.heap.f64.subarray(ptr / 8, ptr / 8 + n);
  }

  ints(ptr: number, n: number): number[] {
    return [...this.heap.i32.subarray(ptr / 4, ptr / 4 + n)];
  }

  /** Geometry words by name. */
  words<N extends string>(ptr: number, names: readonly N[]): Record<N, number> {
    const values = this.ints(ptr, names.length);
    return Object.fromEntries(names.map((name, i) => [name, values[i]!])) as Record<N, number>;
  }

  /** A layout block of `tensors` tensors: shape, and strides per tensor. */
  layout(ptr: number, tensors: number): { shape: number[]; strides: number[][]; n: number } {
    const rank = this.heap.i32[ptr / 4]!;
    const words = this.ints(ptr + 4, rank * (tensors + 1));
    const shape = words.slice(0, rank);
    const strides = Array.from({ length: tensors }, (_, i) =>
      words.slice(rank * (i + 1), rank * (i + 2)),
    );
    return { shape, strides, n: shape.reduce((a, b) => a * b, 1) };
  }
}

/** Calls `visit(i, offsets)` for each element in row-major order; `offsets[j]` is the place in tensor j. */
export function forEachElement(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (i: number, offsets: readonly number[]) => void,
): void {
  const n = shape.reduce((a, b) => a * b, 1);
  const index = shape.map(() => 0);
  const offsets = strides.map(() => 0);
  for (let i = 0; i < n; i++) {
    visit(i, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      strides.forEach((s, j) => (offsets[j]! += s[axis]!));
      if (index[axis]! < shape[axis]!) break;
      strides.forEach((s, j) => (offsets[j]! -= s[axis]! * shape[axis]!));
      index[axis] = 0;
    }
  }
}

/** Elements that strides reach, counted from the pointer. */
export function extent(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return 1 + shape.reduce((sum, d, axis) => sum + (d - 1) * strides[axis]!, 0);
}
