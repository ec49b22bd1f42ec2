// The gradient of a normalisation with its affine map (standardize.ts). In f64: ct w − mean(ct w) − x̂ mean(ct w x̂) all but vanishes in small
// groups, and a rounded x̂ would be what is left.

import { madd } from "../memory";
import { low, save2 } from "../reduce";

// What the last `dots` and `groupDots` found: Σ ct, and Σ ct (x − mu).
let plain: f64 = 0;
let crossed: f64 = 0;

@inline
function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Two of ct, by their w where `has`, a literal, says that there are some. */
@inline
function weighted<T>(has: bool, ct: usize, w: usize): v128 {
  return has ? f64x2.mul(low<T>(ct), low<T>(w)) : low<T>(ct);
}

/** Sums over A runs of n numbers, `row` bytes apart; `has` and w as in `weighted`, n of them. */
@inline
function dotsOf<T>(has: bool, ct: usize, x: usize, w: usize, A: i32, n: i32, row: usize, mu: f64): void {
  const two = 2 * sizeof<T>();
  const m = f64x2.splat(mu);
  let s0 = f64x2.splat(0);
  let s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
  let s: f64 = 0;
  let q: f64 = 0;
  const end = <usize>(n & ~1) * sizeof<T>();
  const most = <usize>(n & ~7) * sizeof<T>();
  for (let a = 0; a < A; a++) {
    let i: usize = 0;
    for (; i < most; i += 4 * two) {
      let c = weighted<T>(has, ct + i, w + i);
      s0 = f64x2.add(s0, c);
      q0 = madd<f64>(c, f64x2.sub(low<T>(x + i), m), q0);
      c = weighted<T>(has, ct + i + two, w + i + two);
      s1 = f64x2.add(s1, c);
      q1 = madd<f64>(c, f64x2.sub(low<T>(x + i + two), m), q1);
      c = weighted<T>(has, ct + i + 2 * two, w + i + 2 * two);
      s2 = f64x2.add(s2, c);
      q2 = madd<f64>(c, f64x2.sub(low<T>(x + i + 2 * two), m), q2);
      c = weighted<T>(has, ct + i + 3 * two, w + i + 3 * two);
      s3 = f64x2.add(s3, c);
      q3 = madd<f64>(c, f64x2.sub(low<T>(x + i + 3 * two), m), q3);
    }
    for (; i < end; i += two) {
      const c = weighted<T>(has, ct + i, w + i);
      s0 = f64x2.add(s0, c);
      q0 = madd<f64>(c, f64x2.sub(low<T>(x + i), m), q0);
    }
    if (n & 1) {
      const c = <f64>load<T>(ct + i) * (has ? <f64>load<T>(w + i) : 1);
      s += c;
      q += c * (<f64>load<T>(x + i) - mu);
    }
    ct += row;
    x += row;
  }
  plain = s + lanes(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
  crossed = q + lanes(f64x2.add(f64x2.add(q0, q1), f64x2.add(q2, q3)));
}

function dots<T>(ct: usize, x: usize, A: i32, n: i32, row: usize, mu: f64): void {
  dotsOf<T>(false, ct, x, 0, A, n, row, mu);
}

/** Per channel of [·, W, S]: Σ ct, then W behind them Σ ct x̂. out: [2, W] f64. */
export function standardizeSums(
  t: i32, out: usize, ct: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32, W: i32, S: i32,
): void {
  standardizeSumsPart(t, out, ct, x, mean, rstd, A, B, C, W, S, 0, W);
}

/** Channels from..to alone; from is a multiple of 8. */
export function standardizeSumsPart(
  t: i32, out: usize, ct: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32, W: i32, S: i32, from: i32, to: i32,
): void {
  if (t == 0) sumsAll<f32>(out, ct, x, mean, rstd, A, B, C, W, S, from, to);
  else sumsAll<f64>(out, ct, x, mean, rstd, A, B, C, W, S, from, to);
}

function sumsAll<T>(
  out: usize, ct: usize, x: usize, mean: usize, rstd: usize, A: i32, B: i32, C: i32, W: i32, S: i32, from: i32, to: i32,
): void {
  const run = <usize>S * sizeof<T>();
  const row = <usize>W * run;
  const rows = (A * B * C) / (W * S);
  let start = from;
  if (S == 1 && (C == W || (C == 1 && B == W)))
    for (; start + 4 <= to; start += 4) {
      const at = <usize>start * sizeof<T>();
      const column = <usize>start * 8;
      if (C == 1) sumsOfColumns<T>(out + column, W, ct + at, x + at, mean + column, rstd + column, rows, row);
      else sumsOfRows<T>(out + column, W, ct + at, x + at, mean, rstd, rows, row);
    }
  for (let w = start; w < to; w++) {
    const at = <usize>w * run;
    let s: f64 = 0;
    let q: f64 = 0;
    if (B == W && S == C) {
      dots<T>(ct + at, x + at, A, C, row, load<f64>(mean + <usize>w * 8));
      s = plain;
      q = crossed * load<f64>(rstd + <usize>w * 8);
    } else
      for (let i = 0; i < rows; i++) {
        const place = <usize>((((i * W + w) * S) / C) % B) * 8;
        const from = <usize>i * row + at;
        dots<T>(ct + from, x + from, 1, S, 0, load<f64>(mean + place));
        s += plain;
        q += crossed * load<f64>(rstd + place);
      }
    store<f64>(out + <usize>w * 8, s);
    store<f64>(out + <usize>(W + w) * 8, q);
  }
}

/** Four neighbouring columns, each a group of its own. */
function sumsOfColumns<T>(out: usize, W: i32, ct: usize, x: usize, mean: usize, rstd: usize, rows: i32, row: usize): void {
  const two = 2 * sizeof<T>();
  const m0 = v128.load(mean);
  const m1 = v128.load(mean, 16);
  let s0 = f64x2.splat(0);
  let s1 = s0, q0 = s0, q1 = s0;
  for (let i = 0; i < rows; i++) {
    const c0 = low<T>(ct);
    const c1 = low<T>(ct + two);
    s0 = f64x2.add(s0, c0);
    s1 = f64x2.add(s1, c1);
    q0 = madd<f64>(c0, f64x2.sub(low<T>(x), m0), q0);
    q1 = madd<f64>(c1, f64x2.sub(low<T>(x + two), m1), q1);
    ct += row;
    x += row;
  }
  saveSums(out, W, s0, s1, f64x2.mul(q0, v128.load(rstd)), f64x2.mul(q1, v128.load(rstd, 16)));
}

/** Four neighbouring columns of rows that are the groups. */
function sumsOfRows<T>(out: usize, W: i32, ct: usize, x: usize, mean: usize, rstd: usize, rows: i32, row: usize): void {
  const two = 2 * sizeof<T>();
  let s0 = f64x2.splat(0);
  let s1 = s0, q0 = s0, q1 = s0;
  for (let i = 0; i < rows; i++) {
    const m = v128.load64_splat(mean);
    const r = v128.load64_splat(rstd);
    const c0 = low<T>(ct);
    const c1 = low<T>(ct + two);
    s0 = f64x2.add(s0, c0);
    s1 = f64x2.add(s1, c1);
    q0 = madd<f64>(c0, f64x2.mul(f64x2.sub(low<T>(x), m), r), q0);
    q1 = madd<f64>(c1, f64x2.mul(f64x2.sub(low<T>(x + two), m), r), q1);
    ct += row;
    x += row;
    mean += 8;
    rstd += 8;
  }
  saveSums(out, W, s0, s1, q0, q1);
}

@inline
function saveSums(out: usize, W: i32, s0: v128, s1: v128, q0: v128, q1: v128): void {
  v128.store(out, s0);
  v128.store(out, s1, 16);
  const crossed = out + <usize>W * 8;
  v128.store(crossed, q0);
  v128.store(crossed, q1, 16);
}

/** w, or sums (standardizeSums' of the same: only where W = B) may be 0: absent. */
export function standardizeGrad(
  t: i32, out: usize, ct: usize, x: usize, mean: usize, rstd: usize, w: usize, sums: usize, A: i32, B: i32, C: i32, W: i32, S: i32,
): void {
  standardizeGradPart(t, out, ct, x, mean, rstd, w, sums, A, B, C, W, S, 0, B);
}

/** Groups from..to alone; from is even. */
export function standardizeGradPart(
  t: i32, out: usize, ct: usize, x: usize, mean: usize, rstd: usize, w: usize, sums: usize, A: i32, B: i32, C: i32, W: i32, S: i32,
  from: i32, to: i32,
): void {
  if (t == 0) gradAll<f32>(out, ct, x, mean, rstd, w, sums, A, B, C, W, S, from, to);
  else gradAll<f64>(out, ct, x, mean, rstd, w, sums, A, B, C, W, S, from, to);
}

function gradAll<T>(
  out: usize, ct: usize, x: usize, mean: usize, rstd: usize, w: usize, sums: usize, A: i32, B: i32, C: i32, W: i32, S: i32,
  from: i32, to: i32,
): void {
  const segment = <usize>C * sizeof<T>();
  const row = <usize>B * segment;
  const n = <f64>A * <f64>C;
  const isBatch = W == B && S == C;
  let start = from;
  if (C == 1 && (isBatch || !w))
    for (; start + 2 <= to; start += 2) {
      const at = <usize>start * sizeof<T>();
      const place = <usize>start * 8;
      gradOfColumns<T>(out + at, ct + at, x + at, mean + place, rstd + place, w ? w + at : 0, A, row);
    }
  for (let b = start; b < to; b++) {
    const at = <usize>b * segment;
    const mu = load<f64>(mean + <usize>b * 8);
    const r = load<f64>(rstd + <usize>b * 8);
    if (isBatch || !w) {
      const k = w ? <f64>load<T>(w + <usize>b * sizeof<T>()) : 1;
      if (sums) {
        plain = load<f64>(sums + <usize>b * 8);
        crossed = load<f64>(sums + <usize>(W + b) * 8);
      } else {
        dots<T>(ct + at, x + at, A, C, row, mu);
        crossed *= r;
      }
      const m1 = (k * plain) / n;
      const m2 = (k * crossed) / n;
      for (let a: usize = 0; a < <usize>A * row; a += row) gradRun<T>(out + at + a, ct + at + a, x + at + a, C, mu, r, k, m1, m2);
    } else if (S == 1) {
      const own = w + <usize>((b * C) % W) * sizeof<T>();
      dotsOf<T>(true, ct + at, x + at, own, 1, C, 0, mu);
      gradAlong<T>(out + at, ct + at, x + at, own, C, mu, r, plain / n, (r * crossed) / n);
    } else {
      const first = ((b * C) / S) % W;
      let s: f64 = 0;
      let q: f64 = 0;
      for (let c = 0; c < C / S; c++) {
        const k = <f64>load<T>(w + <usize>((first + c) % W) * sizeof<T>());
        const run = at + <usize>(c * S) * sizeof<T>();
        dots<T>(ct + run, x + run, 1, S, 0, mu);
        s += k * plain;
        q += k * crossed;
      }
      const m1 = s / n;
      const m2 = (r * q) / n;
      for (let c = 0; c < C / S; c++) {
        const k = <f64>load<T>(w + <usize>((first + c) % W) * sizeof<T>());
        const run = at + <usize>(c * S) * sizeof<T>();
        gradRun<T>(out + run, ct + run, x + run, S, mu, r, k, m1, m2);
      }
    }
  }
}

/** r (ct k − m1 − x̂ m2) of two numbers. */
@inline
function slope(c: v128, x: v128, mu: v128, r: v128, m1: v128, m2: v128): v128 {
  return f64x2.mul(f64x2.sub(f64x2.sub(c, m1), f64x2.mul(f64x2.mul(f64x2.sub(x, mu), r), m2)), r);
}

/** n numbers of one factor k. */
function gradRun<T>(out: usize, ct: usize, x: usize, n: i32, mu: f64, r: f64, k: f64, m1: f64, m2: f64): void {
  const two = 2 * sizeof<T>();
  const u = f64x2.splat(mu);
  const v = f64x2.splat(r);
  const f = f64x2.splat(k);
  const a = f64x2.splat(m1);
  const b = f64x2.splat(m2);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const g = slope(f64x2.mul(low<T>(ct), f), low<T>(x), u, v, a, b);
    const h = slope(f64x2.mul(low<T>(ct + two), f), low<T>(x + two), u, v, a, b);
    save4<T>(out, g, h);
    ct += 2 * two;
    x += 2 * two;
    out += 2 * two;
  }
  for (; i < n; i++) {
    store<T>(out, <T>(r * (<f64>load<T>(ct) * k - m1 - (<f64>load<T>(x) - mu) * r * m2)));
    ct += sizeof<T>();
    x += sizeof<T>();
    out += sizeof<T>();
  }
}

