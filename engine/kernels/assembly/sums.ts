// Sums of x, |x| and x² and the largest |x| of f32 numbers.

import { CHUNK, largestOf } from "./fields";
import { WIDE, joinedSums } from "./joined";
import { COUNTS, madd } from "./memory";

/** Elements whose sums are taken in f32: 32 in each of eight lanes, in 13 roundings at most. Sums of runs are f64. */
const RUN: i32 = 256;
const RUN_BYTES: usize = 128; // four pairs of vectors: what `sumRuns` tells of a run
/** `sumRuns`' results of a chunk. */
const RUNS: usize = COUNTS + 4096;
/** f64: Σ x, Σ |x|, Σ x²; u32: the largest |x|'s bits. Of the last `addSums`. */
const HERE: usize = RUNS + (CHUNK / RUN) * RUN_BYTES;

/** Within these of f32 no square is lost that counts, and no sum overflows. */
const LEAST: u32 = 0x26800000; // 2⁻⁵⁰
const MOST: u32 = 0x5d800000; // 2⁶⁰
const INFINITE: u32 = 0x7f800000;

/** In memory, since a constant of the code would be built anew in each turn of a loop. */
const ABS: usize = memory.data<i32>([0x7fffffff], 16);
const ONE: usize = memory.data<f64>([1], 8);

/** Σ x, Σ |x|, Σ x² and the largest |x| of each lane, of `runs` runs at x, RUN_BYTES for each. */
@inline
export function sumRuns(at: usize, x: usize, runs: i32): void {
  const abs = v128.load32_splat(ABS);
  const end = x + <usize>runs * RUN * 4;
  for (let run = x; run < end; run += RUN * 4) {
    let s0 = f32x4.splat(0);
    let s1 = s0, a0 = s0, a1 = s0, q0 = s0, q1 = s0, m0 = s0, m1 = s0;
    for (let p = run; p < run + RUN * 4; p += 128) {
      const x0 = v128.load(p), x1 = v128.load(p, 16), y0 = v128.load(p, 32), y1 = v128.load(p, 48);
      const z0 = v128.load(p, 64), z1 = v128.load(p, 80), w0 = v128.load(p, 96), w1 = v128.load(p, 112);
      s0 = f32x4.add(s0, four(x0, y0, z0, w0));
      s1 = f32x4.add(s1, four(x1, y1, z1, w1));
      q0 = f32x4.add(q0, squares(x0, y0, z0, w0));
      q1 = f32x4.add(q1, squares(x1, y1, z1, w1));
      const b0 = v128.and(x0, abs), c0 = v128.and(y0, abs), d0 = v128.and(z0, abs), e0 = v128.and(w0, abs);
      const b1 = v128.and(x1, abs), c1 = v128.and(y1, abs), d1 = v128.and(z1, abs), e1 = v128.and(w1, abs);
      a0 = f32x4.add(a0, four(b0, c0, d0, e0));
      a1 = f32x4.add(a1, four(b1, c1, d1, e1));
      m0 = i32x4.max_u(m0, largest(b0, c0, d0, e0));
      m1 = i32x4.max_u(m1, largest(b1, c1, d1, e1));
    }
    v128.store(at, s0);
    v128.store(at, s1, 16);
    v128.store(at, a0, 32);
    v128.store(at, a1, 48);
    v128.store(at, q0, 64);
    v128.store(at, q1, 80);
    v128.store(at, m0, 96);
    v128.store(at, m1, 112);
    at += RUN_BYTES;
  }
}

