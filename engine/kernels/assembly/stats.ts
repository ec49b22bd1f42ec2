// One pass over a tensor: sums, extrema, counts of the special values, of float16's losses, and a histogram of exponents.

import { COUNTS, scratch } from "./memory";

const WORDS: i32 = 12; // kernels.ts' STATS, of them:
const TOP: i32 = 3; // absMax
const LOW: i32 = 10; // min
const HIGH: i32 = 11; // max
const BINS: i32 = 277;
const MIN_EXPONENT: i32 = -149;
// COUNTS holds four counters per f32 exponent field, so that equal neighbours do not wait for each other's store.

const F16_FLUSHED: f64 = 2.9802322387695312e-8; // 2⁻²⁵: up to here x rounds to 0
const F16_NORMAL: f64 = 6.1005353927612305e-5; // 2⁻¹⁴ − 2⁻²⁵: from here x rounds to a normal number
const F16_OVERFLOW: f64 = 65520; // from here x rounds to ±inf

/** Elements whose sums are taken together; sums of blocks are added in order, by whoever computed them. */
const BLOCK: i32 = 131072;

export function stats(t: i32, out: usize, x: usize, n: i32): void {
  statsPart(t, out, x, min(n, BLOCK));
  if (n <= BLOCK) return;
  const part = scratch(<usize>(WORDS + BINS) << 3);
  for (let i = BLOCK; i < n; i += BLOCK) {
    statsPart(t, part, x + (<usize>i << (t == 0 ? 2 : 3)), min(n - i, BLOCK));
    statsJoin(out, part, 1);
  }
}

/** One block. */
export function statsPart(t: i32, out: usize, x: usize, n: i32): void {
  memory.fill(out, 0, <usize>(WORDS + BINS) << 3);
  if (t == 0) stats32(out, x, n);
  else stats64(out, x, n);
}

/** Adds `count` blocks, one behind the other at `parts`, to `out`, in order. */
export function statsJoin(out: usize, parts: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    for (let w = 0; w < WORDS + BINS; w++) {
      const at = <usize>w << 3;
      const a = load<f64>(out + at);
      const b = load<f64>(parts + at);
      store<f64>(out + at, w == TOP || w == HIGH ? max(a, b) : w == LOW ? min(a, b) : a + b);
    }
    parts += <usize>(WORDS + BINS) << 3;
  }
}

@inline
function bump(out: usize, word: i32, by: f64): void {
  const p = out + (<usize>word << 3);
  store<f64>(p, load<f64>(p) + by);
}

/** Adds `count` numbers of exponent e. */
@inline
function bin(out: usize, e: i32, count: f64): void {
  const i = min(max(e - MIN_EXPONENT, 0), BINS - 1);
  bump(out, WORDS + i, count);
}

@inline
function counter(v: u32, table: i32): void {
  const p = COUNTS + <usize>(table << 10) + ((<usize>v >> 21) & 0x3fc);
  store<i32>(p, load<i32>(p) + 1);
}

@inline
function laneSum(v: v128): f64 {
  return (
    <f64>i32x4.extract_lane(v, 0) + <f64>i32x4.extract_lane(v, 1) +
    <f64>i32x4.extract_lane(v, 2) + <f64>i32x4.extract_lane(v, 3)
  );
}

