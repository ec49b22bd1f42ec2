// Standardisation over A and C of [A, B, C] with its gradient, and affine maps per b.

import { low } from "./reduce";

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

export function standardize(t: i32, out: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32): void {
  if (t == 0) standardizeAll<f32>(out, x, mean, rstd, A, B, C);
  else standardizeAll<f64>(out, x, mean, rstd, A, B, C);
}

@inline
function lane0<T>(v: T): v128 {
  return f64x2.replace_lane(f64x2.splat(0), 0, <f64>v);
}

/** Σ (x − shift)^(1 or 2) over n contiguous numbers. */
@inline
function moment<T>(x: usize, n: i32, shift: f64, squared: bool): f64 {
  const d = f64x2.splat(shift);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    let u = f64x2.sub(low<T>(x), d);
    let v = f64x2.sub(low<T>(x + 2 * sizeof<T>()), d);
    if (squared) {
      u = f64x2.mul(u, u);
      v = f64x2.mul(v, v);
    }
    s0 = f64x2.add(s0, u);
    s1 = f64x2.add(s1, v);
    x += 4 * sizeof<T>();
  }
  s0 = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (; i < n; i++) {
    const u = <f64>load<T>(x) - shift;
    sum += squared ? u * u : u;
    x += sizeof<T>();
  }
  return sum;
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
    let s: f64 = 0;
    let p = first;
    for (let a = 0; a < A; a++) {
      s += moment<T>(p, C, 0, false);
      p += row;
    }
    const mu = s / n;
    s = 0;
    p = first;
    for (let a = 0; a < A; a++) {
      s += moment<T>(p, C, mu, true);
      p += row;
    }
    const v = s / n;
    const r = 1 / Math.sqrt(v + eps);
    store<f64>(mean + <usize>b * 8, mu);
    store<f64>(variance + <usize>b * 8, v);
    store<f64>(rstd + <usize>b * 8, r);
  }
}

@inline
function saveTwo<T>(out: usize, v: v128): void {
  if (sizeof<T>() == 8) v128.store(out, v);
  else v128.store64_lane(out, f32x4.demote_f64x2_zero(v), 0);
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
    const d0 = f64x2.sub(low<T>(p), m0);
    const d1 = f64x2.sub(low<T>(p + two), m1);
    v0 = f64x2.add(v0, f64x2.mul(d0, d0));
    v1 = f64x2.add(v1, f64x2.mul(d1, d1));
  }
  v0 = f64x2.div(v0, n);
  v1 = f64x2.div(v1, n);
  const one = f64x2.splat(1);
  const r0 = f64x2.div(one, f64x2.sqrt(f64x2.add(v0, f64x2.splat(eps))));
  const r1 = f64x2.div(one, f64x2.sqrt(f64x2.add(v1, f64x2.splat(eps))));
  v128.store(mean, m0);
  v128.store(mean + 16, m1);
  v128.store(variance, v0);
  v128.store(variance + 16, v1);
  v128.store(rstd, r0);
  v128.store(rstd + 16, r1);
}

/** out = (x − mu) r; the difference in f64, as mu may dwarf the spread. */
@inline
function scale<T>(out: usize, x: usize, n: i32, mu: f64, r: f64): void {
  const m = f64x2.splat(mu);
  const k = f64x2.splat(r);
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    const v = f64x2.mul(f64x2.sub(low<T>(x), m), k);
    if (sizeof<T>() == 8) v128.store(out, v);
    else v128.store64_lane(out, f32x4.demote_f64x2_zero(v), 0);
    x += 2 * sizeof<T>();
    out += 2 * sizeof<T>();
  }
  if (i < n) store<T>(out, <T>((<f64>load<T>(x) - mu) * r));
}

function standardizeAll<T>(out: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32): void {
  if (C == 1) {
    for (let a = 0; a < A; a++) {
      const step = <usize>B * sizeof<T>();
      standardizeRow<T>(out, x, mean, rstd, B);
      x += step;
      out += step;
    }
    return;
  }
  const segment = <usize>C * sizeof<T>();
  for (let a = 0; a < A; a++)
    for (let b = 0; b < B; b++) {
      const at = <usize>b * 8;
      scale<T>(out, x, C, load<f64>(mean + at), load<f64>(rstd + at));
      x += segment;
      out += segment;
    }
}

/** One row of [A, B]: a mean and a factor per element. */
@inline
function standardizeRow<T>(out: usize, x: usize, mean: usize, rstd: usize, n: i32): void {
  const two = 2 * sizeof<T>();
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    saveTwo<T>(out, f64x2.mul(f64x2.sub(low<T>(x), v128.load(mean)), v128.load(rstd)));
    x += two;
    out += two;
    mean += 16;
    rstd += 16;
  }
  if (i < n) store<T>(out, <T>((<f64>load<T>(x) - load<f64>(mean)) * load<f64>(rstd)));
}

/** Two of x̂, in f64: ct − mean(ct) − x̂ mean(ct x̂) all but vanishes in small groups, and a rounded x̂ would be what is left. */
@inline
function standard<T>(x: usize, mu: v128, r: v128): v128 {
  return f64x2.mul(f64x2.sub(low<T>(x), mu), r);
}

export function standardizeGrad(t: i32, out: usize, ct: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32): void {
  standardizeGradPart(t, out, ct, x, mean, rstd, A, B, C, 0, B);
}

/** Groups from..to alone; from is even. */
export function standardizeGradPart(
  t: i32, out: usize, ct: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32, from: i32, to: i32,
): void {
  if (t == 0) standardizeGradAll<f32>(out, ct, x, mean, rstd, A, B, C, from, to);
  else standardizeGradAll<f64>(out, ct, x, mean, rstd, A, B, C, from, to);
}

