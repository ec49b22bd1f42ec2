// Sixteen f32 normals as PyTorch's AVX2 build makes them: Cephes' logf and sincosf with every multiply-add fused.
// The vector road computes a fused operation as f64 product (exact) and f64 sum, then rounds to f32. That differs from one rounding only
// where the sum was inexact and fell halfway between two f32; `bad` collects such lanes, and a block that has one goes the scalar road.
// Sums without a check are exact in f64: one operand has few bits or the exponents are close.
// Source of the polynomials: Moshier, Cephes (logf.c, sinf.c); of the order of operations: comparison with PyTorch's values.

import { fma32 } from "./exact";
import { isFused, normalBlockFused } from "./normalFused";

const SQRT_HALF: f32 = 0.707106781186547524;
const LOG_Q1: f64 = <f64>(<f32>-2.1219444e-4);
const LOG_Q2: f64 = 0.693359375; // 355/512
const L0: f64 = <f64>(<f32>7.0376836292e-2);
const L1: f64 = <f64>(<f32>-1.151461031e-1);
const L2: f64 = <f64>(<f32>1.167699874e-1);
const L3: f64 = <f64>(<f32>-1.2420140846e-1);
const L4: f64 = <f64>(<f32>1.4249322787e-1);
const L5: f64 = <f64>(<f32>-1.6668057665e-1);
const L6: f64 = <f64>(<f32>2.0000714765e-1);
const L7: f64 = <f64>(<f32>-2.4999993993e-1);
const L8: f64 = <f64>(<f32>3.3333331174e-1);
const TWO_PI: f64 = <f64>(<f32>6.283185307179586);
const FOUR_OVER_PI: f64 = <f64>(<f32>1.27323954473516);
const D0: f64 = -0.78515625; // -pi/4 in three pieces
const D1: f64 = -2.4187564849853515625e-4;
const D2: f64 = <f64>(<f32>-3.77489497744594108e-8);
const S0: f64 = <f64>(<f32>-1.9515295891e-4);
const S1: f64 = <f64>(<f32>8.3321608736e-3);
const S2: f64 = <f64>(<f32>-1.6666654611e-1);
const C0: f64 = <f64>(<f32>2.443315711809948e-5);
const C1: f64 = <f64>(<f32>-1.388731625493765e-3);
const C2: f64 = <f64>(<f32>4.166664568298827e-2);

const EXPONENT: i32 = 0x7f800000;
const HALF_BITS: i32 = 0x3f000000;

/** Both lanes rounded to f32. */
@inline
function single(x: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(x));
}

@inline
function mul(a: v128, b: v128): v128 {
  return single(f64x2.mul(a, b));
}

@inline
function wide(c: f64): v128 {
  return f64x2.splat(c);
}

@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c);
}

/** All ones in the lanes that lie halfway between two f32. */
@inline
function halfway(s: v128): v128 {
  return i64x2.eq(v128.and(s, i64x2.splat(0x1fffffff)), i64x2.splat(0x10000000));
}

/**
 * Box-Muller on two pairs at `at` and `at + 32`: uniforms in, normals out, both scaled by std and shifted by mean.
 * Returns lanes that need the scalar road; it then has written nothing.
 */
@inline
function twoPairs(at: usize, mean: f64, std: f64, shifted: bool): v128 {
  const u = f32x4.sub(f32x4.splat(1), v128.load64_zero(at)); // two lanes count
  const sqrtHalf = f32x4.splat(SQRT_HALF);
  let m = v128.or(v128.and(u, i32x4.splat(~EXPONENT)), i32x4.splat(HALF_BITS));
  const low = f32x4.lt(m, sqrtHalf); // -1 where the mantissa is doubled
  const e = f64x2.convert_low_i32x4_s(
    i32x4.add(i32x4.sub(i32x4.shr_u(u, 23), i32x4.splat(126)), low),
  );
  m = f32x4.add(f32x4.sub(m, f32x4.splat(1)), v128.and(m, low));

  let x = f64x2.promote_low_f32x4(m);
  let s = madd(wide(L0), x, wide(L1));
  let bad = halfway(s);
  let y = single(s);
  s = madd(y, x, wide(L2));
  bad = v128.or(bad, halfway(s));
  y = single(s);
  s = madd(y, x, wide(L3));
  bad = v128.or(bad, halfway(s));
  y = single(s);
  s = madd(y, x, wide(L4));
  bad = v128.or(bad, halfway(s));
  y = single(s);
  s = madd(y, x, wide(L5));
  bad = v128.or(bad, halfway(s));
  y = single(s);
  s = madd(y, x, wide(L6));
  bad = v128.or(bad, halfway(s));
  y = single(s);
  s = madd(y, x, wide(L7));
  bad = v128.or(bad, halfway(s));
  y = single(s);
  s = madd(y, x, wide(L8));
  bad = v128.or(bad, halfway(s));
  y = mul(single(s), x);
  let z = mul(x, x);
  s = madd(y, z, mul(e, wide(LOG_Q1)));
  bad = v128.or(bad, halfway(s));
  y = single(f64x2.sub(single(s), f64x2.mul(z, wide(0.5))));
  x = single(f64x2.add(x, y));
  x = single(madd(e, wide(LOG_Q2), x));
  const r = single(f64x2.sqrt(f64x2.mul(x, wide(-2))));

  x = mul(f64x2.promote_low_f32x4(v128.load64_zero(at, 32)), wide(TWO_PI));
  const turn = i32x4.trunc_sat_f64x2_s_zero(mul(x, wide(FOUR_OVER_PI)));
  const octant = v128.and(i32x4.add(turn, i32x4.splat(1)), i32x4.splat(-2));
  y = f64x2.convert_low_i32x4_s(octant);
  const j = i64x2.extend_low_i32x4_u(octant);
  const sineSign = i64x2.shl(v128.and(j, i64x2.splat(4)), 61);
  const cosineSign = i64x2.shl(v128.andnot(i64x2.splat(4), i64x2.sub(j, i64x2.splat(2))), 61);
  const straight = i64x2.eq(v128.and(j, i64x2.splat(2)), i64x2.splat(0));
  x = single(madd(y, wide(D0), x));
  x = single(madd(y, wide(D1), x));
  x = single(madd(y, wide(D2), x));
  z = mul(x, x);
  s = madd(wide(C0), z, wide(C1));
  bad = v128.or(bad, halfway(s));
  s = madd(single(s), z, wide(C2));
  bad = v128.or(bad, halfway(s));
  y = mul(single(s), z);
  s = f64x2.sub(f64x2.mul(y, z), f64x2.mul(z, wide(0.5)));
  bad = v128.or(bad, halfway(s));
  const c = single(f64x2.add(single(s), wide(1)));
  s = madd(wide(S0), z, wide(S1));
  bad = v128.or(bad, halfway(s));
  s = madd(single(s), z, wide(S2));
  bad = v128.or(bad, halfway(s));
  y = mul(single(s), z);
  s = madd(y, x, x);
  bad = v128.or(bad, halfway(s));
  const n = single(s);

  let cosine = mul(r, v128.xor(v128.bitselect(c, n, straight), cosineSign));
  let sine = mul(r, v128.xor(v128.bitselect(n, c, straight), sineSign));
  cosine = f64x2.mul(cosine, wide(std));
  sine = f64x2.mul(sine, wide(std));
  if (shifted) {
    const shift = wide(mean);
    s = f64x2.add(cosine, shift);
    bad = v128.or(bad, v128.and(halfway(s), inexact(cosine, shift, s)));
    cosine = s;
    s = f64x2.add(sine, shift);
    bad = v128.or(bad, v128.and(halfway(s), inexact(sine, shift, s)));
    sine = s;
  }
  if (!v128.any_true(bad)) {
    v128.store64_lane(at, f32x4.demote_f64x2_zero(cosine), 0);
    v128.store64_lane(at, f32x4.demote_f64x2_zero(sine), 0, 32);
  }
  return bad;
}

