// One pass over a tensor: sums, extrema, counts of the special values, of float16's losses, and a histogram of exponents.

import { CHUNK, SPECIAL, clearFields, countAlike, countFields, fieldCount, fieldsOf } from "./fields";
import { PLACES, madd, scratch, sumLanes } from "./memory";

const WORDS: i32 = 10; // kernels.ts' STATS, of them:
const TOP: i32 = 3; // absMax
const BINS: i32 = 277;
const MIN_EXPONENT: i32 = -149;
// Fields of f32 within which float16's borders stand:
const FLUSHED: i32 = 102; // 2⁻²⁵ its smallest
const NORMAL: i32 = 112; // 2⁻¹⁴ − 2⁻²⁵ near its end
const OVERFLOW: i32 = 142; // 65520 near its end

const F16_FLUSHED: f64 = 2.9802322387695312e-8; // 2⁻²⁵: up to here x rounds to 0
const F16_NORMAL: f64 = 6.1005353927612305e-5; // 2⁻¹⁴ − 2⁻²⁵: from here x rounds to a normal number
const F16_OVERFLOW: f64 = 65520; // from here x rounds to ±inf

/** For `countAlike`: ±0, ±2⁻²⁵, from F16_NORMAL and from F16_OVERFLOW to the field's end. */
const ZERO: usize = memory.data<i32>([0, -2, 0x66000000, -2, 0x70ffc000, -2 << 13, <i32>0x8effe000, -2 << 12], 16);
const FLUSHED_LAST: usize = ZERO + 8;
const NORMAL_FIRST: usize = ZERO + 16;
const OVERFLOW_FIRST: usize = ZERO + 24;
const ONE: usize = memory.data<f64>([1], 8);

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
  memory.fill(out, 0, <usize>(WORDS + BINS) << 3);
  if (t == 0) {
    const wide = n & ~15;
    const done = wide > 0 && wide32(out, x, wide) ? wide : 0;
    plain<f32>(out, x + (<usize>done << 2), n - done);
  } else {
    plain<f64>(out, x, n);
  }
}

