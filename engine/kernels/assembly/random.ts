// PyTorch's CPU distributions over one MT19937 state. `state` points to randomStateBytes() bytes, 16-byte aligned; t: 0 f32, 1 f64.
// Which word goes where, and which product and sum are fused, follows torch 1.13's AVX2 build to the bit.

import { cosine, fma32, fma64, ln, sinCos, sine, tangent } from "./exact";
import { normalBlock, normalBlockScalar } from "./normalBlock";
import { isFused } from "./normalFused";
import { fourAt, fours, hasFour, hasNormal, keepNormal, nextFour, takeFours, takeNormal, unit32, unit64, word32, word64 } from "./twister";

export { randomSeed, randomStateBytes } from "./twister";
export { erfinvTorch } from "./erfinv";

const TWO_PI: f64 = 6.283185307179586;
const PI: f64 = 3.141592653589793;

@inline
function put(t: i32, out: usize, i: i32, value: f64): void {
  if (t == 0) store<f32>(out + ((<usize>i) << 2), <f32>value);
  else store<f64>(out + ((<usize>i) << 3), value);
}

@inline
function get(t: i32, x: usize, i: i32): f64 {
  return t == 0 ? <f64>load<f32>(x + ((<usize>i) << 2)) : load<f64>(x + ((<usize>i) << 3));
}

/** from + (to - from) u, fused; f32: u of 24 bits, f64: of 53 bits. */
export function randomUniform(state: usize, t: i32, out: usize, n: i32, from: f64, to: f64): void {
  if (t == 1) {
    const range = to - from;
    const plain = from == 0 && range == 1;
    for (let i = 0; i < n; i++) {
      const u = unit64(state);
      put(1, out, i, plain ? u : fma64(u, range, from));
    }
    return;
  }
  const a = <f32>from;
  const range = <f64>(<f32>to - a);
  const base = <f64>a;
  const plain = base == 0 && range == 1;
  let fused = false;
  if (ASC_FEATURE_RELAXED_SIMD) fused = isFused();
  let i = 0;
  while (i < n) {
    const words = takeFours(state, n - i);
    if (fused) drawFused(out + ((<usize>i) << 2), words, fours, <f32>range, a);
    else drawExact(out + ((<usize>i) << 2), words, fours, range, base, plain);
    i += 4 * fours;
    // what is left of the words, or of the numbers
    while (i < n && (n - i < 4 || !hasFour(state))) put(0, out, i++, fma32(<f64>unit32(state), range, base));
  }
}

/** Four words as numbers 0..1 in steps of 2^-24. */
@inline
function unitFour(words: usize): v128 {
  const bits = v128.and(fourAt(words), i32x4.splat(0xffffff));
  return f32x4.mul(f32x4.convert_i32x4_s(bits), f32x4.splat(5.9604644775390625e-8));
}

function drawFused(out: usize, words: usize, count: i32, range: f32, base: f32): void {
  const r = f32x4.splat(range);
  const b = f32x4.splat(base);
  for (const end = out + (<usize>count << 4); out < end; out += 16) {
    v128.store(out, ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(unitFour(words), r, b) : r);
    words += 16;
  }
}

function drawExact(out: usize, words: usize, count: i32, range: f64, base: f64, plain: bool): void {
  for (const end = out + (<usize>count << 4); out < end; out += 16) {
    const u = unitFour(words);
    v128.store(out, plain ? u : spread(u, range, base));
    words += 16;
  }
}

/** Four fused multiply-adds u range + base. An f64 sum that was rounded onto the middle of two f32 is settled alone. */
@inline
function spread(u: v128, range: f64, base: f64): v128 {
  const r = f64x2.splat(range);
  const b = f64x2.splat(base);
  const low = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(u), r), b);
  const upper = f64x2.promote_low_f32x4(v128.shuffle<i64>(u, u, 1, 0));
  const high = f64x2.add(f64x2.mul(upper, r), b);
  const mask = i64x2.splat(0x1fffffff);
  const middle = i64x2.splat(0x10000000);
  const bad = v128.or(
    i64x2.eq(v128.and(low, mask), middle),
    i64x2.eq(v128.and(high, mask), middle),
  );
  const result = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  return v128.any_true(bad) ? spreadSlowly(u, range, base) : result;
}

