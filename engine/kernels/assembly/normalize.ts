// Softmax and standardisation with their gradients, affine maps and activations' gradients.

import { PAD } from "./memory";
import { exp4, geluErfGrad4, geluTanhGrad4, siluGrad4 } from "./math/vector";
import { geluGate, normalCdf, normalPdf, sigmoid } from "./math/special";
import { low } from "./reduce";

export function softmax(t: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32, log: i32): void {
  if (n <= 0) return;
  if (t != 0) return softmaxScalar<f64>(out, x, outer, n, inner, log != 0);
  if (inner != 1) return softmaxColumns(out, x, outer, n, inner, log != 0);
  for (let o = 0; o < outer; o++) {
    softmaxLine(out, x, n, log != 0);
    out += <usize>n << 2;
    x += <usize>n << 2;
  }
}

@inline
function promoteAdd(s: v128, e: v128): v128 {
  return f64x2.add(s, f64x2.add(f64x2.promote_low_f32x4(e), f64x2.promote_low_f32x4(v128.shuffle<i64>(e, e, 1, 1))));
}

/** Four numbers, the absent ones filled with `fill`. */
@inline
function loadPart(x: usize, count: i32, fill: f32): v128 {
  v128.store(PAD, f32x4.splat(fill));
  memory.copy(PAD, x, <usize>count << 2);
  return v128.load(PAD);
}

@inline
function storePart(out: usize, v: v128, count: i32): void {
  v128.store(PAD, v);
  memory.copy(out, PAD, <usize>count << 2);
}

@inline
function maxLane(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)), max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

function softmaxLine(out: usize, x: usize, n: i32, log: bool): void {
  const whole = n & ~3;
  const rest = n & 3;
  let m = f32x4.splat(-Infinity);
  for (let i = 0; i < whole; i += 4) m = f32x4.max(m, v128.load(x + (<usize>i << 2)));
  const tail = x + (<usize>whole << 2);
  if (rest) m = f32x4.max(m, loadPart(tail, rest, -Infinity));
  const top = f32x4.splat(maxLane(m));
  let s = f64x2.splat(0);
  for (let i = 0; i < whole; i += 4) {
    const d = f32x4.sub(v128.load(x + (<usize>i << 2)), top);
    const e = exp4(d);
    v128.store(out + (<usize>i << 2), log ? d : e);
    s = promoteAdd(s, e);
  }
  const outTail = out + (<usize>whole << 2);
  if (rest) {
    const d = f32x4.sub(loadPart(tail, rest, -Infinity), top);
    const e = exp4(d);
    storePart(outTail, log ? d : e, rest);
    s = promoteAdd(s, e); // absent lanes: exp(-∞) = 0
  }
  const sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  if (log) {
    const l = <f32>Math.log(sum);
    const by = f32x4.splat(l);
    for (let i = 0; i < whole; i += 4) v128.store(out + (<usize>i << 2), f32x4.sub(v128.load(out + (<usize>i << 2)), by));
    for (let i = whole; i < n; i++) store<f32>(out + (<usize>i << 2), load<f32>(out + (<usize>i << 2)) - l);
  } else {
    const r = <f32>(1 / sum);
    const by = f32x4.splat(r);
    for (let i = 0; i < whole; i += 4) v128.store(out + (<usize>i << 2), f32x4.mul(v128.load(out + (<usize>i << 2)), by));
    for (let i = whole; i < n; i++) store<f32>(out + (<usize>i << 2), load<f32>(out + (<usize>i << 2)) * r);
  }
}