@inline
function four(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

@inline
function squares(a: v128, b: v128, c: v128, d: v128): v128 {
  return madd<f32>(a, a, madd<f32>(b, b, madd<f32>(c, c, f32x4.mul(d, d))));
}

@inline
function largest(a: v128, b: v128, c: v128, d: v128): v128 {
  return i32x4.max_u(i32x4.max_u(a, b), i32x4.max_u(c, d));
}

/**
 * Adds Σ x, Σ x² and Σ |x| of n f32 at x, a multiple of 16 and at most a chunk, to the three f64 at `out`. → the largest |x|'s bits; from those of infinity
 * on nothing is added. A sum is within 8e-7 Σ |x| or Σ x² of its own: numbers whose squares f32 does not hold, or that lie so close together that their
 * variance is small against their mean's square, are added in f64.
 */
export function addSums(out: usize, x: usize, n: i32): u32 {
  const runs = n / RUN;
  const here = runs * RUN;
  clear();
  if (runs > 0) {
    if (WIDE == 0) sumRuns(RUNS, x, runs);
    else joinedSums(RUNS, x, runs);
    promote(runs);
    if (!isGood(here)) {
      clear();
      exact(x, here);
    }
  }
  exact(x + (<usize>here << 2), n - here);
  const most = load<u32>(HERE, 24);
  if (most >= INFINITE) return most;
  store<f64>(out, load<f64>(out) + load<f64>(HERE));
  store<f64>(out, load<f64>(out, 8) + load<f64>(HERE, 16), 8);
  store<f64>(out, load<f64>(out, 16) + load<f64>(HERE, 8), 16);
  return most;
}

@inline
function clear(): void {
  v128.store(HERE, f64x2.splat(0));
  v128.store(HERE, f64x2.splat(0), 16);
}

/** Whether HERE, of n numbers, is what f32 may tell. */
@inline
function isGood(n: i32): bool {
  const most = load<u32>(HERE, 24);
  const sum = load<f64>(HERE);
  return most == 0 || most >= INFINITE || (most > LEAST && most < MOST && 2 * sum * sum <= <f64>n * load<f64>(HERE, 16));
}

/** HERE becomes the sum of the runs. */
function promote(runs: i32): void {
  let sum = f64x2.splat(0);
  let abs = sum, square = sum;
  let most = i32x4.splat(0);
  const end = RUNS + <usize>runs * RUN_BYTES;
  for (let p = RUNS; p < end; p += RUN_BYTES) {
    sum = f64x2.add(sum, eight(p));
    abs = f64x2.add(abs, eight(p + 32));
    square = f64x2.add(square, eight(p + 64));
    most = i32x4.max_u(most, i32x4.max_u(v128.load(p, 96), v128.load(p, 112)));
  }
  add(sum, abs, square, most);
}

/** Eight f32, of which two are added as such. */
@inline
function eight(p: usize): v128 {
  const s = f32x4.add(v128.load(p), v128.load(p, 16));
  const high = i8x16.shuffle(s, s, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  return f64x2.add(f64x2.promote_low_f32x4(s), f64x2.promote_low_f32x4(high));
}

/** Two f32 as f64. */
@inline
function pair(p: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(p));
}

/** Adds n f32, a multiple of 16, to HERE in f64. */
function exact(x: usize, n: i32): void {
  const one = v128.load64_splat(ONE);
  let sum = f64x2.splat(0);
  let abs = sum, square0 = sum, square1 = sum, square2 = sum, square3 = sum;
  let most = i32x4.splat(0);
  const magnitude = v128.load32_splat(ABS);
  const end = x + (<usize>n << 2);
  for (let p = x; p < end; p += 32) {
    const a = pair(p), b = pair(p + 8), c = pair(p + 16), d = pair(p + 24);
    most = i32x4.max_u(most, i32x4.max_u(v128.and(v128.load(p), magnitude), v128.and(v128.load(p, 16), magnitude)));
    square0 = madd<f64>(a, a, square0); // squares of f32 are exact in f64: fused or not, the same bits
    square1 = madd<f64>(b, b, square1);
    square2 = madd<f64>(c, c, square2);
    square3 = madd<f64>(d, d, square3);
    sum = f64x2.add(sum, f64x2.add(plus(a, one, b), plus(c, one, d)));
    const low = plus(f64x2.abs(a), one, f64x2.abs(b));
    abs = f64x2.add(abs, f64x2.add(low, plus(f64x2.abs(c), one, f64x2.abs(d))));
  }
  add(sum, abs, f64x2.add(f64x2.add(square0, square1), f64x2.add(square2, square3)), most);
}

/** a + b; where multiply-add is fused, by it: its units wait for work here, those of sums do not. */
@inline
function plus(a: v128, one: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_madd(a, one, b) : f64x2.add(a, b);
}

@inline
function add(sum: v128, abs: v128, square: v128, most: v128): void {
  store<f64>(HERE, load<f64>(HERE) + lanes(sum));
  store<f64>(HERE, load<f64>(HERE, 8) + lanes(abs), 8);
  store<f64>(HERE, load<f64>(HERE, 16) + lanes(square), 16);
  store<u32>(HERE, max(load<u32>(HERE, 24), largestOf(most)), 24);
}

@inline
function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}
