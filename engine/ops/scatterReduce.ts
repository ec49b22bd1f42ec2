import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";

type A = { readonly kind: "amax" | "amin" | "prod"; readonly includeSelf: boolean };

const COMBINE: Readonly<Record<A["kind"], (a: number, b: number) => number>> = {
  amax: Math.max,
  amin: Math.min,
  prod: (a, b) => a * b,
};

/**
 * x with src combined in at places idx; without `includeSelf` a place that is met forgets what x had there. x: [n], idx and src: [m].
 * Not differentiable: torch's scatter_reduce states the gradient of what is chosen.
 */
const scatterReduce = defineOp<"x" | "idx" | "src", A>({
  name: "scatterReduce",
  inputs: ["x", "idx", "src"],
  shape: ({ x }) => x,
  forward: (k, { x, idx, src }, { kind, includeSelf }) => {
    const out = k.read(x);
    const values = k.read(src);
    const met = new Uint8Array(out.length).fill(includeSelf ? 1 : 0);
    k.read(idx).forEach((at, i) => {
      out[at] = met[at] ? COMBINE[kind](out[at]!, values[i]!) : values[i]!;
      met[at] = 1;
    });
    return k.from(out, x.shape, x.dtype);
  },
  saves: [],
  vjp: null,
  half: { round: "once" },
  gradcheck: [],
});

export const scatterReductions: readonly Op[] = [scatterReduce];
