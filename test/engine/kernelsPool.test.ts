/** Kernels shared with helper threads: the same bits as on one thread. */
import assert from "node:assert/strict";
import { ACT_GRAD, BINARY, CONV_GEOMETRY, EXPONENT_BINS, POOL_GEOMETRY, RECURRENCE, REDUCE, STATS, UNARY } from "../../engine/kernels/kernels.ts"; // prettier-ignore
import { type Bench, numbers, wasmBenches } from "../support/kernelPair.ts";
import { runRecurrent } from "../support/recurrentKernels.ts";
import type { EngineError } from "../../engine/errors.ts";
import { startPool, type Shared } from "../support/poolPair.ts";

/** Runs `call` on both sides, again and again on the pool, as threads take other parts each time: bit for bit the same. */
function checkSame(
  { bench, alone, jobs }: Shared,
  what: string,
  call: (b: Bench) => number[],
): void {
  const expected = call(alone);
  alone.reset();
  const before = jobs();
  for (let i = 0; i < 2; i++) {
    const actual = call(bench);
    bench.reset();
    const at = actual.findIndex((x, j) => !Object.is(x, expected[j]));
    assert.equal(at, -1, `${what}: [${at}] is ${actual[at]}, alone ${expected[at]}`);
  }
  assert.ok(jobs() >= before + 2, `${what} was not shared`);
}

const conv = (words: Partial<Record<(typeof CONV_GEOMETRY)[number], number>>): number[] => {
  const w: Record<string, number> = { batch: 1, inD: 1, kD: 1, kH: 1, kW: 1, strideD: 1, strideH: 1, strideW: 1, padD: 0, padH: 0, padW: 0, dilationD: 1, dilationH: 1, dilationW: 1, groups: 1, outD: 1, ...words }; // prettier-ignore
  const length = (n: string): number =>
    Math.floor((w[`in${n}`]! + 2 * w[`pad${n}`]! - w[`dilation${n}`]! * (w[`k${n}`]! - 1) - 1) / w[`stride${n}`]!) + 1; // prettier-ignore
  for (const n of ["H", "W"]) w[`out${n}`] = length(n);
  return CONV_GEOMETRY.map((name) => w[name]!);
};

const CONVOLUTIONS: Readonly<Record<string, number[]>> = {
  "3×3": conv({ batch: 3, inChannels: 13, inH: 29, inW: 31, outChannels: 19, kH: 3, kW: 3, padH: 1, padW: 1 }), // prettier-ignore
  "few positions": conv({ batch: 2, inChannels: 96, inH: 4, inW: 4, outChannels: 130, kH: 3, kW: 3, padH: 1, padW: 1 }), // prettier-ignore
  "images in parts": conv({ batch: 6, inChannels: 24, inH: 9, inW: 9, outChannels: 40, kH: 3, kW: 3, padH: 1, padW: 1 }), // prettier-ignore
  "tiles over images": conv({ batch: 7, inChannels: 66, inH: 3, inW: 3, outChannels: 70, kH: 3, kW: 3, padH: 1, padW: 1 }), // prettier-ignore
  strided: conv({ batch: 4, inChannels: 17, inH: 33, inW: 30, outChannels: 40, kH: 3, kW: 3, padH: 1, padW: 1, strideH: 2, strideW: 2 }), // prettier-ignore
  "1×1": conv({ batch: 2, inChannels: 40, inH: 23, inW: 21, outChannels: 50 }),
  groups: conv({ batch: 2, inChannels: 32, inH: 30, inW: 31, outChannels: 64, groups: 4, kH: 3, kW: 3, padH: 1, padW: 1, dilationH: 2 }), // prettier-ignore
  "thin groups": conv({ batch: 2, inChannels: 40, inH: 30, inW: 31, outChannels: 40, groups: 10, kH: 3, kW: 3, padH: 1, padW: 1 }), // prettier-ignore
  depthwise: conv({ batch: 5, inChannels: 70, inH: 30, inW: 31, outChannels: 70, groups: 70, kH: 3, kW: 3, padH: 1, padW: 1, strideW: 2 }), // prettier-ignore
};

const product = (words: readonly number[], names: readonly string[]): number =>
  names.reduce((n, name) => n * words[CONV_GEOMETRY.indexOf(name as "batch")]!, 1);

