import assert from "node:assert/strict";
import {
  ACT_GRAD,
  BINARY,
  CAST,
  COMPARE,
  UNARY,
  type UnaryOp,
} from "../../engine/kernels/kernels.ts";
import {
  EXACT,
  type Bench,
  type Tolerance,
  SIZES,
  SPECIAL,
  checkAgree,
  numbers,
} from "../support/kernelPair.ts";

const ULP32 = 2 ** -23;
const TYPES = [0, 1] as const;
const typeName = (t: number): string => (t === 0 ? "f32" : "f64");

/** Arguments of a sweep: special numbers, all sizes of magnitude, and a dense stretch around 0. */
const sweep = (t: number): Float64Array => {
  const values = [...SPECIAL, ...numbers(400, 1, 6), ...numbers(200, 2, 90)];
  for (let e = -44; e <= 38; e += 2) values.push(1.37 * 10 ** e, -1.37 * 10 ** e);
  return Float64Array.from(t === 0 ? values.map(Math.fround) : values);
};

/** Looser than 2 ulp only where the formula itself is ill-conditioned. */
const LOOSE: { readonly [O in UnaryOp]?: Tolerance } = {
  geluTanh: { rel: 64 * ULP32, abs: 1e-30 }, // e^{-|2u|}: the argument's rounding grows with |u|
  geluErf: { rel: 8 * ULP32, abs: 1e-37 },
  silu: { rel: 4 * ULP32, abs: 1e-37 },
  sigmoid: { rel: 4 * ULP32, abs: 1e-44 },
  erfc: { rel: 8 * ULP32, abs: 1e-37 },
  erf: { rel: 3 * ULP32, abs: 3e-45 },
  expm1: { rel: 4 * ULP32, abs: 2e-45 },
  exp: { rel: 2 * ULP32, abs: 2e-45 },
  softplus: { rel: 4 * ULP32, abs: 3e-45 },
  logSigmoid: { rel: 4 * ULP32, abs: 3e-45 },
};
const LOOSE64: { readonly [O in UnaryOp]?: Tolerance } = {
  lgamma: { rel: 2e-14, abs: 2e-13 },
  digamma: { rel: 1e-13, abs: 1e-13 },
  erfinv: { rel: 1e-12 },
  tan: { rel: 1e-12 },
  erfc: { rel: 2e-14, abs: 1e-300 },
  geluErf: { rel: 2e-14, abs: 1e-300 },
};

