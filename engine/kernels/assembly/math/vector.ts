// Elementary functions on four f32 lanes, within about 2 ulp. Polynomials are minimax fits of relative error below 5e-9 made for
// these ranges; NaN passes through every function.

import { madd } from "../memory";

/**
 * Constants in memory: broadcasting one from there is a single instruction, building one from an immediate takes four.
 * Polynomials stand lowest power first.
 */
const CONSTANTS: usize = memory.data<f32>([
  0, 1, 2, 0.5, -1, -0.5, // SMALL
  89, -104, 1.4426950408889634, 12582912, 0.693359375, 2.12194440e-4, // EXP: range, log2 e, 1.5 · 2^23, ln 2 in two parts
  0.4999999403953552, 0.1666651964187622, 0.04166839271783829, 0.008368780836462975, 0.001381446490995586, // EXP_POLY
  0.3333331346511841, -0.25000008940696716, 0.2000211924314499, -0.1666799634695053, 0.14219550788402557, -0.12405591458082199,
  0.11888174712657928, -0.11675640940666199, 0.06746601313352585, // LOG_POLY
  1.1754943508222875e-38, 8388608, 23, Infinity, -Infinity, 0.4142135623730951, // LOG: least normal, 2^23, 23, ±∞, √2 − 1
  -0.3333328366279602, 0.13331490755081177, -0.05374349653720856, 0.020650578662753105, -0.005717036779969931, // TANH_POLY
  0.1283791065216064, -0.3761262595653534, 0.11283600330352783, -0.026854444295167923, 0.005189535208046436,
  -0.0008020841050893068, 7.889119297033176e-05, // ERF_POLY: 2/√π − 1 and on
  0.22568462789058685, 0.22546352446079254, 0.20982752740383148, 0.15863443911075592, 0.167813241481781, -0.03574759140610695,
  0.14914527535438538, -0.07484907656908035, -0.08948180079460144, 0.08276156336069107, -0.019251734018325806, // ERFC_POLY
  0.4, 40, -40, 0.7071067811865476, 0.3989422804014327, 0.16666666666666666, 0.041666666666666664, 0.3465, // GAUSS; ½ ln 2
  1.5957691216057308, 0.044715, 0.134145, -3.4028234663852886e38, 200, -200, 0.625, // GATE: 2√(2/π), c, 3c, lowest, range of silu
], 16);

const ZERO: usize = 0;
const ONE: usize = 1;
const TWO: usize = 2;
const HALF: usize = 3;
const EXP: usize = 6;
const EXP_POLY: usize = 12;
const LOG_POLY: usize = 17;
const LOG: usize = 26;
const TANH_POLY: usize = 32;
const ERF_POLY: usize = 37;
const ERFC_POLY: usize = 44;
const GAUSS: usize = 55;
const GATE: usize = 63;

@inline
function c(i: usize): v128 {
  return v128.load32_splat(CONSTANTS + (i << 2));
}

/** s x + constant i: one step of Horner's rule; one rounding where the host has relaxed SIMD. */
@inline
function step(s: v128, x: v128, i: usize): v128 {
  return madd<f32>(s, x, c(i));
}

@inline
function poly5(x: v128, i: usize): v128 {
  return step(step(step(step(c(i + 4), x, i + 3), x, i + 2), x, i + 1), x, i);
}

@inline
function select(whenTrue: v128, whenFalse: v128, mask: v128): v128 {
  return v128.bitselect(whenTrue, whenFalse, mask);
}

@inline
function withSign(a: v128, x: v128): v128 {
  return v128.or(a, v128.and(x, i32x4.splat(0x80000000)));
}

/** x between two constants; pmin and pmax are one instruction each, and NaN stays in this order of arguments. */
@inline
function clamp(x: v128, low: usize, high: usize): v128 {
  return f32x4.pmax(f32x4.pmin(x, c(high)), c(low));
}

/** eˣ = 2ⁿ e^r, r = x − n ln 2 in ±0.347; subnormal results are rounded once. */
@inline
export function exp4(x: v128): v128 {
  x = clamp(x, EXP + 1, EXP); // beyond: ∞ and 0
  const t = step(x, c(EXP + 2), EXP + 3); // its low bits hold n
  const n = f32x4.sub(t, c(EXP + 3));
  let r = f32x4.sub(x, f32x4.mul(n, c(EXP + 4))); // exact: 355/512 has 9 bits
  r = madd<f32>(n, c(EXP + 5), r);
  const e = f32x4.add(c(ONE), madd<f32>(f32x4.mul(r, r), poly5(r, EXP_POLY), r));
  // 2ⁿ as two factors, since n reaches beyond the exponents
  const whole = i32x4.shl(t, 23);
  const half = i32x4.shl(i32x4.shr_s(i32x4.shl(t, 9), 10), 23);
  const s1 = i32x4.add(half, c(ONE));
  const s2 = i32x4.add(i32x4.sub(whole, half), c(ONE));
  return f32x4.mul(f32x4.mul(e, s1), s2);
}

