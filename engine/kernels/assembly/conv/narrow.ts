// Convolutions of groups with few outputs, four at a time: they read the band where it lies, as packing its columns costs more than such a product.

import { packRows } from "../gemm/rows";
import { PLACES, ROWS, TILE, madd } from "../memory";
import { band } from "./columns";
import { groups, inPer, outC, outPer, outPlane, outW, strideW, taps } from "./geometry";

const MOST_ROWS: i32 = 512; // channels times taps: ROWS holds as many
const MOST_OUTPUTS: i32 = 32;
const LEAST_WIDTH: i32 = 6; // of eight neighbours that are computed at once

export function isNarrow(): bool {
  return groups > 1 && outPer <= MOST_OUTPUTS && inPer * taps <= MOST_ROWS && strideW == 1 && outW >= LEAST_WIDTH;
}

/** A group's weight [outPer, inPer·taps] in fours: [inPer·taps, 4] each. flipped: as conv.ts's `product` has it. */
export function packWeights<T>(ap: usize, w: usize, flipped: bool): void {
  const K = inPer * taps;
  if (!flipped) return packRows<T>(ap, w, <usize>K * sizeof<T>(), outPer, K);
  for (let i = 0; i < outPer; i += 4)
    for (let k = 0; k < K; k++)
      for (let q = i; q < i + 4; q++) {
        const from = ((k / taps) * outPer + q) * taps + taps - 1 - (k % taps);
        store<T>(ap, q < outPer ? load<T>(w + <usize>from * sizeof<T>()) : <T>0);
        ap += sizeof<T>();
      }
}

@inline
function place(column: i32): usize {
  return <usize>load<u32>(PLACES + (<usize>column << 2));
}

/** The group's outputs of positions q.. q + nq from `out` on, of each of `images` images; PLACES and ROWS tell what of the band they read. */
export function narrow<T>(ap: usize, out: usize, images: i32, q: i32, nq: i32): void {
  for (let b = 0; b < images; b++) {
    let j = 0;
    while (j < nq) {
      const run = min(outW - (q + j) % outW, nq - j);
      neighbours<T>(ap, out + <usize>(b * outC * outPlane + j) * sizeof<T>(), band + place(b * nq + j), run);
      j += run;
    }
  }
}

/** n positions that are neighbours in the band; the last whole vectors overlap those before. */
function neighbours<T>(ap: usize, out: usize, x: usize, n: i32): void {
  const NR: i32 = 32 / sizeof<T>();
  const K = inPer * taps;
  const row = <usize>outPlane * sizeof<T>();
  for (let i = 0; i < outPer; i += 4) {
    const rows = min(4, outPer - i);
    for (let j = 0; j < n; j += NR) {
      const at = <usize>(n >= NR ? min(j, n - NR) : j) * sizeof<T>();
      if (n >= NR && rows == 4) {
        four<T>(K, ap, x + at, out + at, row);
        continue;
      }
      four<T>(K, ap, x + at, TILE, 32);
      for (let r = 0; r < rows; r++)
        memory.copy(out + at + <usize>r * row, TILE + <usize>r * 32, <usize>min(NR, n) * sizeof<T>());
    }
    ap += <usize>(4 * K) * sizeof<T>();
    out += 4 * row;
  }
}

function four<T>(k: i32, ap: usize, x: usize, c: usize, ldc: usize): void {
  let c00 = i64x2.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const end = ROWS + (<usize>k << 2);
  for (let r = ROWS; r < end; r += 4) {
    const p = x + load<u32>(r);
    const b0 = v128.load(p);
    const b1 = v128.load(p, 16);
    let a = v128.load_splat<T>(ap);
    c00 = madd<T>(a, b0, c00);
    c01 = madd<T>(a, b1, c01);
    a = v128.load_splat<T>(ap, sizeof<T>());
    c10 = madd<T>(a, b0, c10);
    c11 = madd<T>(a, b1, c11);
    a = v128.load_splat<T>(ap, 2 * sizeof<T>());
    c20 = madd<T>(a, b0, c20);
    c21 = madd<T>(a, b1, c21);
    a = v128.load_splat<T>(ap, 3 * sizeof<T>());
    c30 = madd<T>(a, b0, c30);
    c31 = madd<T>(a, b1, c31);
    ap += 4 * sizeof<T>();
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + ldc, c10);
  v128.store(c + ldc, c11, 16);
  v128.store(c + 2 * ldc, c20);
  v128.store(c + 2 * ldc, c21, 16);
  v128.store(c + 3 * ldc, c30);
  v128.store(c + 3 * ldc, c31, 16);
}