/** Four lines at a time side by side. */
function softmaxColumns(out: usize, x: usize, outer: i32, n: i32, inner: i32, log: bool): void {
  const row = <usize>inner << 2;
  const whole = inner & ~3;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < whole; i += 4) {
      const px = x + (<usize>i << 2);
      const po = out + (<usize>i << 2);
      let m = f32x4.splat(-Infinity);
      for (let j = 0; j < n; j++) m = f32x4.max(m, v128.load(px + <usize>j * row));
      let s0 = f64x2.splat(0);
      let s1 = s0;
      for (let j = 0; j < n; j++) {
        const d = f32x4.sub(v128.load(px + <usize>j * row), m);
        const e = exp4(d);
        v128.store(po + <usize>j * row, log ? d : e);
        s0 = f64x2.add(s0, f64x2.promote_low_f32x4(e));
        s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.shuffle<i64>(e, e, 1, 1)));
      }
      let by: v128;
      if (log) {
        by = f32x4.splat(<f32>Math.log(f64x2.extract_lane(s0, 0)));
        by = f32x4.replace_lane(by, 1, <f32>Math.log(f64x2.extract_lane(s0, 1)));
        by = f32x4.replace_lane(by, 2, <f32>Math.log(f64x2.extract_lane(s1, 0)));
        by = f32x4.replace_lane(by, 3, <f32>Math.log(f64x2.extract_lane(s1, 1)));
      } else {
        const one = f64x2.splat(1);
        const r0 = f32x4.demote_f64x2_zero(f64x2.div(one, s0));
        by = v128.shuffle<i64>(r0, f32x4.demote_f64x2_zero(f64x2.div(one, s1)), 0, 2);
      }
      for (let j = 0; j < n; j++) {
        const p = po + <usize>j * row;
        v128.store(p, log ? f32x4.sub(v128.load(p), by) : f32x4.mul(v128.load(p), by));
      }
    }
    for (let i = whole; i < inner; i++) softmaxOne<f32>(out + (<usize>i << 2), x + (<usize>i << 2), n, row, log);
    x += row * <usize>n;
    out += row * <usize>n;
  }
}

function softmaxScalar<T>(out: usize, x: usize, outer: i32, n: i32, inner: i32, log: bool): void {
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) softmaxOne<T>(out + <usize>i * sizeof<T>(), x + <usize>i * sizeof<T>(), n, row, log);
    x += row * <usize>n;
    out += row * <usize>n;
  }
}

function softmaxOne<T>(out: usize, x: usize, n: i32, row: usize, log: bool): void {
  let m: f64 = -Infinity;
  for (let j = 0; j < n; j++) m = max<f64>(m, <f64>load<T>(x + <usize>j * row));
  let s: f64 = 0;
  for (let j = 0; j < n; j++) s += Math.exp(<f64>load<T>(x + <usize>j * row) - m);
  const l = log ? Math.log(s) : 0;
  for (let j = 0; j < n; j++) {
    const d = <f64>load<T>(x + <usize>j * row) - m;
    store<T>(out + <usize>j * row, <T>(log ? d - l : Math.exp(d) / s));
  }
}

export function softmaxGrad(t: i32, out: usize, ct: usize, y: usize, outer: i32, n: i32, inner: i32, log: i32): void {
  if (t == 0 && inner == 1) {
    for (let o = 0; o < outer; o++) {
      softmaxGradLine(out, ct, y, n, log != 0);
      out += <usize>n << 2;
      ct += <usize>n << 2;
      y += <usize>n << 2;
    }
  } else if (t == 0) softmaxGradScalar<f32>(out, ct, y, outer, n, inner, log != 0);
  else softmaxGradScalar<f64>(out, ct, y, outer, n, inner, log != 0);
}

function softmaxGradLine(out: usize, ct: usize, y: usize, n: i32, log: bool): void {
  const whole = n & ~3;
  const rest = n & 3;
  const tail = <usize>whole << 2;
  let s = f64x2.splat(0);
  for (let i: usize = 0; i < tail; i += 16) {
    const c = v128.load(ct + i);
    s = promoteAdd(s, log ? c : f32x4.mul(c, v128.load(y + i)));
  }
  if (rest) {
    const c = loadPart(ct + tail, rest, 0);
    s = promoteAdd(s, log ? c : f32x4.mul(c, loadPart(y + tail, rest, 0)));
  }
  const sum = f32x4.splat(<f32>(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)));
  for (let i: usize = 0; i < tail; i += 16) v128.store(out + i, softmaxGrad4(v128.load(ct + i), v128.load(y + i), sum, log));
  if (rest) {
    const c = loadPart(ct + tail, rest, 0);
    storePart(out + tail, softmaxGrad4(c, loadPart(y + tail, rest, 0), sum, log), rest);
  }
}

