import assert from "node:assert/strict";
import { REDUCE, SCAN } from "../../engine/kernels/kernels.ts";
import { EXACT, SIZES, checkAgree, numbers, wasmBenches } from "../support/kernelPair.ts";

/** [outer, n, inner] blocks: lines, columns, both, empty, and long enough for every lane. */
const BLOCKS: readonly (readonly [number, number, number])[] = [
  ...SIZES.flatMap((n) => [[1, n, 1], [3, n, 1], [1, n, 5], [2, n, 17], [2, 3, n]] as const),
  [1, 1000, 1],
  [2, 37, 29],
  [2, 3, 531],
]; // prettier-ignore
const near = (t: number): { rel: number; abs: number } =>
  t === 0 ? { rel: 3e-7, abs: 1e-6 } : { rel: 1e-13, abs: 1e-14 };

describe("kernels: reductions", () => {
  for (const t of [0, 1])
    it(`every reduction over every block, type ${t}`, () => {
      for (const [outer, n, inner] of BLOCKS)
        for (const [op, name] of REDUCE.entries()) {
          const x = numbers(outer * n * inner, n, name === "prod" ? 1.5 : 3).map((v, i) =>
            i % 7 ? v : 0,
          );
          if (name === "prod") x.forEach((v, i) => (x[i] = v || 0.5));
          checkAgree(`${name} [${outer}, ${n}, ${inner}]`, near(t), (b) => {
            const out = b.tensor(t, outer * inner + 1);
            b.kernels.reduce(t, op, out, b.tensor(t, x), outer, n, inner);
            return b.read(t, out, outer * inner + 1);
          });
        }
    });

  it("special numbers: max and min keep NaN, a sum of infinities is what it is", () => {
    for (const t of [0, 1])
      for (const inner of [1, 3]) {
        const lines = [
          [1, NaN, 2],
          [-Infinity, -3, 0],
          [Infinity, 1, -Infinity],
          [-0, 0, -1],
        ];
        const x = lines.flatMap((line) =>
          line.flatMap((v) => Array.from({ length: inner }, () => v)),
        );
        for (const [op, name] of REDUCE.entries())
          checkAgree(name, EXACT, (b) => {
            const out = b.tensor(t, 4 * inner);
            b.kernels.reduce(t, op, out, b.tensor(t, x), 4, 3, inner);
            return b.read(t, out, 4 * inner);
          });
      }
  });

  it("a long f32 sum is good to 1e-6 and repeats its bits", () => {
    const n = 1_000_003;
    const x = numbers(n, 1).map((v) => v + 1);
    const exact = x.reduce((s, v) => s + Math.fround(v), 0);
    for (const b of wasmBenches) {
      const [p, out] = [b.tensor(0, x), b.tensor(0, 2)];
      b.kernels.reduce(0, 0, out, p, 1, n, 1);
      b.kernels.reduce(0, 0, out + 4, p, 1, n, 1);
      const [first, second] = b.read(0, out, 2) as [number, number];
      assert(Math.abs(first / exact - 1) < 1e-6);
      assert.equal(first, second);
      b.reset();
    }
  });

  it("argmax and argmin: the first of equals, the first NaN", () => {
    const x = [3, 5, 5, 1, 1, 2, NaN, 9, NaN, -0, 0, -0, -Infinity, -Infinity, -Infinity, 7, 7, 7];
    for (const t of [0, 1])
      for (const op of [0, 1])
        for (const [outer, n, inner] of [
          [6, 3, 1],
          [1, 18, 1],
          [2, 3, 3],
          [1, 6, 3],
          [18, 1, 1],
        ] as const)
          checkAgree(`op ${op} [${outer}, ${n}, ${inner}]`, EXACT, (b) => {
            const out = b.tensor(1, outer * inner + 1);
            b.kernels.argReduce(t, op, out, b.tensor(t, x), outer, n, inner);
            return b.read(1, out, outer * inner + 1);
          });
  });

  it("scans", () => {
    for (const t of [0, 1])
      for (const [op, name] of SCAN.entries())
        for (const [outer, n, inner] of BLOCKS)
          checkAgree(`${name} [${outer}, ${n}, ${inner}]`, near(t), (b) => {
            const size = outer * n * inner;
            const out = b.tensor(t, size + 1);
            const x = numbers(size, 3, 1.2);
            if (size > 4) x[size - 3] = NaN;
            b.kernels.scan(t, op, out, b.tensor(t, x), outer, n, inner);
            return b.read(t, out, size + 1);
          });
  });

  it("argsort is stable both ways, NaN counts as largest", () => {
    for (const t of [0, 1])
      for (const descending of [0, 1])
        for (const [outer, n, inner] of [...BLOCKS, [1, 300, 2] as const])
          checkAgree(`[${outer}, ${n}, ${inner}]`, EXACT, (b) => {
            const size = outer * n * inner;
            const x = numbers(size, 4, 5).map((v, i) => (i % 11 === 5 ? NaN : Math.round(v)));
            const out = b.tensor(1, size + 1);
            b.kernels.argsort(t, out, b.tensor(t, x), outer, n, inner, descending);
            return b.read(1, out, size + 1);
          });
  });
});

