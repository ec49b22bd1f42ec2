// A normalisation with its affine map in one pass: x̂ = (x − mean) rstd per group of [A, B, C], then x̂ w + b per channel of the same elements
// seen as [·, W, S]. Batch normalisation: W = B, S = C. Else A = 1; layer normalisation: S = 1; groups of channels: S divides C.

import { madd } from "../memory";
import { low, save2 } from "../reduce";

/** w and b may be 0: absent. */
export function standardize(
  t: i32, out: usize, x: usize, mean: usize, rstd: usize, w: usize, b: usize, A: i32, B: i32, C: i32, W: i32, S: i32,
): void {
  standardizePart(t, out, x, mean, rstd, w, b, A, B, C, W, S, 0, C == 1 ? A : A * B);
}

/** Runs from..to alone, of the A · B there are of C numbers each; C = 1: of the A of B numbers. */
export function standardizePart(
  t: i32, out: usize, x: usize, mean: usize, rstd: usize, w: usize, b: usize, A: i32, B: i32, C: i32, W: i32, S: i32, from: i32, to: i32,
): void {
  if (t == 0) standardizeRuns<f32>(out, x, mean, rstd, w, b, B, C, W, S, from, to);
  else standardizeRuns<f64>(out, x, mean, rstd, w, b, B, C, W, S, from, to);
}

function standardizeRuns<T>(
  out: usize, x: usize, mean: usize, rstd: usize, w: usize, b: usize, B: i32, C: i32, W: i32, S: i32, from: i32, to: i32,
): void {
  if (C == 1 && (W == B || (!w && !b))) {
    for (let a = from; a < to; a++) {
      const at = <usize>a * <usize>B * sizeof<T>();
      columns<T>(out + at, x + at, mean, rstd, w, b, B);
    }
    return;
  }
  const first = C == 1 ? from * B : from;
  const end = C == 1 ? to * B : to;
  for (let i = first; i < end; i++) {
    const at = <usize>i * <usize>C * sizeof<T>();
    const place = <usize>(i % B) * 8;
    const mu = load<f64>(mean + place);
    const r = load<f64>(rstd + place);
    if (!w && !b) even<T>(out + at, x + at, C, mu, r, 0);
    else if (S == 1) {
      const channel = <usize>((i * C) % W) * sizeof<T>();
      if (w && b) along<T>(out + at, x + at, C, mu, r, w + channel, b + channel);
      else if (w) along<T>(out + at, x + at, C, mu, r, w + channel, 0);
      else along<T>(out + at, x + at, C, mu, r, 0, b + channel);
    } else {
      let channel = ((i * C) / S) % W;
      for (let c = 0; c < C; c += S) {
        const s = w ? r * <f64>load<T>(w + <usize>channel * sizeof<T>()) : r;
        const h = b ? <f64>load<T>(b + <usize>channel * sizeof<T>()) : 0;
        const run = at + <usize>c * sizeof<T>();
        even<T>(out + run, x + run, S, mu, s, h);
        channel = channel + 1 == W ? 0 : channel + 1;
      }
    }
  }
}

/** x − mu, mu in two parts: what dwarfs the spread cancels in the first difference without a rounding. */
@inline
function centred<T>(x: v128, first: v128, rest: v128): v128 {
  const d = v128.sub<T>(x, first);
  return sizeof<T>() == 4 ? v128.sub<T>(d, rest) : d;
}

@inline
function firstPart<T>(mu: f64): v128 {
  return v128.splat<T>(<T>mu);
}
@inline
function secondPart<T>(mu: f64): v128 {
  return v128.splat<T>(<T>(mu - <f64>(<T>mu)));
}

/** out = (x − mu) s + h over n numbers; the last whole vector overlaps the one before. */
function even<T>(out: usize, x: usize, n: i32, mu: f64, s: f64, h: f64): void {
  const W: i32 = 16 / sizeof<T>();
  const first = firstPart<T>(mu);
  const rest = secondPart<T>(mu);
  const k = v128.splat<T>(<T>s);
  const c = v128.splat<T>(<T>h);
  if (n < W) {
    for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += sizeof<T>()) {
      const y = madd<T>(centred<T>(v128.load_splat<T>(x + i), first, rest), k, c);
      store<T>(out + i, v128.extract_lane<T>(y, 0));
    }
    return;
  }
  const last = <usize>(n - W) * sizeof<T>();
  for (let i: usize = 0; i < last; i += 16)
    v128.store(out + i, madd<T>(centred<T>(v128.load(x + i), first, rest), k, c));
  v128.store(out + last, madd<T>(centred<T>(v128.load(x + last), first, rest), k, c));
}

/** out = (x − mu) r w + b over n numbers, each with its own w and b; one of them may be 0, a literal: absent. */
@inline
function along<T>(out: usize, x: usize, n: i32, mu: f64, r: f64, w: usize, b: usize): void {
  const W: i32 = 16 / sizeof<T>();
  const first = firstPart<T>(mu);
  const rest = secondPart<T>(mu);
  const k = v128.splat<T>(<T>r);
  const zero = v128.splat<T>(0);
  if (n < W) {
    for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += sizeof<T>()) {
      const s = w ? v128.mul<T>(k, v128.load_splat<T>(w + i)) : k;
      const y = madd<T>(centred<T>(v128.load_splat<T>(x + i), first, rest), s, b ? v128.load_splat<T>(b + i) : zero);
      store<T>(out + i, v128.extract_lane<T>(y, 0));
    }
    return;
  }
  const last = <usize>(n - W) * sizeof<T>();
  let i: usize = 0;
  for (;;) {
    const s = w ? v128.mul<T>(k, v128.load(w + i)) : k;
    v128.store(out + i, madd<T>(centred<T>(v128.load(x + i), first, rest), s, b ? v128.load(b + i) : zero));
    if (i == last) return;
    i = min(i + 16, last);
  }
}

/** A row of groups of one column each, in f64. */
function columns<T>(out: usize, x: usize, mean: usize, rstd: usize, w: usize, b: usize, n: i32): void {
  const two = 2 * sizeof<T>();
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    let y = f64x2.mul(f64x2.sub(low<T>(x), v128.load(mean)), v128.load(rstd));
    if (w) {
      y = f64x2.mul(y, low<T>(w));
      w += two;
    }
    if (b) {
      y = f64x2.add(y, low<T>(b));
      b += two;
    }
    save2<T>(out, y);
    x += two;
    out += two;
    mean += 16;
    rstd += 16;
  }
  if (i == n) return;
  let y = (<f64>load<T>(x) - load<f64>(mean)) * load<f64>(rstd);
  if (w) y *= <f64>load<T>(w);
  if (b) y += <f64>load<T>(b);
  store<T>(out, <T>y);
}
