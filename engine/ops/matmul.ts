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

/** x wᵀ + b, the layer's product. x: [m, k], w: [n, k], b: [n] or absent → [m, n]; w's cotangent comes in w's own order. */
const addmm = defineOp<"x" | "w" | "b">({
  name: "addmm",
  inputs: ["x", "w", "b"],
  optional: ["b"],
  shape: ({ x, w }) => {
    const [m, k, n, inner] = [dim(x, 0), dim(x, 1), dim(w, 0), dim(w, 1)];
    if (k !== inner) {
      const torch = `mat1 and mat2 shapes cannot be multiplied (${m}x${k} and ${inner}x${n})`;
      throw new ShapeError("addmm", "inner sizes differ", { x, w }, torch);
    }
    return [m, n];
  },
  forward: (k, { x, w, b }) => k.addmm(x, w, b),
  saves: { x: ["w"], w: ["x"] },
  vjp: (k, ct, { x, w }) => ({
    x: () => k.matmul(ct, w), // dX = dC W
    w: () => k.matmul(k.mT(ct), x), // dW = dCᵀ X
    b: () => k.sum(ct, [0]),
  }),
  half: { accumulate: "f32", round: "once" },
  flops: ({ x }, out) => 2 * numel(out) * dim(x, 1),
  gradcheck: [{ shapes: { x: [3, 4], w: [2, 4], b: [2] } }, { shapes: { x: [3, 4], w: [2, 4] } }],
});

export const products: readonly Op[] = [matmul, addmm];
