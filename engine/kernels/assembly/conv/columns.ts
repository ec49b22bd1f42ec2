// Panels of the matrix of columns [inPer·taps, positions], made from the image without ever building that matrix.
// A block of columns is a stretch of one image's positions, or several whole images. What it reads of the input is first copied
// with its zero border into a band in scratch, so that packing needs no bounds; without padding the input itself serves.

import { PLACES, ROWS } from "../memory";
import { clearRow, copyRow } from "./row";
import {
  dilD, dilH, dilW, inC, inD, inH, inPlane, inW, kD, kH, kW, outH, outPlane, outW, padD, padH, padW, strideD, strideH, strideW, taps,
} from "./geometry";

// PLACES and ROWS: byte offsets of a block's columns and of its rows (channel, tap), relative to the band.

/** Where offsets of columns and rows count from. */
export let band: usize = 0;
let channelStep: usize = 0;
let depthStep: usize = 0;
let heightStep: usize = 0;
let imageStep: usize = 0;
let firstChannel: i32 = 0;

// The block's output rows, and its first input position.
let d0: i32 = 0;
let d1: i32 = 0;
let h0: i32 = 0;
let h1: i32 = 0;

/** Bytes that `makeBand` needs at most for a block of up to `columns` positions and `channels` channels. */
export function bandBytes<T>(columns: i32, channels: i32): usize {
  if (padD == 0 && padH == 0 && padW == 0) return 0;
  const perRow = (outW - 1) * strideW + (kW - 1) * dilW + 1;
  const images = max(1, columns / outPlane);
  const wholeH = (outH - 1) * strideH + (kH - 1) * dilH + 1;
  const rowsOut = min(outH, columns / outW + 2);
  const rows = outH * outW <= columns ? wholeH : (rowsOut - 1) * strideH + (kH - 1) * dilH + 1;
  const deepOut = min(outPlane / (outH * outW), columns / (outH * outW) + 2);
  const deep = (deepOut - 1) * strideD + (kD - 1) * dilD + 1;
  return (<usize>images * <usize>channels * <usize>deep * <usize>(deepOut > 1 ? wholeH : rows) * <usize>perRow + 64) * sizeof<T>();
}

/**
 * Prepares the input x (one group's first channel of image `image`) for positions q0..q0+nq of each of `images` images and channels
 * c0..c1. Fills PLACES with the offsets of the columns.
 */
export function makeBand<T>(space: usize, x: usize, image: i32, images: i32, q0: i32, nq: i32, c0: i32, c1: i32): void {
  const plane = outH * outW;
  d0 = q0 / plane;
  d1 = (q0 + nq - 1) / plane;
  h0 = d0 == d1 ? (q0 % plane) / outW : 0;
  h1 = d0 == d1 ? ((q0 + nq - 1) % plane) / outW : outH - 1;
  firstChannel = c0;
  const origin = x + <usize>image * <usize>inC * <usize>inPlane * sizeof<T>();
  if (padD == 0 && padH == 0 && padW == 0) {
    heightStep = <usize>inW * sizeof<T>();
    depthStep = <usize>inH * heightStep;
    channelStep = <usize>inPlane * sizeof<T>();
    imageStep = <usize>inC * channelStep;
    band = origin + <usize>c0 * channelStep + <usize>(d0 * strideD) * depthStep + <usize>(h0 * strideH) * heightStep;
  } else {
    const width = (outW - 1) * strideW + (kW - 1) * dilW + 1;
    const height = (h1 - h0) * strideH + (kH - 1) * dilH + 1;
    const depth = (d1 - d0) * strideD + (kD - 1) * dilD + 1;
    heightStep = <usize>width * sizeof<T>();
    depthStep = <usize>height * heightStep;
    channelStep = <usize>depth * depthStep;
    imageStep = <usize>(c1 - c0) * channelStep;
    band = space;
    for (let i = 0; i < images; i++)
      for (let c = c0; c < c1; c++)
        copyChannel<T>(
          space + <usize>i * imageStep + <usize>(c - c0) * channelStep,
          origin + <usize>(i * inC + c) * <usize>inPlane * sizeof<T>(), width, height, depth,
        );
  }
  let to = PLACES;
  for (let i = 0; i < images; i++) {
    let q = q0;
    while (q < q0 + nq) {
      const d = q / plane;
      const h = (q % plane) / outW;
      const w = q % outW;
      const end = min(outW, w + q0 + nq - q);
      let at =
        <usize>i * imageStep + <usize>((d - d0) * strideD) * depthStep + <usize>((h - h0) * strideH) * heightStep +
        <usize>(w * strideW) * sizeof<T>();
      for (let j = w; j < end; j++) {
        store<u32>(to, <u32>at);
        at += <usize>strideW * sizeof<T>();
        to += 4;
      }
      q += end - w;
    }
  }
}

