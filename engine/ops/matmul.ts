import { ShapeError } from "../errors.ts";
import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";
import { broadcast, dim, numel } from "../shape.ts";

/** Matrix product. a: [..., m, k], b: [..., k, n] → [..., m, n]. Throws ShapeError where the k's differ. */
const matmul = defineOp<"a" | "b">({
  name: "matmul",
  inputs: ["a", "b"],
  shape: ({ a, b }) => {
    if (dim(a, -1) !== dim(b, -2)) {
      const [am, ak, bk, bn] = [dim(a, -2), dim(a, -1), dim(b, -2), dim(b, -1)];
      const torch =
        a.length > 2 && b.length > 2
          ? `Expected size for first two dimensions of batch2 tensor to be: [${numel(b.slice(0, -2))}, ${ak}] but got: [${numel(b.slice(0, -2))}, ${bk}].`
          : `mat1 and mat2 shapes cannot be multiplied (${numel(a.slice(0, -2)) * am}x${ak} and ${bk}x${bn})`;
      throw new ShapeError("matmul", "inner sizes differ", { a, b }, torch);
    }
    return [...broadcast("matmul", a.slice(0, -2), b.slice(0, -2)), dim(a, -2), dim(b, -1)];
  },
  forward: (k, { a, b }) => k.matmul(a, b),
  saves: { a: ["b"], b: ["a"] },
  vjp: (k, ct, { a, b }) => ({
    a: () => k.unbroadcast(k.matmul(ct, k.mT(b)), a.shape), // dA = dC Bᵀ
    b: () => k.unbroadcast(k.matmul(k.mT(a), ct), b.shape), // dB = Aᵀ dC
  }),
  half: { accumulate: "f32", round: "once" }, // the k products add up in f32; one rounding, on store
  flops: ({ a }, out) => 2 * numel(out) * dim(a, -1),
  gradcheck: [
    { shapes: { a: [3, 4], b: [4, 2] } },
    { shapes: { a: [5, 3, 4], b: [4, 2] } },
    { shapes: { a: [2, 1, 3, 4], b: [5, 4, 2] } },
  ],
});

export const products: readonly Op[] = [matmul];
