// The same sixteen normals with the host's own fused multiply-add, four pairs at a time: only where a probe has shown that relaxed
// SIMD's madd rounds once, as its specification leaves that open.

import { fma32 } from "./exact";

let known: i32 = 0; // 0: not probed, 1: fused, 2: not

/** True where relaxed_madd rounds once: 256 sums whose low bits tell. */
export function isFused(): bool {
  if (known == 0) known = probe() ? 1 : 2;
  return known == 1;
}

function probe(): bool {
  for (let i = 0; i < 256; i++) {
    const a = <f32>(1 + <f64>(2 * i + 1) * 0.000244140625); // 2^-12: the product needs 25 bits and more
    const b = <f32>(1 - <f64>(2 * i + 3) * 0.0001220703125);
    const c = <f32>(-<f64>a * <f64>b);
    const fused = f32x4.extract_lane(f32x4.relaxed_madd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 0);
    if (fused != <f32>fma32(<f64>a, <f64>b, <f64>c)) return false;
  }
  return true;
}

@inline
function splat(c: f64): v128 {
  return f32x4.splat(<f32>c);
}

@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_madd(a, b, c);
}

/**
 * Constants in the order of their first use, and 1; the polynomials' from the highest power down. Read from memory, as a literal costs several
 * instructions wherever it is used.
 */
const CONSTANTS: usize = memory.data<f32>([
  0.707106781186547524, 7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, -2.1219444e-4, 0.5, 0.693359375, -2, 6.283185307179586, 1.27323954473516,
  -0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2,
  -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1, 1,
], 16);

@inline
function constant(i: usize): v128 {
  return v128.load32_splat(CONSTANTS + (i << 2));
}

/** Box-Muller on four pairs at `at` and `at + 32`. */
@inline
function fourPairs(at: usize, mean: v128, std: v128): void {
  const u = f32x4.sub(constant(25), v128.load(at));
  let m = v128.or(v128.and(u, i32x4.splat(~0x7f800000)), i32x4.splat(0x3f000000));
  const low = f32x4.lt(m, constant(0)); // -1 where the mantissa is doubled
  const e = f32x4.convert_i32x4_s(i32x4.add(i32x4.sub(i32x4.shr_u(u, 23), i32x4.splat(126)), low));
  m = f32x4.add(f32x4.sub(m, constant(25)), v128.and(m, low));
  let y = madd(constant(1), m, constant(2));
  y = madd(y, m, constant(3));
  y = madd(y, m, constant(4));
  y = madd(y, m, constant(5));
  y = madd(y, m, constant(6));
  y = madd(y, m, constant(7));
  y = madd(y, m, constant(8));
  y = madd(y, m, constant(9));
  y = f32x4.mul(y, m);
  let z = f32x4.mul(m, m);
  y = madd(y, z, f32x4.mul(e, constant(10)));
  y = madd(f32x4.neg(z), constant(11), y);
  let x = madd(e, constant(12), f32x4.add(m, y));
  const r = f32x4.sqrt(f32x4.mul(constant(13), x));

  x = f32x4.mul(v128.load(at, 32), constant(14));
  const j = v128.and(
    i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.mul(x, constant(15))), i32x4.splat(1)),
    i32x4.splat(-2),
  );
  y = f32x4.convert_i32x4_s(j);
  x = madd(y, constant(16), x);
  x = madd(y, constant(17), x);
  x = madd(y, constant(18), x);
  z = f32x4.mul(x, x);
  let c = madd(constant(19), z, constant(20));
  c = madd(c, z, constant(21));
  c = f32x4.mul(c, z);
  c = madd(c, z, f32x4.neg(f32x4.mul(z, constant(11))));
  c = f32x4.add(c, constant(25));
  let s = madd(constant(22), z, constant(23));
  s = madd(s, z, constant(24));
  s = f32x4.mul(s, z);
  s = madd(s, x, x);
  const straight = i32x4.eq(v128.and(j, i32x4.splat(2)), i32x4.splat(0));
  const sine = v128.xor(v128.bitselect(s, c, straight), i32x4.shl(v128.and(j, i32x4.splat(4)), 29));
  const cosineSign = i32x4.shl(v128.andnot(i32x4.splat(4), i32x4.sub(j, i32x4.splat(2))), 29);
  const cosine = v128.xor(v128.bitselect(c, s, straight), cosineSign);
  v128.store(at, madd(f32x4.mul(r, cosine), std, mean));
  v128.store(at, madd(f32x4.mul(r, sine), std, mean), 32);
}

/** 16 uniforms at `at` become 16 normals; the pairs are (j, j + 8). */
export function normalBlockFused(at: usize, mean: f64, std: f64): void {
  fourPairs(at, splat(mean), splat(std));
  fourPairs(at + 16, splat(mean), splat(std));
}
