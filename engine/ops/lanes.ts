import { defineOp, type Op } from "../op.ts";
import { numel } from "../shape.ts";

const LANES = 8;

/**
 * √Σx² over the first axis or all the others, each with the roundings of PyTorch's float32 kernel: products and sums rounded once; along the
 * first axis one after another, else in 8 lanes whose sums are added up before what is left over. x: [n, …] → [n], or [rows, n] → [n].
 *
 * weight_norm stores such norms: a last place more or less would stay in a float64 run of a model that was built in float32.
 */
function singleNorm(): Op {
  return defineOp<"x", { readonly down: boolean }>({
    name: "singleNorm",
    inputs: ["x"],
    shape: ({ x }, { down }) => [down ? x[1]! : x[0]!],
    forward: (k, { x }, { down }) => {
      const values = k.read(x);
      const length = down ? x.shape[1]! : x.shape[0]!;
      const others = numel(x.shape) / Math.max(length, 1);
      const out = new Float64Array(length);
      for (let i = 0; i < length; i++)
        out[i] = down ? inOrder(values, i, others, length) : inLanes(values, i * others, others);
      return k.from(out.map(Math.sqrt), [length], x.dtype);
    },
    saves: [],
    vjp: null,
    half: { accumulate: "f32", round: "once" },
    gradcheck: [],
  });
}

function inOrder(values: ArrayLike<number>, from: number, count: number, step: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const v = values[from + i * step]!;
    sum = Math.fround(sum + v * v); // the product of two f32 is exact in f64
  }
  return sum;
}

function inLanes(values: ArrayLike<number>, from: number, count: number): number {
  const whole = count - (count % LANES);
  const lanes = new Float64Array(LANES);
  for (let i = 0; i < whole; i++) {
    const v = values[from + i]!;
    lanes[i % LANES] = Math.fround(lanes[i % LANES]! + v * v);
  }
  let sum = lanes[0]!;
  for (let j = 1; j < LANES; j++) sum = Math.fround(sum + lanes[j]!);
  for (let i = whole; i < count; i++) {
    const v = values[from + i]!;
    sum = Math.fround(sum + v * v);
  }
  return sum;
}

export const lanes: readonly Op[] = [singleNorm()];