/** eˣ − 1: the polynomial itself near 0, where the difference would lose digits. */
@inline
export function expm14(x: v128): v128 {
  const near = madd<f32>(f32x4.mul(x, x), poly5(x, EXP_POLY), x);
  const far = f32x4.sub(exp4(x), c(ONE));
  return select(near, far, f32x4.lt(f32x4.abs(x), c(GAUSS + 7)));
}

/** log(1 + f) + k ln 2 for f in −0.293..0.414. */
@inline
function logCore(f: v128, k: v128): v128 {
  const top = step(step(step(step(c(LOG_POLY + 8), f, LOG_POLY + 7), f, LOG_POLY + 6), f, LOG_POLY + 5), f, LOG_POLY + 4);
  const p = step(step(step(step(top, f, LOG_POLY + 3), f, LOG_POLY + 2), f, LOG_POLY + 1), f, LOG_POLY);
  const square = f32x4.mul(f, f);
  let y = f32x4.mul(f32x4.mul(p, f), square);
  y = f32x4.sub(y, f32x4.mul(k, c(EXP + 5)));
  y = f32x4.sub(y, f32x4.mul(square, c(HALF)));
  return f32x4.add(f32x4.add(f, y), f32x4.mul(k, c(EXP + 4)));
}

/** log x: −∞ at 0, NaN below, subnormals exact. */
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, c(LOG));
  const scaled = select(f32x4.mul(x, c(LOG + 1)), x, tiny);
  const e = i32x4.shr_s(i32x4.sub(scaled, i32x4.splat(0x3f3504f3)), 23); // bits of √½
  const m = i32x4.sub(scaled, i32x4.shl(e, 23));
  const k = f32x4.sub(f32x4.convert_i32x4_s(e), v128.and(tiny, c(LOG + 2)));
  const y = logCore(f32x4.sub(m, c(ONE)), k);
  let r = select(c(LOG + 4), y, f32x4.eq(x, c(ZERO)));
  r = v128.or(r, f32x4.lt(x, c(ZERO))); // all bits set is a NaN
  return select(x, r, v128.or(f32x4.eq(x, c(LOG + 3)), f32x4.ne(x, x)));
}

/** log(1 + e) for e in 0..1. */
@inline
function log1pUnit(e: v128): v128 {
  const big = f32x4.gt(e, c(LOG + 5));
  const f = select(f32x4.mul(f32x4.sub(e, c(ONE)), c(HALF)), e, big); // (1 + e)/2 − 1, exact
  return logCore(f, v128.and(big, c(ONE)));
}

/** x + x³ P(x²) below 0.625, else 1 − 2 / (e^{2|x|} + 1) with x's sign. */
@inline
export function tanh4(x: v128): v128 {
  const a = f32x4.abs(x);
  const u = f32x4.mul(x, x);
  const near = madd<f32>(f32x4.mul(x, u), poly5(u, TANH_POLY), x);
  const far = f32x4.sub(c(ONE), f32x4.div(c(TWO), f32x4.add(exp4(f32x4.add(a, a)), c(ONE))));
  return select(near, withSign(far, x), f32x4.lt(a, c(GATE + 6)));
}

/** 1/(1 + e^{−x}) = e/(1 + e) on the left: accurate in both tails. */
@inline
export function sigmoid4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const r = f32x4.div(c(ONE), f32x4.add(e, c(ONE)));
  return select(f32x4.mul(e, r), r, f32x4.lt(x, c(ZERO)));
}

/** log(1 + eˣ) = max(x, 0) + log(1 + e^{−|x|}). */
@inline
export function softplus4(x: v128): v128 {
  const positive = f32x4.pmax(x, c(ZERO));
  return f32x4.add(positive, log1pUnit(exp4(f32x4.neg(f32x4.abs(x)))));
}

/** e^{−a²}, or e^{−a²/2} where halved, for a in 0..40: a's head has 12 bits, so its square is exact. */
@inline
function gauss(a: v128, halved: bool): v128 {
  const head = v128.and(a, i32x4.splat(0xfffff000));
  let rest = f32x4.mul(f32x4.sub(head, a), f32x4.add(a, head));
  let square = f32x4.neg(f32x4.mul(head, head));
  if (halved) {
    rest = f32x4.mul(rest, c(HALF));
    square = f32x4.mul(square, c(HALF));
  }
  const e = exp4(square);
  // e^rest, |rest| < 0.05
  const p = step(step(step(c(GAUSS + 6), rest, GAUSS + 5), rest, HALF), rest, ONE);
  return madd<f32>(e, f32x4.mul(p, rest), e);
}

