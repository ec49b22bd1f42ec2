// Convolutions tap by tap, a row at a time: volumes and whatever else depthwise.ts does not take. Also unfold and fold.

import { addScaled } from "../matmul";
import {
  batch, dilD, dilH, dilW, endValid, firstValid, groups, inC, inD, inH, inPer, inPlane, inW, kH, kW, outC, outD, outH, outPer, outPlane,
  outW, padD, padH, padW, strideD, strideH, strideW, taps,
} from "./geometry";

export const FORWARD: i32 = 0;
export const GRAD_INPUT: i32 = 1;
export const GRAD_WEIGHT: i32 = 2;
const UNFOLD: i32 = 3;
const FOLD: i32 = 4;

/**
 * One tap of one channel pair, over all positions that reach the input. FORWARD: y += w x. GRAD_INPUT: x += w y. GRAD_WEIGHT: returns Σ y x.
 * UNFOLD: y = x. FOLD: x += y.
 */
@inline
function tapPass<T>(kind: i32, y: usize, x: usize, tap: i32, w: T): f64 {
  const shiftD = (tap / (kH * kW)) * dilD - padD;
  const shiftH = ((tap / kW) % kH) * dilH - padH;
  const shiftW = (tap % kW) * dilW - padW;
  const w0 = firstValid(shiftW, strideW);
  const n = endValid(shiftW, strideW, inW, outW) - w0;
  let sum: f64 = 0;
  if (n <= 0) return sum;
  const endD = endValid(shiftD, strideD, inD, outD);
  const endH = endValid(shiftH, strideH, inH, outH);
  for (let d = firstValid(shiftD, strideD); d < endD; d++)
    for (let h = firstValid(shiftH, strideH); h < endH; h++) {
      const py = y + <usize>((d * outH + h) * outW + w0) * sizeof<T>();
      const row = (d * strideD + shiftD) * inH + h * strideH + shiftH;
      const px = x + <usize>(row * inW + w0 * strideW + shiftW) * sizeof<T>();
      if (kind == GRAD_WEIGHT) sum += rowDot<T>(py, px, n);
      else rowPass<T>(kind, py, px, n, w);
    }
  return sum;
}

@inline
function rowPass<T>(kind: i32, y: usize, x: usize, n: i32, w: T): void {
  const step = <usize>strideW * sizeof<T>();
  if (strideW == 1) {
    if (kind == FORWARD) return addScaled<T>(y, x, n, w);
    if (kind == GRAD_INPUT) return addScaled<T>(x, y, n, w);
    if (kind == FOLD) return addScaled<T>(x, y, n, 1);
    memory.copy(y, x, <usize>n * sizeof<T>());
    return;
  }
  for (let i = 0; i < n; i++) {
    if (kind == FORWARD) store<T>(y, load<T>(y) + w * load<T>(x));
    else if (kind == GRAD_INPUT) store<T>(x, load<T>(x) + w * load<T>(y));
    else if (kind == FOLD) store<T>(x, load<T>(x) + load<T>(y));
    else store<T>(y, load<T>(x));
    y += sizeof<T>();
    x += step;
  }
}

function rowDot<T>(y: usize, x: usize, n: i32): f64 {
  const W: i32 = 16 / sizeof<T>();
  let s = i64x2.splat(0);
  let i = 0;
  if (strideW == 1)
    for (; i + W <= n; i += W) {
      s = v128.add<T>(s, v128.mul<T>(v128.load(y), v128.load(x)));
      y += 16;
      x += 16;
    }
  let sum: f64 = 0;
  if (sizeof<T>() == 8) sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  else
    sum =
      (<f64>f32x4.extract_lane(s, 0) + <f64>f32x4.extract_lane(s, 1)) +
      (<f64>f32x4.extract_lane(s, 2) + <f64>f32x4.extract_lane(s, 3));
  const step = <usize>strideW * sizeof<T>();
  for (; i < n; i++) {
    sum += <f64>load<T>(y) * <f64>load<T>(x);
    y += sizeof<T>();
    x += step;
  }
  return sum;
}

/** Planes from..to (image · outC + channel) of y. */
export function directForward<T>(y: usize, x: usize, w: usize, from: i32, to: i32): void {
  for (let plane = from; plane < to; plane++) {
    const o = plane % outC;
    const py = y + <usize>plane * <usize>outPlane * sizeof<T>();
    memory.fill(py, 0, <usize>outPlane * sizeof<T>());
    for (let i = 0; i < inPer; i++) {
      const channel = (plane / outC) * inC + (o / outPer) * inPer + i;
      const px = x + <usize>channel * <usize>inPlane * sizeof<T>();
      const pw = w + <usize>((o * inPer + i) * taps) * sizeof<T>();
      for (let tap = 0; tap < taps; tap++) tapPass<T>(FORWARD, py, px, tap, load<T>(pw + <usize>tap * sizeof<T>()));
    }
  }
}

