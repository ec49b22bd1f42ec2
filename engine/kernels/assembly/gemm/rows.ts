// C += A B for a few rows of A and a matrix B that is packed once and used step after step. A group of rows: [k, 4]; panels of B: [k, 32 bytes].

import { madd, TILE } from "../memory";
import { save, tile4 } from "./micro";
import { transpose4 } from "./pack";

const GROUP: i32 = 4;

/** Bytes of `rows` packed rows of k elements. */
export function rowsBytes<T>(rows: i32, k: i32): usize {
  return <usize>((rows + GROUP - 1) / GROUP) * GROUP * <usize>k * sizeof<T>();
}

/** Rows of k elements, `step` bytes apart, in groups; absent rows of the last are 0. */
export function packRows<T>(dst: usize, a: usize, step: usize, rows: i32, k: i32): void {
  for (let i = 0; i < rows; i += GROUP) {
    let src = a + <usize>i * step;
    let p = 0;
    if (sizeof<T>() == 4 && i + GROUP <= rows)
      for (; p + 4 <= k; p += 4) {
        transpose4(dst, src, step, 16);
        dst += 64;
        src += 16;
      }
    for (; p < k; p++) {
      for (let q = 0; q < GROUP; q++) {
        store<T>(dst, i + q < rows ? load<T>(src + <usize>q * step) : <T>0);
        dst += sizeof<T>();
      }
      src += sizeof<T>();
    }
  }
}

/** C += A B. c: [rows, n], rows `ldc` bytes apart; `wide`, a literal: two panels of B at a time. */
@inline
export function addRows<T>(ap: usize, bp: usize, c: usize, ldc: usize, rows: i32, n: i32, k: i32, wide: bool): void {
  const NR: i32 = 32 / sizeof<T>();
  const panel = <usize>k * 32;
  let j = 0;
  if (wide)
    for (; j + 2 * NR <= n; j += 2 * NR) {
      for (let i = 0; i < rows; i += GROUP) {
        const a = ap + <usize>i * <usize>k * sizeof<T>();
        const to = c + <usize>i * ldc + <usize>j * sizeof<T>();
        if (i + GROUP <= rows) pair<T>(k, a, bp, to, ldc);
        else {
          edge<T>(k, a, bp, to, ldc, rows - i, NR);
          edge<T>(k, a, bp + panel, to + 32, ldc, rows - i, NR);
        }
      }
      bp += 2 * panel;
    }
  for (; j < n; j += NR) {
    for (let i = 0; i < rows; i += GROUP) {
      const a = ap + <usize>i * <usize>k * sizeof<T>();
      const to = c + <usize>i * ldc + <usize>j * sizeof<T>();
      if (i + GROUP <= rows && j + NR <= n) single<T>(k, a, bp, to, ldc);
      else edge<T>(k, a, bp, to, ldc, min(GROUP, rows - i), min(NR, n - j));
    }
    bp += panel;
  }
}

/** The tile's part that C has. */
function edge<T>(k: i32, ap: usize, bp: usize, c: usize, ldc: usize, rows: i32, columns: i32): void {
  memory.fill(TILE, 0, 32 * GROUP);
  single<T>(k, ap, bp, TILE, 32);
  for (let r = 0; r < rows; r++)
    for (let q = 0; q < columns; q++) {
      const to = c + <usize>r * ldc + <usize>q * sizeof<T>();
      store<T>(to, load<T>(to) + load<T>(TILE + <usize>r * 32 + <usize>q * sizeof<T>()));
    }
}

function single<T>(k: i32, ap: usize, bp: usize, c: usize, ldc: usize): void {
  tile4<T>(k, ap, bp, c, ldc, true);
}

/** Two neighbouring panels: the sums fill the registers where two vectors are one of 256 bits (wide.ts). */
function pair<T>(k: i32, ap: usize, bp: usize, c: usize, ldc: usize): void {
  let dp = bp + <usize>k * 32;
  let c00 = i64x2.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let d00 = c00, d01 = c00, d10 = c00, d11 = c00, d20 = c00, d21 = c00, d30 = c00, d31 = c00;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(bp);
    const b1 = v128.load(bp, 16);
    const b2 = v128.load(dp);
    const b3 = v128.load(dp, 16);
    let a = v128.load_splat<T>(ap);
    c00 = madd<T>(a, b0, c00);
    c01 = madd<T>(a, b1, c01);
    d00 = madd<T>(a, b2, d00);
    d01 = madd<T>(a, b3, d01);
    a = v128.load_splat<T>(ap, sizeof<T>());
    c10 = madd<T>(a, b0, c10);
    c11 = madd<T>(a, b1, c11);
    d10 = madd<T>(a, b2, d10);
    d11 = madd<T>(a, b3, d11);
    a = v128.load_splat<T>(ap, 2 * sizeof<T>());
    c20 = madd<T>(a, b0, c20);
    c21 = madd<T>(a, b1, c21);
    d20 = madd<T>(a, b2, d20);
    d21 = madd<T>(a, b3, d21);
    a = v128.load_splat<T>(ap, 3 * sizeof<T>());
    c30 = madd<T>(a, b0, c30);
    c31 = madd<T>(a, b1, c31);
    d30 = madd<T>(a, b2, d30);
    d31 = madd<T>(a, b3, d31);
    ap += GROUP * sizeof<T>();
    bp += 32;
    dp += 32;
  }
  save<T>(c, c00, c01, true);
  save<T>(c + ldc, c10, c11, true);
  save<T>(c + 2 * ldc, c20, c21, true);
  save<T>(c + 3 * ldc, c30, c31, true);
  c += 32;
  save<T>(c, d00, d01, true);
  save<T>(c + ldc, d10, d11, true);
  save<T>(c + 2 * ldc, d20, d21, true);
  save<T>(c + 3 * ldc, d30, d31, true);
}
