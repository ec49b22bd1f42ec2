/** Smaller inputs of the same form: fewer rows, then shorter sequences and smaller images. */
import type { InputSpec } from "./spec.ts";
import type { Said } from "../report.ts";
import { said } from "../said.ts";

const MIN_SIDE = 32;
const MIN_LENGTH = 16;
const HALVINGS = 5;

type Shape = readonly number[];

const reshapedAll = (inputs: readonly InputSpec[], f: (shape: Shape) => Shape): InputSpec[] =>
  inputs.map((i) => (i.shape ? { ...i, shape: f(i.shape) } : i));

/** `inputs` with `rows` rows in place of `n`, then with their other axes halved again and again. */
export function* reductions(
  inputs: readonly InputSpec[],
  n: number,
  rows: number,
): Generator<InputSpec[]> {
  const fewer = reshapedAll(inputs, ([first, ...rest]) =>
    first === n ? [rows, ...rest] : [first!, ...rest],
  );
  if (rows !== n) yield fewer;
  if (rows > n) return;
  for (let k = 1; k <= HALVINGS; k++)
    for (const axes of AXES) {
      const smaller = reshapedAll(fewer, (shape) => halved(shape, axes, k));
      if (JSON.stringify(smaller) !== JSON.stringify(fewer)) yield smaller;
    }
}

/** Axes that may be halved together: an image's two, a sequence's one before or behind its features. */
const AXES: readonly (readonly number[])[] = [[-2, -1], [1], [2]];

function halved(shape: Shape, axes: readonly number[], times: number): Shape {
  const isImage = axes.length === 2;
  if (isImage ? shape.length < 4 : shape.length > 3) return shape;
  const least = isImage ? MIN_SIDE : MIN_LENGTH;
  return shape.map((size, i) => {
    if (!axes.some((a) => (a < 0 ? shape.length + a : a) === i)) return size;
    const small = size / 2 ** times;
    return Number.isInteger(small) && small >= least ? small : size;
  });
}

/** `[2, 3, 64, 64] in place of [32, 3, 224, 224]` of the inputs that changed. */
export function changes(from: readonly InputSpec[], to: readonly InputSpec[]): Said {
  const isOther = (i: InputSpec, k: number): boolean => i.shape?.join() !== from[k]?.shape?.join();
  const named = (all: readonly InputSpec[]): string =>
    all.map((i) => `[${i.shape?.join(", ") ?? ""}]`).join(", ");
  const changed = to.map(isOther);
  return said`input ${named(to.filter((_, k) => changed[k]))} in place of ${named(from.filter((_, k) => changed[k]))}`;
}