function spreadSlowly(u: v128, range: f64, base: f64): v128 {
  let out = f32x4.splat(<f32>fma32(<f64>f32x4.extract_lane(u, 0), range, base));
  out = f32x4.replace_lane(out, 1, <f32>fma32(<f64>f32x4.extract_lane(u, 1), range, base));
  out = f32x4.replace_lane(out, 2, <f32>fma32(<f64>f32x4.extract_lane(u, 2), range, base));
  return f32x4.replace_lane(out, 3, <f32>fma32(<f64>f32x4.extract_lane(u, 3), range, base));
}

/** One normal by Box-Muller in f64; the second of a pair waits in the state, also across calls. */
function nextNormal(state: usize): f64 {
  if (hasNormal(state)) return takeNormal(state);
  const u1 = unit64(state);
  const u2 = unit64(state);
  const r = sqrt<f64>(-2 * ln(1 - u2));
  sinCos(TWO_PI * u1);
  keepNormal(state, r * sine);
  return r * cosine;
}

/** 16 f64 uniforms at `at` become normals: pairs (j, j + 8). */
function normalBlock64(at: usize, mean: f64, std: f64): void {
  for (let j: usize = 0; j < 64; j += 8) {
    const r = sqrt<f64>(-2 * ln(1 - load<f64>(at + j)));
    sinCos(TWO_PI * load<f64>(at + j, 64));
    store<f64>(at + j, fma64(r * cosine, std, mean));
    store<f64>(at + j, fma64(r * sine, std, mean), 64);
  }
}

/**
 * mean + std z. n < 16 or serial = 1 (a tensor that is not contiguous; memory order): one value after another. Otherwise n uniforms,
 * then blocks of 16 in place; where n is no multiple of 16 the last 16 are drawn anew.
 */
export function randomNormal(state: usize, t: i32, out: usize, n: i32, mean: f64, std: f64, serial: i32): void {
  if (n < 16 || serial) {
    for (let i = 0; i < n; i++) put(t, out, i, fma64(nextNormal(state), std, mean));
    return;
  }
  const whole = n & ~15;
  if (t == 1) {
    for (let i = 0; i < whole; i += 16) {
      const at = out + ((<usize>i) << 3);
      randomUniform(state, 1, at, 16, 0, 1);
      normalBlock64(at, mean, std);
    }
    if (whole == n) return;
    const tail = out + ((<usize>(n - 16)) << 3);
    for (let i = whole; i < n; i++) unit64(state);
    randomUniform(state, 1, tail, 16, 0, 1);
    normalBlock64(tail, mean, std);
    return;
  }
  for (let i = 0; i < whole; i += 1024) {
    const at = out + ((<usize>i) << 2);
    const count = min(1024, whole - i); // what was drawn is still in the cache when it is transformed
    randomUniform(state, 0, at, count, 0, 1);
    randomNormalBlocks(at, count, mean, std);
  }
  randomNormalTail(state, out, n, mean, std);
}

/** f32: n uniforms, a multiple of 16, become normals in place, block by block: draws nothing, so that threads can share it. */
export function randomNormalBlocks(out: usize, n: i32, mean: f64, std: f64): void {
  const m = <f64>(<f32>mean);
  const s = <f64>(<f32>std);
  for (let i = 0; i < n; i += 16) normalBlock(out + ((<usize>i) << 2), m, s, m != 0);
}

/** f32: the last 16 of n normals, drawn anew where n is no multiple of 16. */
export function randomNormalTail(state: usize, out: usize, n: i32, mean: f64, std: f64): void {
  const whole = n & ~15;
  if (whole == n) return;
  const tail = out + ((<usize>(n - 16)) << 2);
  for (let i = whole; i < n; i++) word32(state);
  randomUniform(state, 0, tail, 16, 0, 1);
  normalBlockScalar(tail, <f64>(<f32>mean), <f64>(<f32>std)); // the scalar road gives the same bits
}

/** Integers low..high-1 as type t: a word modulo the range, two words where the range is 2^32 or more. */
export function randomIntegers(state: usize, t: i32, out: usize, n: i32, low: f64, high: f64): void {
  const base = <i64>low;
  const range = <u64>(<i64>high - base);
  if (range >= 0x100000000) {
    for (let i = 0; i < n; i++) put(t, out, i, <f64>(<i64>(word64(state) % range) + base));
  } else {
    const r = <u32>range;
    for (let i = 0; i < n; i++) put(t, out, i, <f64>(<i64>(word32(state) % r) + base));
  }
}

/** Words cut to `bits` low bits (random_() without bounds): one word up to 32 bits, else two; `inclusive`: modulo 2^bits + 1. */
export function randomBits(state: usize, t: i32, out: usize, n: i32, bits: i32, inclusive: i32): void {
  const range = (<u64>1 << <u64>bits) + <u64>inclusive;
  for (let i = 0; i < n; i++)
    put(t, out, i, <f64>((bits > 32 ? word64(state) : <u64>word32(state)) % range));
}

