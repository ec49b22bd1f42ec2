/** Inputs of other sizes and the same form: other rows, shorter sequences, smaller images. */
import type { InputSpec } from "./spec.ts";
import type { Said } from "../report.ts";
import { said } from "../said.ts";

const MIN_SIDE = 32;
const MIN_LENGTH = 16;
const MIN_FRAMES = 4;
const HALVINGS = 5;

type Shape = readonly number[];
/** The axis that counts rows: of sequences it may be the second. */
export type RowAxis = 0 | 1;

const reshapedAll = (inputs: readonly InputSpec[], f: (shape: Shape) => Shape): InputSpec[] =>
  inputs.map((i) => (i.shape ? { ...i, shape: f(i.shape) } : i));

/** The shape that says how many rows there are. */
export const mainShape = (inputs: readonly InputSpec[]): Shape | undefined =>
  inputs.find((i) => i.shape)?.shape;

/** `inputs` with `rows` in place of `n` on the axis of rows. */
export const withRows = (
  inputs: readonly InputSpec[],
  axis: RowAxis,
  n: number,
  rows: number,
): InputSpec[] =>
  reshapedAll(inputs, (shape) => shape.map((size, i) => (i === axis && size === n ? rows : size)));

/** Their other axes halved again and again. */
export function* halvings(inputs: readonly InputSpec[], axis: RowAxis): Generator<InputSpec[]> {
  for (let k = 1; k <= HALVINGS; k++)
    for (const halving of halvingsOf(axis)) {
      const smaller = reshapedAll(inputs, (shape) => halved(shape, halving, k));
      if (JSON.stringify(smaller) !== JSON.stringify(inputs)) yield smaller;
    }
}

/** Axes that may be halved together, in shapes of so many, and what must be left of them. */
interface Halving {
  readonly axes: readonly number[];
  readonly ranks: readonly [number, number];
  readonly least: number;
}
/** An image's two, a sequence's one before or behind its features, all of a volume, its slices or a film's frames. */
const halvingsOf = (rows: RowAxis): readonly Halving[] => [
  { axes: [-2, -1], ranks: [4, 5], least: MIN_SIDE },
  { axes: [1 - rows], ranks: [2, 3], least: MIN_LENGTH },
  { axes: [2], ranks: [3, 3], least: MIN_LENGTH },
  { axes: [-3, -2, -1], ranks: [5, 5], least: MIN_LENGTH },
  { axes: [-3], ranks: [5, 5], least: MIN_FRAMES },
  { axes: [1], ranks: [5, 5], least: MIN_FRAMES },
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
