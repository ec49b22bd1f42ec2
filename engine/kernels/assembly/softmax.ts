// Softmax and log-softmax along n of [outer, n, inner], and their gradients.

import { joinedLanes, joinedPowers, WIDE } from "./joined";
import { exp4 } from "./math/vector";
import { COUNTS } from "./memory";
import { loadPart, storePart } from "./part";

/** Lines side by side, and numbers of a line, that are worked on at a time: one reads 1 KiB before it goes to the next row. */
const BLOCK: i32 = 256;
/** Of a block's lines: a f32 each (greatest, factor or sum), a f32 each of a row, then two f64 sums for each vector's halves. */
const EACH: usize = COUNTS;
const ROW: usize = EACH + BLOCK * 4;
const SUMS: usize = ROW + BLOCK * 4;

/** eˣ of n numbers, a multiple of four. */
@inline
function exponentials(out: usize, x: usize, n: i32): void {
  const end = <usize>n << 2;
  for (let i = <usize>joinedLanes(3, out, x, n) << 2; i < end; i += 16) v128.store(out + i, exp4(v128.load(x + i)));
}

/** Adds four lines' numbers, at byte i of a row, to their sums. */
@inline
function addTo(i: usize, e: v128): void {
  const p = SUMS + 2 * i;
  v128.store(p, f64x2.add(v128.load(p), f64x2.promote_low_f32x4(e)));
  v128.store(p, f64x2.add(v128.load(p, 16), f64x2.promote_low_f32x4(v128.shuffle<i64>(e, e, 1, 1))), 16);
}

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

/** The four lanes of e, in two. */
@inline
function folded(e: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(e), f64x2.promote_low_f32x4(v128.shuffle<i64>(e, e, 1, 1)));
}

/** e^{x − top} of whole eights of elements. */
@inline
export function powers(out: usize, x: usize, n: i32, top: f32): void {
  const t = f32x4.splat(top);
  for (let i: usize = 0; i < <usize>n << 2; i += 32) {
    const p = exp4(f32x4.sub(v128.load(x + i), t));
    const q = exp4(f32x4.sub(v128.load(x + i, 16), t));
    v128.store(out + i, p);
    v128.store(out + i, q, 16);
  }
}

@inline
function maxLane(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)), max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

function softmaxLine(out: usize, x: usize, n: i32, log: bool): void {
  const eights = n & ~7;
  const rest = n & 3;
  let m = f32x4.splat(-Infinity);
  let second = m;
  const end = <usize>eights << 2;
  const whole = <usize>(n & ~3) << 2;
  // pmax is one instruction; it leaves NaN out, which the sum then brings back
  for (let i: usize = 0; i < end; i += 32) {
    m = f32x4.pmax(m, v128.load(x + i));
    second = f32x4.pmax(second, v128.load(x + i, 16));
  }
  if (end < whole) m = f32x4.pmax(m, v128.load(x + end));
  m = f32x4.pmax(m, second);
  if (rest) m = f32x4.pmax(m, loadPart(x + whole, rest, -Infinity));
  const most = maxLane(m);
  const top = f32x4.splat(most);
  if (WIDE != 0) joinedPowers(out, x, eights, most);
  else powers(out, x, eights, most);
  let s = f64x2.splat(0);
  let t = s;
  for (let i: usize = 0; i < end; i += 32) {
    s = f64x2.add(s, folded(v128.load(out + i)));
    t = f64x2.add(t, folded(v128.load(out + i, 16)));
  }
  s = f64x2.add(s, t);
  if (end < whole) {
    const e = exp4(f32x4.sub(v128.load(x + end), top));
    v128.store(out + end, e);
    s = f64x2.add(s, folded(e));
  }
  if (rest) {
    const e = exp4(f32x4.sub(loadPart(x + whole, rest, -Infinity), top)); // absent lanes: exp(-∞) = 0
    storePart(out + whole, e, rest);
    s = f64x2.add(s, folded(e));
  }
  const sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  if (log) {
    const by = f32x4.splat(<f32>Math.log(sum));
    for (let i: usize = 0; i < whole; i += 16) v128.store(out + i, f32x4.sub(f32x4.sub(v128.load(x + i), top), by));
    if (rest) storePart(out + whole, f32x4.sub(f32x4.sub(loadPart(x + whole, rest, 0), top), by), rest);
  } else {
    const by = f32x4.splat(<f32>(1 / sum));
    for (let i: usize = 0; i < whole; i += 16) v128.store(out + i, f32x4.mul(v128.load(out + i), by));
    if (rest) storePart(out + whole, f32x4.mul(loadPart(out + whole, rest, 0), by), rest);
  }
}

