// The blocked product C = (or +=) A B over packed panels. Block sizes: a panel of B (kc × 32 bytes = 8 KiB) stays in L1,
// a block of A (96 × 256) in L2, a block of B (256 × 512) in L2 or L3.
// Source: Goto, van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 2008.

import { WIDE } from "../joined";
import { scratch } from "../memory";
import { packA, packB, packBT } from "./pack";
import { addRows } from "./rows";
import { tiles } from "./tiles";

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

@external("env", "wide32")
declare function wide32(
  ap: usize, bp: usize, c: usize, ldc: isize, mc: i32, nc: i32, kc: i32, add: bool, j0: i32, plane: i32, image: isize,
): void;
@external("env", "wide64")
declare function wide64(
  ap: usize, bp: usize, c: usize, ldc: isize, mc: i32, nc: i32, kc: i32, add: bool, j0: i32, plane: i32, image: isize,
): void;
@external("env", "rows32")
declare function rows32(ap: usize, bp: usize, c: usize, ldc: usize, rows: i32, n: i32, k: i32): void;
@external("env", "rows64")
declare function rows64(ap: usize, bp: usize, c: usize, ldc: usize, rows: i32, n: i32, k: i32): void;

/** As `tiles`, by whichever build of it the host has. */
export function macro<T>(
  ap: usize, bp: usize, c: usize, ldc: isize, mc: i32, nc: i32, kc: i32, add: bool, j0: i32, plane: i32, image: isize,
): void {
  if (WIDE == 0) tiles<T>(ap, bp, c, ldc, mc, nc, kc, add, j0, plane, image, false);
  else if (sizeof<T>() == 4) wide32(ap, bp, c, ldc, mc, nc, kc, add, j0, plane, image);
  else wide64(ap, bp, c, ldc, mc, nc, kc, add, j0, plane, image);
}

/** As `addRows`, likewise. */
export function addFewRows<T>(ap: usize, bp: usize, c: usize, ldc: usize, rows: i32, n: i32, k: i32): void {
  if (WIDE == 0) addRows<T>(ap, bp, c, ldc, rows, n, k, false);
  else if (sizeof<T>() == 4) rows32(ap, bp, c, ldc, rows, n, k);
  else rows64(ap, bp, c, ldc, rows, n, k);
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
