// The blocked product's inner loops as a module of their own, which V8 compiles with pairs of vectors joined to 256 bits: engine/kernels/wide.ts.

import { addRows } from "./gemm/rows";
import { tiles } from "./gemm/tiles";

export { microLimit, wideLimit } from "./gemm/micro";

export function wide32(
  ap: usize, bp: usize, c: usize, ldc: isize, mc: i32, nc: i32, kc: i32, add: bool, j0: i32, plane: i32, image: isize,
): void {
  tiles<f32>(ap, bp, c, ldc, mc, nc, kc, add, j0, plane, image, true);
}

export function wide64(
  ap: usize, bp: usize, c: usize, ldc: isize, mc: i32, nc: i32, kc: i32, add: bool, j0: i32, plane: i32, image: isize,
): void {
  tiles<f64>(ap, bp, c, ldc, mc, nc, kc, add, j0, plane, image, true);
}

export function rows32(ap: usize, bp: usize, c: usize, ldc: usize, rows: i32, n: i32, k: i32): void {
  addRows<f32>(ap, bp, c, ldc, rows, n, k, true);
}

export function rows64(ap: usize, bp: usize, c: usize, ldc: usize, rows: i32, n: i32, k: i32): void {
  addRows<f64>(ap, bp, c, ldc, rows, n, k, true);
}
