import { CONV_GEOMETRY } from "../../engine/kernels/kernels.ts";
import { EXACT, SIZES, checkAgree, numbers } from "../support/kernelPair.ts";

/** Sums of k products of numbers in -1..1: f32 by blocks. */
const tolerance = (t: number, k: number): { rel: number; abs: number } =>
  t === 0 ? { rel: 1e-6, abs: 6e-7 * Math.sqrt(k + 1) } : { rel: 1e-13, abs: 1e-14 * (k + 1) };

interface Product {
  readonly t: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: number;
  readonly transB: number;
  readonly beta?: number;
  readonly batch?: number;
  /** Columns beyond the row's end, in A, B and C. */
  readonly gap?: number;
  /** Bit 0: A shared by the batch; bit 1: B. */
  readonly shared?: number;
}

function checkProduct(p: Product): void {
  const { t, m, n, k, transA, transB, beta = 0, batch = 1, gap = 0, shared = 0 } = p;
  const lda = (transA ? m : k) + gap;
  const ldb = (transB ? k : n) + gap;
  const ldc = n + gap;
  const sizeA = (transA ? k : m) * lda;
  const sizeB = (transB ? n : k) * ldb;
  const sizeC = m * ldc;
  const A = numbers(sizeA * batch, 1);
  const B = numbers(sizeB * batch, 2);
  const C = numbers(sizeC * batch + 1, 3);
  checkAgree(JSON.stringify(p), tolerance(t, k), (b) => {
    const out = b.tensor(t, C);
    b.kernels.matmul(
      t, out, b.tensor(t, A), b.tensor(t, B), m, n, k, transA, transB, lda, ldb, ldc, batch,
      shared & 1 ? 0 : sizeA, shared & 2 ? 0 : sizeB, sizeC, beta,
    ); // prettier-ignore
    return b.read(t, out, C.length);
  });
}

describe("kernels: matmul", () => {
  for (const t of [0, 1])
    it(`all small sizes and transposes, type ${t}`, () => {
      for (const transA of [0, 1])
        for (const transB of [0, 1])
          for (const m of SIZES)
            for (const n of SIZES)
              for (const k of SIZES)
                checkProduct({ t, m, n, k, transA, transB, beta: (m + n + k) % 2, gap: m % 3 });
    });

  it("packed sizes around the block borders, all transposes", () => {
    for (const [m, n, k] of [
      [33, 40, 41],
      [97, 70, 257],
      [13, 520, 70],
      [100, 9, 300],
      [7, 6, 2000],
    ] as const)
      for (const transA of [0, 1])
        for (const transB of [0, 1])
          for (const t of [0, 1])
            checkProduct({ t, m, n, k, transA, transB, beta: transA, gap: transB });
  });

  it("batches, shared operands, and vectors", () => {
    for (const t of [0, 1]) {
      for (const shared of [0, 1, 2, 3])
        checkProduct({ t, m: 5, n: 7, k: 6, transA: 0, transB: 1, batch: 3, shared });
      checkProduct({ t, m: 40, n: 33, k: 48, transA: 0, transB: 0, batch: 2, shared: 2 });
      for (const transA of [0, 1])
        for (const transB of [0, 1]) {
          checkProduct({ t, m: 1, n: 301, k: 50, transA, transB });
          checkProduct({ t, m: 301, n: 1, k: 50, transA, transB });
          checkProduct({ t, m: 45, n: 50, k: 1, transA, transB });
        }
    }
  });

  it("a product repeats its bits", () => {
    const A = numbers(128 * 128, 5);
    checkAgree("bits", tolerance(0, 128), (b) => {
      const [x, out] = [b.tensor(0, A), b.tensor(0, 128 * 128)];
      const run = (): number[] => {
        b.kernels.matmul(0, out, x, x, 128, 128, 128, 0, 1, 128, 128, 128, 1, 0, 0, 0, 0);
        return b.read(0, out, 128 * 128);
      };
      const first = run();
      return run().map((v, i) => (Object.is(v, first[i]) ? v : NaN));
    });
  });

  it("axpy", () => {
    for (const t of [0, 1])
      for (const n of [...SIZES, 1003])
        checkAgree(`n = ${n}`, tolerance(t, n), (b) => {
          const [x, y] = [b.tensor(t, numbers(n, 1)), b.tensor(t, numbers(n + 1, 2))];
          b.kernels.axpy(t, y, x, n, 0.3);
          return b.read(t, y, n + 1);
        });
  });
});

