import { EXACT, checkAgree, numbers } from "../support/kernelPair.ts";

const near = (t: number): { rel: number; abs: number } =>
  t === 0 ? { rel: 3e-7, abs: 1e-6 } : { rel: 1e-14, abs: 1e-14 };

describe("kernels: strided copies", () => {
  /** shape and strides of the strided tensor. */
  const LAYOUTS: readonly (readonly [number[], number[]])[] = [
    [[], []],
    [[0], [1]],
    [[5], [0]],
    [[5], [3]],
    [[40], [1]],
    [[9, 7], [1, 9]],
    [[70, 37], [1, 70]],
    [[3, 9, 6], [54, 1, 9]],
    [[2, 5, 3, 6], [90, 1, 30, 5]],
    [[4, 6, 5, 4], [120, 4, 24, 1]],
    [[3, 40], [40, 1]],
    [[3, 4, 5], [0, 5, 1]],
    [[3, 4, 5], [20, 5, 0]],
    [[2, 3, 4, 5, 6], [360, 6, 90, 18, 1]],
    [[5, 8], [1, 12]],
    [[8, 1, 5], [1, 99, 8]],
  ]; // prettier-ignore
  for (const t of [0, 1]) {
    it(`gather to contiguous, type ${t}`, () => {
      const x = numbers(5000, 1);
      for (const [shape, strides] of LAYOUTS) {
        const n = shape.reduce((a, b) => a * b, 1);
        checkAgree(`[${shape.join()}] by [${strides.join()}]`, t ? EXACT : { rel: 1e-7 }, (b) => {
          const out = b.tensor(t, n + 1);
          b.kernels.gatherStrided(t, out, b.tensor(t, x), b.layout(shape, strides));
          return b.read(t, out, n + 1);
        });
      }
    });

    it(`scatter from contiguous, setting and adding, type ${t}`, () => {
      for (const [shape, strides] of LAYOUTS)
        for (const add of [0, 1]) {
          const n = shape.reduce((a, b) => a * b, 1);
          const repeats = strides.some((s, i) => s === 0 && shape[i]! > 1);
          if (!add && repeats) continue; // which one wins is nobody's business
          checkAgree(`[${shape.join()}] by [${strides.join()}] add ${add}`, near(t), (b) => {
            const out = b.tensor(t, numbers(5000, 2));
            b.kernels.scatterStrided(
              t,
              out,
              b.tensor(t, numbers(n, 3)),
              b.layout(shape, strides),
              add,
            );
            return b.read(t, out, 5000);
          });
        }
    });
  }
});

describe("kernels: indexing", () => {
  const BLOCKS = [[1, 5, 1, 7], [2, 4, 3, 6], [3, 6, 8, 2], [1, 9, 17, 30], [2, 3, 1, 0]] as const; // prettier-ignore
  const picks = (count: number, n: number): number[] =>
    [...numbers(count, 9, 0.5)].map((v) => Math.floor((v + 0.5) * n) % n);

  for (const t of [0, 1])
    it(`indexSelect, indexAdd, gather, scatter, type ${t}`, () => {
      for (const [outer, n, inner, m] of BLOCKS) {
        const [wide, tall] = [outer * m * inner, outer * n * inner];
        const what = `[${outer}, ${n}, ${inner}] m ${m}`;
        checkAgree(`indexSelect ${what}`, near(t), (b) => {
          const out = b.tensor(t, wide + 1);
          b.kernels.indexSelect(
            t,
            out,
            b.tensor(t, numbers(tall, 1)),
            b.tensor(1, picks(m, n)),
            outer,
            n,
            inner,
            m,
          );
          return b.read(t, out, wide + 1);
        });
        checkAgree(`indexAdd ${what}`, near(t), (b) => {
          const out = b.tensor(t, numbers(tall + 1, 2));
          b.kernels.indexAdd(
            t,
            out,
            b.tensor(t, numbers(wide, 3)),
            b.tensor(1, picks(m, n)),
            outer,
            n,
            inner,
            m,
          );
          return b.read(t, out, tall + 1);
        });
        checkAgree(`gather ${what}`, near(t), (b) => {
          const out = b.tensor(t, wide + 1);
          b.kernels.gather(
            t,
            out,
            b.tensor(t, numbers(tall, 1)),
            b.tensor(1, picks(wide, n)),
            outer,
            n,
            inner,
            m,
          );
          return b.read(t, out, wide + 1);
        });
        for (const mode of [0, 1])
          checkAgree(`scatter ${what} mode ${mode}`, near(t), (b) => {
            const out = b.tensor(t, numbers(tall + 1, 2));
            b.kernels.scatter(
              t,
              out,
              b.tensor(t, numbers(wide, 3)),
              b.tensor(1, picks(wide, n)),
              outer,
              n,
              inner,
              m,
              mode,
            );
            return b.read(t, out, tall + 1);
          });
      }
    });

  it("nonzero counts NaN in and both zeros out; inRange", () => {
    for (const t of [0, 1])
      checkAgree("nonzero", EXACT, (b) => {
        const out = b.tensor(1, 8);
        const count = b.kernels.nonzero(
          t,
          out,
          b.tensor(t, [0, 3, -0, NaN, 0, -1e-30, Infinity]),
          7,
        );
        return [count, ...b.read(1, out, 8)];
      });
    for (const [idx, lo, hi] of [
      [[0, 4], 0, 5],
      [[0, 5], 0, 5],
      [[-1], 0, 5],
      [[-1], -5, 5],
      [[NaN], 0, 5],
      [[], 0, 0],
    ] as const)
      checkAgree("inRange", EXACT, (b) => [
        b.kernels.inRange(b.tensor(1, idx), idx.length, lo, hi),
      ]);
  });
});