/** e^{a²} erfc(a) for a in 0..10.5: t Q(t), t = 1 / (1 + 0.4 a). */
@inline
function erfcScaled(a: v128): v128 {
  const t = f32x4.div(c(ONE), step(a, c(GAUSS), ONE));
  let q = poly5(t, ERFC_POLY + 6);
  q = step(step(step(q, t, ERFC_POLY + 5), t, ERFC_POLY + 4), t, ERFC_POLY + 3);
  q = step(step(step(q, t, ERFC_POLY + 2), t, ERFC_POLY + 1), t, ERFC_POLY);
  return f32x4.mul(q, t);
}

@inline
export function erfc4(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), c(GAUSS + 1));
  const q = f32x4.mul(gauss(a, false), erfcScaled(a));
  return select(f32x4.sub(c(TWO), q), q, f32x4.lt(x, c(ZERO)));
}

@inline
export function erf4(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), c(GAUSS + 1));
  const u = f32x4.mul(x, x);
  const excess = step(step(poly5(u, ERF_POLY + 2), u, ERF_POLY + 1), u, ERF_POLY);
  const near = madd<f32>(x, excess, x);
  const far = f32x4.sub(c(ONE), f32x4.mul(gauss(a, false), erfcScaled(a)));
  return select(near, withSign(far, x), f32x4.lt(a, c(ONE)));
}

/** Φ(x) from q = ½ erfc(|x|/√2). */
@inline
function cdf(x: v128, q: v128): v128 {
  return select(q, f32x4.sub(c(ONE), q), f32x4.lt(x, c(ZERO)));
}

/** x Φ(x): relative accuracy also in the left tail; −∞ · 0 is meant to be −0. */
@inline
export function geluErf4(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), c(GAUSS + 1));
  const q = f32x4.mul(f32x4.mul(gauss(a, true), c(HALF)), erfcScaled(f32x4.mul(a, c(GAUSS + 3))));
  return f32x4.mul(f32x4.pmax(x, c(GATE + 3)), cdf(x, q));
}

/** Φ(x) + x φ(x). */
@inline
export function geluErfGrad4(x: v128): v128 {
  const bounded = clamp(x, GAUSS + 2, GAUSS + 1);
  const a = f32x4.abs(bounded);
  const g = gauss(a, true);
  const q = f32x4.mul(f32x4.mul(g, c(HALF)), erfcScaled(f32x4.mul(a, c(GAUSS + 3))));
  return madd<f32>(bounded, f32x4.mul(g, c(GAUSS + 4)), cdf(x, q));
}

/** 2u = 2 √(2/π) (x + 0.044715 x³). */
@inline
function geluArgument(x: v128): v128 {
  const cube = f32x4.mul(f32x4.mul(f32x4.mul(x, x), x), c(GATE + 1));
  return f32x4.mul(f32x4.add(x, cube), c(GATE));
}

@inline
export function geluTanh4(x: v128): v128 {
  return f32x4.mul(f32x4.pmax(x, c(GATE + 3)), sigmoid4(geluArgument(clamp(x, GAUSS + 2, GAUSS + 1))));
}

/** g + x g (1 − g) (2u)', g = sigmoid(2u). */
@inline
export function geluTanhGrad4(x: v128): v128 {
  const bounded = clamp(x, GAUSS + 2, GAUSS + 1);
  const slope = f32x4.mul(step(f32x4.mul(bounded, bounded), c(GATE + 2), ONE), c(GATE));
  return gateGrad(bounded, geluArgument(bounded), slope);
}

/** s + x s (1 − s) slope, s = sigmoid(v); 1 − s without cancellation. */
@inline
function gateGrad(x: v128, v: v128, slope: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(v)));
  const r = f32x4.div(c(ONE), f32x4.add(e, c(ONE)));
  const er = f32x4.mul(e, r);
  const s = select(er, r, f32x4.lt(v, c(ZERO)));
  return madd<f32>(f32x4.mul(x, slope), f32x4.mul(r, er), s);
}

@inline
export function silu4(x: v128): v128 {
  return f32x4.mul(f32x4.pmax(x, c(GATE + 3)), sigmoid4(x));
}

@inline
export function siluGrad4(x: v128): v128 {
  const bounded = clamp(x, GATE + 5, GATE + 4);
  return gateGrad(bounded, bounded, c(ONE));
}