describe("kernels: neighbouring rows", () => {
  it("differ as the reference says, rows apart or not", () => {
    for (const t of [0, 1])
      for (const n of [...SIZES.filter((size) => size > 0), 1003])
        for (const [rows, step] of [
          [2, n],
          [4, n + 3],
          [3, 1],
        ] as const)
          // prettier-ignore
          checkAgree(`${rows} rows of ${n}, ${step} apart`, { rel: 1e-13, abs: 0 }, (b) => {
            const x = b.tensor(t, numbers((rows - 1) * step + n, n + rows));
            return [b.kernels.neighbours(t, x, rows, n, step)];
          });
  });

  it("alike 0, opposite 2, NaN where both are zero", () => {
    for (const [rows, expected] of [
      [[3, 4, 3, 4], 0],
      [[3, 4, -3, -4], 2],
      [[0, 0, 0, 0], NaN],
    ] as const)
      // prettier-ignore
      checkAgree(rows.join(), EXACT, (b) => [
        b.kernels.neighbours(0, b.tensor(0, rows), 2, 2, 2) - expected,
      ]);
  });
});

type Axis = readonly [length: number, k: number, stride: number, pad: number, dilation: number];
const NONE: Axis = [1, 1, 1, 0, 1];

/** Geometry words, sizes of input, output and weight; axes D, H, W. */
function geometry(
  batch: number,
  inC: number,
  outC: number,
  groups: number,
  axes: readonly [Axis, Axis, Axis],
) {
  const out = axes.map(
    ([length, k, stride, pad, dil]) =>
      Math.floor((length + 2 * pad - dil * (k - 1) - 1) / stride) + 1,
  );
  const column = (i: 0 | 1 | 2 | 3 | 4): number[] => axes.map((a) => a[i]);
  const words = [
    ...[batch, inC, ...column(0), outC],
    ...[...column(1), ...column(2), ...column(3), ...column(4)],
    ...[groups, ...out],
  ];
  const product = (values: number[]): number => values.reduce((a, b) => a * b, 1);
  if (words.length !== CONV_GEOMETRY.length) throw new Error("geometry words");
  return {
    words,
    inSize: batch * inC * product(column(0)),
    outSize: batch * outC * product(out),
    wSize: (outC * inC * product(column(1))) / groups,
    colSize: batch * inC * product(column(1)) * product(out),
    label: `batch ${batch}, ${inC}→${outC}, groups ${groups}, axes ${axes.map((a) => a.join("/")).join(" ")}`,
  };
}

/** infiniteAt: places of the input and of the cotangent that are infinite. */
function checkConv(
  g: ReturnType<typeof geometry>,
  types: readonly number[] = [0, 1],
  infiniteAt: readonly number[] = [],
): void {
  const [x, w, ct] = [numbers(g.inSize, 1), numbers(g.wSize, 2), numbers(g.outSize, 3)];
  for (const i of infiniteAt) x[i] = ct[i] = Infinity;
  for (const t of types) {
    const near = tolerance(t, 2000);
    checkAgree(`conv, ${g.label}`, near, (b) => {
      const out = b.tensor(t, g.outSize + 1);
      b.kernels.conv(t, out, b.tensor(t, x), b.tensor(t, w), b.ints(...g.words));
      return b.read(t, out, g.outSize + 1);
    });
    checkAgree(`gradient of input, ${g.label}`, near, (b) => {
      const out = b.tensor(t, g.inSize + 1);
      b.kernels.convGradInput(t, out, b.tensor(t, ct), b.tensor(t, w), b.ints(...g.words));
      return b.read(t, out, g.inSize + 1);
    });
    checkAgree(`gradient of weight, ${g.label}`, tolerance(t, 20000), (b) => {
      const out = b.tensor(t, g.wSize + 1);
      b.kernels.convGradWeight(t, out, b.tensor(t, ct), b.tensor(t, x), b.ints(...g.words));
      return b.read(t, out, g.wSize + 1);
    });
  }
}

