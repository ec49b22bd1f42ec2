import type { ACT_GRAD, BinaryOp, CompareOp, ReduceOp, UnaryOp } from "../kernels.ts";
import { digamma, erf, erfc, erfinv, lgamma } from "./special.ts";

/** Formulas of the elementwise kernels, one number at a time, in f64. */

const flag = (fact: boolean): number => (fact ? 1 : 0);

/** log(1 + eˣ) without overflow: max(x, 0) + log1p(e^{−|x|}). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** Φ(x) = erfc(−x/√2) / 2, with relative accuracy in the left tail. */
const normalCdf = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);

const GELU_K = Math.sqrt(2 / Math.PI);
/** ½(1 + tanh u) = sigmoid(2u), u = √(2/π)(x + 0.044715 x³). */
const geluGate = (x: number): number => sigmoid(2 * GELU_K * (x + 0.044715 * x * x * x));

/** x·gate, where −∞·0 is meant to be −0. */
const gated = (x: number, gate: number): number => (x === -Infinity ? -0 : x * gate);

/** Nearest integer, halves to the even one. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : floor + 1;
}

export const unaryFormulas: { readonly [O in UnaryOp]: (x: number) => number } = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: (x) => flag(x > 0) - flag(x < 0),
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  sigmoid,
  relu: (x) => (x <= 0 ? 0 : x), // NaN stays
  erf,
  erfc,
  erfinv,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  trunc: Math.trunc,
  isnan: (x) => flag(Number.isNaN(x)),
  isinf: (x) => flag(Math.abs(x) === Infinity),
  isfinite: (x) => flag(Number.isFinite(x)),
  logicalNot: (x) => flag(x === 0),
  square: (x) => x * x,
  lgamma,
  digamma,
  geluErf: (x) => gated(x, normalCdf(x)),
  geluTanh: (x) => gated(x, geluGate(x)),
  silu: (x) => gated(x, sigmoid(x)),
  softplus,
  logSigmoid: (x) => -softplus(-x),
  frac: (x) => x - Math.trunc(x),
  bitwiseNot: (x) => -x - 1,
};

/** C's pow: unlike JavaScript's, pow(1, NaN) and pow(±1, ±∞) are 1. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

/** a − b·trunc(a/b) exactly, plus b where the sign differs from b's: Python's %. */
function remainder(a: number, b: number): number {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}

/** Python's //: exact also where a/b rounds up to an integer. Source: CPython's float_divmod. */
function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b;
  const r = a % b;
  let q = (a - r) / b;
  if (r !== 0 && r < 0 !== b < 0) q -= 1;
  if (q === 0) return Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(q);
  return q - floor > 0.5 ? floor + 1 : floor;
}

function extremum(a: number, b: number, takeFirst: boolean): number {
  if (Number.isNaN(a)) return a;
  if (Number.isNaN(b)) return b;
  return takeFirst ? a : b;
}

/** As 64-bit integers, two's complement. */
function bits(a: number, b: number, f: (x: bigint, y: bigint) => bigint): number {
  return Number(BigInt.asIntN(64, f(BigInt(Math.trunc(a)), BigInt(Math.trunc(b)))));
}

function copysign(a: number, b: number): number {
  const negative = b < 0 || Object.is(b, -0);
  return negative ? -Math.abs(a) : Math.abs(a);
}

function logaddexp(a: number, b: number): number {
  if (a === b && Math.abs(a) === Infinity) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

export const binaryFormulas: { readonly [O in BinaryOp]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow,
  maximum: (a, b) => extremum(a, b, a > b),
  minimum: (a, b) => extremum(a, b, a < b),
  fmod: (a, b) => a % b,
  remainder,
  floorDivide,
  truncDivide: (a, b) => Math.trunc(a / b),
  atan2: Math.atan2,
  bitwiseAnd: (a, b) => bits(a, b, (x, y) => x & y),
  bitwiseOr: (a, b) => bits(a, b, (x, y) => x | y),
  bitwiseXor: (a, b) => bits(a, b, (x, y) => x ^ y),
  shiftLeft: (a, b) => bits(a, b, (x, y) => (y < 0n || y > 63n ? 0n : x << y)),
  shiftRight: (a, b) => bits(a, b, (x, y) => x >> (y < 0n || y > 63n ? 63n : y)),
  copysign,
  hypot: Math.hypot,
  logaddexp,
};

export const compareFormulas: { readonly [O in CompareOp]: (a: number, b: number) => boolean } = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  and: (a, b) => a !== 0 && b !== 0,
  or: (a, b) => a !== 0 || b !== 0,
  xor: (a, b) => (a !== 0) !== (b !== 0),
};

interface Fold {
  readonly start: number;
  readonly step: (sum: number, x: number) => number;
}
export const reduceFormulas: { readonly [O in ReduceOp]: Fold } = {
  sum: { start: 0, step: (s, x) => s + x },
  prod: { start: 1, step: (s, x) => s * x },
  max: { start: -Infinity, step: (s, x) => extremum(s, x, s > x) },
  min: { start: Infinity, step: (s, x) => extremum(s, x, s < x) },
  sumSquares: { start: 0, step: (s, x) => s + x * x },
  sumAbs: { start: 0, step: (s, x) => s + Math.abs(x) },
  countNonZero: { start: 0, step: (s, x) => s + flag(x !== 0) },
};

export const actGradFormulas: {
  readonly [O in (typeof ACT_GRAD)[number]]: (x: number) => number;
} = {
  relu: (x) => flag(!(x <= 0)), // NaN passes the cotangent on, as in PyTorch
  sigmoid: (y) => y * (1 - y),
  tanh: (y) => 1 - y * y,
  // Φ(x) + x φ(x)
  geluErf: (x) =>
    Math.abs(x) === Infinity
      ? flag(x > 0)
      : normalCdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  // g + x g (1 − g) 2u'
  geluTanh: (x) => {
    const g = geluGate(x);
    if (g === 0 || g === 1) return g;
    return g + x * g * (1 - g) * 2 * GELU_K * (1 + 3 * 0.044715 * x * x);
  },
  // s + x s (1 − s)
  silu: (x) => {
    const s = sigmoid(x);
    return s === 0 || s === 1 ? s : s + x * s * (1 - s);
  },
};