/** Blocks of lines side by side, row by row. */
function softmaxColumns(out: usize, x: usize, outer: i32, n: i32, inner: i32, log: bool): void {
  const row = <usize>inner << 2;
  const whole = inner & ~3;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < whole; i += BLOCK) softmaxBlock(out + (<usize>i << 2), x + (<usize>i << 2), n, row, min(BLOCK, whole - i), log);
    for (let i = whole; i < inner; i++) softmaxOne<f32>(out + (<usize>i << 2), x + (<usize>i << 2), n, row, log);
    x += row * <usize>n;
    out += row * <usize>n;
  }
}

/** `lines` lines, a multiple of four. */
function softmaxBlock(out: usize, x: usize, n: i32, row: usize, lines: i32, log: bool): void {
  const width = <usize>lines << 2;
  const size = row * <usize>n;
  for (let i: usize = 0; i < width; i += 16) v128.store(EACH + i, f32x4.splat(-Infinity));
  for (let r: usize = 0; r < size; r += row)
    for (let i: usize = 0; i < width; i += 16) v128.store(EACH + i, f32x4.pmax(v128.load(EACH + i), v128.load(x + r + i)));
  memory.fill(SUMS, 0, 2 * width);
  for (let r: usize = 0; r < size; r += row) {
    const to = out + r;
    for (let i: usize = 0; i < width; i += 16) v128.store(to + i, f32x4.sub(v128.load(x + r + i), v128.load(EACH + i)));
    const e = log ? ROW : to;
    exponentials(e, to, lines);
    for (let i: usize = 0; i < width; i += 16) addTo(i, v128.load(e + i));
  }
  for (let i: usize = 0; i < width; i += 4) {
    const sum = load<f64>(SUMS + 2 * i);
    store<f32>(EACH + i, <f32>(log ? Math.log(sum) : 1 / sum));
  }
  for (let r: usize = 0; r < size; r += row)
    for (let i: usize = 0; i < width; i += 16) {
      const v = v128.load(out + r + i);
      const by = v128.load(EACH + i);
      v128.store(out + r + i, log ? f32x4.sub(v, by) : f32x4.mul(v, by));
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
  } else if (t == 0) softmaxGradColumns(out, ct, y, outer, n, inner, log != 0);
  else softmaxGradScalar<f64>(out, ct, y, outer, n, inner, log != 0);
}

/** What a softmax's gradient adds up, log-softmax's alike. */
@inline
function share(ct: usize, y: usize, log: bool): v128 {
  const c = v128.load(ct);
  return log ? c : f32x4.mul(c, v128.load(y));
}