/** Two neighbouring columns of [A, B], rows `row` bytes apart. */
function standardizeGradColumns<T>(out: usize, ct: usize, x: usize, mean: usize, rstd: usize, A: i32, row: usize): void {
  const n = f64x2.splat(<f64>A);
  const end = <usize>A * row;
  const mu = v128.load(mean);
  const r = v128.load(rstd);
  let s = f64x2.splat(0);
  let q = s;
  for (let p: usize = 0; p < end; p += row) {
    const c = low<T>(ct + p);
    s = f64x2.add(s, c);
    q = f64x2.add(q, f64x2.mul(c, standard<T>(x + p, mu, r)));
  }
  s = f64x2.div(s, n);
  q = f64x2.div(q, n);
  for (let p: usize = 0; p < end; p += row)
    saveTwo<T>(out + p, f64x2.mul(f64x2.sub(f64x2.sub(low<T>(ct + p), s), f64x2.mul(standard<T>(x + p, mu, r), q)), r));
}

function standardizeGradAll<T>(
  out: usize, ct: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32, from: i32, to: i32,
): void {
  const segment = <usize>C * sizeof<T>();
  const row = <usize>B * segment;
  const n = <f64>A * <f64>C;
  let start = from;
  if (C == 1)
    for (; start + 2 <= to; start += 2) {
      const at = <usize>start * sizeof<T>();
      standardizeGradColumns<T>(out + at, ct + at, x + at, mean + <usize>start * 8, rstd + <usize>start * 8, A, row);
    }
  for (let b = start; b < to; b++) {
    const first = <usize>b * segment;
    const mu = f64x2.splat(load<f64>(mean + <usize>b * 8));
    const r = f64x2.splat(load<f64>(rstd + <usize>b * 8));
    let s = f64x2.splat(0);
    let q = s;
    let p = first;
    for (let a = 0; a < A; a++) {
      let i = 0;
      let u = p;
      for (; i + 2 <= C; i += 2) {
        const c = low<T>(ct + u);
        s = f64x2.add(s, c);
        q = f64x2.add(q, f64x2.mul(c, standard<T>(x + u, mu, r)));
        u += 2 * sizeof<T>();
      }
      if (i < C) {
        const c = lane0<T>(load<T>(ct + u));
        s = f64x2.add(s, c);
        q = f64x2.add(q, f64x2.mul(c, f64x2.mul(f64x2.sub(lane0<T>(load<T>(x + u)), mu), r)));
      }
      p += row;
    }
    const m1 = (f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)) / n;
    const m2 = (f64x2.extract_lane(q, 0) + f64x2.extract_lane(q, 1)) / n;
    p = first;
    for (let a = 0; a < A; a++) {
      let i = 0;
      let u = p;
      for (; i + 2 <= C; i += 2) {
        const d = f64x2.sub(f64x2.sub(low<T>(ct + u), f64x2.splat(m1)), f64x2.mul(standard<T>(x + u, mu, r), f64x2.splat(m2)));
        const v = f64x2.mul(d, r);
        if (sizeof<T>() == 8) v128.store(out + u, v);
        else v128.store64_lane(out + u, f32x4.demote_f64x2_zero(v), 0);
        u += 2 * sizeof<T>();
      }
      if (i < C) {
        const k = f64x2.extract_lane(r, 0);
        const h = (<f64>load<T>(x + u) - f64x2.extract_lane(mu, 0)) * k;
        store<T>(out + u, <T>(k * (<f64>load<T>(ct + u) - m1 - h * m2)));
      }
      p += row;
    }
  }
}

/** scale or shift may be 0: absent. */
export function affine(t: i32, out: usize, x: usize, scale: usize, shift: usize, A: i32, B: i32, C: i32): void {
  if (t == 0) affineAll<f32>(out, x, scale, shift, A, B, C);
  else affineAll<f64>(out, x, scale, shift, A, B, C);
}

function affineAll<T>(out: usize, x: usize, scale: usize, shift: usize, A: i32, B: i32, C: i32): void {
  const W: i32 = 16 / sizeof<T>();
  if (C == 1) {
    // b runs along memory
    for (let a = 0; a < A; a++) {
      let b = 0;
      for (; b + W <= B; b += W) {
        const place = <usize>b * sizeof<T>();
        let v = v128.load(x + place);
        if (scale) v = v128.mul<T>(v, v128.load(scale + place));
        if (shift) v = v128.add<T>(v, v128.load(shift + place));
        v128.store(out + place, v);
      }
      for (; b < B; b++) {
        const place = <usize>b * sizeof<T>();
        let v = load<T>(x + place);
        if (scale) v = v * load<T>(scale + place);
        if (shift) v = v + load<T>(shift + place);
        store<T>(out + place, v);
      }
      x += <usize>B * sizeof<T>();
      out += <usize>B * sizeof<T>();
    }
    return;
  }
  for (let a = 0; a < A; a++)
    for (let b = 0; b < B; b++) {
      const s = scale ? load<T>(scale + <usize>b * sizeof<T>()) : <T>1;
      const h = shift ? load<T>(shift + <usize>b * sizeof<T>()) : <T>0;
      const s4 = v128.splat<T>(s);
      const h4 = v128.splat<T>(h);
      let c = 0;
      for (; c + W <= C; c += W) {
        v128.store(out, v128.add<T>(v128.mul<T>(v128.load(x), s4), h4));
        x += 16;
        out += 16;
      }
      for (; c < C; c++) {
        store<T>(out, load<T>(x) * s + h);
        x += sizeof<T>();
        out += sizeof<T>();
      }
    }
}