/** All ones in the lanes where s = a + b was rounded. */
@inline
function inexact(a: v128, b: v128, s: v128): v128 {
  const v = f64x2.sub(s, a);
  return f64x2.ne(f64x2.sub(a, f64x2.sub(s, v)), f64x2.sub(v, b));
}

/** One pair by scalar operations, each fused one rounded once. */
function onePair(at: usize, mean: f64, std: f64): void {
  const u = <f32>1 - load<f32>(at);
  const bits = reinterpret<i32>(u);
  let e = <f64>((bits >>> 23) - 126);
  let m = reinterpret<f32>((bits & ~EXPONENT) | HALF_BITS);
  let t: f32 = 0;
  if (m < SQRT_HALF) {
    t = m;
    e -= 1;
  }
  m = m - 1 + t;
  let x = <f64>m;
  let y = fma32(L0, x, L1);
  y = fma32(y, x, L2);
  y = fma32(y, x, L3);
  y = fma32(y, x, L4);
  y = fma32(y, x, L5);
  y = fma32(y, x, L6);
  y = fma32(y, x, L7);
  y = fma32(y, x, L8);
  y = <f64>(<f32>(y * x));
  let z = <f64>(m * m);
  y = fma32(y, z, <f64>(<f32>(e * LOG_Q1)));
  y = fma32(-z, 0.5, y);
  x = fma32(e, LOG_Q2, <f64>(m + <f32>y));
  const r = sqrt<f32>(<f32>(-2 * x));

  x = <f64>(<f32>(<f64>load<f32>(at, 32) * TWO_PI));
  const j = (<i32>(<f32>(x * FOUR_OVER_PI)) + 1) & -2;
  y = <f64>j;
  x = fma32(y, D0, x);
  x = fma32(y, D1, x);
  x = fma32(y, D2, x);
  z = <f64>(<f32>(x * x));
  let c = fma32(fma32(C0, z, C1), z, C2);
  c = <f64>(<f32>(c * z));
  c = fma32(c, z, -z * 0.5);
  c = <f64>(<f32>(c + 1));
  let s = fma32(fma32(S0, z, S1), z, S2);
  s = <f64>(<f32>(s * z));
  s = fma32(s, x, x);
  const straight = (j & 2) == 0;
  let cosine = <f32>(straight ? c : s);
  let sine = <f32>(straight ? s : c);
  if (j & 4) sine = -sine;
  if (~(j - 2) & 4) cosine = -cosine;
  store<f32>(at, <f32>fma32(<f64>(r * cosine), std, mean));
  store<f32>(at, <f32>fma32(<f64>(r * sine), std, mean), 32);
}

/** 16 uniforms at `at` become 16 normals; the pairs are (j, j + 8). */
export function normalBlock(at: usize, mean: f64, std: f64, shifted: bool): void {
  if (ASC_FEATURE_RELAXED_SIMD)
    if (isFused()) {
      normalBlockFused(at, mean, std);
      return;
    }
  for (let k: usize = 0; k < 32; k += 8) {
    if (v128.any_true(twoPairs(at + k, mean, std, shifted))) {
      onePair(at + k, mean, std);
      onePair(at + k + 4, mean, std);
    }
  }
}

/** As `normalBlock`, without vectors. */
export function normalBlockScalar(at: usize, mean: f64, std: f64): void {
  for (let k: usize = 0; k < 32; k += 4) onePair(at + k, mean, std);
}
