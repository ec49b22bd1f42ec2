// The inner loops that take most of the time, as a module of their own, which V8 compiles with pairs of vectors joined to 256 bits: engine/kernels/wide.ts.

import { slope4 } from "./activation";
import { addGroups, alike } from "./bits";
import { addRows } from "./gemm/rows";
import { tiles } from "./gemm/tiles";
import { powers } from "./softmax";
import { sumRuns } from "./sums";
import { apply } from "./unary";

export { microLimit, wideLimit } from "./gemm/micro";
export { heapBase } from "./memory";

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

export function joinedExp(out: usize, x: usize, n: i32): void {
  pairs(3, out, x, n);
}
export function joinedTanh(out: usize, x: usize, n: i32): void {
  pairs(20, out, x, n);
}
export function joinedSigmoid(out: usize, x: usize, n: i32): void {
  pairs(24, out, x, n);
}
export function joinedGelu(out: usize, x: usize, n: i32): void {
  pairs(40, out, x, n);
}
export function joinedGeluTanh(out: usize, x: usize, n: i32): void {
  pairs(41, out, x, n);
}
export function joinedSilu(out: usize, x: usize, n: i32): void {
  pairs(42, out, x, n);
}

/** Two vectors at a time: V8 joins what ends in neighbouring stores. `op` is a literal. */
@inline
function pairs(op: i32, out: usize, x: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  while (x < end) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const p = apply(op, a);
    const q = apply(op, b);
    v128.store(out, p);
    v128.store(out, q, 16);
    out += 32;
    x += 32;
  }
}

export function joinedGeluSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopePairs(3, out, ct, x, n);
}
export function joinedGeluTanhSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopePairs(4, out, ct, x, n);
}
export function joinedSiluSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopePairs(5, out, ct, x, n);
}

@inline
function slopePairs(op: i32, out: usize, ct: usize, x: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  while (x < end) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const c = v128.load(ct);
    const d = v128.load(ct, 16);
    const p = slope4(op, c, a);
    const q = slope4(op, d, b);
    v128.store(out, p);
    v128.store(out, q, 16);
    out += 32;
    ct += 32;
    x += 32;
  }
}

export function joinedPowers(out: usize, x: usize, n: i32, top: f32): void {
  powers(out, x, n, top);
}

export function joinedSums(at: usize, x: usize, runs: i32): void {
  sumRuns(at, x, runs);
}
export function joinedGroups(out: usize, eights: usize, from: usize, groups: i32): void {
  addGroups(out, eights, from, groups);
}
export function joinedAlike(x: usize, n: i32, like: usize): i32 {
  return alike(x, n, like);
}
