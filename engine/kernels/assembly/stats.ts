// One pass over a tensor: sums, extrema, counts of the special values, of float16's losses, and a histogram of exponents.

import { CHUNK, SPECIAL, clearFields, countFields, countIn, fieldCount } from "./fields";
import { scratch } from "./memory";
import { addSums } from "./sums";

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

/** For `countIn`: ±2⁻²⁵, from F16_NORMAL and from F16_OVERFLOW to the field's end. */
const FLUSHED_LAST: usize = memory.data<i32>([0x33000000, 0x7fffffff, 0x387fe000, 0x7fffe000, 0x477ff000, 0x7ffff000], 16);
const NORMAL_FIRST: usize = FLUSHED_LAST + 8;
const OVERFLOW_FIRST: usize = FLUSHED_LAST + 16;

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

/** n f32, a multiple of 16, into cleared words. False where NaN or ±inf is among them: then the words are cleared again. */
function wide32(out: usize, x: usize, n: i32): bool {
  let largest: u32 = 0;
  clearFields();
  let zeros = 0, lasts = 0, firsts = 0, over = 0;
  for (let i = 0; i < n; i += CHUNK) {
    const from = x + (<usize>i << 2);
    const count = min(n - i, CHUNK);
    const here = addSums(out, from, count);
    if (here >>> 23 == SPECIAL) {
      memory.fill(out, 0, 24);
      return false;
    }
    if (here == 0) {
      zeros += count;
      continue;
    }
    largest = max(largest, here);
    const flushed = fieldCount(FLUSHED), normal = fieldCount(NORMAL), overflow = fieldCount(OVERFLOW);
    zeros += countFields(from, count, here >>> 23);
    lasts += countIn(FLUSHED, fieldCount(FLUSHED) - flushed, from, count, FLUSHED_LAST);
    firsts += countIn(NORMAL, fieldCount(NORMAL) - normal, from, count, NORMAL_FIRST);
    over += countIn(OVERFLOW, fieldCount(OVERFLOW) - overflow, from, count, OVERFLOW_FIRST);
  }
  if (fieldCount(0) > 0) subnormals(out, x, n);
  let flushed = fieldCount(0) + lasts;
  let low = fieldCount(NORMAL) - firsts - lasts;
  for (let e = 1; e < SPECIAL; e++) {
    const here = fieldCount(e);
    if (!here) continue;
    bin(out, e - 127, <f64>here);
    if (e < FLUSHED) flushed += here;
    else if (e < NORMAL) low += here;
    else if (e > OVERFLOW) over += here;
  }
  store<f64>(out, <f64>reinterpret<f32>(largest), TOP << 3);
  store<f64>(out, <f64>zeros, 32);
  store<f64>(out, <f64>flushed, 56);
  store<f64>(out, <f64>low, 64);
  store<f64>(out, <f64>over, 72);
  return true;
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
