// One pass over a tensor: sums, extrema, counts of the special values, of float16's losses, and a histogram of exponents.

import { COUNTS, PLACES, PLACE_BYTES, TABLES, TABLE_BYTES, madd, scratch } from "./memory";

const WORDS: i32 = 12; // kernels.ts' STATS, of them:
const TOP: i32 = 3; // absMax
const LOW: i32 = 10; // min
const HIGH: i32 = 11; // max
const BINS: i32 = 277;
const MIN_EXPONENT: i32 = -149;
// Exponent fields of f32:
const SPECIAL: i32 = 255; // NaN, ±inf
const OVERFLOW: i32 = 142; // 2¹⁵..2¹⁶, where 65520 stands

const F16_FLUSHED: f64 = 2.9802322387695312e-8; // 2⁻²⁵: up to here x rounds to 0
const F16_NORMAL: f64 = 6.1005353927612305e-5; // 2⁻¹⁴ − 2⁻²⁵: from here x rounds to a normal number
const F16_OVERFLOW: f64 = 65520; // from here x rounds to ±inf

/** As math/vector.ts: in memory, since a constant of the code would be built anew in each turn of a loop. |x|'s bits, field · 4, 0, 2⁻²⁵, F16_NORMAL. */
const CONSTANTS: usize = memory.data<i32>([0x7fffffff, 0x3fc, 0, 0x33000000, 0x387fe000], 16);

/** Elements whose sums are taken together; sums of blocks are added in order, by whoever computed them. */
const BLOCK: i32 = 32768;

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
  if (t == 0) {
    clear(out);
    const wide = n & ~7;
    const specials = wide > 0 ? wide32(out, x, wide) : 0;
    if (specials) clear(out);
    const done = specials ? 0 : wide;
    plain<f32>(out, x + (<usize>done << 2), n - done);
  } else {
    clear(out);
    plain<f64>(out, x, n);
  }
}