/** One channel's part of the band: input from (d0·stride − pad, …), zeros outside. */
function copyChannel<T>(to: usize, x: usize, width: i32, height: i32, depth: i32): void {
  const left = max(0, min(width, padW));
  const right = max(left, min(width, inW + padW));
  const from = left - padW;
  for (let d = 0; d < depth; d++) {
    const z = d0 * strideD - padD + d;
    for (let h = 0; h < height; h++) {
      const y = h0 * strideH - padH + h;
      if (z < 0 || z >= inD || y < 0 || y >= inH) memory.fill(to, 0, <usize>width * sizeof<T>());
      else {
        clearRow<T>(to, left);
        copyRow<T>(to + <usize>left * sizeof<T>(), x + <usize>((z * inH + y) * inW + from) * sizeof<T>(), right - left);
        clearRow<T>(to + <usize>right * sizeof<T>(), width - right);
      }
      to += <usize>width * sizeof<T>();
    }
  }
}

/** Fills ROWS with the offsets of matrix rows k0..k0+count, row = channel · taps + tap. */
export function makeRows<T>(k0: i32, count: i32): void {
  for (let r = 0; r < count; r++) {
    const k = k0 + r;
    const tap = k % taps;
    const kd = tap / (kH * kW);
    const kh = (tap / kW) % kH;
    const at =
      <usize>(k / taps - firstChannel) * channelStep + <usize>(kd * dilD) * depthStep + <usize>(kh * dilH) * heightStep +
      <usize>((tap % kW) * dilW) * sizeof<T>();
    store<u32>(ROWS + (<usize>r << 2), <u32>at);
  }
}

/** For plain columns of a tensor [images, channels, plane]: rows are channels c0.., columns are positions q0..q0+nq of each image. */
export function plainColumns<T>(x: usize, channels: i32, plane: i32, images: i32, q0: i32, nq: i32): void {
  band = x;
  let to = PLACES;
  for (let i = 0; i < images; i++)
    for (let q = q0; q < q0 + nq; q++) {
      store<u32>(to, <u32>((i * channels * plane + q) * sizeof<T>()));
      to += 4;
    }
}

export function plainRows<T>(c0: i32, count: i32, plane: i32): void {
  for (let r = 0; r < count; r++) store<u32>(ROWS + (<usize>r << 2), <u32>((c0 + r) * plane * sizeof<T>()));
}

@inline
function place(table: usize, i: i32): usize {
  return <usize>load<u32>(table + (<usize>i << 2));
}

/** Panels [kc, 32 bytes] of `nc` columns. Absent columns repeat the last: their results are dropped. */
export function packColumns<T>(dst: usize, nc: i32, kc: i32): void {
  const W: i32 = 16 / sizeof<T>();
  for (let j = 0; j < nc; j += 2 * W) {
    packHalf<T>(dst, j, nc, kc);
    packHalf<T>(dst + 16, min(j + W, nc - 1), nc, kc);
    dst += <usize>kc * 32;
  }
}