/** Planes from..to (image · groups + group) of the gradient x, with one input channel per group. */
export function directGradInput<T>(x: usize, y: usize, w: usize, from: i32, to: i32): void {
  for (let plane = from; plane < to; plane++) {
    const px = x + <usize>plane * <usize>inPlane * sizeof<T>();
    memory.fill(px, 0, <usize>inPlane * sizeof<T>());
    for (let j = 0; j < outPer; j++) {
      const o = (plane % groups) * outPer + j;
      const py = y + <usize>((plane / groups) * outC + o) * <usize>outPlane * sizeof<T>();
      const pw = w + <usize>(o * taps) * sizeof<T>();
      for (let tap = 0; tap < taps; tap++) tapPass<T>(GRAD_INPUT, py, px, tap, load<T>(pw + <usize>tap * sizeof<T>()));
    }
  }
}

/** Channels from..to of the weight. */
export function directGradWeight<T>(out: usize, y: usize, x: usize, from: i32, to: i32): void {
  out += <usize>(from * inPer * taps) * sizeof<T>();
  for (let o = from; o < to; o++)
    for (let i = 0; i < inPer; i++)
      for (let tap = 0; tap < taps; tap++) {
        let sum: f64 = 0;
        for (let b = 0; b < batch; b++) {
          const channel = b * inC + (o / outPer) * inPer + i;
          sum += tapPass<T>(
            GRAD_WEIGHT, y + <usize>(b * outC + o) * <usize>outPlane * sizeof<T>(), x + <usize>channel * <usize>inPlane * sizeof<T>(),
            tap, 0,
          );
        }
        store<T>(out, <T>sum);
        out += sizeof<T>();
      }
}

/** x [batch, inC, …] ↔ y [batch, inC · taps, positions]; the written one starts at 0. */
@inline
export function unfold<T>(y: usize, x: usize): void {
  for (let c = 0; c < batch * inC; c++)
    for (let tap = 0; tap < taps; tap++) {
      tapPass<T>(UNFOLD, y, x + <usize>c * <usize>inPlane * sizeof<T>(), tap, 0);
      y += <usize>outPlane * sizeof<T>();
    }
}

export function fold<T>(y: usize, x: usize): void {
  for (let c = 0; c < batch * inC; c++)
    for (let tap = 0; tap < taps; tap++) {
      tapPass<T>(FOLD, y, x + <usize>c * <usize>inPlane * sizeof<T>(), tap, 0);
      y += <usize>outPlane * sizeof<T>();
    }
}

/**
 * Adds matrix rows k0..k0+rows (channel · taps + tap) at `y`, `pitch` bytes apart, into the input's gradient: columns are positions
 * q0..q0+nq of `images` images; x is the first channel of the first image.
 */
export function foldRows<T>(y: usize, pitch: usize, x: usize, k0: i32, rows: i32, images: i32, q0: i32, nq: i32): void {
  const plane = outH * outW;
  const step = <usize>strideW * sizeof<T>();
  const image = <usize>inC * <usize>inPlane * sizeof<T>();
  const firstD = q0 / plane;
  const firstH = (q0 % plane) / outW;
  const firstW = q0 % outW;
  for (let r = 0; r < rows; r++) {
    const tap = (k0 + r) % taps;
    const shiftD = (tap / (kH * kW)) * dilD - padD;
    const shiftH = ((tap / kW) % kH) * dilH - padH;
    const shiftW = (tap % kW) * dilW - padW;
    const w0 = firstValid(shiftW, strideW);
    const w1 = endValid(shiftW, strideW, inW, outW);
    let px = x + <usize>((k0 + r) / taps) * <usize>inPlane * sizeof<T>();
    let py = y + <usize>r * pitch;
    for (let i = 0; i < images; i++) {
      let left = nq;
      let d = firstD;
      let h = firstH;
      let w = firstW;
      while (left > 0) {
        const count = min(outW - w, left);
        const inputD = d * strideD + shiftD;
        const inputH = h * strideH + shiftH;
        if (inputD >= 0 && inputD < inD && inputH >= 0 && inputH < inH) {
          const from = max(w, w0);
          const to = min(w + count, w1);
          let u = py + <usize>(from - w) * sizeof<T>();
          let v = px + <usize>((inputD * inH + inputH) * inW + from * strideW + shiftW) * sizeof<T>();
          for (let j = from; j < to; j++) {
            store<T>(v, load<T>(v) + load<T>(u));
            u += sizeof<T>();
            v += step;
          }
        }
        py += <usize>count * sizeof<T>();
        left -= count;
        w = 0;
        h++;
        if (h == outH) {
          h = 0;
          d++;
        }
      }
      px += image;
    }
  }
}
