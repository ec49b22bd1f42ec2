// Elementary functions on four f32 lanes, within about 2 ulp. Polynomials are minimax fits of relative error below 5e-9 made for
// these ranges; NaN passes through every function.

@inline
function poly4(x: v128, c0: f32, c1: f32, c2: f32, c3: f32, c4: f32): v128 {
  let s = f32x4.add(f32x4.mul(f32x4.splat(c4), x), f32x4.splat(c3));
  s = f32x4.add(f32x4.mul(s, x), f32x4.splat(c2));
  s = f32x4.add(f32x4.mul(s, x), f32x4.splat(c1));
  return f32x4.add(f32x4.mul(s, x), f32x4.splat(c0));
}

/** eˣ = 2ⁿ e^r, r = x − n ln 2 in ±0.347; subnormal results are rounded once. */
export function exp4(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(89)), f32x4.splat(-104)); // beyond: ∞ and 0
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))); // exact: 355/512 has 9 bits
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  const p = poly4(r, 0.4999999403953552, 0.1666651964187622, 0.04166839271783829, 0.008368780836462975, 0.001381446490995586);
  const e = f32x4.add(f32x4.splat(1), f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p)));
  const k = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(k, 1);
  const bias = i32x4.splat(127);
  const s1 = i32x4.shl(i32x4.add(half, bias), 23);
  const s2 = i32x4.shl(i32x4.add(i32x4.sub(k, half), bias), 23);
  return f32x4.mul(f32x4.mul(e, s1), s2);
}

/** log(1 + f) + k ln 2 for f in −0.293..0.414. */
@inline
function logCore(f: v128, k: v128): v128 {
  let p = f32x4.add(f32x4.mul(f32x4.splat(0.06746601313352585), f), f32x4.splat(-0.11675640940666199));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.11888174712657928));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.12405591458082199));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.14219550788402557));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.1666799634695053));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.2000211924314499));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.25000008940696716));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.3333331346511841));
  const square = f32x4.mul(f, f);
  let y = f32x4.mul(f32x4.mul(p, f), square);
  y = f32x4.sub(y, f32x4.mul(k, f32x4.splat(2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(f, y), f32x4.mul(k, f32x4.splat(0.693359375)));
}

/** log x: −∞ at 0, NaN below, subnormals exact. */
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, f32x4.splat(1.1754943508222875e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  const bits = i32x4.sub(scaled, i32x4.splat(0x3f3504f3)); // bits of √½
  const e = i32x4.shr_s(bits, 23);
  const m = i32x4.sub(scaled, i32x4.shl(e, 23));
  const k = f32x4.sub(f32x4.convert_i32x4_s(e), v128.and(tiny, f32x4.splat(23)));
  const y = logCore(f32x4.sub(m, f32x4.splat(1)), k);
  const zero = f32x4.eq(x, f32x4.splat(0));
  const below = f32x4.lt(x, f32x4.splat(0));
  let r = v128.bitselect(f32x4.splat(-Infinity), y, zero);
  r = v128.or(r, below); // all bits set is a NaN
  const same = v128.or(f32x4.eq(x, f32x4.splat(Infinity)), f32x4.ne(x, x));
  return v128.bitselect(x, r, same);
}

/** log(1 + e) for e in 0..1. */
@inline
function log1pUnit(e: v128): v128 {
  const big = f32x4.gt(e, f32x4.splat(0.4142135623730951));
  const f = v128.bitselect(f32x4.mul(f32x4.sub(e, f32x4.splat(1)), f32x4.splat(0.5)), e, big); // (1+e)/2 − 1, exact
  return logCore(f, v128.and(big, f32x4.splat(1)));
}

/** x + x³ P(x²) below 0.625, else 1 − 2 / (e^{2|x|} + 1) with x's sign. */
export function tanh4(x: v128): v128 {
  const a = f32x4.abs(x);
  const u = f32x4.mul(x, x);
  const p = poly4(u, -0.3333328366279602, 0.13331490755081177, -0.05374349653720856, 0.020650578662753105, -0.005717036779969931);
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, u), p));
  const e = exp4(f32x4.add(a, a));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(a, f32x4.splat(0.625)));
}

/** 1/(1 + e^{−x}) = e/(1 + e) on the left: accurate in both tails. */
export function sigmoid4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const r = f32x4.div(f32x4.splat(1), f32x4.add(e, f32x4.splat(1)));
  return v128.bitselect(f32x4.mul(e, r), r, f32x4.lt(x, f32x4.splat(0)));
}

/** log(1 + eˣ) = max(x, 0) + log(1 + e^{−|x|}). */
export function softplus4(x: v128): v128 {
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), log1pUnit(exp4(f32x4.neg(f32x4.abs(x)))));
}

/** e^{−s a²} for a in 0..40 and s = 1 or ½: a's head has 12 bits, so its square is exact. */
@inline
function gauss(a: v128, s: f32): v128 {
  const head = v128.and(a, i32x4.splat(0xfffff000));
  const rest = f32x4.mul(f32x4.mul(f32x4.sub(a, head), f32x4.add(a, head)), f32x4.splat(-s));
  const e = exp4(f32x4.mul(f32x4.mul(head, head), f32x4.splat(-s)));
  // e^rest, |rest| < 0.05
  let p = f32x4.add(f32x4.mul(rest, f32x4.splat(1.0 / 24.0)), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, rest), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, rest), f32x4.splat(1));
  return f32x4.add(e, f32x4.mul(e, f32x4.mul(p, rest)));
}

