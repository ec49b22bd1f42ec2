// Depthwise convolutions of 3×3 taps, stride 1 and a border of 1, straight from the picture. A vector of columns is walked downwards, so that
// each row is read once for the three rows of the result that it takes part in. Columns outside the picture are masked.

import { COUNTS, PLACES, madd, sumLanes } from "../memory";
import { batch, dilH, dilW, inC, inH, inPlane, inW, kH, kW, outC, outPer, padH, padW, strideH, strideW } from "./geometry";

const FLUSH: i32 = 256; // vectors that are summed in lanes before they go on in f64

/** A vector read at or near here keeps all lanes, the last or the first, as far as it lies on the ones. */
const ONES: usize = memory.data<i32>([0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0], 16) + 16;

/** Whether planes, as depthwise.ts takes them, are of this kind; a row fills a vector at least. */
export function isNine<T>(): bool {
  const near = strideH == 1 && strideW == 1 && padH == 1 && padW == 1 && dilH == 1 && dilW == 1;
  return near && kH == 3 && kW == 3 && rowBytes<T>() >= 16;
}

@inline
function rowBytes<T>(): usize {
  return <usize>inW * sizeof<T>();
}

/** Bytes that the last vector of a row has in common with the one before. */
@inline
function common(last: usize): usize {
  return -last & 15;
}

@inline
function weight<T>(tap: usize): v128 {
  return v128.load_splat<T>(PLACES + tap * sizeof<T>());
}

@inline
function masked(v: v128, mask: v128, edge: bool): v128 {
  return edge ? v128.and(v, mask) : v;
}

/** The columns at byte q of y from x, by PLACES' nine weights. edge, a literal: the columns beside them may lie outside. y may not be x. */
@inline
function down<T>(y: usize, x: usize, q: usize, last: usize, edge: bool): void {
  const w0 = weight<T>(0), w1 = weight<T>(1), w2 = weight<T>(2);
  const w3 = weight<T>(3), w4 = weight<T>(4), w5 = weight<T>(5);
  const w6 = weight<T>(6), w7 = weight<T>(7), w8 = weight<T>(8);
  const left = v128.load(ONES - (q == 0 ? sizeof<T>() : 0));
  const right = v128.load(ONES + (q == last ? sizeof<T>() : 0));
  const pitch = last + 16;
  let above = i64x2.splat(0); // sums that two rows are in
  let here = above; // sums that one row is in
  let to = y + q - pitch;
  const end = to + <usize>inH * pitch;
  for (let from = x + q; ; from += pitch) {
    const u = masked(v128.load(from - sizeof<T>()), left, edge);
    const v = v128.load(from);
    const w = masked(v128.load(from, sizeof<T>()), right, edge);
    if (to >= y) v128.store(to, madd<T>(w8, w, madd<T>(w7, v, madd<T>(w6, u, above))));
    above = madd<T>(w5, w, madd<T>(w4, v, madd<T>(w3, u, here)));
    here = madd<T>(w2, w, madd<T>(w1, v, madd<T>(w0, u, i64x2.splat(0))));
    to += pitch;
    if (to == end) break;
  }
  v128.store(to, above);
}

function downEdge<T>(y: usize, x: usize, q: usize, last: usize): void {
  down<T>(y, x, q, last, true);
}
function downWithin<T>(y: usize, x: usize, q: usize, last: usize): void {
  down<T>(y, x, q, last, false);
}

function convolve<T>(y: usize, x: usize): void {
  const last = rowBytes<T>() - 16;
  downEdge<T>(y, x, 0, last);
  for (let q: usize = 16; q < last; q += 16) downWithin<T>(y, x, q, last);
  if (last > 0) downEdge<T>(y, x, last, last); // what was there is there again
}

/** As planarForward. */
export function nineForward<T>(y: usize, x: usize, w: usize, from: i32, to: i32): void {
  const plane = <usize>inPlane * sizeof<T>();
  for (let i = from; i < to; i++) {
    const o = i % outC;
    memory.copy(PLACES, w + <usize>(o * 9) * sizeof<T>(), 9 * sizeof<T>());
    convolve<T>(y + <usize>i * plane, x + <usize>((i / outC) * inC + o / outPer) * plane);
  }
}