describe("kernels: convolution", () => {
  it("one axis: stride, padding, dilation", () => {
    for (const stride of [1, 2, 3])
      for (const pad of [0, 1, 4])
        for (const dilation of [1, 2])
          checkConv(geometry(2, 3, 5, 1, [NONE, NONE, [17, 3, stride, pad, dilation]]));
  });

  it("two axes: kernels 1, 3, 5, 7 and even ones, odd sizes, uneven strides", () => {
    for (const k of [1, 2, 3, 5, 7])
      for (const stride of [1, 2])
        for (const pad of [0, Math.floor(k / 2)])
          checkConv(geometry(2, 4, 7, 1, [NONE, [9, k, stride, pad, 1], [11, k, stride, pad, 1]]));
    checkConv(geometry(1, 3, 4, 1, [NONE, [12, 3, 2, 1, 2], [7, 5, 1, 3, 1]]));
    checkConv(geometry(3, 2, 3, 1, [NONE, [5, 1, 1, 2, 1], [6, 1, 1, 2, 1]])); // more padding than kernel
    checkConv(geometry(1, 3, 4, 1, [NONE, [4, 4, 4, 0, 1], [10, 4, 4, 0, 1]])); // patches, with a rest that no window reaches
  });

  it("three axes", () => {
    checkConv(
      geometry(2, 3, 4, 1, [
        [5, 3, 1, 1, 1],
        [6, 3, 1, 1, 1],
        [7, 3, 1, 1, 1],
      ]),
    );
    checkConv(
      geometry(2, 3, 4, 1, [
        [6, 2, 2, 1, 1],
        [5, 3, 2, 0, 2],
        [9, 3, 1, 1, 1],
      ]),
    );
  });

  it("groups: some, depthwise, depthwise with a multiplier", () => {
    for (const stride of [1, 2])
      for (const [inC, outC, groups] of [
        [6, 9, 3],
        [6, 6, 6],
        [3, 6, 3],
        [2, 24, 2],
        [8, 4, 2],
      ] as const)
        checkConv(
          geometry(2, inC, outC, groups, [NONE, [9, 3, stride, 1, 1], [10, 3, stride, 1, 1]]),
        );
  });

  it("groups of few channels: widths around a vector's, kernels, borders, dilations, volumes", () => {
    for (const width of [5, 6, 7, 8, 9, 13, 40])
      for (const [k, stride, pad, dilation] of [
        [3, 1, 1, 1],
        [1, 1, 0, 1],
        [2, 1, 1, 2],
        [5, 1, 0, 1],
      ] as const)
        for (const down of [1, 2])
          checkConv(
            geometry(2, 6, 15, 3, [
              NONE,
              [14, k, down, pad, dilation],
              [width, k, stride, pad, dilation],
            ]),
          );
    checkConv(geometry(1, 8, 72, 2, [[4, 3, 1, 1, 1], [6, 3, 1, 1, 1], [17, 3, 1, 1, 1]])); // prettier-ignore
    checkConv(geometry(3, 64, 64, 2, [NONE, [9, 3, 1, 1, 1], [11, 3, 1, 1, 1]]), [0]);
  });

  it("planes: strides and borders of depthwise convolutions", () => {
    for (const [k, stride, pad, dilation] of [
      [3, 1, 1, 1],
      [3, 2, 1, 1],
      [5, 2, 2, 1],
      [4, 2, 0, 1],
      [3, 3, 2, 2],
      [7, 1, 3, 1],
      [1, 2, 0, 1],
      [2, 4, 0, 1],
      [3, 1, 4, 1],
      [17, 1, 8, 1],
    ] as const)
      for (const width of [19, 37])
        for (const outC of [3, 6])
          checkConv(
            geometry(2, 3, outC, 3, [
              NONE,
              [18, k, stride, pad, dilation],
              [width, k, stride, pad, dilation],
            ]),
          );
    checkConv(geometry(2, 3, 3, 3, [NONE, [21, 3, 1, 0, 1], [40, 5, 2, 1, 1]]));
    checkConv(geometry(2, 3, 3, 3, [NONE, NONE, [70, 4, 1, 3, 2]]));
  });

  it("planes of 3×3 taps: rows of one vector and more, few rows, many rows", () => {
    for (const width of [2, 3, 4, 5, 7, 8, 9, 14])
      for (const height of [1, 2, 3, 8])
        for (const outC of [3, 6])
          checkConv(geometry(2, 3, outC, 3, [NONE, [height, 3, 1, 1, 1], [width, 3, 1, 1, 1]]));
    checkConv(geometry(1, 2, 2, 2, [NONE, [300, 3, 1, 1, 1], [30, 3, 1, 1, 1]]));
    checkConv(geometry(1, 2, 2, 2, [NONE, [9, 3, 1, 1, 1], [300, 3, 1, 1, 1]]));
  });

  it("planes of 3×3 taps: infinite numbers stay with their neighbours", () => {
    for (const at of [17, 18, 39, 40])
      // ends and starts of rows and of planes
      checkConv(geometry(1, 2, 2, 2, [NONE, [4, 3, 1, 1, 1], [10, 3, 1, 1, 1]]), [0, 1], [at]);
  });

  it("blocks: many positions, many images of few positions, many channels", () => {
    checkConv(geometry(1, 3, 8, 1, [NONE, [40, 3, 1, 1, 1], [41, 3, 1, 1, 1]]), [0]);
    checkConv(geometry(9, 40, 30, 1, [NONE, [2, 3, 1, 1, 1], [2, 3, 1, 1, 1]]), [0, 1]);
    checkConv(geometry(5, 70, 101, 1, [NONE, [4, 3, 2, 1, 1], [4, 3, 2, 1, 1]]), [0]);
    checkConv(geometry(2, 33, 20, 1, [NONE, [24, 1, 1, 0, 1], [25, 1, 1, 0, 1]]), [0]);
    checkConv(geometry(1, 2, 3, 1, [NONE, [30, 7, 2, 3, 1], [30, 7, 2, 3, 1]]), [0]);
    checkConv(
      geometry(1, 2, 4, 1, [
        [10, 3, 1, 1, 1],
        [9, 3, 1, 1, 1],
        [9, 3, 1, 1, 1],
      ]),
      [0],
    );
    checkConv(geometry(1, 3, 5, 1, [NONE, [28, 19, 1, 9, 1], [28, 19, 1, 9, 1]]), [0]);
  });

  it("no images at all", () => {
    checkConv(geometry(0, 3, 4, 1, [NONE, [5, 3, 1, 1, 1], [5, 3, 1, 1, 1]]));
  });

  it("im2col and col2im are each other's transposes", () => {
    for (const g of [
      geometry(2, 3, 3, 1, [NONE, [7, 3, 2, 1, 1], [8, 2, 1, 1, 2]]),
      geometry(1, 2, 2, 1, [
        [4, 2, 1, 1, 1],
        [5, 3, 2, 0, 1],
        [6, 3, 1, 1, 1],
      ]),
    ])
      for (const t of [0, 1]) {
        checkAgree("im2col", tolerance(t, 1), (b) => {
          const out = b.tensor(t, g.colSize + 1);
          b.kernels.im2col(t, out, b.tensor(t, numbers(g.inSize, 1)), b.ints(...g.words));
          return b.read(t, out, g.colSize + 1);
        });
        checkAgree("col2im", tolerance(t, 30), (b) => {
          const out = b.tensor(t, g.inSize + 1);
          b.kernels.col2im(t, out, b.tensor(t, numbers(g.colSize, 2)), b.ints(...g.words));
          return b.read(t, out, g.inSize + 1);
        });
      }
  });
});
