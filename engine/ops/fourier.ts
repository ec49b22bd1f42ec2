import { transform } from "../numeric/fourier.ts";
import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";
import { numel } from "../shape.ts";

type A = { readonly axis: number; readonly sign: 1 | -1 };

/**
 * Discrete Fourier transform along an axis of complex numbers, unnormalised: y[k] = Σ x[t] e^(sign · 2πi t k / n).
 * x: [..., n, ..., 2], the last axis real and imaginary part. Its transpose is the transform of the other sign.
 */
const fourier = defineOp<"x", A>({
  name: "fourier",
  inputs: ["x"],
  shape: ({ x }) => x,
  forward: (k, { x }, { axis, sign }) => {
    const n = x.shape[axis]!;
    const inner = numel(x.shape.slice(axis + 1)) / 2;
    const values = k.read(x);
    const run = transform(n);
    const [re, im] = [new Float64Array(n), new Float64Array(n)];
    for (let outer = 0; outer < values.length; outer += n * inner * 2)
      for (let i = 0; i < inner; i++) {
        const at = outer + 2 * i;
        for (let t = 0; t < n; t++) {
          re[t] = values[at + t * inner * 2]!;
          im[t] = values[at + t * inner * 2 + 1]!;
        }
        if (sign < 0) run(re, im);
        else run(im, re);
        for (let t = 0; t < n; t++) {
          values[at + t * inner * 2] = re[t]!;
          values[at + t * inner * 2 + 1] = im[t]!;
        }
      }
    return k.from(values, x.shape, x.dtype);
  },
  saves: [],
  vjp: (k, ct, _, { axis, sign }) => ({ x: () => k.op("fourier", [ct], { axis, sign: -sign }) }),
  half: { accumulate: "f32", round: "once" },
  flops: (_, out, { axis }) => 2.5 * numel(out) * Math.log2(Math.max(out[axis]!, 2)),
  gradcheck: [
    { shapes: { x: [2, 8, 2] }, attrs: { axis: 1, sign: -1 } },
    { shapes: { x: [6, 3, 2] }, attrs: { axis: 0, sign: 1 } },
    { shapes: { x: [35, 2] }, attrs: { axis: 0, sign: -1 } },
  ],
});

export const transforms: readonly Op[] = [fourier];