@inline
function save4<T>(out: usize, g: v128, h: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(out, g);
    v128.store(out, h, 16);
  } else v128.store(out, v128.shuffle<i64>(f32x4.demote_f64x2_zero(g), f32x4.demote_f64x2_zero(h), 0, 2));
}

/** n numbers, each with its own factor. */
function gradAlong<T>(out: usize, ct: usize, x: usize, w: usize, n: i32, mu: f64, r: f64, m1: f64, m2: f64): void {
  const two = 2 * sizeof<T>();
  const u = f64x2.splat(mu);
  const v = f64x2.splat(r);
  const a = f64x2.splat(m1);
  const b = f64x2.splat(m2);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const g = slope(weighted<T>(true, ct, w), low<T>(x), u, v, a, b);
    const h = slope(weighted<T>(true, ct + two, w + two), low<T>(x + two), u, v, a, b);
    save4<T>(out, g, h);
    ct += 2 * two;
    x += 2 * two;
    w += 2 * two;
    out += 2 * two;
  }
  for (; i < n; i++) {
    store<T>(out, <T>(r * (<f64>load<T>(ct) * <f64>load<T>(w) - m1 - (<f64>load<T>(x) - mu) * r * m2)));
    ct += sizeof<T>();
    x += sizeof<T>();
    w += sizeof<T>();
    out += sizeof<T>();
  }
}

/** Two neighbouring columns of [A, B], rows `row` bytes apart. */
function gradOfColumns<T>(out: usize, ct: usize, x: usize, mean: usize, rstd: usize, w: usize, A: i32, row: usize): void {
  const n = f64x2.splat(<f64>A);
  const end = <usize>A * row;
  const mu = v128.load(mean);
  const r = v128.load(rstd);
  const k = w ? low<T>(w) : f64x2.splat(1);
  let s = f64x2.splat(0);
  let q = s;
  for (let p: usize = 0; p < end; p += row) {
    const c = f64x2.mul(low<T>(ct + p), k);
    s = f64x2.add(s, c);
    q = f64x2.add(q, f64x2.mul(c, f64x2.mul(f64x2.sub(low<T>(x + p), mu), r)));
  }
  s = f64x2.div(s, n);
  q = f64x2.div(q, n);
  for (let p: usize = 0; p < end; p += row)
    save2<T>(out + p, slope(f64x2.mul(low<T>(ct + p), k), low<T>(x + p), mu, r, s, q));
}
