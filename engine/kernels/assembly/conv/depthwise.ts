// Convolutions of one input channel per group, plane by plane. The plane with its zero border is laid out once: a stride s splits each axis
// into s phases, so that every tap reads neighbours for neighbours. An output plane is computed flat, in rows as long as a phase's: its
// last columns are nobody's, and are dropped, or are zeros where the cotangent is read.

import { COUNTS, PLACES, ROWS, madd, scratch, sumLanes } from "../memory";
import { isNine, nineForward, nineGradInput, nineGradWeight } from "./nine";
import { copyRow } from "./row";
import {
  batch, dilH, dilW, groups, inC, inD, inH, inPlane, inW, kD, kH, kW, outC, outD, outH, outPer, outPlane, outW, padD, padH, padW,
  strideH, strideW, taps,
} from "./geometry";

const MOST_TAPS: i32 = 256; // PLACES holds as many f64
const MOST_PHASES: i32 = 16;
const SLACK: i32 = 64; // elements behind a buffer that whole vectors may touch
const FLUSH: i32 = 256; // vectors that are summed in lanes before they go on in f64

let pitch: i32 = 0; // of a phase's rows and of the flat output's
let phaseRows: i32 = 0;
let phaseSize: i32 = 0; // with slack
let flat: i32 = 0; // elements of the flat output
let reach: i32 = 0; // largest offset of a tap within its phase

/** Whether the geometry, already read, is one for planes. */
export function isPlanar(): bool {
  return inD == 1 && kD == 1 && outD == 1 && padD == 0 && taps <= MOST_TAPS && strideH * strideW <= MOST_PHASES;
}

function layOut(): void {
  pitch = outW + ((kW - 1) * dilW) / strideW;
  phaseRows = outH + ((kH - 1) * dilH) / strideH;
  phaseSize = phaseRows * pitch + SLACK;
  flat = outH * pitch;
  reach = (((kH - 1) * dilH) / strideH) * pitch + ((kW - 1) * dilW) / strideW;
}

/** Bytes of scratch: the phases, and the flat plane with room for every tap on both sides. */
export function planarScratch<T>(): usize {
  layOut();
  return (<usize>(strideH * strideW) * <usize>phaseSize + <usize>reach + <usize>phaseSize + 2 * SLACK) * sizeof<T>();
}

@inline
function sizeOfPhases<T>(): usize {
  return <usize>(strideH * strideW) * <usize>phaseSize * sizeof<T>();
}

@inline
function evens(p: usize): v128 {
  return v128.shuffle<i32>(v128.load(p), v128.load(p, 16), 0, 2, 4, 6);
}

/** Input column of phase p that comes first, and how many there are. */
@inline
function firstOf(p: i32): i32 {
  return (p - (padW % strideW) + strideW) % strideW;
}
@inline
function countOf(first: i32): i32 {
  return first >= inW ? 0 : min((inW - first - 1) / strideW + 1, pitch - (first + padW) / strideW);
}

/** A plane into the phases, whose borders are zeros already. */
function loadPhases<T>(to: usize, x: usize): void {
  for (let y = 0; y < inH; y++) {
    const r = (y + padH) / strideH;
    if (r >= phaseRows) break;
    for (let p = 0; p < strideW; p++) {
      const first = firstOf(p);
      const count = countOf(first);
      const phase = ((y + padH) % strideH) * strideW + p;
      let u = to + (<usize>phase * <usize>phaseSize + <usize>(r * pitch + (first + padW) / strideW)) * sizeof<T>();
      let v = x + <usize>(y * inW + first) * sizeof<T>();
      let i = 0;
      if (strideW == 1) {
        copyRow<T>(u, v, count);
        continue;
      }
      if (sizeof<T>() == 4 && strideW == 2)
        for (; i + 4 <= count; i += 4) {
          v128.store(u, evens(v)); // what lies behind the last is read and dropped
          u += 16;
          v += 32;
        }
      for (; i < count; i++) {
        store<T>(u, load<T>(v));
        u += sizeof<T>();
        v += <usize>strideW * sizeof<T>();
      }
    }
  }
}

/** The phases back into a plane; what no tap has read is 0. */
function storePhases<T>(x: usize, from: usize): void {
  if (strideH * strideW > 1) memory.fill(x, 0, <usize>inPlane * sizeof<T>());
  for (let y = 0; y < inH; y++) {
    const r = (y + padH) / strideH;
    if (r >= phaseRows) break;
    const row = x + <usize>(y * inW) * sizeof<T>();
    const phases = from + (<usize>(((y + padH) % strideH) * strideW) * <usize>phaseSize + <usize>(r * pitch)) * sizeof<T>();
    const woven = sizeof<T>() == 4 && strideW == 2 ? weave(row, phases) : 0;
    for (let p = 0; p < strideW; p++) {
      const first = firstOf(p) + woven;
      const count = countOf(first);
      let u = phases + (<usize>p * <usize>phaseSize + <usize>((first + padW) / strideW)) * sizeof<T>();
      let v = row + <usize>first * sizeof<T>();
      if (strideW == 1) {
        copyRow<T>(v, u, count);
        continue;
      }
      for (let i = 0; i < count; i++) {
        store<T>(v, load<T>(u));
        u += sizeof<T>();
        v += <usize>strideW * sizeof<T>();
      }
    }
  }
}

