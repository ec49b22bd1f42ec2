// Register tiles of the matrix product. A tile is MR rows by 32 bytes (8 f32 or 4 f64): 8 accumulators without and 12 with fused
// multiply-add, which is what 16 vector registers hold beside two of B and one of A. Panels: ap [kc, MR], bp [kc, 32 bytes].

import { madd } from "../memory";

export const MR: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** c = or += one row of a tile. */
@inline
export function save<T>(c: usize, v0: v128, v1: v128, add: bool): void {
  if (add) {
    const u0 = v128.load(c); // both loads before a store: V8 joins no two with one between
    const u1 = v128.load(c, 16);
    v128.store(c, v128.add<T>(u0, v0));
    v128.store(c, v128.add<T>(u1, v1), 16);
  } else {
    v128.store(c, v0);
    v128.store(c, v1, 16);
  }
}

/** c (rows `ldc` bytes apart) = or += the product of two panels. */
@inline
export function tile<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize, add: bool): void {
  if (!ASC_FEATURE_RELAXED_SIMD) four<T>(kc, ap, bp, c, ldc, add);
  else if (add) addOne<T>(kc, ap, bp, c, ldc);
  else setOne<T>(kc, ap, bp, c, ldc);
}

// `add` is a literal there: V8 joins both halves of a row (engine/kernels/wide.ts) where no branch stands between their sums and their place.
function addOne<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize): void {
  tile6<T>(kc, ap, bp, c, ldc, true);
}
function setOne<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize): void {
  tile6<T>(kc, ap, bp, c, ldc, false);
}

function four<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize, add: bool): void {
  tile4<T>(kc, ap, bp, c, ldc, add);
}

/** Four rows, whatever MR is; ap: [kc, 4]. */
@inline
export function tile4<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize, add: bool): void {
  let c00 = i64x2.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let p = 0; p < kc; p++) {
    const b0 = v128.load(bp);
    const b1 = v128.load(bp, 16);
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
    bp += 32;
  }
  save<T>(c, c00, c01, add);
  save<T>(c + ldc, c10, c11, add);
  save<T>(c + 2 * ldc, c20, c21, add);
  save<T>(c + 3 * ldc, c30, c31, add);
}

@inline
function tile6<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize, add: bool): void {
  let c00 = i64x2.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (let p = 0; p < kc; p++) {
    const b0 = v128.load(bp);
    const b1 = v128.load(bp, 16);
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
    a = v128.load_splat<T>(ap, 4 * sizeof<T>());
    c40 = madd<T>(a, b0, c40);
    c41 = madd<T>(a, b1, c41);
    a = v128.load_splat<T>(ap, 5 * sizeof<T>());
    c50 = madd<T>(a, b0, c50);
    c51 = madd<T>(a, b1, c51);
    ap += 6 * sizeof<T>();
    bp += 32;
  }
  save<T>(c, c00, c01, add);
  save<T>(c + ldc, c10, c11, add);
  save<T>(c + 2 * ldc, c20, c21, add);
  save<T>(c + 3 * ldc, c30, c31, add);
  save<T>(c + 4 * ldc, c40, c41, add);
  save<T>(c + 5 * ldc, c50, c51, add);
}

/** Twice the rows of `tile`, from two neighbouring panels: sums that fill the registers where two vectors are one of 256 bits (wide.ts). */
@inline
export function tileTwo<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize, add: bool): void {
  if (add) addTwo<T>(kc, ap, bp, c, ldc);
  else setTwo<T>(kc, ap, bp, c, ldc);
}

function addTwo<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize): void {
  rows12<T>(kc, ap, bp, c, ldc, true);
}
function setTwo<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize): void {
  rows12<T>(kc, ap, bp, c, ldc, false);
}

@inline
function rows12<T>(kc: i32, ap: usize, bp: usize, c: usize, ldc: usize, add: bool): void {
  let dp = ap + <usize>kc * 6 * sizeof<T>();
  let c00 = i64x2.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  let d00 = c00, d01 = c00, d10 = c00, d11 = c00, d20 = c00, d21 = c00, d30 = c00, d31 = c00, d40 = c00, d41 = c00, d50 = c00, d51 = c00;
  for (let p = 0; p < kc; p++) {
    const b0 = v128.load(bp);
    const b1 = v128.load(bp, 16);
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
    a = v128.load_splat<T>(ap, 4 * sizeof<T>());
    c40 = madd<T>(a, b0, c40);
    c41 = madd<T>(a, b1, c41);
    a = v128.load_splat<T>(ap, 5 * sizeof<T>());
    c50 = madd<T>(a, b0, c50);
    c51 = madd<T>(a, b1, c51);
    a = v128.load_splat<T>(dp);
    d00 = madd<T>(a, b0, d00);
    d01 = madd<T>(a, b1, d01);
    a = v128.load_splat<T>(dp, sizeof<T>());
    d10 = madd<T>(a, b0, d10);
    d11 = madd<T>(a, b1, d11);
    a = v128.load_splat<T>(dp, 2 * sizeof<T>());
    d20 = madd<T>(a, b0, d20);
    d21 = madd<T>(a, b1, d21);
    a = v128.load_splat<T>(dp, 3 * sizeof<T>());
    d30 = madd<T>(a, b0, d30);
    d31 = madd<T>(a, b1, d31);
    a = v128.load_splat<T>(dp, 4 * sizeof<T>());
    d40 = madd<T>(a, b0, d40);
    d41 = madd<T>(a, b1, d41);
    a = v128.load_splat<T>(dp, 5 * sizeof<T>());
    d50 = madd<T>(a, b0, d50);
    d51 = madd<T>(a, b1, d51);
    ap += 6 * sizeof<T>();
    dp += 6 * sizeof<T>();
    bp += 32;
  }
  save<T>(c, c00, c01, add);
  c += ldc;
  save<T>(c, c10, c11, add);
  c += ldc;
  save<T>(c, c20, c21, add);
  c += ldc;
  save<T>(c, c30, c31, add);
  c += ldc;
  save<T>(c, c40, c41, add);
  c += ldc;
  save<T>(c, c50, c51, add);
  c += ldc;
  save<T>(c, d00, d01, add);
  c += ldc;
  save<T>(c, d10, d11, add);
  c += ldc;
  save<T>(c, d20, d21, add);
  c += ldc;
  save<T>(c, d30, d31, add);
  c += ldc;
  save<T>(c, d40, d41, add);
  c += ldc;
  save<T>(c, d50, d51, add);
}

/** The tile's loop alone, `times` over, from panels of `kc` steps at `panels`: what a matrix product can reach at best. Returns its FLOPs. */
export function microLimit(panels: usize, kc: i32, times: i32): f64 {
  const bp = panels + <usize>(kc * MR * 4);
  const c = bp + <usize>(kc * 32);
  for (let i = 0; i < times; i++) tile<f32>(kc, panels, bp, c, 32, false);
  return 2.0 * <f64>kc * <f64>MR * 8.0 * <f64>times;
}

/** The same of the two panels' tile. */
export function wideLimit(panels: usize, kc: i32, times: i32): f64 {
  const bp = panels + <usize>(2 * kc * MR * 4);
  const c = bp + <usize>(kc * 32);
  for (let i = 0; i < times; i++) tileTwo<f32>(kc, panels, bp, c, 32, false);
  return 2.0 * <f64>kc * <f64>(2 * MR) * 8.0 * <f64>times;
}
