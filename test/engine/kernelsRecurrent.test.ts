import { checkAgree, numbers } from "../support/kernelPair.ts";

describe("kernels: one step of an LSTM", () => {
  const [rows, widths] = [3, [1, 3, 4, 5, 17]];
  for (const t of [0, 1])
    for (const width of widths) {
      const n = rows * width;
      // Four functions of up to 2 ulp each, and what their differences lose.
      const tolerance = t === 0 ? { rel: 2e-6, abs: 1e-7 } : { rel: 1e-13, abs: 1e-15 };
      it(`forward, width ${width}, type ${t}`, () => {
        checkAgree("lstmStep", tolerance, (b) => {
          const gates = b.tensor(t, numbers(4 * n, 1, 6));
          const [cell, h, before] = [b.tensor(t, n), b.tensor(t, n), b.tensor(t, numbers(n, 2, 2))];
          b.kernels.lstmStep(t, gates, cell, h, before, rows, width);
          return [...b.read(t, gates, 4 * n), ...b.read(t, cell, n), ...b.read(t, h, n)];
        });
      });
      it(`back, width ${width}, type ${t}`, () => {
        checkAgree("lstmStepGrad", tolerance, (b) => {
          const given = (seed: number, scale = 1): number => b.tensor(t, numbers(n, seed, scale));
          const gates = b.tensor(
            t,
            numbers(4 * n, 3).map((v) => (v + 1) / 2),
          );
          const [ctCell, ct, cell, before] = [given(4), given(5), given(6, 2), given(7, 2)];
          const out = b.tensor(t, 4 * n);
          b.kernels.lstmStepGrad(t, out, ctCell, ct, gates, cell, before, rows, width);
          return [...b.read(t, out, 4 * n), ...b.read(t, ctCell, n)];
        });
      });
    }
});