/** The two phases of a row of f32 with stride 2 into its columns, eight at a time; returns how many columns are done. */
function weave(row: usize, phases: usize): i32 {
  const first = firstOf(0);
  const n = min(countOf(0), countOf(1)) & ~3;
  // the phase of column 0, then that of column 1
  const even = phases + (<usize>(first == 0 ? 0 : phaseSize) + <usize>(padW / 2)) * 4;
  const odd = phases + (<usize>(first == 0 ? phaseSize : 0) + <usize>((padW + 1) / 2)) * 4;
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    const a = v128.load(even + i);
    const b = v128.load(odd + i);
    v128.store(row + 2 * i, v128.shuffle<i32>(a, b, 0, 4, 1, 5));
    v128.store(row + 2 * i, v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
  }
  return 2 * n;
}

@inline
function phaseOf(tap: i32): i32 {
  return (((tap / kW) * dilH) % strideH) * strideW + ((tap % kW) * dilW) % strideW;
}
/** Elements from a flat output to what the tap reads of its phase. */
@inline
function offsetOf(tap: i32): i32 {
  return (((tap / kW) * dilH) / strideH) * pitch + ((tap % kW) * dilW) / strideW;
}

/** out[q] = (or +=) Σ over `count` taps of PLACES' weights · the number ROWS' bytes from base + q on. */
function sumTaps<T>(out: usize, n: i32, base: usize, count: i32, add: bool): void {
  const end = out + <usize>n * sizeof<T>();
  for (; out < end; out += 128) {
    let a0 = i64x2.splat(0);
    let a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
    if (add) {
      a0 = v128.load(out);
      a1 = v128.load(out, 16);
      a2 = v128.load(out, 32);
      a3 = v128.load(out, 48);
      a4 = v128.load(out, 64);
      a5 = v128.load(out, 80);
      a6 = v128.load(out, 96);
      a7 = v128.load(out, 112);
    }
    let offset = ROWS;
    let weight = PLACES;
    for (let t = 0; t < count; t++) {
      const p = base + <usize>(<isize>load<i32>(offset));
      const w = v128.load_splat<T>(weight);
      a0 = madd<T>(w, v128.load(p), a0);
      a1 = madd<T>(w, v128.load(p, 16), a1);
      a2 = madd<T>(w, v128.load(p, 32), a2);
      a3 = madd<T>(w, v128.load(p, 48), a3);
      a4 = madd<T>(w, v128.load(p, 64), a4);
      a5 = madd<T>(w, v128.load(p, 80), a5);
      a6 = madd<T>(w, v128.load(p, 96), a6);
      a7 = madd<T>(w, v128.load(p, 112), a7);
      offset += 4;
      weight += sizeof<T>();
    }
    v128.store(out, a0);
    v128.store(out, a1, 16);
    v128.store(out, a2, 32);
    v128.store(out, a3, 48);
    v128.store(out, a4, 64);
    v128.store(out, a5, 80);
    v128.store(out, a6, 96);
    v128.store(out, a7, 112);
    base += 128;
  }
}

/** A contiguous plane of the output's size into rows of `pitch`; what is between them stays. */
function spread<T>(to: usize, y: usize): void {
  for (let h = 0; h < outH; h++)
    copyRow<T>(to + <usize>(h * pitch) * sizeof<T>(), y + <usize>(h * outW) * sizeof<T>(), outW);
}

/** Planes from..to (image · outC + channel) of y. */
export function planarForward<T>(y: usize, x: usize, w: usize, from: i32, to: i32): void {
  if (isNine<T>()) return nineForward<T>(y, x, w, from, to);
  const phases = scratch(planarScratch<T>());
  const space = phases + sizeOfPhases<T>();
  memory.fill(phases, 0, sizeOfPhases<T>());
  let laid = -1;
  for (let plane = from; plane < to; plane++) {
    const o = plane % outC;
    const channel = (plane / outC) * inC + o / outPer;
    if (channel != laid) loadPhases<T>(phases, x + <usize>channel * <usize>inPlane * sizeof<T>());
    laid = channel;
    for (let tap = 0; tap < taps; tap++)
      store<i32>(ROWS + (<usize>tap << 2), (phaseOf(tap) * phaseSize + offsetOf(tap)) * sizeof<T>());
    memory.copy(PLACES, w + <usize>(o * taps) * sizeof<T>(), <usize>taps * sizeof<T>());
    sumTaps<T>(space, flat, phases, taps, false);
    const py = y + <usize>plane * <usize>outPlane * sizeof<T>();
    for (let h = 0; h < outH; h++)
      copyRow<T>(py + <usize>(h * outW) * sizeof<T>(), space + <usize>(h * pitch) * sizeof<T>(), outW);
  }
}