describe("kernels: elementwise", () => {
  for (const t of TYPES)
    for (const [op, name] of UNARY.entries())
      it(`${name} in ${typeName(t)} agrees with the formula`, () => {
        const x = sweep(t);
        const loose = t === 0 ? LOOSE[name] : LOOSE64[name];
        checkAgree(
          name,
          loose ?? { rel: t === 0 ? 2.5 * ULP32 : 2e-15, abs: t === 0 ? 2e-45 : 1e-323 },
          (b) => {
            const out = b.tensor(t, x.length);
            b.kernels.unary(t, op, out, b.tensor(t, x), x.length);
            return b.read(t, out, x.length);
          },
        );
      });

  it("unary functions give an element the same bits wherever it stands, and touch no more than n", () => {
    for (const [op, name] of UNARY.entries())
      for (const n of SIZES) {
        const x = numbers(n, 5, 3);
        checkAgree(name, { rel: 1e-5, abs: 1e-6 }, (b) => {
          const out = b.tensor(0, n + 1);
          b.kernels.unary(0, op, out, b.tensor(0, x), n);
          const y = b.read(0, out, n + 1);
          for (let i = 0; i < n; i++) {
            const one = b.tensor(0, 1);
            b.kernels.unary(0, op, one, b.tensor(0, [x[i]!]), 1);
            assert(Object.is(b.read(0, one, 1)[0], y[i]), `${name} at ${i} of ${n}`);
          }
          return y;
        });
      }
  });

  const pairs = (t: number): { a: number[]; b: number[] } => {
    const base = [...SPECIAL, ...numbers(20, 3, 9)].map((x) => (t === 0 ? Math.fround(x) : x));
    return { a: base.flatMap((x) => base.map(() => x)), b: base.flatMap(() => base) };
  };
  const INTEGER = new Set(["bitwiseAnd", "bitwiseOr", "bitwiseXor", "shiftLeft", "shiftRight"]);
  for (const t of TYPES)
    for (const [op, name] of BINARY.entries())
      it(`${name} in ${typeName(t)} agrees on all pairs of special numbers`, () => {
        const whole = (x: number): boolean => Number.isInteger(x) && Math.abs(x) < 2 ** 53;
        const all = pairs(t);
        const keep = all.a.map((x, i) => !INTEGER.has(name) || (whole(x) && whole(all.b[i]!)));
        const a = all.a.filter((_, i) => keep[i]);
        const c = all.b.filter((_, i) => keep[i]);
        const tolerance = t === 0 ? { rel: ULP32, abs: 2e-45 } : { rel: 1e-14, abs: 1e-323 };
        checkAgree(name, tolerance, (b) => {
          const out = b.tensor(t, a.length);
          b.kernels.binary(
            t,
            op,
            out,
            b.tensor(t, a),
            b.tensor(t, c),
            b.layout([a.length], [1], [1]),
          );
          return b.read(t, out, a.length);
        });
      });

  for (const t of TYPES)
    it(`comparisons in ${typeName(t)} give 0 and 1 in f32`, () => {
      const { a, b: c } = pairs(t);
      for (const [op, name] of COMPARE.entries())
        checkAgree(name, EXACT, (b) => {
          const out = b.tensor(0, a.length);
          b.kernels.compare(
            t,
            op,
            out,
            b.tensor(t, a),
            b.tensor(t, c),
            b.layout([a.length], [1], [1]),
          );
          return b.read(0, out, a.length);
        });
    });

  /** Shapes with strides of two tensors: contiguous, broadcast on either side, transposed, empty, zero-dimensional. */
  const LAYOUTS: readonly (readonly [number[], number[], number[]])[] = [
    [[], [], []],
    [[0], [1], [1]],
    [
      [3, 0],
      [0, 1],
      [0, 1],
    ],
    [[17], [1], [0]],
    [[17], [0], [1]],
    [[5], [0], [0]],
    [
      [3, 17],
      [17, 1],
      [0, 1],
    ],
    [
      [3, 5],
      [5, 1],
      [1, 0],
    ],
    [
      [4, 5],
      [1, 4],
      [5, 1],
    ],
    [
      [2, 3, 4, 5],
      [60, 20, 5, 1],
      [0, 1, 0, 0],
    ],
    [
      [2, 3, 1, 7],
      [21, 7, 7, 1],
      [1, 2, 0, 6],
    ],
    [
      [6, 3],
      [3, 2],
      [7, 2],
    ],
  ];
  for (const t of TYPES)
    it(`broadcasting in ${typeName(t)} follows the strides`, () => {
      const x = numbers(200, 7, 4);
      const y = numbers(200, 8, 4);
      for (const [shape, sa, sb] of LAYOUTS) {
        const n = shape.reduce((p, q) => p * q, 1);
        for (const op of [0, 1, 2, 3, 4, 5, 6, 8]) {
          checkAgree(`${BINARY[op]} over [${shape.join()}]`, { rel: 2e-7 }, (b) => {
            const out = b.tensor(t, n + 1);
            b.kernels.binary(t, op, out, b.tensor(t, x), b.tensor(t, y), b.layout(shape, sa, sb));
            return b.read(t, out, n + 1);
          });
          checkAgree(`${COMPARE[op]} over [${shape.join()}]`, EXACT, (b) => {
            const out = b.tensor(0, n + 1);
            b.kernels.compare(t, op, out, b.tensor(t, x), b.tensor(t, y), b.layout(shape, sa, sb));
            return b.read(0, out, n + 1);
          });
        }
        checkAgree(`where over [${shape.join()}]`, EXACT, (b) => {
          const out = b.tensor(t, n + 1);
          const c = b.tensor(0, x.map(Math.round));
          const lay = b.layout(shape, sb, sa, sb);
          b.kernels.where(t, out, c, b.tensor(t, x), b.tensor(t, y), lay);
          return b.read(t, out, n + 1);
        });
      }
    });

  it("pow with exponents 2, 3 and 0.5 on a broadcast", () => {
    const x = [...SPECIAL, ...numbers(30, 1)];
    for (const t of TYPES)
      for (const exponent of [2, 3, 0.5, -1])
        checkAgree(`pow ${exponent}`, { rel: t === 0 ? 2 * ULP32 : 1e-15, abs: 2e-45 }, (b) => {
          const out = b.tensor(t, x.length);
          const lay = b.layout([x.length], [1], [0]);
          b.kernels.binary(t, 4, out, b.tensor(t, x), b.tensor(t, [exponent]), lay);
          return b.read(t, out, x.length);
        });
  });

  for (const t of TYPES)
    it(`activations' derivatives in ${typeName(t)} agree`, () => {
      const x = sweep(t);
      const ct = numbers(x.length, 9);
      for (const [op, name] of ACT_GRAD.entries()) {
        // y = 1 - x² and y = x (1 - x) overflow for wild x, which no sigmoid or tanh returns
        const args = name === "tanh" || name === "sigmoid" ? x.map((v) => Math.tanh(v)) : x;
        const tolerance = t === 0 ? { rel: 2e-5, abs: 1e-7 } : { rel: 1e-9, abs: 1e-15 };
        checkAgree(name, tolerance, (b) => {
          const out = b.tensor(t, x.length);
          b.kernels.actGrad(t, op, out, b.tensor(t, ct), b.tensor(t, args), x.length);
          return b.read(t, out, x.length);
        });
      }
    });

  it("fill and arange", () => {
    for (const t of TYPES)
      for (const n of SIZES)
        checkAgree("fill", EXACT, (b) => {
          const out = b.tensor(t, n + 1);
          b.kernels.fill(t, out, n, 0.3);
          const y = b.read(t, out, n + 1);
          b.kernels.arange(t, out, n, -2, 0.1);
          return [...y, ...b.read(t, out, n + 1)];
        });
  });
});

