import { ACT_GRAD, BINARY, CAST, COMPARE, UNARY, type Kernels } from "../kernels.ts";
import { type Access, extent, forEachElement } from "./access.ts";
import {
  actGradFormulas,
  binaryFormulas,
  compareFormulas,
  roundHalfEven,
  unaryFormulas,
} from "./scalar.ts";

type Names =
  | "fill" | "arange" | "unary" | "binary" | "compare" | "where" | "gatherStrided" | "scatterStrided" | "cast" | "actGrad"
  | "affine" | "axpy"; // prettier-ignore

/** x rounded to `bits` significand bits, ties to even, spaced as subnormals below 2^minExponent; ±inf from `overflow` on. */
function roundToFormat(x: number, bits: number, minExponent: number, overflow: number): number {
  const a = Math.abs(x);
  if (!(a < overflow)) return Number.isNaN(x) ? x : Math.sign(x) * Infinity;
  if (a === 0) return x;
  let exponent = Math.max(Math.floor(Math.log2(a)), minExponent);
  if (2 ** exponent > a && exponent > minExponent) exponent--; // log2 rounds up just below a power of two
  const unit = 2 ** (exponent - bits + 1);
  return roundHalfEven(x / unit) * unit || x * 0;
}

/** Two's complement of the low `bits` bits; values beyond int64, NaN and ±inf count as −2⁶³, as x86 converts them. */
function wrap(x: number, bits: number, signed: boolean): number {
  const whole = Math.abs(x) < 2 ** 63 ? Math.trunc(x) : -(2 ** 63);
  if (bits === 64) return whole + 0;
  const range = 2 ** bits;
  const low = ((whole % range) + range) % range;
  return signed && low >= range / 2 ? low - range : low;
}

/** float64 reaches float16 and bfloat16 by way of float32, as in PyTorch. */
const castFormulas: { readonly [M in (typeof CAST)[number]]: (x: number) => number } = {
  plain: (x) => x,
  toInt64: (x) => wrap(x, 64, true),
  toInt32: (x) => wrap(x, 32, true),
  toInt16: (x) => wrap(x, 16, true),
  toInt8: (x) => wrap(x, 8, true),
  toUint8: (x) => wrap(x, 8, false),
  toBool: (x) => (x !== 0 ? 1 : 0),
  toFloat16: (x) => roundToFormat(Math.fround(x), 11, -14, 65520),
  toBfloat16: (x) => roundToFormat(Math.fround(x), 8, -126, 2 ** 128 - 2 ** 119),
};

/** Kernels that go element by element. */
export function elementwise(mem: Access): Pick<Kernels, Names> {
  return {
    fill: (t, out, n, value) => void mem.at(t, out, n).fill(value),
    arange(t, out, n, start, step) {
      const y = mem.at(t, out, n);
      for (let i = 0; i < n; i++) y[i] = start + i * step;
    },
    unary(t, op, out, x, n) {
      const f = unaryFormulas[UNARY[op]!];
      const [y, a] = [mem.at(t, out, n), mem.at(t, x, n)];
      for (let i = 0; i < n; i++) y[i] = f(a[i]!);
    },
    binary(t, op, out, a, b, lay) {
      const f = binaryFormulas[BINARY[op]!];
      const { shape, strides, n } = mem.layout(lay, 2);
      const y = mem.at(t, out, n);
      const u = mem.at(t, a, extent(shape, strides[0]!));
      const v = mem.at(t, b, extent(shape, strides[1]!));
      forEachElement(shape, strides, (i, at) => (y[i] = f(u[at[0]!]!, v[at[1]!]!)));
    },
    compare(t, op, out, a, b, lay) {
      const f = compareFormulas[COMPARE[op]!];
      const { shape, strides, n } = mem.layout(lay, 2);
      const y = mem.at(0, out, n);
      const u = mem.at(t, a, extent(shape, strides[0]!));
      const v = mem.at(t, b, extent(shape, strides[1]!));
      forEachElement(shape, strides, (i, at) => (y[i] = f(u[at[0]!]!, v[at[1]!]!) ? 1 : 0));
    },
    where(t, out, cond, a, b, lay) {
      const { shape, strides, n } = mem.layout(lay, 3);
      const y = mem.at(t, out, n);
      const c = mem.at(0, cond, extent(shape, strides[0]!));
      const u = mem.at(t, a, extent(shape, strides[1]!));
      const v = mem.at(t, b, extent(shape, strides[2]!));
      forEachElement(shape, strides, (i, at) => {
        y[i] = c[at[0]!] !== 0 ? u[at[1]!]! : v[at[2]!]!;
      });
    },
    gatherStrided(t, out, x, lay) {
      const { shape, strides, n } = mem.layout(lay, 1);
      const y = mem.at(t, out, n);
      const a = mem.at(t, x, extent(shape, strides[0]!));
      forEachElement(shape, strides, (i, at) => (y[i] = a[at[0]!]!));
    },
    scatterStrided(t, out, x, lay, add) {
      const { shape, strides, n } = mem.layout(lay, 1);
      const y = mem.at(t, out, extent(shape, strides[0]!));
      const a = mem.at(t, x, n);
      forEachElement(shape, strides, (i, at) => {
        const o = at[0]!;
        y[o] = add ? y[o]! + a[i]! : a[i]!;
      });
    },
    cast(tOut, tIn, mode, out, x, n) {
      const f = castFormulas[CAST[mode]!];
      const y = mem.at(tOut, out, n);
      const a = mem.at(tIn, x, n);
      for (let i = 0; i < n; i++) y[i] = f(a[i]!);
    },
    actGrad(t, op, out, ct, x, n) {
      const name = ACT_GRAD[op]!;
      const f = actGradFormulas[name];
      const [y, c, a] = [mem.at(t, out, n), mem.at(t, ct, n), mem.at(t, x, n)];
      for (let i = 0; i < n; i++) {
        const d = f(a[i]!);
        y[i] = name === "relu" ? (d ? c[i]! : 0) : c[i]! * d;
      }
    },
    affine(t, out, x, scale, shift, A, B, C) {
      const n = A * B * C;
      const [y, a] = [mem.at(t, out, n), mem.at(t, x, n)];
      const s = scale ? mem.at(t, scale, B) : undefined;
      const h = shift ? mem.at(t, shift, B) : undefined;
      for (let i = 0; i < n; i++) {
        const b = Math.floor(i / C) % B;
        y[i] = a[i]! * (s ? s[b]! : 1) + (h ? h[b]! : 0);
      }
    },
    axpy(t, y, x, n, alpha) {
      const [u, v] = [mem.at(t, y, n), mem.at(t, x, n)];
      for (let i = 0; i < n; i++) u[i] = u[i]! + alpha * v[i]!;
    },
  };
}