function clear(out: usize): void {
  memory.fill(out, 0, <usize>(WORDS + BINS) << 3);
  store<f64>(out, Infinity, LOW << 3);
  store<f64>(out, -Infinity, HIGH << 3);
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

/** Into place `table` of the counters at `p`; neighbours of equal exponent have tables of their own and do not wait for each other's store. */
@inline
function count(p: usize, table: usize): void {
  store<i32>(p + table * TABLE_BYTES, load<i32>(p + table * TABLE_BYTES) + 1);
}

/** How often exponent field e occurred. */
function counted(e: i32): f64 {
  let sum = 0;
  for (let table: usize = 0; table < TABLES; table++) sum += load<i32>(COUNTS + (<usize>e << 2) + table * TABLE_BYTES);
  return <f64>sum;
}

@inline
function laneSum(v: v128): f64 {
  return (
    <f64>i32x4.extract_lane(v, 0) + <f64>i32x4.extract_lane(v, 1) +
    <f64>i32x4.extract_lane(v, 2) + <f64>i32x4.extract_lane(v, 3)
  );
}

/** n f32, a multiple of 8, into cleared words. Returns how many are NaN or ±inf: then the words mean nothing. */
function wide32(out: usize, x: usize, n: i32): f64 {
  memory.fill(COUNTS, 0, TABLES * TABLE_BYTES);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0, abs0 = sum0, abs1 = sum0, square0 = sum0, square1 = sum0;
  let smallest = f32x4.splat(Infinity);
  let largest = f32x4.splat(-Infinity);
  let flushed = i32x4.splat(0);
  let low = flushed, zeros = flushed;
  const counters = i32x4.splat(<i32>COUNTS);
  const magnitude = v128.load32_splat(CONSTANTS);
  const field = v128.load32_splat(CONSTANTS, 4);
  const none = v128.load32_splat(CONSTANTS, 8);
  const flushing = v128.load32_splat(CONSTANTS, 12);
  const normal = v128.load32_splat(CONSTANTS, 16);
  const end = x + (<usize>n << 2);
  for (let from = x; from < end; from += PLACE_BYTES) {
    // Two loops over what the first level's cache holds: in one the vectors' registers do not suffice.
    const to = min(end, from + PLACE_BYTES);
    let place = PLACES;
    for (let p = from; p < to; p += 16) {
      const v = v128.load(p);
      const a = v128.and(v, magnitude);
      v128.store(place, i32x4.add(v128.and(i32x4.shr_u(a, 21), field), counters));
      place += 16;
      zeros = i32x4.sub(zeros, i32x4.eq(a, none));
      flushed = i32x4.sub(flushed, f32x4.le(a, flushing));
      low = i32x4.sub(low, f32x4.lt(a, normal));
      smallest = f32x4.pmin(smallest, v);
      largest = f32x4.pmax(largest, v);
    }
    place = PLACES;
    for (let p = from; p < to; p += 32) {
      let v = v128.load(p);
      let d0 = f64x2.promote_low_f32x4(v);
      let d1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
      count(load<u32>(place), 0);
      count(load<u32>(place, 4), 1);
      count(load<u32>(place, 8), 2);
      count(load<u32>(place, 12), 3);
      sum0 = f64x2.add(sum0, d0);
      sum1 = f64x2.add(sum1, d1);
      abs0 = f64x2.add(abs0, f64x2.abs(d0));
      abs1 = f64x2.add(abs1, f64x2.abs(d1));
      square0 = madd<f64>(d0, d0, square0); // squares of f32 are exact in f64: fused or not, the same bits
      square1 = madd<f64>(d1, d1, square1);
      v = v128.load(p, 16);
      d0 = f64x2.promote_low_f32x4(v);
      d1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
      count(load<u32>(place, 16), 4);
      count(load<u32>(place, 20), 5);
      count(load<u32>(place, 24), 6);
      count(load<u32>(place, 28), 7);
      sum0 = f64x2.add(sum0, d0);
      sum1 = f64x2.add(sum1, d1);
      abs0 = f64x2.add(abs0, f64x2.abs(d0));
      abs1 = f64x2.add(abs1, f64x2.abs(d1));
      square0 = madd<f64>(d0, d0, square0);
      square1 = madd<f64>(d1, d1, square1);
      place += 32;
    }
  }
  const specials = counted(SPECIAL);
  if (specials) return specials;
  const lo = min(min(pick(smallest, 0), pick(smallest, 1)), min(pick(smallest, 2), pick(smallest, 3)));
  const hi = max(max(pick(largest, 0), pick(largest, 1)), max(pick(largest, 2), pick(largest, 3)));
  sum0 = f64x2.add(sum0, sum1);
  abs0 = f64x2.add(abs0, abs1);
  square0 = f64x2.add(square0, square1);
  const zero = laneSum(zeros);
  const flush = laneSum(flushed);
  let over = counted(OVERFLOW) ? overflows(x, n) : 0;
  for (let e = 1; e < SPECIAL; e++) {
    const here = counted(e);
    if (here) bin(out, e - 127, here);
    if (e > OVERFLOW) over += here;
  }
  if (counted(0) > zero) subnormals(out, x, n);
  store<f64>(out, f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1));
  store<f64>(out, f64x2.extract_lane(square0, 0) + f64x2.extract_lane(square0, 1), 8);
  store<f64>(out, f64x2.extract_lane(abs0, 0) + f64x2.extract_lane(abs0, 1), 16);
  store<f64>(out, max(Math.abs(lo), Math.abs(hi)), 24);
  store<f64>(out, zero, 32);
  store<f64>(out, flush - zero, 56);
  store<f64>(out, laneSum(low) - flush, 64);
  store<f64>(out, over, 72);
  store<f64>(out, lo, 80);
  store<f64>(out, hi, 88);
  return 0;
}

/** f32 lane as f64. */
@inline
function pick(v: v128, lane: u8): f64 {
  if (lane == 0) return <f64>f32x4.extract_lane(v, 0);
  if (lane == 1) return <f64>f32x4.extract_lane(v, 1);
  if (lane == 2) return <f64>f32x4.extract_lane(v, 2);
  return <f64>f32x4.extract_lane(v, 3);
}

/** A second pass for rare numbers: those below 2¹⁶ that overflow float16. */
function overflows(x: usize, n: i32): f64 {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const a = load<u32>(x + (<usize>i << 2)) & 0x7fffffff;
    sum += <i32>(a >= 0x477ff000 && a < 0x47800000);
  }
  return <f64>sum;
}

/** Likewise for f32 subnormals: exponent from the leading bit, 2⁻¹⁴⁹ the last. */
function subnormals(out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const a = load<u32>(x + (<usize>i << 2)) & 0x7fffffff;
    if (a != 0 && a < 0x00800000) bin(out, -118 - <i32>clz<u32>(a), 1);
  }
}

/** Adds n numbers to the words, one by one. */
function plain<T>(out: usize, x: usize, n: i32): void {
  let sum = load<f64>(out);
  let square = load<f64>(out, 8);
  let abs = load<f64>(out, 16);
  let top = load<f64>(out, TOP << 3);
  let lo = load<f64>(out, LOW << 3);
  let hi = load<f64>(out, HIGH << 3);
  for (let i = 0; i < n; i++) {
    const v = <f64>load<T>(x + <usize>i * sizeof<T>());
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
  store<f64>(out, top, TOP << 3);
  store<f64>(out, lo, LOW << 3);
  store<f64>(out, hi, HIGH << 3);
}