describe("kernels: sampling", () => {
  const places = (count: number, n: number): number[] =>
    [...numbers(count, 9, 0.5)].map((v) => Math.floor((v + 0.5) * n) % n);

  for (const t of [0, 1]) {
    it(`sampleRows, its transposes, type ${t}`, () => {
      for (const [n, rows, taps, inner] of [
        [5, 4, 2, 3],
        [7, 9, 4, 17],
        [3, 1, 1, 4],
        [4, 0, 2, 5],
      ] as const) {
        const what = `[${n}, ${inner}] by ${rows} × ${taps}`;
        const idx = places(rows * taps, n);
        checkAgree(`sampleRows ${what}`, near(t), (b) => {
          const out = b.tensor(t, rows * inner + 1);
          const x = b.tensor(t, numbers(n * inner, 1));
          const w = b.tensor(t, numbers(rows * taps, 2));
          b.kernels.sampleRows(t, out, x, b.tensor(1, idx), w, rows, taps, inner);
          return b.read(t, out, rows * inner);
        });
        checkAgree(`sampleRowsBack ${what}`, near(t), (b) => {
          const out = b.tensor(t, numbers(n * inner, 4));
          const ct = b.tensor(t, numbers(rows * inner, 1));
          const w = b.tensor(t, numbers(rows * taps, 2));
          b.kernels.sampleRowsBack(t, out, ct, b.tensor(1, idx), w, rows, taps, inner);
          return b.read(t, out, n * inner);
        });
        checkAgree(`rowDots ${what}`, near(t), (b) => {
          const out = b.tensor(t, rows * taps + 1);
          const ct = b.tensor(t, numbers(rows * inner, 1));
          const x = b.tensor(t, numbers(n * inner, 3));
          b.kernels.rowDots(t, out, ct, x, b.tensor(1, idx), rows, taps, inner);
          return b.read(t, out, rows * taps);
        });
      }
    });

    it(`suppress, type ${t}`, () => {
      const sides = [...numbers(400, 5, 1)];
      const boxes = Array.from({ length: 100 }, (_, i) => {
        const [x, y, w, h] = sides.slice(4 * i, 4 * i + 4);
        return [x!, y!, x! + Math.abs(w!), y! + Math.abs(h!)];
      }).flat();
      for (const threshold of [0.1, 0.5])
        checkAgree(`suppress over ${threshold}`, EXACT, (b) => {
          const keep = b.tensor(0, 101);
          b.kernels.suppress(t, keep, b.tensor(t, boxes), 100, threshold);
          return b.read(0, keep, 100);
        });
    });
  }
});