function checkAll(shared: Shared): void {
  const values = (n: number, seed = 1): Float64Array => numbers(n, seed, 3);
  const same = (what: string, call: (b: Bench) => number[]): void => checkSame(shared, what, call);

  for (const t of [0, 1])
    for (const transA of [0, 1])
      for (const transB of [0, 1])
        for (const [m, n, k, batch] of [
          [131, 203, 97, 1],
          [7, 901, 300, 1],
          [1, 2050, 700, 1],
          [700, 33, 60, 1],
          [60, 61, 62, 9],
        ] as const) {
          const [lda, ldb] = [transA ? m : k, transB ? k : n];
          same(`matmul ${JSON.stringify({ t, m, n, k, batch, transA, transB })}`, (b) => {
            const out = b.tensor(t, m * n * batch);
            const [x, y] = [
              b.tensor(t, values(m * k * batch)),
              b.tensor(t, values(k * n * batch, 2)),
            ];
            b.kernels.matmul(t, out, x, y, m, n, k, transA, transB, lda, ldb, n, batch, m * k, k * n, m * n, 0); // prettier-ignore
            return b.read(t, out, m * n * batch);
          });
        }

  for (const [name, words] of Object.entries(CONVOLUTIONS)) {
    const x = product(words, ["batch", "inChannels", "inD", "inH", "inW"]);
    const y = product(words, ["batch", "outChannels", "outD", "outH", "outW"]);
    const w =
      product(words, ["outChannels", "inChannels", "kD", "kH", "kW"]) / product(words, ["groups"]);
    for (const t of [0, 1])
      for (const [kernel, out, a, c] of [
        ["conv", y, x, w],
        ["convGradInput", x, y, w],
        ["convGradWeight", w, y, x],
      ] as const)
        same(`${kernel} ${name} ${t}`, (b) => {
          const place = b.tensor(t, out);
          b.kernels[kernel](
            t,
            place,
            b.tensor(t, values(a)),
            b.tensor(t, values(c, 2)),
            b.ints(...words),
          );
          return b.read(t, place, out);
        });
  }

  const n = 143_003;
  for (const t of [0, 1]) {
    const x = values(n);
    for (const op of ["exp", "tanh", "relu", "geluErf", "lgamma"] as const)
      same(`${op} ${t}`, (b) => {
        const out = b.tensor(t, n);
        b.kernels.unary(t, UNARY.indexOf(op), out, b.tensor(t, x), n);
        return b.read(t, out, n);
      });
    for (const [op, act] of ACT_GRAD.entries())
      same(`gradient of ${act} ${t}`, (b) => {
        const out = b.tensor(t, n);
        b.kernels.actGrad(t, op, out, b.tensor(t, values(n, 2)), b.tensor(t, x), n);
        return b.read(t, out, n);
      });
    same(`axpy ${t}`, (b) => {
      const y = b.tensor(t, values(n, 2));
      b.kernels.axpy(t, y, b.tensor(t, x), n, 0.3);
      return b.read(t, y, n);
    });
    for (const [shape, a, c] of [
      [[n], [1], [1]],
      [[n], [1], [0]],
      [
        [291, 489],
        [489, 1],
        [0, 1],
      ],
      [
        [291, 489],
        [1, 291],
        [1, 0],
      ],
      [
        [21, 70, 97],
        [6790, 97, 1],
        [0, 1, 0],
      ],
    ] as const) {
      const size = shape.reduce((p, q) => p * q, 1);
      for (const op of ["add", "mul", "pow"] as const)
        same(`${op} ${JSON.stringify(shape)} ${t}`, (b) => {
          const out = b.tensor(t, size);
          const lay = b.layout(shape, a, c);
          b.kernels.binary(
            t,
            BINARY.indexOf(op),
            out,
            b.tensor(t, x),
            b.tensor(t, values(n, 2)),
            lay,
          );
          return b.read(t, out, size);
        });
      same(`compare ${JSON.stringify(shape)} ${t}`, (b) => {
        const out = b.tensor(0, size);
        b.kernels.compare(
          t,
          2,
          out,
          b.tensor(t, x),
          b.tensor(t, values(n, 2)),
          b.layout(shape, a, c),
        );
        return b.read(0, out, size);
      });
      same(`where ${JSON.stringify(shape)} ${t}`, (b) => {
        const [out, cond] = [
          b.tensor(t, size),
          b.tensor(
            0,
            values(n, 3).map((v) => Number(v > 0)),
          ),
        ];
        b.kernels.where(
          t,
          out,
          cond,
          b.tensor(t, x),
          b.tensor(t, values(n, 2)),
          b.layout(shape, a, a, c),
        );
        return b.read(t, out, size);
      });
      same(`gatherStrided ${JSON.stringify(shape)} ${t}`, (b) => {
        const out = b.tensor(t, size);
        b.kernels.gatherStrided(t, out, b.tensor(t, x), b.layout(shape, a));
        return b.read(t, out, size);
      });
    }
    for (const [outer, length, inner] of [
      [1, 289, 489],
      [289, 489, 1],
      [5, 71, 401],
    ] as const) {
      const size = outer * length * inner;
      for (const op of REDUCE.keys())
        same(`${REDUCE[op]} ${outer},${length},${inner} ${t}`, (b) => {
          const out = b.tensor(t, outer * inner);
          b.kernels.reduce(t, op, out, b.tensor(t, x), outer, length, inner);
          return b.read(t, out, outer * inner);
        });
      if (outer === 1) continue;
      for (const log of [0, 1]) {
        same(`softmax ${outer},${length},${inner} ${t} ${log}`, (b) => {
          const out = b.tensor(t, size);
          b.kernels.softmax(t, out, b.tensor(t, x), outer, length, inner, log);
          return b.read(t, out, size);
        });
        same(`softmaxGrad ${outer},${length},${inner} ${t} ${log}`, (b) => {
          const out = b.tensor(t, size);
          b.kernels.softmaxGrad(t, out, b.tensor(t, values(n, 2)), b.tensor(t, x), outer, length, inner, log); // prettier-ignore
          return b.read(t, out, size);
        });
      }
    }
    for (const [A, B, C] of [
      [1, 289, 489],
      [289, 487, 1],
      [6, 65, 360],
    ] as const) {
      const size = A * B * C;
      const statistics = (b: Bench): [mean: number, variance: number, rstd: number] => [
        b.tensor(1, values(B, 5)),
        b.tensor(1, B),
        b.tensor(1, values(B, 6)),
      ];
      same(`moments ${A},${B},${C} ${t}`, (b) => {
        const [mean, variance, rstd] = statistics(b);
        b.kernels.moments(t, mean, variance, rstd, b.tensor(t, x), A, B, C, 1e-5);
        return [mean, variance, rstd].flatMap((p) => b.read(1, p, B));
      });
      // One factor for each b, as a batch has them, and one for each c, as layers have.
      const [rows, width] = C === 1 ? [A, B] : [A * B, C];
      for (const sizes of [
        [A, B, C, B, C],
        [1, rows, width, width, 1],
      ] as [number, number, number, number, number][]) {
        const W = sizes[3];
        const means = (b: Bench): [number, number] => [
          b.tensor(1, values(sizes[1], 5)),
          b.tensor(1, values(sizes[1], 6)),
        ];
        same(`standardize ${sizes.join()} ${t}`, (b) => {
          const [mean, rstd] = means(b);
          const out = b.tensor(t, size);
          const [w, shift] = [b.tensor(t, values(W, 7)), b.tensor(t, values(W, 8))];
          b.kernels.standardize(t, out, b.tensor(t, x), mean, rstd, w, shift, ...sizes);
          return b.read(t, out, size);
        });
        same(`standardizeGrad ${sizes.join()} ${t}`, (b) => {
          const [mean, rstd] = means(b);
          const [out, sums] = [b.tensor(t, size), b.tensor(1, 2 * W)];
          const [ct, w] = [b.tensor(t, values(n, 2)), b.tensor(t, values(W, 7))];
          const given = b.tensor(t, x);
          b.kernels.standardizeSums(t, sums, ct, given, mean, rstd, ...sizes);
          b.kernels.standardizeGrad(
            t,
            out,
            ct,
            given,
            mean,
            rstd,
            w,
            sizes[1] === W ? sums : 0,
            ...sizes,
          );
          return [...b.read(t, out, size), ...b.read(1, sums, 2 * W)];
        });
      }
      for (const shift of [false, true])
        same(`affine ${A},${B},${C} ${t}`, (b) => {
          const out = b.tensor(t, size);
          const by = shift ? b.tensor(t, values(B, 7)) : 0;
          b.kernels.affine(t, out, b.tensor(t, x), b.tensor(t, values(B, 8)), by, A, B, C);
          return b.read(t, out, size);
        });
    }
    const window: Readonly<Record<string, number>> = { planes: 31, inD: 1, inH: 50, inW: 60, kD: 1, kH: 3, kW: 3, strideD: 1, strideH: 2, strideW: 2, padD: 0, padH: 1, padW: 1, dilationD: 1, dilationH: 1, dilationW: 1, outD: 1, outH: 25, outW: 30 }; // prettier-ignore
    const geometry = POOL_GEOMETRY.map((name) => window[name]!);
    const [input, output] = [31 * 50 * 60, 31 * 25 * 30];
    same(`maxPool ${t}`, (b) => {
      const [out, idx] = [b.tensor(t, output), b.tensor(1, output)];
      b.kernels.maxPool(t, out, idx, b.tensor(t, x), b.ints(...geometry));
      return [...b.read(t, out, output), ...b.read(1, idx, output)];
    });
    same(`avgPool ${t}`, (b) => {
      const out = b.tensor(t, output);
      b.kernels.avgPool(t, out, b.tensor(t, x), b.ints(...geometry), 1, 0);
      return b.read(t, out, output);
    });
    same(`avgPoolGrad ${t}`, (b) => {
      const out = b.tensor(t, input);
      b.kernels.avgPoolGrad(t, out, b.tensor(t, x), b.ints(...geometry), 0, 0);
      return b.read(t, out, input);
    });
    for (const mode of RECURRENCE)
      same(`recurrent ${mode} ${t}`, (b) => {
        const layer = { t, mode, steps: 24, n: 13, width: 65, reverse: 1 };
        return runRecurrent(b, layer, [13]);
      });
    same(`fill ${t}`, (b) => {
      const out = b.tensor(t, n);
      b.kernels.fill(t, out, n, 1.5);
      return b.read(t, out, n);
    });
    same(`cast ${t}`, (b) => {
      const out = b.tensor(1 - t, n);
      b.kernels.cast(1 - t, t, 0, out, b.tensor(t, x), n);
      return b.read(1 - t, out, n);
    });
    for (const add of [0, 1])
      same(`scatterStrided ${t}, add ${add}`, (b) => {
        const out = b.tensor(t, [...x, ...x]);
        b.kernels.scatterStrided(t, out, b.tensor(t, x), b.layout([70_000, 2], [4, 1]), add);
        return b.read(t, out, 2 * n);
      });
    const special = x.map((v, i) => [v, NaN, 0, 1e-40, Infinity, 7e4, 1e-9][i % 97] ?? v);
    for (const numbers of [x, special])
      same(`stats ${t}`, (b) => {
        const out = b.tensor(1, STATS.length + EXPONENT_BINS);
        b.kernels.stats(t, out, b.tensor(t, numbers), n);
        return b.read(1, out, STATS.length + EXPONENT_BINS);
      });
  }
}