/** Planes from..to (image · groups + group) of the gradient x. */
export function planarGradInput<T>(x: usize, y: usize, w: usize, from: i32, to: i32): void {
  if (isNine<T>() && outPer == 1) return nineGradInput<T>(x, y, w, from, to);
  const bytes = planarScratch<T>();
  const phases = scratch(bytes);
  const space = phases + sizeOfPhases<T>() + <usize>reach * sizeof<T>();
  memory.fill(phases, 0, bytes);
  for (let plane = from; plane < to; plane++) {
    for (let j = 0; j < outPer; j++) {
      const o = (plane % groups) * outPer + j;
      spread<T>(space, y + <usize>((plane / groups) * outC + o) * <usize>outPlane * sizeof<T>());
      for (let phase = 0; phase < strideH * strideW; phase++) {
        let count = 0;
        for (let tap = 0; tap < taps; tap++)
          if (phaseOf(tap) == phase) {
            store<i32>(ROWS + (<usize>count << 2), -offsetOf(tap) * sizeof<T>());
            store<T>(PLACES + <usize>count * sizeof<T>(), load<T>(w + <usize>(o * taps + tap) * sizeof<T>()));
            count++;
          }
        sumTaps<T>(phases + <usize>phase * <usize>phaseSize * sizeof<T>(), phaseRows * pitch, space, count, j > 0);
      }
    }
    storePhases<T>(x + <usize>plane * <usize>inPlane * sizeof<T>(), phases);
  }
}

/** Adds Σ y · x of eight taps, `bytes` and on from x, to COUNTS' f64 at `tap`. Absent taps repeat the first and are dropped. */
function addDots<T>(y: usize, x: usize, tap: i32): void {
  const n = <usize>flat * sizeof<T>();
  const x0 = x + place(tap, 0);
  const x1 = x + place(tap, 1);
  const x2 = x + place(tap, 2);
  const x3 = x + place(tap, 3);
  const x4 = x + place(tap, 4);
  const x5 = x + place(tap, 5);
  const x6 = x + place(tap, 6);
  const x7 = x + place(tap, 7);
  for (let q: usize = 0; q < n; ) {
    const end = min(n, q + FLUSH * 16);
    let a0 = i64x2.splat(0);
    let a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
    for (; q < end; q += 16) {
      const v = v128.load(y + q);
      a0 = madd<T>(v, v128.load(x0 + q), a0);
      a1 = madd<T>(v, v128.load(x1 + q), a1);
      a2 = madd<T>(v, v128.load(x2 + q), a2);
      a3 = madd<T>(v, v128.load(x3 + q), a3);
      a4 = madd<T>(v, v128.load(x4 + q), a4);
      a5 = madd<T>(v, v128.load(x5 + q), a5);
      a6 = madd<T>(v, v128.load(x6 + q), a6);
      a7 = madd<T>(v, v128.load(x7 + q), a7);
    }
    addSum<T>(tap, a0);
    if (tap + 1 < taps) addSum<T>(tap + 1, a1);
    if (tap + 2 < taps) addSum<T>(tap + 2, a2);
    if (tap + 3 < taps) addSum<T>(tap + 3, a3);
    if (tap + 4 < taps) addSum<T>(tap + 4, a4);
    if (tap + 5 < taps) addSum<T>(tap + 5, a5);
    if (tap + 6 < taps) addSum<T>(tap + 6, a6);
    if (tap + 7 < taps) addSum<T>(tap + 7, a7);
  }
}

@inline
function place(tap: i32, i: i32): usize {
  return <usize>load<i32>(ROWS + (<usize>(tap + i < taps ? tap + i : tap) << 2));
}

@inline
function addSum<T>(tap: i32, lanes: v128): void {
  const p = COUNTS + (<usize>tap << 3);
  store<f64>(p, load<f64>(p) + sumLanes<T>(lanes));
}

/** Channels from..to of the weight. */
export function planarGradWeight<T>(out: usize, y: usize, x: usize, from: i32, to: i32): void {
  if (isNine<T>()) return nineGradWeight<T>(out, y, x, from, to);
  const bytes = planarScratch<T>();
  const phases = scratch(bytes);
  const space = phases + sizeOfPhases<T>();
  memory.fill(phases, 0, bytes);
  for (let tap = 0; tap < taps; tap++)
    store<i32>(ROWS + (<usize>tap << 2), (phaseOf(tap) * phaseSize + offsetOf(tap)) * sizeof<T>());
  for (let o = from; o < to; o++) {
    memory.fill(COUNTS, 0, <usize>taps << 3);
    for (let b = 0; b < batch; b++) {
      loadPhases<T>(phases, x + <usize>(b * inC + o / outPer) * <usize>inPlane * sizeof<T>());
      spread<T>(space, y + <usize>(b * outC + o) * <usize>outPlane * sizeof<T>());
      for (let tap = 0; tap < taps; tap += 8) addDots<T>(space, phases, tap);
    }
    for (let tap = 0; tap < taps; tap++)
      store<T>(out + <usize>(o * taps + tap) * sizeof<T>(), <T>load<f64>(COUNTS + (<usize>tap << 3)));
  }
}