/** Adds `count` blocks, one behind the other at `parts`, to `out`, in order. */
export function statsJoin(out: usize, parts: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    for (let w = 0; w < WORDS + BINS; w++) {
      const at = <usize>w << 3;
      const a = load<f64>(out + at);
      const b = load<f64>(parts + at);
      store<f64>(out + at, w == TOP ? max(a, b) : a + b);
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

/** n f32, a multiple of 16, into cleared words. False where NaN or ±inf is among them: then nothing is written. */
function wide32(out: usize, x: usize, n: i32): bool {
  const one = v128.load64_splat(ONE);
  let sum = f64x2.splat(0);
  let abs = sum, square0 = sum, square1 = sum, square2 = sum, square3 = sum;
  let largest: u32 = 0; // of the numbers' bits, doubled: without their signs
  clearFields();
  let zeros = 0, lasts = 0, firsts = 0, over = 0;
  for (let i = 0; i < n; i += CHUNK) {
    const from = x + (<usize>i << 2);
    const count = min(n - i, CHUNK);
    const to = from + (<usize>count << 2);
    let most = i32x4.splat(0);
    let place = PLACES;
    // Sums and fields in one loop, as they wait for different units; a chain of sums that wait for each other would take longer.
    for (let p = from; p < to; p += 64) {
      const v0 = v128.load(p), v1 = v128.load(p, 16);
      const a0 = i32x4.add(v0, v0), a1 = i32x4.add(v1, v1);
      most = i32x4.max_u(i32x4.max_u(most, a0), a1);
      const d0 = f64x2.promote_low_f32x4(v0), d1 = f64x2.promote_low_f32x4(v128.load64_zero(p, 8));
      const d2 = f64x2.promote_low_f32x4(v1), d3 = f64x2.promote_low_f32x4(v128.load64_zero(p, 24));
      square0 = madd<f64>(d0, d0, square0); // squares of f32 are exact in f64: fused or not, the same bits
      square1 = madd<f64>(d1, d1, square1);
      square2 = madd<f64>(d2, d2, square2);
      square3 = madd<f64>(d3, d3, square3);
      sum = f64x2.add(sum, four(d0, d1, d2, d3, one));
      abs = f64x2.add(abs, four(f64x2.abs(d0), f64x2.abs(d1), f64x2.abs(d2), f64x2.abs(d3), one));
      const v2 = v128.load(p, 32), v3 = v128.load(p, 48);
      const a2 = i32x4.add(v2, v2), a3 = i32x4.add(v3, v3);
      most = i32x4.max_u(i32x4.max_u(most, a2), a3);
      v128.store(place, fieldsOf(a0, a1, a2, a3));
      place += 16;
      const d4 = f64x2.promote_low_f32x4(v2), d5 = f64x2.promote_low_f32x4(v128.load64_zero(p, 40));
      const d6 = f64x2.promote_low_f32x4(v3), d7 = f64x2.promote_low_f32x4(v128.load64_zero(p, 56));
      square0 = madd<f64>(d4, d4, square0);
      square1 = madd<f64>(d5, d5, square1);
      square2 = madd<f64>(d6, d6, square2);
      square3 = madd<f64>(d7, d7, square3);
      sum = f64x2.add(sum, four(d4, d5, d6, d7, one));
      abs = f64x2.add(abs, four(f64x2.abs(d4), f64x2.abs(d5), f64x2.abs(d6), f64x2.abs(d7), one));
    }
    const here = largestOf(most);
    if (here >>> 24 == SPECIAL) return false;
    largest = max(largest, here);
    const nought = fieldCount(0), flushed = fieldCount(FLUSHED), normal = fieldCount(NORMAL), overflow = fieldCount(OVERFLOW);
    countFields(count, here >>> 24);
    if (fieldCount(0) != nought) zeros += countAlike(from, count, 0, ZERO);
    if (fieldCount(FLUSHED) != flushed) lasts += countAlike(from, count, FLUSHED, FLUSHED_LAST);
    if (fieldCount(NORMAL) != normal) firsts += countAlike(from, count, NORMAL, NORMAL_FIRST);
    if (fieldCount(OVERFLOW) != overflow) over += countAlike(from, count, OVERFLOW, OVERFLOW_FIRST);
  }
  const square = f64x2.add(f64x2.add(square0, square1), f64x2.add(square2, square3));
  if (fieldCount(0) > zeros) subnormals(out, x, n);
  let flushed = fieldCount(0) - zeros + lasts;
  let low = fieldCount(NORMAL) - firsts - lasts;
  for (let e = 1; e < SPECIAL; e++) {
    const here = fieldCount(e);
    if (!here) continue;
    bin(out, e - 127, <f64>here);
    if (e < FLUSHED) flushed += here;
    else if (e < NORMAL) low += here;
    else if (e > OVERFLOW) over += here;
  }
  store<f64>(out, sumLanes<f64>(sum));
  store<f64>(out, sumLanes<f64>(square), 8);
  store<f64>(out, sumLanes<f64>(abs), 16);
  store<f64>(out, <f64>reinterpret<f32>(largest >>> 1), TOP << 3);
  store<f64>(out, <f64>zeros, 32);
  store<f64>(out, <f64>flushed, 56);
  store<f64>(out, <f64>low, 64);
  store<f64>(out, <f64>over, 72);
  return true;
}

/** a + b; where multiply-add is fused, by it: its units wait for work here, those of sums do not. */
@inline
function plus(a: v128, one: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_madd(a, one, b) : f64x2.add(a, b);
}

@inline
function four(a: v128, b: v128, c: v128, d: v128, one: v128): v128 {
  return f64x2.add(plus(a, one, b), plus(c, one, d));
}

/** Largest of four u32. */
@inline
function largestOf(v: v128): u32 {
  const low = max(<u32>i32x4.extract_lane(v, 0), <u32>i32x4.extract_lane(v, 1));
  return max(low, max(<u32>i32x4.extract_lane(v, 2), <u32>i32x4.extract_lane(v, 3)));
}

/** A second pass for f32 subnormals: exponent from the leading bit, 2⁻¹⁴⁹ the last. */
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
  for (let i = 0; i < n; i++) {
    const v = <f64>load<T>(x + <usize>i * sizeof<T>());
    if (v != v) {
      bump(out, 5, 1);
      continue;
    }
    const a = Math.abs(v);
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
}