describe("kernels: casts", () => {
  const castAll =
    (tOut: number, tIn: number, mode: number, x: Float64Array) =>
    (b: Bench): number[] => {
      const out = b.tensor(tOut, x.length);
      b.kernels.cast(tOut, tIn, mode, out, b.tensor(tIn, x), x.length);
      return b.read(tOut, out, x.length);
    };

  it("every mode between both types on special numbers", () => {
    const x = Float64Array.from([
      ...SPECIAL,
      ...numbers(50, 4, 400),
      1e18,
      -1e18,
      2 ** 62,
      2 ** 40 + 3,
      -(2 ** 33) - 5,
    ]);
    for (const [mode, name] of CAST.entries())
      for (const tIn of TYPES)
        for (const tOut of TYPES)
          checkAgree(
            `${name} ${typeName(tIn)} to ${typeName(tOut)}`,
            EXACT,
            castAll(tOut, tIn, mode, x),
          );
  });

  /** Value of a 16-bit pattern with `fraction` fraction bits. */
  const decode = (bits: number, fraction: number): number => {
    const exponentBits = 15 - fraction;
    const bias = 2 ** (exponentBits - 1) - 1;
    const exponent = (bits >> fraction) & (2 ** exponentBits - 1);
    const f = bits & (2 ** fraction - 1);
    const sign = bits & 0x8000 ? -1 : 1;
    if (exponent === 2 ** exponentBits - 1) return f ? NaN : sign * Infinity;
    if (exponent === 0) return sign * f * 2 ** (1 - bias - fraction);
    return sign * (1 + f / 2 ** fraction) * 2 ** (exponent - bias);
  };

  for (const [name, fraction] of [
    ["toFloat16", 10],
    ["toBfloat16", 7],
  ] as const)
    it(`${name}: all 65536 values stay, midpoints go to the even one, their neighbours to the nearer`, () => {
      const x: number[] = [];
      const expected: number[] = [];
      for (let bits = 0; bits < 65536; bits++) {
        const v = decode(bits, fraction);
        x.push(v);
        expected.push(v);
        const above = decode(bits + 1, fraction);
        if (
          (bits & 0x7fff) === 0x7fff ||
          Number.isNaN(v) ||
          Number.isNaN(above) ||
          Math.abs(v) === Infinity
        )
          continue;
        const last = Math.abs(above) === Infinity; // the largest number's upper neighbour would be one step up
        const below = decode(bits - 1, fraction);
        const middle = last ? v + (v - below) / 2 : (v + above) / 2;
        const even = bits % 2 === 0 ? v : above;
        const bump = (bits & 0x8000 ? -1 : 1) * (Math.abs(middle) * 2 ** -23 + 1e-45);
        x.push(middle, middle - bump, middle + bump);
        expected.push(even, v, above);
      }
      // a midpoint's neighbour beyond f32's range says nothing
      const keep = x.map(
        (v, i) => Number.isFinite(Math.fround(v)) || !Number.isFinite(expected[i]!),
      );
      const xs = Float64Array.from(x.filter((_, i) => keep[i]).map(Math.fround));
      const es = expected.filter((_, i) => keep[i]);
      checkAgree(name, EXACT, castAll(0, 0, CAST.indexOf(name), xs));
      checkAgree(`${name} against the table`, EXACT, (b) =>
        b.name === "reference" ? es : castAll(0, 0, CAST.indexOf(name), xs)(b),
      );
    });
});