function softmaxGradLine(out: usize, ct: usize, y: usize, n: i32, log: bool): void {
  const whole = n & ~3;
  const rest = n & 3;
  const tail = <usize>whole << 2;
  let s = f64x2.splat(0);
  let t = s;
  let i: usize = 0;
  for (; i + 32 <= tail; i += 32) {
    s = f64x2.add(s, folded(share(ct + i, y + i, log)));
    t = f64x2.add(t, folded(share(ct + i + 16, y + i + 16, log)));
  }
  if (i < tail) s = f64x2.add(s, folded(share(ct + i, y + i, log)));
  s = f64x2.add(s, t);
  if (rest) {
    const c = loadPart(ct + tail, rest, 0);
    s = f64x2.add(s, folded(log ? c : f32x4.mul(c, loadPart(y + tail, rest, 0))));
  }
  const sum = f32x4.splat(<f32>(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)));
  for (let i = 0; i < whole; i += BLOCK) {
    const from = <usize>i << 2;
    const count = min(BLOCK, whole - i);
    if (log) exponentials(ROW, y + from, count);
    const p = log ? ROW : y + from;
    for (let k: usize = 0; k < <usize>count << 2; k += 16)
      v128.store(out + from + k, softmaxGrad4(v128.load(ct + from + k), v128.load(p + k), sum, log));
  }
  if (rest) {
    const c = loadPart(ct + tail, rest, 0);
    const v = loadPart(y + tail, rest, 0);
    storePart(out + tail, softmaxGrad4(c, log ? exp4(v) : v, sum, log), rest);
  }
}

/** p: the softmax itself, of a logarithm too. */
@inline
function softmaxGrad4(c: v128, p: v128, sum: v128, log: bool): v128 {
  return log ? f32x4.sub(c, f32x4.mul(p, sum)) : f32x4.mul(p, f32x4.sub(c, sum));
}

/** Blocks of lines side by side, row by row. */
function softmaxGradColumns(out: usize, ct: usize, y: usize, outer: i32, n: i32, inner: i32, log: bool): void {
  const row = <usize>inner << 2;
  const whole = inner & ~3;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < whole; i += BLOCK) {
      const from = <usize>i << 2;
      softmaxGradBlock(out + from, ct + from, y + from, n, row, min(BLOCK, whole - i), log);
    }
    for (let i = <usize>whole << 2; i < row; i += 4) softmaxGradOne<f32>(out + i, ct + i, y + i, n, row, log);
    out += row * <usize>n;
    ct += row * <usize>n;
    y += row * <usize>n;
  }
}

/** As softmaxBlock. */
function softmaxGradBlock(out: usize, ct: usize, y: usize, n: i32, row: usize, lines: i32, log: bool): void {
  const width = <usize>lines << 2;
  const size = row * <usize>n;
  memory.fill(SUMS, 0, 2 * width);
  for (let r: usize = 0; r < size; r += row)
    for (let i: usize = 0; i < width; i += 16) addTo(i, share(ct + r + i, y + r + i, log));
  for (let i: usize = 0; i < width; i += 4) store<f32>(EACH + i, <f32>load<f64>(SUMS + 2 * i));
  for (let r: usize = 0; r < size; r += row) {
    if (log) exponentials(ROW, y + r, lines);
    const p = log ? ROW : y + r;
    for (let i: usize = 0; i < width; i += 16)
      v128.store(out + r + i, softmaxGrad4(v128.load(ct + r + i), v128.load(p + i), v128.load(EACH + i), log));
  }
}

function softmaxGradScalar<T>(out: usize, ct: usize, y: usize, outer: i32, n: i32, inner: i32, log: bool): void {
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i: usize = 0; i < row; i += sizeof<T>()) softmaxGradOne<T>(out + i, ct + i, y + i, n, row, log);
    out += row * <usize>n;
    ct += row * <usize>n;
    y += row * <usize>n;
  }
}

function softmaxGradOne<T>(out: usize, ct: usize, y: usize, n: i32, row: usize, log: bool): void {
  const end = row * <usize>n;
  let s: f64 = 0;
  for (let p: usize = 0; p < end; p += row) {
    const c = <f64>load<T>(ct + p);
    s += log ? c : c * <f64>load<T>(y + p);
  }
  for (let p: usize = 0; p < end; p += row) {
    const c = <f64>load<T>(ct + p);
    const v = <f64>load<T>(y + p);
    store<T>(out + p, <T>(log ? c - Math.exp(v) * s : v * (c - s)));
  }
}
