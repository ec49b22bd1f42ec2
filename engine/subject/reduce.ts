/** Smaller inputs of the same form: fewer rows, then shorter sequences and smaller images. */
import type { InputSpec } from "./spec.ts";
import type { Said } from "../report.ts";
import { said } from "../said.ts";

const MIN_SIDE = 32;
const MIN_LENGTH = 16;
const MIN_FRAMES = 4;
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
    for (const halving of HALVINGS_OF) {
      const smaller = reshapedAll(fewer, (shape) => halved(shape, halving, k));
      if (JSON.stringify(smaller) !== JSON.stringify(fewer)) yield smaller;
    }
}

/** Axes that may be halved together, in shapes of so many, and what must be left of them. */
interface Halving {
  readonly axes: readonly number[];
  readonly ranks: readonly [number, number];
  readonly least: number;
}
/** An image's two, a sequence's one before or behind its features, the frames or slices of a volume. */
const HALVINGS_OF: readonly Halving[] = [
  { axes: [-2, -1], ranks: [4, 5], least: MIN_SIDE },
  { axes: [1], ranks: [2, 3], least: MIN_LENGTH },
  { axes: [2], ranks: [3, 3], least: MIN_LENGTH },
  { axes: [-3], ranks: [5, 5], least: MIN_FRAMES },
];

function halved(shape: Shape, { axes, ranks, least }: Halving, times: number): Shape {
  if (shape.length < ranks[0] || shape.length > ranks[1]) return shape;
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