/** Products for whose working space, the calling thread's or a helper's, memory has no more room than for float32's. */
function checkRefused({ bench, alone }: Shared): void {
  const n = 300;
  const product = (b: Bench, t: number): number[] => {
    const [out, x, y] = [1, 2, 3].map((seed) => b.tensor(t, numbers(n * n, seed)));
    b.kernels.matmul(t, out!, x!, y!, n, n, n, 0, 0, n, n, n, 1, 0, 0, 0, 0);
    return b.read(t, out!, n * n);
  };
  const expected = product(alone, 1);
  alone.reset();
  product(bench, 0);
  bench.reset();
  const { heap } = bench;
  const operands = 3 * (8 * n * n + 64);
  for (let room = 0; room < 2 ** 21; room += 2 ** 17)
    for (let i = 0; i < 2; i++) {
      heap.limit = heap.live + operands + room;
      try {
        product(bench, 1);
      } catch (e) {
        assert.equal((e as EngineError).code, "memory", String(e));
      }
      bench.reset();
    }
  heap.limit = Infinity;
  assert.deepEqual(product(bench, 1), expected);
  bench.reset();
}

describe("kernels: threads", () => {
  for (const [i, alone] of wasmBenches.entries()) {
    const helpers = 1 + 2 * i;
    it(`${alone.name}: ${helpers} helpers and none give the same bits`, async () => {
      const shared = await startPool(alone, helpers);
      try {
        checkRefused(shared);
        checkAll(shared);
      } finally {
        await shared.stop();
      }
    });
  }
});