@inline
function softmaxGrad4(c: v128, y: v128, sum: v128, log: bool): v128 {
  return log ? f32x4.sub(c, f32x4.mul(exp4(y), sum)) : f32x4.mul(y, f32x4.sub(c, sum));
}

function softmaxGradScalar<T>(out: usize, ct: usize, y: usize, outer: i32, n: i32, inner: i32, log: bool): void {
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const offset = (<usize>o * <usize>n * <usize>inner + <usize>i) * sizeof<T>();
      let s: f64 = 0;
      let p = offset;
      for (let j = 0; j < n; j++) {
        const c = <f64>load<T>(ct + p);
        s += log ? c : c * <f64>load<T>(y + p);
        p += row;
      }
      p = offset;
      for (let j = 0; j < n; j++) {
        const c = <f64>load<T>(ct + p);
        const v = <f64>load<T>(y + p);
        store<T>(out + p, <T>(log ? c - Math.exp(v) * s : v * (c - s)));
        p += row;
      }
    }
  }
}

export function standardize(
  t: i32, out: usize, mean: usize, variance: usize, rstd: usize, x: usize, A: i32, B: i32, C: i32, eps: f64,
): void {
  if (t == 0) standardizeAll<f32>(out, mean, variance, rstd, x, A, B, C, eps);
  else standardizeAll<f64>(out, mean, variance, rstd, x, A, B, C, eps);
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

function standardizeAll<T>(
  out: usize, mean: usize, variance: usize, rstd: usize, x: usize, A: i32, B: i32, C: i32, eps: f64,
): void {
  const segment = <usize>C * sizeof<T>();
  const row = <usize>B * segment;
  const n = <f64>A * <f64>C;
  for (let b = 0; b < B; b++) {
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
    store<T>(mean + <usize>b * sizeof<T>(), <T>mu);
    store<T>(variance + <usize>b * sizeof<T>(), <T>v);
    store<T>(rstd + <usize>b * sizeof<T>(), <T>r);
    p = first;
    let q = out + <usize>b * segment;
    for (let a = 0; a < A; a++) {
      scale<T>(q, p, C, mu, r);
      p += row;
      q += row;
    }
  }
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

export function standardizeGrad(t: i32, out: usize, ct: usize, xhat: usize, rstd: usize, A: i32, B: i32, C: i32): void {
  if (t == 0) standardizeGradAll<f32>(out, ct, xhat, rstd, A, B, C);
  else standardizeGradAll<f64>(out, ct, xhat, rstd, A, B, C);
}

function standardizeGradAll<T>(out: usize, ct: usize, xhat: usize, rstd: usize, A: i32, B: i32, C: i32): void {
  const segment = <usize>C * sizeof<T>();
  const row = <usize>B * segment;
  const n = <f64>A * <f64>C;
  for (let b = 0; b < B; b++) {
    const first = <usize>b * segment;
    let s = f64x2.splat(0);
    let q = s;
    let p = first;
    for (let a = 0; a < A; a++) {
      let i = 0;
      let u = p;
      for (; i + 2 <= C; i += 2) {
        const c = low<T>(ct + u);
        s = f64x2.add(s, c);
        q = f64x2.add(q, f64x2.mul(c, low<T>(xhat + u)));
        u += 2 * sizeof<T>();
      }
      if (i < C) {
        const c = lane0<T>(load<T>(ct + u));
        s = f64x2.add(s, c);
        q = f64x2.add(q, f64x2.mul(c, lane0<T>(load<T>(xhat + u))));
      }
      p += row;
    }
    const m1 = (f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)) / n;
    const m2 = (f64x2.extract_lane(q, 0) + f64x2.extract_lane(q, 1)) / n;
    const r = <f64>load<T>(rstd + <usize>b * sizeof<T>());
    p = first;
    for (let a = 0; a < A; a++) {
      let i = 0;
      let u = p;
      for (; i + 2 <= C; i += 2) {
        const d = f64x2.sub(f64x2.sub(low<T>(ct + u), f64x2.splat(m1)), f64x2.mul(low<T>(xhat + u), f64x2.splat(m2)));
        const v = f64x2.mul(d, f64x2.splat(r));
        if (sizeof<T>() == 8) v128.store(out + u, v);
        else v128.store64_lane(out + u, f32x4.demote_f64x2_zero(v), 0);
        u += 2 * sizeof<T>();
      }
      if (i < C) store<T>(out + u, <T>(r * (<f64>load<T>(ct + u) - m1 - <f64>load<T>(xhat + u) * m2)));
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

/** out = ct · dact; op is a place in kernels.ts' ACT_GRAD. */
export function actGrad(t: i32, op: i32, out: usize, ct: usize, x: usize, n: i32): void {
  if (t != 0) {
    for (let i: usize = 0; i < <usize>n << 3; i += 8) {
      const c = load<f64>(ct + i);
      const v = load<f64>(x + i);
      store<f64>(out + i, op == 0 ? (v <= 0 ? 0 : c) : c * slope(op, v));
    }
    return;
  }
  call_indirect<void>(slopeFunction(op), out, ct, x, n);
}

// One function per op, called through the table, as in unary.ts.
function reluSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(0, out, ct, x, n);
}
function sigmoidSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(1, out, ct, x, n);
}
function tanhSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(2, out, ct, x, n);
}
function geluErfSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(3, out, ct, x, n);
}
function geluTanhSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(4, out, ct, x, n);
}
function siluSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(5, out, ct, x, n);
}

