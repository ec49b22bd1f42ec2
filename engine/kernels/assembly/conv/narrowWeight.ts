// The gradient of a thin group's weight: dot products of the cotangent's rows with the band's, along positions. The cotangent is laid out in rows as
// long as the band's, with zeros between them, so that a block of rows is one run.

import { PLACE_BYTES, ROWS, madd, sumLanes } from "../memory";
import { band, bandBytes, makeBand, makeRows } from "./columns";
import { isNarrow } from "./narrow";
import { clearRow, copyRow } from "./row";
import { batch, dilW, inD, inPer, kD, kW, outC, outD, outH, outPer, outPlane, outW, padD, strideH, taps } from "./geometry";

const MOST_POSITIONS: i32 = <i32>PLACE_BYTES / 8 - 8; // of a block: PLACES holds as many
const LEAST_POSITIONS: i32 = 100; // shorter runs cost more to sum up than to compute
const MOST_ROWS: i32 = 8; // of a group: more fill a product's tiles

export function isNarrowWeight(): bool {
  const isFlat = inD == 1 && kD == 1 && outD == 1 && padD == 0;
  return isFlat && isNarrow() && outPer <= MOST_ROWS && strideH == 1 && outW <= MOST_POSITIONS && outPlane >= LEAST_POSITIONS;
}

/** Rows of a block's positions, even parts of the plane. */
function blockRows(): i32 {
  const most = MOST_POSITIONS / outW;
  const parts = (outH + most - 1) / most;
  return (outH + parts - 1) / parts;
}

function rowPitch(): i32 {
  return outW + (kW - 1) * dilW;
}

function sumsBytes(): usize {
  return <usize>(outPer * inPer * taps) << 3;
}
function spreadBytes<T>(): usize {
  return <usize>(outPer * blockRows() * rowPitch()) * sizeof<T>();
}

export function narrowWeightScratch<T>(): usize {
  return sumsBytes() + spreadBytes<T>() + bandBytes<T>(blockRows() * outW, inPer);
}

/** One group's gradient; ct and x: its first channel in the first image. */
export function narrowWeight<T>(out: usize, ct: usize, x: usize, sums: usize): void {
  const K = inPer * taps;
  const rows = blockRows();
  const pitch = rowPitch();
  const space = sums + sumsBytes();
  const own = space + spreadBytes<T>();
  memory.fill(sums, 0, sumsBytes());
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < outH; h += rows) {
      const count = min(rows, outH - h);
      makeBand<T>(own, x, b, 1, h * outW, count * outW, 0, inPer);
      makeRows<T>(0, K);
      const image = ct + <usize>(b * outC * outPlane + h * outW) * sizeof<T>();
      const run = <usize>(count * pitch) * sizeof<T>();
      for (let o = 0; o < outPer; o++) spread<T>(space + <usize>o * run, image + <usize>(o * outPlane) * sizeof<T>(), count, pitch);
      addDots<T>(sums, space, run, K, (count - 1) * pitch + outW);
    }
  for (let i = 0; i < outPer * K; i++) store<T>(out + <usize>i * sizeof<T>(), <T>load<f64>(sums + (<usize>i << 3)));
}

function spread<T>(to: usize, from: usize, count: i32, pitch: i32): void {
  for (let h = 0; h < count; h++) {
    copyRow<T>(to, from, outW);
    clearRow<T>(to + <usize>outW * sizeof<T>(), pitch - outW);
    to += <usize>pitch * sizeof<T>();
    from += <usize>outW * sizeof<T>();
  }
}

@inline
function column(k: i32): usize {
  return band + <usize>load<u32>(ROWS + (<usize>k << 2));
}

/** Adds the dot products of every row with every column, n numbers each, to the sums: two rows and six columns at a time, absent ones dropped. */
function addDots<T>(sums: usize, ct: usize, step: usize, K: i32, n: i32): void {
  for (let i = 0; i < outPer; i += 2) {
    const y = ct + <usize>i * step;
    const to = sums + (<usize>(i * K) << 3);
    for (let k = 0; k < K; k += 6) tile<T>(to, K, k, n, y, i + 1 < outPer ? y + step : y);
  }
}

/** Rows y and z, columns k.. + 6. */
function tile<T>(to: usize, K: i32, k: i32, n: i32, y: usize, z: usize): void {
  const last = K - 1;
  const x0 = column(k);
  const x1 = column(min(k + 1, last));
  const x2 = column(min(k + 2, last));
  const x3 = column(min(k + 3, last));
  const x4 = column(min(k + 4, last));
  const x5 = column(min(k + 5, last));
  let s0 = i64x2.splat(0);
  let s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0, t5 = s0;
  const whole = (<usize>n * sizeof<T>()) & ~15;
  for (let p: usize = 0; p < whole; p += 16) {
    const c = v128.load(y + p);
    const d = v128.load(z + p);
    let v = v128.load(x0 + p);
    s0 = madd<T>(c, v, s0);
    t0 = madd<T>(d, v, t0);
    v = v128.load(x1 + p);
    s1 = madd<T>(c, v, s1);
    t1 = madd<T>(d, v, t1);
    v = v128.load(x2 + p);
    s2 = madd<T>(c, v, s2);
    t2 = madd<T>(d, v, t2);
    v = v128.load(x3 + p);
    s3 = madd<T>(c, v, s3);
    t3 = madd<T>(d, v, t3);
    v = v128.load(x4 + p);
    s4 = madd<T>(c, v, s4);
    t4 = madd<T>(d, v, t4);
    v = v128.load(x5 + p);
    s5 = madd<T>(c, v, s5);
    t5 = madd<T>(d, v, t5);
  }
  const rest = <usize>n * sizeof<T>() - whole;
  to += <usize>k << 3;
  addSums<T>(to, K - k, s0, s1, s2, s3, s4, s5);
  addRest<T>(to, K - k, rest, y + whole, k, whole);
  if (y == z) return;
  to += <usize>K << 3;
  addSums<T>(to, K - k, t0, t1, t2, t3, t4, t5);
  addRest<T>(to, K - k, rest, z + whole, k, whole);
}

@inline
function addSums<T>(to: usize, columns: i32, s0: v128, s1: v128, s2: v128, s3: v128, s4: v128, s5: v128): void {
  add(to, sumLanes<T>(s0));
  if (columns > 1) add(to + 8, sumLanes<T>(s1));
  if (columns > 2) add(to + 16, sumLanes<T>(s2));
  if (columns > 3) add(to + 24, sumLanes<T>(s3));
  if (columns > 4) add(to + 32, sumLanes<T>(s4));
  if (columns > 5) add(to + 40, sumLanes<T>(s5));
}

/** The last numbers, which fill no vector. */
function addRest<T>(to: usize, columns: i32, bytes: usize, y: usize, k: i32, at: usize): void {
  if (bytes == 0) return;
  for (let i = 0; i < min(columns, 6); i++) {
    const x = column(k + i) + at;
    let s: f64 = 0;
    for (let p: usize = 0; p < bytes; p += sizeof<T>()) s += <f64>load<T>(y + p) * <f64>load<T>(x + p);
    add(to + (<usize>i << 3), s);
  }
}

@inline
function add(to: usize, x: f64): void {
  store<f64>(to, load<f64>(to) + x);
}