function packHalf<T>(dst: usize, j: i32, nc: i32, kc: i32): void {
  const W: i32 = 16 / sizeof<T>();
  const last = nc - 1;
  const p0 = band + place(PLACES, j);
  const p1 = band + place(PLACES, min(j + 1, last));
  const p2 = band + place(PLACES, min(j + 2, last));
  const p3 = band + place(PLACES, min(j + 3, last));
  const rows = ROWS;
  const end = rows + (<usize>kc << 2);
  if (j + W <= nc && p1 - p0 == sizeof<T>() && (W == 2 || (p2 - p0 == 2 * sizeof<T>() && p3 - p0 == 3 * sizeof<T>()))) {
    for (let r = rows; r < end; r += 4) {
      v128.store(dst, v128.load(p0 + load<u32>(r)));
      dst += 32;
    }
    return;
  }
  if (sizeof<T>() == 4 && j + 4 <= nc && p1 - p0 == 8 && p2 - p0 == 16 && p3 - p0 == 24) {
    // every second number: what lies behind the last is read and dropped
    for (let r = rows; r < end; r += 4) {
      const from = p0 + load<u32>(r);
      v128.store(dst, evens(from));
      dst += 32;
    }
    return;
  }
  for (let r = rows; r < end; r += 4) {
    const at = load<u32>(r);
    store<T>(dst, load<T>(p0 + at));
    store<T>(dst, load<T>(p1 + at), sizeof<T>());
    if (W == 4) {
      store<T>(dst, load<T>(p2 + at), 2 * sizeof<T>());
      store<T>(dst, load<T>(p3 + at), 3 * sizeof<T>());
    }
    dst += 32;
  }
}

/** Panels of the transposed matrix: `kc` positions by `nc` (channel, tap) columns. */
export function packRows<T>(dst: usize, nc: i32, kc: i32): void {
  const NR: i32 = 32 / sizeof<T>();
  for (let j = 0; j < nc; j += NR) {
    if (sizeof<T>() == 4 && j + 8 <= nc) {
      packFour(dst, j, kc);
      packFour(dst + 16, j + 4, kc);
    } else
      for (let q = 0; q < NR; q++) {
        const from = band + place(ROWS, min(j + q, nc - 1));
        let to = dst + <usize>q * sizeof<T>();
        for (let p = 0; p < kc; p++) {
          store<T>(to, load<T>(from + place(PLACES, p)));
          to += 32;
        }
      }
    dst += <usize>kc * 32;
  }
}

/** Numbers 0, 2, 4, 6 from p on. */
@inline
function evens(p: usize): v128 {
  return v128.shuffle<i32>(v128.load(p), v128.load(p, 16), 0, 2, 4, 6);
}

@inline
function storeTransposed(dst: usize, v0: v128, v1: v128, v2: v128, v3: v128): void {
  const a = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(dst, v128.shuffle<i64>(a, b, 1, 3), 32);
  v128.store(dst, v128.shuffle<i64>(c, d, 0, 2), 64);
  v128.store(dst, v128.shuffle<i64>(c, d, 1, 3), 96);
}

function packFour(dst: usize, j: i32, kc: i32): void {
  const r0 = band + place(ROWS, j);
  const r1 = band + place(ROWS, j + 1);
  const r2 = band + place(ROWS, j + 2);
  const r3 = band + place(ROWS, j + 3);
  let p = 0;
  while (p < kc) {
    const at = place(PLACES, p);
    if (p + 4 <= kc && place(PLACES, p + 3) - at == 12 && place(PLACES, p + 1) - at == 4) {
      storeTransposed(dst, v128.load(r0 + at), v128.load(r1 + at), v128.load(r2 + at), v128.load(r3 + at));
      dst += 128;
      p += 4;
    } else if (p + 4 <= kc && place(PLACES, p + 3) - at == 24 && place(PLACES, p + 1) - at == 8) {
      storeTransposed(dst, evens(r0 + at), evens(r1 + at), evens(r2 + at), evens(r3 + at));
      dst += 128;
      p += 4;
    } else {
      store<f32>(dst, load<f32>(r0 + at));
      store<f32>(dst, load<f32>(r1 + at), 4);
      store<f32>(dst, load<f32>(r2 + at), 8);
      store<f32>(dst, load<f32>(r3 + at), 12);
      dst += 32;
      p++;
    }
  }
}
