import assert from "node:assert/strict";
import { RECURRENCE } from "../../engine/kernels/kernels.ts";
import { checkAgree, wasmBenches } from "../support/kernelPair.ts";
import { runRecurrent } from "../support/recurrentKernels.ts";

describe("kernels: recurrent layers", () => {
  for (const mode of RECURRENCE)
    for (const t of [0, 1]) {
      // relu passes on what rounding leaves beside its corner: its results are as large as 10.
      const tolerance = t === 0 ? { rel: 2e-5, abs: 1e-5 } : { rel: 1e-12, abs: 1e-13 };
      for (const [n, width] of [
        [1, 1],
        [3, 5],
        [4, 16],
        [9, 17],
        [6, 40],
      ] as const)
        for (const reverse of [0, 1]) {
          const layer = { t, mode, steps: 3, n, width, reverse };
          const name = `${mode}, ${n} × ${width}${reverse ? ", backwards" : ""}, type ${t}`;
          it(name, () => {
            checkAgree(name, tolerance, (b) => runRecurrent(b, layer, [n]));
          });
        }
      it(`${mode}: rows in parts, and in each build of the fused loops, type ${t}: the same bits`, () => {
        const layer = { t, mode, steps: 4, n: 11, width: 37, reverse: 0 };
        const [, ...fused] = wasmBenches.map((b) => {
          const whole = runRecurrent(b, layer, [11]);
          assert.deepEqual(runRecurrent(b, layer, [4, 4, 3]), whole, b.name);
          b.reset();
          return whole;
        });
        for (const found of fused) assert.deepEqual(found, fused[0]);
      });
    }
});
