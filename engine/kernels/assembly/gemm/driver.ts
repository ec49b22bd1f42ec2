// The blocked product C = (or +=) A B over packed panels. Block sizes: a panel of B (kc × 32 bytes = 8 KiB) stays in L1,
// a block of A (96 × 256) in L2, a block of B (256 × 512) in L2 or L3.
// Source: Goto, van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 2008.

import { scratch, TILE } from "../memory";
import { MR, tile } from "./micro";
import { packA, packB, packBT } from "./pack";

export const KC: i32 = 256;
export const MC: i32 = 96; // a multiple of 4 and 6
export const NC: i32 = 512;

/** Bytes of scratch for a block of A, then one of B. */
export function packBytesA<T>(): usize {
  return (MC + 6) * KC * sizeof<T>();
}
export function packBytesB<T>(): usize {
  return (NC + 8) * KC * sizeof<T>();
}

/**
 * Rows 0..mc of C at `c`, columns j0..j0+nc, from packed panels. Column j stands at (j / plane)·image + j % plane elements, so that several
 * images' columns make one wide matrix; plane 0: at j. Rows are ldc elements apart.
 */
export function macro<T>(
  ap: usize, bp: usize, c: usize, ldc: isize, mc: i32, nc: i32, kc: i32, add: bool, j0: i32, plane: i32, image: isize,
): void {
  const NR: i32 = 32 / sizeof<T>();
  const rowBytes = ldc * <isize>sizeof<T>();
  for (let j = 0; j < nc; j += NR) {
    const columns = min(NR, nc - j);
    const b = bp + <usize>(j / NR) * <usize>kc * 32;
    let column = <isize>(j0 + j);
    let straight = columns == NR;
    if (plane != 0) {
      const place = (j0 + j) % plane;
      column = <isize>((j0 + j) / plane) * image + <isize>place;
      straight = straight && place + NR <= plane;
    }
    for (let i = 0; i < mc; i += MR) {
      const rows = min(MR, mc - i);
      const a = ap + <usize>i * <usize>kc * sizeof<T>();
      const to = c + <usize>(<isize>i * rowBytes);
      if (straight && rows == MR) {
        tile<T>(kc, a, b, to + <usize>(column * <isize>sizeof<T>()), rowBytes, add);
        continue;
      }
      tile<T>(kc, a, b, TILE, 32, false);
      for (let q = 0; q < columns; q++) {
        let place = <isize>(j0 + j + q);
        if (plane != 0) place = (place / <isize>plane) * image + (place % <isize>plane);
        let p = to + <usize>(place * <isize>sizeof<T>());
        let from = TILE + <usize>q * sizeof<T>();
        for (let r = 0; r < rows; r++) {
          store<T>(p, add ? load<T>(p) + load<T>(from) : load<T>(from));
          p += rowBytes;
          from += 32;
        }
      }
    }
  }
}

/** C = (or +=) op(A) op(B) for plain matrices; lda, ldb, ldc in elements. */
export function gemm<T>(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: bool, transB: bool, lda: isize, ldb: isize, ldc: isize, add: bool,
): void {
  const ap = scratch(packBytesA<T>() + packBytesB<T>());
  const bp = ap + packBytesA<T>();
  const rs: isize = transA ? 1 : lda;
  const cs: isize = transA ? lda : 1;
  for (let j = 0; j < n; j += NC) {
    const nc = min(NC, n - j);
    for (let p = 0; p < k; p += KC) {
      const kc = min(KC, k - p);
      if (transB) packBT<T>(bp, b + <usize>(<isize>j * ldb + p) * sizeof<T>(), ldb, nc, kc);
      else packB<T>(bp, b + <usize>(<isize>p * ldb + j) * sizeof<T>(), ldb, nc, kc);
      for (let i = 0; i < m; i += MC) {
        const mc = min(MC, m - i);
        packA<T>(ap, a + <usize>(<isize>i * rs + <isize>p * cs) * sizeof<T>(), rs, cs, mc, kc, kc);
        macro<T>(ap, bp, c + <usize>(<isize>i * ldc) * sizeof<T>(), ldc, mc, nc, kc, add || p > 0, j, 0, 0);
      }
    }
  }
}