/** A permutation of 0..n-1 as f64, by Fisher and Yates. */
export function randomPermutation(state: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++) put(1, out, i, <f64>i);
  for (let i = 0; i < n - 1; i++) {
    const at = out + ((<usize>i) << 3);
    const other = at + ((<usize>(word32(state) % <u32>(n - i))) << 3);
    const value = load<f64>(at);
    store<f64>(at, load<f64>(other));
    store<f64>(other, value);
  }
}

/** 1 with probability p, else 0: two words per element. */
export function randomBernoulli(state: usize, t: i32, out: usize, n: i32, p: f64): void {
  const bound = i64x2.splat(<i64>ceil<f64>(p * 9007199254740992.0)); // u < p as integers of 53 bits
  let i = 0;
  while (i < n) {
    if (t == 0 && n - i >= 2 && hasFour(state)) {
      const words = nextFour(state);
      const draws = v128.and(v128.shuffle<i32>(words, words, 1, 0, 3, 2), i64x2.splat(0x1fffffffffffff));
      const less = i64x2.lt_s(draws, bound);
      const kept = v128.and(v128.shuffle<i32>(less, less, 0, 2, 0, 2), f32x4.splat(1));
      v128.store64_lane(out + ((<usize>i) << 2), kept, 0);
      i += 2;
    } else {
      put(t, out, i, unit64(state) < p ? 1 : 0);
      i++;
    }
  }
}

/** As randomBernoulli with p[i] of type tp: one word per element where tp is f32, two where f64. `out` may be `p` where t = tp. */
export function randomBernoulliTensor(state: usize, t: i32, out: usize, n: i32, tp: i32, p: usize): void {
  for (let i = 0; i < n; i++) {
    const u = tp == 0 ? <f64>unit32(state) : unit64(state);
    put(t, out, i, u < get(tp, p, i) ? 1 : 0);
  }
}

/** -ln(1 - u) / lambda. */
export function randomExponential(state: usize, t: i32, out: usize, n: i32, lambda: f64): void {
  const scale = -1 / lambda;
  // f32 hides the last bits of the faster logarithm
  if (t == 0) for (let i = 0; i < n; i++) put(0, out, i, scale * Math.log(1 - unit64(state)));
  else for (let i = 0; i < n; i++) put(1, out, i, scale * ln(1 - unit64(state)));
}

/** ceil(ln u / ln(1 - p)). */
export function randomGeometric(state: usize, t: i32, out: usize, n: i32, p: f64): void {
  const scale = ln(1 - p);
  for (let i = 0; i < n; i++) {
    const u = unit64(state);
    put(t, out, i, u == 0 ? Infinity : ceil<f64>(ln(u) / scale));
  }
}

/** exp(mean + std z), z one after another. */
export function randomLogNormal(state: usize, t: i32, out: usize, n: i32, mean: f64, std: f64): void {
  for (let i = 0; i < n; i++) put(t, out, i, Math.exp(fma64(nextNormal(state), std, mean)));
}

/** median + sigma tan(pi (u - 1/2)). */
export function randomCauchy(state: usize, t: i32, out: usize, n: i32, median: f64, sigma: f64): void {
  for (let i = 0; i < n; i++) {
    sinCos(PI * (unit64(state) - 0.5));
    put(t, out, i, median + sigma * tangent);
  }
}

/**
 * m draws per row of p: [rows, n], with replacement, as f64 indices: bisection of the running sum, which is of type t.
 * `sums`: n values of type t, overwritten.
 */
export function randomMultinomial(
  state: usize, t: i32, out: usize, p: usize, sums: usize, rows: i32, n: i32, m: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const source = p + ((<usize>(row * n)) << (2 + t));
    let sum: f64 = 0;
    for (let i = 0; i < n; i++) {
      sum += get(t, source, i);
      if (t == 0) sum = <f64>(<f32>sum);
      put(t, sums, i, sum);
    }
    if (sum > 0) for (let i = 0; i < n; i++) put(t, sums, i, get(t, sums, i) / sum);
    for (let k = 0; k < m; k++) {
      const u = unit64(state);
      let left = 0;
      let right = n;
      while (left < right) {
        const middle = (left + right) >>> 1;
        if (get(t, sums, middle) < u) left = middle + 1;
        else right = middle;
      }
      put(1, out, row * m + k, <f64>left);
    }
  }
}