function stats32(out: usize, x: usize, n: i32): void {
  memory.fill(COUNTS, 0, 4096);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0, abs0 = sum0, abs1 = sum0, square0 = sum0, square1 = sum0;
  let smallest = f32x4.splat(Infinity);
  let largest = f32x4.splat(-Infinity);
  let flushed = i32x4.splat(0);
  let low = flushed, over = flushed, nans = flushed, finites = flushed, zeros = flushed;
  const magnitude = i32x4.splat(0x7fffffff);
  const infinity = i32x4.splat(0x7f800000);
  const end = x + ((<usize>n & ~3) << 2);
  const pad = n & 3;
  let first = true;
  for (;;) {
    let v: v128;
    if (x < end) {
      v = v128.load(x);
      x += 16;
    } else {
      if (pad == 0 || !first) break;
      // the last numbers, filled up with zeros, which are taken off again below
      first = false;
      v = f32x4.splat(0);
      v = f32x4.replace_lane(v, 0, load<f32>(x));
      if (pad > 1) v = f32x4.replace_lane(v, 1, load<f32>(x, 4));
      if (pad > 2) v = f32x4.replace_lane(v, 2, load<f32>(x, 8));
    }
    const a = v128.and(v, magnitude);
    counter(<u32>i32x4.extract_lane(a, 0), 0);
    counter(<u32>i32x4.extract_lane(a, 1), 1);
    counter(<u32>i32x4.extract_lane(a, 2), 2);
    counter(<u32>i32x4.extract_lane(a, 3), 3);
    const finite = i32x4.lt_s(a, infinity);
    finites = i32x4.sub(finites, finite);
    nans = i32x4.sub(nans, i32x4.gt_s(a, infinity));
    zeros = i32x4.sub(zeros, i32x4.eq(a, i32x4.splat(0)));
    flushed = i32x4.sub(flushed, f32x4.le(a, f32x4.splat(<f32>F16_FLUSHED)));
    low = i32x4.sub(low, f32x4.lt(a, f32x4.splat(<f32>F16_NORMAL)));
    over = i32x4.sub(over, f32x4.ge(a, f32x4.splat(<f32>F16_OVERFLOW)));
    if (first) {
      smallest = f32x4.pmin(smallest, v); // b < a ? b : a leaves NaN out
      largest = f32x4.pmax(largest, v);
    }
    const f = v128.and(v, finite);
    const d0 = f64x2.promote_low_f32x4(f);
    const d1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(f, f, 1, 1));
    sum0 = f64x2.add(sum0, d0);
    sum1 = f64x2.add(sum1, d1);
    abs0 = f64x2.add(abs0, f64x2.abs(d0));
    abs1 = f64x2.add(abs1, f64x2.abs(d1));
    square0 = f64x2.add(square0, f64x2.mul(d0, d0));
    square1 = f64x2.add(square1, f64x2.mul(d1, d1));
  }
  const added: f64 = pad ? <f64>(4 - pad) : 0;
  sum0 = f64x2.add(sum0, sum1);
  abs0 = f64x2.add(abs0, abs1);
  square0 = f64x2.add(square0, square1);
  const nan = laneSum(nans);
  const zero = laneSum(zeros) - added;
  const inf = <f64>n - (laneSum(finites) - added) - nan;
  const flush = laneSum(flushed) - added;
  let lo = min(
    min(pick(smallest, 0), pick(smallest, 1)), min(pick(smallest, 2), pick(smallest, 3)),
  );
  let hi = max(
    max(pick(largest, 0), pick(largest, 1)), max(pick(largest, 2), pick(largest, 3)),
  );
  for (let i = 0; i < pad; i++) {
    const v = <f64>load<f32>(x + (<usize>i << 2));
    if (v < lo) lo = v;
    if (v > hi) hi = v;
  }
  store<f64>(out, f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1));
  store<f64>(out, f64x2.extract_lane(square0, 0) + f64x2.extract_lane(square0, 1), 8);
  store<f64>(out, f64x2.extract_lane(abs0, 0) + f64x2.extract_lane(abs0, 1), 16);
  store<f64>(out, nan == <f64>n ? 0 : max(Math.abs(lo), Math.abs(hi)), 24);
  store<f64>(out, zero, 32);
  store<f64>(out, nan, 40);
  store<f64>(out, inf, 48);
  store<f64>(out, flush - zero, 56);
  store<f64>(out, laneSum(low) - added - flush, 64);
  store<f64>(out, laneSum(over) - inf, 72);
  store<f64>(out, lo, 80);
  store<f64>(out, hi, 88);
  for (let e = 1; e < 255; e++) {
    const p = COUNTS + (<usize>e << 2);
    const count = <f64>load<i32>(p) + <f64>load<i32>(p, 1024) + <f64>load<i32>(p, 2048) + <f64>load<i32>(p, 3072);
    if (count) bin(out, e - 127, count);
  }
  const field0 = <f64>load<i32>(COUNTS) + <f64>load<i32>(COUNTS, 1024) + <f64>load<i32>(COUNTS, 2048) + <f64>load<i32>(COUNTS, 3072);
  if (field0 - added > zero) subnormals(out, x - ((<usize>n & ~3) << 2), n);
}

/** f32 lane as f64; lanes of an empty block stay ±∞. */
@inline
function pick(v: v128, lane: u8): f64 {
  if (lane == 0) return <f64>f32x4.extract_lane(v, 0);
  if (lane == 1) return <f64>f32x4.extract_lane(v, 1);
  if (lane == 2) return <f64>f32x4.extract_lane(v, 2);
  return <f64>f32x4.extract_lane(v, 3);
}

/** A second pass for the rare f32 subnormals: exponent from the leading bit, 2⁻¹⁴⁹ the last. */
function subnormals(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const a = load<u32>(x + (<usize>i << 2)) & 0x7fffffff;
    if (a != 0 && a < 0x00800000) bin(out, -118 - <i32>clz<u32>(a), 1);
  }
}

function stats64(out: usize, x: usize, n: i32): void {
  let sum: f64 = 0;
  let square: f64 = 0;
  let abs: f64 = 0;
  let lo: f64 = Infinity;
  let hi: f64 = -Infinity;
  let top: f64 = 0;
  for (let i = 0; i < n; i++) {
    const v = load<f64>(x + (<usize>i << 3));
    if (v != v) {
      bump(out, 5, 1);
      continue;
    }
    const a = Math.abs(v);
    if (v < lo) lo = v;
    if (v > hi) hi = v;
    if (a > top) top = a;
    if (a == 0) bump(out, 4, 1);
    else if (a == Infinity) bump(out, 6, 1);
    else {
      sum += v;
      square += v * v;
      abs += a;
      if (a <= F16_FLUSHED) bump(out, 7, 1);
      else if (a < F16_NORMAL) bump(out, 8, 1);
      else if (a >= F16_OVERFLOW) bump(out, 9, 1);
      bin(out, <i32>(reinterpret<u64>(a) >> 52) - 1023, 1); // f64 subnormals fall into bin 0 as well
    }
  }
  store<f64>(out, sum);
  store<f64>(out, square, 8);
  store<f64>(out, abs, 16);
  store<f64>(out, top, 24);
  store<f64>(out, lo, 80);
  store<f64>(out, hi, 88);
}