function slopeFunction(op: i32): i32 {
  switch (op) {
    case 0: return reluSlopes.index;
    case 1: return sigmoidSlopes.index;
    case 2: return tanhSlopes.index;
    case 3: return geluErfSlopes.index;
    case 4: return geluTanhSlopes.index;
    default: return siluSlopes.index;
  }
}

@inline
function slopes(op: i32, out: usize, ct: usize, x: usize, n: i32): void {
  const end = (<usize>n & ~3) << 2;
  for (let i: usize = 0; i < end; i += 16) v128.store(out + i, slope4(op, v128.load(ct + i), v128.load(x + i)));
  const rest = n & 3;
  if (rest) {
    const c = loadPart(ct + end, rest, 0);
    storePart(out + end, slope4(op, c, loadPart(x + end, rest, 0)), rest);
  }
}

@inline
function slope4(op: i32, c: v128, x: v128): v128 {
  const one = f32x4.splat(1);
  if (op == 0) return v128.andnot(c, f32x4.le(x, f32x4.splat(0)));
  if (op == 1) return f32x4.mul(c, f32x4.mul(x, f32x4.sub(one, x)));
  if (op == 2) return f32x4.mul(c, f32x4.sub(one, f32x4.mul(x, x)));
  if (op == 3) return f32x4.mul(c, geluErfGrad4(x));
  if (op == 4) return f32x4.mul(c, geluTanhGrad4(x));
  return f32x4.mul(c, siluGrad4(x));
}

function slope(op: i32, x: f64): f64 {
  if (op == 1) return x * (1 - x);
  if (op == 2) return 1 - x * x;
  if (op == 3) return Math.abs(x) == Infinity ? (x > 0 ? 1 : 0) : normalCdf(x) + x * normalPdf(x);
  if (op == 4) {
    const g = geluGate(x);
    return g == 0 || g == 1 ? g : g + x * g * (1 - g) * 1.5957691216057308 * (1 + 0.134145 * x * x);
  }
  const s = sigmoid(x);
  return s == 0 || s == 1 ? s : s + x * s * (1 - s);
}