/** As planarGradInput, of one output channel per group: the same with the weights' order turned. */
export function nineGradInput<T>(x: usize, y: usize, w: usize, from: i32, to: i32): void {
  const plane = <usize>inPlane * sizeof<T>();
  for (let i = from; i < to; i++) {
    const last = w + <usize>((i % outC) * 9 + 8) * sizeof<T>();
    for (let tap: usize = 0; tap < 9 * sizeof<T>(); tap += sizeof<T>()) store<T>(PLACES + tap, load<T>(last - tap));
    convolve<T>(x + <usize>i * plane, y + <usize>i * plane);
  }
}

/** Adds the nine sums of y · x over the columns at bytes q to `end` to COUNTS' f64. edge: as in `down`. */
@inline
function addDown<T>(y: usize, x: usize, q: usize, end: usize, last: usize, edge: bool): void {
  const zero = i64x2.splat(0);
  let a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero, a6 = zero, a7 = zero, a8 = zero;
  const pitch = last + 16;
  const plane = <usize>inH * pitch;
  for (; q < end; q += 16) {
    const mine = v128.load(ONES - (q == last && q > 0 ? common(last) : 0));
    const left = q == 0 ? v128.load(ONES - sizeof<T>()) : mine;
    const right = q == last ? v128.and(mine, v128.load(ONES + sizeof<T>())) : mine;
    let above = zero;
    let here = masked(v128.load(y + q), mine, edge);
    const bottom = q + plane - pitch;
    for (let i = q; ; i += pitch) {
      const u = masked(v128.load(x + i - sizeof<T>()), left, edge);
      const v = masked(v128.load(x + i), mine, edge);
      const w = masked(v128.load(x + i, sizeof<T>()), right, edge);
      a3 = madd<T>(masked(here, left, edge), u, a3);
      a4 = madd<T>(here, v, a4);
      a5 = madd<T>(masked(here, right, edge), w, a5);
      // nothing in place of rows and columns that are not there: 0 · ∞ is no 0
      if (i > q) {
        a6 = madd<T>(masked(above, left, edge), u, a6);
        a7 = madd<T>(above, v, a7);
        a8 = madd<T>(masked(above, right, edge), w, a8);
      }
      if (i == bottom) break;
      above = here;
      here = masked(v128.load(y + i + pitch), mine, edge);
      a0 = madd<T>(masked(here, left, edge), u, a0);
      a1 = madd<T>(here, v, a1);
      a2 = madd<T>(masked(here, right, edge), w, a2);
    }
  }
  addSum<T>(0, a0);
  addSum<T>(1, a1);
  addSum<T>(2, a2);
  addSum<T>(3, a3);
  addSum<T>(4, a4);
  addSum<T>(5, a5);
  addSum<T>(6, a6);
  addSum<T>(7, a7);
  addSum<T>(8, a8);
}

@inline
function addSum<T>(tap: usize, lanes: v128): void {
  const p = COUNTS + (tap << 3);
  store<f64>(p, load<f64>(p) + sumLanes<T>(lanes));
}

function addEdge<T>(y: usize, x: usize, q: usize, last: usize): void {
  addDown<T>(y, x, q, q + 1, last, true);
}
function addWithin<T>(y: usize, x: usize, q: usize, end: usize, last: usize): void {
  addDown<T>(y, x, q, end, last, false);
}

/** As planarGradWeight. */
export function nineGradWeight<T>(out: usize, y: usize, x: usize, from: i32, to: i32): void {
  const plane = <usize>inPlane * sizeof<T>();
  const last = rowBytes<T>() - 16;
  const most = <usize>max(FLUSH / inH, 1) << 4;
  for (let o = from; o < to; o++) {
    memory.fill(COUNTS, 0, 9 << 3);
    for (let b = 0; b < batch; b++) {
      const py = y + <usize>(b * outC + o) * plane;
      const px = x + <usize>(b * inC + o / outPer) * plane;
      addEdge<T>(py, px, 0, last);
      for (let q: usize = 16; q < last; q += most) addWithin<T>(py, px, q, min(last, q + most), last);
      if (last > 0) addEdge<T>(py, px, last, last);
    }
    for (let tap = 0; tap < 9; tap++) store<T>(out + <usize>(o * 9 + tap) * sizeof<T>(), <T>load<f64>(COUNTS + (<usize>tap << 3)));
  }
}