describe("kernels: normalisation", () => {
  const exp = (t: number): { rel: number; abs: number } =>
    t === 0 ? { rel: 1e-6, abs: 4e-7 } : { rel: 1e-13, abs: 1e-13 };
  for (const t of [0, 1])
    it(`softmax, log_softmax and their gradients, type ${t}`, () => {
      for (const [outer, n, inner] of BLOCKS)
        for (const log of [0, 1]) {
          const size = outer * n * inner;
          const x = numbers(size, 5, 8);
          checkAgree(`log ${log} [${outer}, ${n}, ${inner}]`, exp(t), (b) => {
            const out = b.tensor(t, size + 1);
            b.kernels.softmax(t, out, b.tensor(t, x), outer, n, inner, log);
            return b.read(t, out, size + 1);
          });
          checkAgree(`gradient, log ${log} [${outer}, ${n}, ${inner}]`, exp(t), (b) => {
            const out = b.tensor(t, size + 1);
            const y = x.map((v) => (log ? -Math.abs(v) : Math.abs(v) / 8));
            b.kernels.softmaxGrad(
              t,
              out,
              b.tensor(t, numbers(size, 6)),
              b.tensor(t, y),
              outer,
              n,
              inner,
              log,
            );
            return b.read(t, out, size + 1);
          });
        }
    });

  it("softmax of masked, huge and lost rows", () => {
    const x = [
      -Infinity,
      0,
      1,
      -Infinity,
      -Infinity,
      -Infinity,
      1e30,
      -1e30,
      3,
      NaN,
      1,
      2,
      Infinity,
      0,
      1,
    ];
    for (const t of [0, 1])
      for (const log of [0, 1])
        for (const [outer, n, inner] of [
          [5, 3, 1],
          [1, 3, 5],
          [1, 15, 1],
        ] as const)
          checkAgree(`type ${t} log ${log}`, exp(t), (b) => {
            const out = b.tensor(t, 15);
            b.kernels.softmax(t, out, b.tensor(t, x), outer, n, inner, log);
            return b.read(t, out, 15);
          });
  });

  for (const t of [0, 1])
    it(`standardize and affine, type ${t}`, () => {
      for (const [A, B, C] of [
        [1, 3, 17],
        [4, 3, 5],
        [5, 7, 1],
        [2, 3, 16],
        [1, 1, 1],
        [3, 5, 2],
        [6, 4, 3],
      ] as const) {
        const size = A * B * C;
        const x = numbers(size, 1, 2).map((v) => v + 5);
        checkAgree(`standardize [${A}, ${B}, ${C}]`, exp(t), (b) => {
          const out = b.tensor(t, size + 1);
          const [mean, variance, rstd] = [B, B, B].map((n) => b.tensor(1, n)) as [
            number,
            number,
            number,
          ];
          const given = b.tensor(t, x);
          b.kernels.moments(t, mean, variance, rstd, given, A, B, C, 1e-5);
          b.kernels.standardize(t, out, given, mean, rstd, 0, 0, A, B, C, B, C);
          return [
            ...b.read(t, out, size + 1),
            ...[mean, variance].flatMap((p) => b.read(1, p, B)),
            ...(size / B > 1 ? b.read(1, rstd, B) : []),
          ];
        });
        for (const present of [0, 1, 2, 3])
          checkAgree(`affine [${A}, ${B}, ${C}]`, exp(t), (b) => {
            const out = b.tensor(t, size + 1);
            const scale = present & 1 ? b.tensor(t, numbers(B, 5)) : 0;
            const shift = present & 2 ? b.tensor(t, numbers(B, 6)) : 0;
            b.kernels.affine(t, out, b.tensor(t, x), scale, shift, A, B, C);
            return b.read(t, out, size + 1);
          });
      }
    });

  for (const t of [0, 1])
    it(`a normalisation's factors, its gradient and theirs, type ${t}`, () => {
      for (const [A, B, C, W, S] of [
        [1, 3, 17, 17, 1], // layers
        [1, 6, 1, 1, 1],
        [4, 3, 5, 3, 5], // batches
        [5, 7, 1, 7, 1],
        [2, 3, 16, 3, 16],
        [3, 5, 2, 5, 2],
        [1, 4, 12, 6, 4], // groups of channels
        [1, 4, 15, 6, 5],
        [1, 6, 3, 9, 1],
        [1, 6, 9, 3, 9], // instances
      ] as const)
        for (const present of [0, 1, 2, 3])
          checkAgree(`[${A}, ${B}, ${C}], channels [${W}, ${S}], ${present}`, exp(t), (b) => {
            const size = A * B * C;
            const sizes = [A, B, C, W, S] as const;
            const mean = b.tensor(1, numbers(B, 5));
            const rstd = b.tensor(1, numbers(B, 4).map(Math.abs));
            const [x, ct] = [b.tensor(t, numbers(size, 3)), b.tensor(t, numbers(size, 2))];
            const w = present & 1 ? b.tensor(t, numbers(W, 7)) : 0;
            const shift = present & 2 ? b.tensor(t, numbers(W, 8)) : 0;
            const [out, grad, again] = [0, 0, 0].map(() => b.tensor(t, size + 1)) as [number, number, number]; // prettier-ignore
            const sums = b.tensor(1, 2 * W + 1);
            b.kernels.standardize(t, out, x, mean, rstd, w, shift, ...sizes);
            b.kernels.standardizeSums(t, sums, ct, x, mean, rstd, ...sizes);
            b.kernels.standardizeGrad(t, grad, ct, x, mean, rstd, w, 0, ...sizes);
            b.kernels.standardizeGrad(t, again, ct, x, mean, rstd, w, W === B ? sums : 0, ...sizes);
            return [
              ...[out, grad, again].flatMap((p) => b.read(t, p, size + 1)),
              ...b.read(1, sums, 2 * W + 1),
            ];
          });
    });

  it("standardize keeps its digits when the mean dwarfs the spread", () => {
    const x = numbers(1000, 1).map((v) => v + 10000);
    checkAgree("mean 1e4", { rel: 1e-5, abs: 1e-6 }, (b) => {
      const out = b.tensor(0, 1000);
      const [mean, variance, rstd] = [1, 1, 1].map((n) => b.tensor(1, n)) as [
        number,
        number,
        number,
      ];
      const given = b.tensor(0, x);
      b.kernels.moments(0, mean, variance, rstd, given, 1, 1, 1000, 0);
      b.kernels.standardize(0, out, given, mean, rstd, 0, 0, 1, 1, 1000, 1, 1000);
      return [...b.read(0, out, 1000), ...b.read(1, variance, 1)];
    });
  });

  it("standardize's gradient keeps its digits where a group of two leaves little of it", () => {
    checkAgree("two values", { rel: 1e-6, abs: 1e-30 }, (b) => {
      const out = b.tensor(0, 2);
      const [mean, variance, rstd] = [1, 1, 1].map((n) => b.tensor(1, n)) as [
        number,
        number,
        number,
      ];
      const given = b.tensor(0, [1.5, -1.5]);
      b.kernels.moments(0, mean, variance, rstd, given, 2, 1, 1, 1e-5);
      b.kernels.standardizeGrad(
        0,
        out,
        b.tensor(0, [0.75, 0]),
        given,
        mean,
        rstd,
        0,
        0,
        2,
        1,
        1,
        1,
        1,
      );
      return b.read(0, out, 2);
    });
  });
});