/** e^{a²} erfc(a) for a in 0..10.5: t Q(t), t = 1 / (1 + 0.4 a). */
@inline
function erfcScaled(a: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(a, f32x4.splat(0.4))));
  let q = f32x4.add(f32x4.mul(f32x4.splat(-0.019251734018325806), t), f32x4.splat(0.08276156336069107));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(-0.08948180079460144));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(-0.07484907656908035));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.14914527535438538));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(-0.03574759140610695));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.167813241481781));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.15863443911075592));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.20982752740383148));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.22546352446079254));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.22568462789058685));
  return f32x4.mul(q, t);
}

export function erfc4(x: v128): v128 {
  const a = f32x4.min(f32x4.abs(x), f32x4.splat(40));
  const q = f32x4.mul(gauss(a, 1), erfcScaled(a));
  return v128.bitselect(f32x4.sub(f32x4.splat(2), q), q, f32x4.lt(x, f32x4.splat(0)));
}

export function erf4(x: v128): v128 {
  const a = f32x4.min(f32x4.abs(x), f32x4.splat(40));
  const u = f32x4.mul(x, x);
  let p = f32x4.add(f32x4.mul(f32x4.splat(7.889119297033176e-05), u), f32x4.splat(-0.0008020841050893068));
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.005189535208046436));
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(-0.026854444295167923));
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.11283600330352783));
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(-0.3761262595653534));
  const excess = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.1283791065216064)); // 2/√π − 1 and on: keeps a digit
  const near = f32x4.add(x, f32x4.mul(x, excess));
  const far = f32x4.sub(f32x4.splat(1), f32x4.mul(gauss(a, 1), erfcScaled(a)));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(a, f32x4.splat(1)));
}

const LOWEST: f32 = -3.4028234663852886e38; // −∞ · 0 is meant to be −0

@inline
function selectNegative(x: v128, whenNegative: v128, otherwise: v128): v128 {
  return v128.bitselect(whenNegative, otherwise, f32x4.lt(x, f32x4.splat(0)));
}

/** x Φ(x), Φ(x) = ½ erfc(−x/√2): relative accuracy also in the left tail. */
export function geluErf4(x: v128): v128 {
  const a = f32x4.min(f32x4.abs(x), f32x4.splat(40));
  const g = f32x4.mul(gauss(a, 0.5), f32x4.splat(0.5));
  const q = f32x4.mul(g, erfcScaled(f32x4.mul(a, f32x4.splat(0.7071067811865476))));
  return f32x4.mul(f32x4.max(x, f32x4.splat(LOWEST)), selectNegative(x, q, f32x4.sub(f32x4.splat(1), q)));
}

/** Φ(x) + x φ(x). */
export function geluErfGrad4(x: v128): v128 {
  const c = f32x4.max(f32x4.min(x, f32x4.splat(40)), f32x4.splat(-40));
  const a = f32x4.abs(c);
  const g = gauss(a, 0.5);
  const q = f32x4.mul(f32x4.mul(g, f32x4.splat(0.5)), erfcScaled(f32x4.mul(a, f32x4.splat(0.7071067811865476))));
  const cdf = selectNegative(x, q, f32x4.sub(f32x4.splat(1), q));
  return f32x4.add(cdf, f32x4.mul(c, f32x4.mul(g, f32x4.splat(0.3989422804014327))));
}

const GELU_2K: f32 = 1.5957691216057308; // 2 √(2/π)
const GELU_C: f32 = 0.044715;

/** 2u = 2 √(2/π) (x + 0.044715 x³). */
@inline
function geluArgument(x: v128): v128 {
  const cube = f32x4.mul(f32x4.mul(f32x4.mul(x, x), x), f32x4.splat(GELU_C));
  return f32x4.mul(f32x4.add(x, cube), f32x4.splat(GELU_2K));
}

export function geluTanh4(x: v128): v128 {
  const c = f32x4.max(f32x4.min(x, f32x4.splat(40)), f32x4.splat(-40));
  return f32x4.mul(f32x4.max(x, f32x4.splat(LOWEST)), sigmoid4(geluArgument(c)));
}

/** g + x g (1 − g) (2u)', g = sigmoid(2u). */
export function geluTanhGrad4(x: v128): v128 {
  const c = f32x4.max(f32x4.min(x, f32x4.splat(40)), f32x4.splat(-40));
  const slope = f32x4.mul(
    f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.mul(c, c), f32x4.splat(3.0 * GELU_C))), f32x4.splat(GELU_2K),
  );
  return gateGrad(c, geluArgument(c), slope);
}

/** s + x s (1 − s) slope, s = sigmoid(v); 1 − s without cancellation. */
@inline
function gateGrad(x: v128, v: v128, slope: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(v)));
  const r = f32x4.div(f32x4.splat(1), f32x4.add(e, f32x4.splat(1)));
  const er = f32x4.mul(e, r);
  const s = selectNegative(v, er, r);
  return f32x4.add(s, f32x4.mul(f32x4.mul(x, slope), f32x4.mul(r, er)));
}

export function silu4(x: v128): v128 {
  return f32x4.mul(f32x4.max(x, f32x4.splat(LOWEST)), sigmoid4(x));
}

export function siluGrad4(x: v128): v128 {
  const c = f32x4.max(f32x4.min(x, f32x4.splat(200)), f32x4.splat(-200));
  return gateGrad(c, c, f32x4.splat(1));
}
