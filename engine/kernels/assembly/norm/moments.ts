// Mean, variance and 1 / √(variance + eps) of each group b of [A, B, C], over A and C, in f64.

import { madd } from "../memory";
import { low } from "../reduce";

export function moments(
  t: i32, mean: usize, variance: usize, rstd: usize, x: usize, A: i32, B: i32, C: i32, eps: f64,
): void {
  momentsPart(t, mean, variance, rstd, x, A, B, C, eps, 0, B);
}

/** Groups from..to alone; from is a multiple of 4. */
export function momentsPart(
  t: i32, mean: usize, variance: usize, rstd: usize, x: usize, A: i32, B: i32, C: i32, eps: f64, from: i32, to: i32,
): void {
  if (t == 0) momentsAll<f32>(mean, variance, rstd, x, A, B, C, eps, from, to);
  else momentsAll<f64>(mean, variance, rstd, x, A, B, C, eps, from, to);
}

function momentsAll<T>(
  mean: usize, variance: usize, rstd: usize, x: usize, A: i32, B: i32, C: i32, eps: f64, from: i32, to: i32,
): void {
  const segment = <usize>C * sizeof<T>();
  const row = <usize>B * segment;
  const n = <f64>A * <f64>C;
  let start = from;
  if (C == 1)
    for (; start + 4 <= to; start += 4) {
      const at = <usize>start * sizeof<T>();
      momentsOfColumns<T>(mean + <usize>start * 8, variance + <usize>start * 8, rstd + <usize>start * 8, x + at, A, row, eps);
    }
  for (let b = start; b < to; b++) {
    const first = x + <usize>b * segment;
    const mu = total<T>(first, A, C, row, 0, false) / n;
    const v = total<T>(first, A, C, row, mu, true) / n;
    const at = <usize>b * 8;
    store<f64>(mean + at, mu);
    store<f64>(variance + at, v);
    store<f64>(rstd + at, 1 / Math.sqrt(v + eps));
  }
}

/** s + x, or s + (x − shift)²; `squared` is a literal at every call. */
@inline
function step(s: v128, x: v128, shift: v128, squared: bool): v128 {
  if (!squared) return f64x2.add(s, x);
  const d = f64x2.sub(x, shift);
  return madd<f64>(d, d, s);
}

/** Σ x, or Σ (x − shift)², over A runs of C numbers, `row` bytes apart. */
@inline
function total<T>(x: usize, A: i32, C: i32, row: usize, shift: f64, squared: bool): f64 {
  const d = f64x2.splat(shift);
  let s0 = f64x2.splat(0);
  let s1 = s0, s2 = s0, s3 = s0;
  let rest: f64 = 0;
  for (let a = 0; a < A; a++) {
    let p = x;
    let i = 0;
    for (; i + 8 <= C; i += 8) {
      s0 = step(s0, low<T>(p), d, squared);
      s1 = step(s1, low<T>(p + 2 * sizeof<T>()), d, squared);
      s2 = step(s2, low<T>(p + 4 * sizeof<T>()), d, squared);
      s3 = step(s3, low<T>(p + 6 * sizeof<T>()), d, squared);
      p += 8 * sizeof<T>();
    }
    for (; i + 2 <= C; i += 2) {
      s0 = step(s0, low<T>(p), d, squared);
      p += 2 * sizeof<T>();
    }
    if (i < C) {
      const u = <f64>load<T>(p) - shift;
      rest += squared ? u * u : u;
    }
    x += row;
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  return f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1) + rest;
}

/** Four neighbouring columns of [A, B], rows `row` bytes apart. */
function momentsOfColumns<T>(
  mean: usize, variance: usize, rstd: usize, x: usize, A: i32, row: usize, eps: f64,
): void {
  const two = 2 * sizeof<T>();
  const n = f64x2.splat(<f64>A);
  let m0 = f64x2.splat(0);
  let m1 = m0, v0 = m0, v1 = m0;
  const end = x + <usize>A * row;
  for (let p = x; p < end; p += row) {
    m0 = f64x2.add(m0, low<T>(p));
    m1 = f64x2.add(m1, low<T>(p + two));
  }
  m0 = f64x2.div(m0, n);
  m1 = f64x2.div(m1, n);
  for (let p = x; p < end; p += row) {
    v0 = step(v0, low<T>(p), m0, true);
    v1 = step(v1, low<T>(p + two), m1, true);
  }
  v0 = f64x2.div(v0, n);
  v1 = f64x2.div(v1, n);
  const one = f64x2.splat(1);
  v128.store(mean, m0);
  v128.store(mean + 16, m1);
  v128.store(variance, v0);
  v128.store(variance + 16, v1);
  v128.store(rstd, f64x2.div(one, f64x2.sqrt(f64x2.add(v0, f64x2.splat(eps)))));
  v128.store(rstd + 16, f64x2.div(one, f64x2.sqrt(f64x2.add(v1, f64x2.splat(eps)))));
}