describe("kernels: pooling", () => {
  type Axis = readonly [length: number, k: number, stride: number, pad: number, dilation: number];
  const NONE: Axis = [1, 1, 1, 0, 1];
  /** ceil: ceil_mode's output length, its last window clipped. */
  function pool(planes: number, axes: readonly [Axis, Axis, Axis], ceil = false) {
    const out = axes.map(([length, k, stride, pad, dil]) => {
      const room = (length + 2 * pad - dil * (k - 1) - 1) / stride;
      const count = (ceil ? Math.ceil(room) : Math.floor(room)) + 1;
      return ceil && (count - 1) * stride >= length + pad ? count - 1 : count;
    });
    const column = (i: 0 | 1 | 2 | 3 | 4): number[] => axes.map((a) => a[i]);
    const words = [planes, ...([0, 1, 2, 3, 4] as const).flatMap((i) => column(i)), ...out];
    const product = (values: number[]): number => values.reduce((a, b) => a * b, 1);
    return { words, inSize: planes * product(column(0)), outSize: planes * product(out) };
  }
  const CASES = [
    pool(3, [NONE, [8, 2, 2, 0, 1], [6, 2, 2, 0, 1]]),
    pool(2, [NONE, [9, 3, 2, 1, 1], [10, 3, 2, 1, 1]]),
    pool(2, [NONE, [9, 3, 2, 1, 1], [10, 3, 2, 1, 1]], true),
    pool(2, [NONE, NONE, [17, 4, 3, 2, 1]]),
    pool(1, [
      [5, 2, 1, 1, 1],
      [6, 3, 2, 1, 1],
      [7, 2, 2, 0, 1],
    ]),
    pool(0, [NONE, [4, 2, 2, 0, 1], [4, 2, 2, 0, 1]]),
  ];
  const DILATED = pool(2, [NONE, [11, 3, 1, 1, 2], [12, 3, 2, 1, 3]]);

  for (const t of [0, 1]) {
    it(`maxPool: values and places, with NaN and rows of −inf, type ${t}`, () => {
      for (const g of [...CASES, DILATED])
        for (const wild of [false, true])
          checkAgree(g.words.join(), { rel: 1e-7 }, (b) => {
            const x = numbers(g.inSize, 1).map((v, i) =>
              !wild ? v : i % 13 === 4 ? NaN : i % 3 ? -Infinity : Math.round(v),
            );
            const [out, idx] = [b.tensor(t, g.outSize + 1), b.tensor(1, g.outSize + 1)];
            b.kernels.maxPool(t, out, idx, b.tensor(t, x), b.ints(...g.words));
            return [...b.read(t, out, g.outSize + 1), ...b.read(1, idx, g.outSize + 1)];
          });
    });

    it(`avgPool and its gradient, type ${t}`, () => {
      for (const g of CASES)
        for (const [include, divisor] of [
          [0, 0],
          [1, 0],
          [1, 5],
        ] as const) {
          checkAgree(g.words.join(), near(t), (b) => {
            const out = b.tensor(t, g.outSize + 1);
            b.kernels.avgPool(
              t,
              out,
              b.tensor(t, numbers(g.inSize, 1)),
              b.ints(...g.words),
              include,
              divisor,
            );
            return b.read(t, out, g.outSize + 1);
          });
          checkAgree(g.words.join(), near(t), (b) => {
            const out = b.tensor(t, g.inSize + 1);
            b.kernels.avgPoolGrad(
              t,
              out,
              b.tensor(t, numbers(g.outSize, 1)),
              b.ints(...g.words),
              include,
              divisor,
            );
            return b.read(t, out, g.inSize + 1);
          });
        }
    });

    it(`adaptive pooling, down, up and to one, type ${t}`, () => {
      for (const [planes, inD, inH, inW, oD, oH, oW] of [
        [3, 1, 7, 9, 1, 3, 4],
        [2, 1, 7, 7, 1, 1, 1],
        [2, 1, 2, 3, 1, 5, 7],
        [1, 4, 5, 6, 2, 3, 6],
      ] as const) {
        // prettier-ignore
        const [inSize, outSize] = [planes * inD * inH * inW, planes * oD * oH * oW];
        checkAgree("adaptiveAvgPool", near(t), (b) => {
          const out = b.tensor(t, outSize + 1);
          b.kernels.adaptiveAvgPool(
            t,
            out,
            b.tensor(t, numbers(inSize, 1)),
            planes,
            inD,
            inH,
            inW,
            oD,
            oH,
            oW,
          );
          return b.read(t, out, outSize + 1);
        });
        checkAgree("adaptiveAvgPoolGrad", near(t), (b) => {
          const out = b.tensor(t, inSize + 1);
          b.kernels.adaptiveAvgPoolGrad(
            t,
            out,
            b.tensor(t, numbers(outSize, 2)),
            planes,
            inD,
            inH,
            inW,
            oD,
            oH,
            oW,
          );
          return b.read(t, out, inSize + 1);
        });
        checkAgree("adaptiveMaxPool", near(t), (b) => {
          const [out, idx] = [b.tensor(t, outSize + 1), b.tensor(1, outSize + 1)];
          b.kernels.adaptiveMaxPool(
            t,
            out,
            idx,
            b.tensor(t, numbers(inSize, 3)),
            planes,
            inD,
            inH,
            inW,
            oD,
            oH,
            oW,
          );
          return [...b.read(t, out, outSize + 1), ...b.read(1, idx, outSize + 1)];
        });
      }
    });
  }
});
