// Products too small or too thin to pay for packing: they read A and B where they stand.

import { madd, sumLanes } from "../memory";

/**
 * C[i, j] = Σ_p A[i, p] B[j, p]: rows of both are contiguous, so lanes run along k. Blocks of up to 4 rows by 2 columns.
 */
export function rowsByRows<T>(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, lda: isize, ldb: isize, ldc: isize, add: bool,
): void {
  for (let j = 0; j < n; j += 2) {
    // two rows of B stay in L1 while all of A passes: A is the smaller one here
    const two = j + 1 < n;
    const pb = b + <usize>(<isize>j * ldb) * sizeof<T>();
    for (let i = 0; i < m; i += 4)
      block<T>(
        c + <usize>(<isize>i * ldc + j) * sizeof<T>(), a + <usize>(<isize>i * lda) * sizeof<T>(), pb, min(4, m - i), two, k,
        <usize>lda * sizeof<T>(), two ? <usize>ldb * sizeof<T>() : 0, <usize>ldc * sizeof<T>(), add,
      );
  }
}

/** Absent rows and columns repeat the first; their results are dropped. */
function block<T>(
  c: usize, a: usize, b: usize, rows: i32, two: bool, k: i32, lda: usize, ldb: usize, ldc: usize, add: bool,
): void {
  const W: i32 = 16 / sizeof<T>();
  const a1 = rows > 1 ? lda : 0;
  const a2 = rows > 2 ? 2 * lda : 0;
  const a3 = rows > 3 ? 3 * lda : 0;
  let s00 = i64x2.splat(0);
  let s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let p = 0;
  if (rows == 1) {
    for (; p + 2 * W <= k; p += 2 * W) {
      const u = v128.load(a);
      const v = v128.load(a, 16);
      s00 = madd<T>(u, v128.load(b), s00);
      s01 = madd<T>(u, v128.load(b + ldb), s01);
      s10 = madd<T>(v, v128.load(b, 16), s10);
      s11 = madd<T>(v, v128.load(b + ldb, 16), s11);
      a += 32;
      b += 32;
    }
    s00 = v128.add<T>(s00, s10);
    s01 = v128.add<T>(s01, s11);
  } else {
    for (; p + W <= k; p += W) {
      const b0 = v128.load(b);
      const b1 = v128.load(b + ldb);
      let u = v128.load(a);
      s00 = madd<T>(u, b0, s00);
      s01 = madd<T>(u, b1, s01);
      u = v128.load(a + a1);
      s10 = madd<T>(u, b0, s10);
      s11 = madd<T>(u, b1, s11);
      u = v128.load(a + a2);
      s20 = madd<T>(u, b0, s20);
      s21 = madd<T>(u, b1, s21);
      u = v128.load(a + a3);
      s30 = madd<T>(u, b0, s30);
      s31 = madd<T>(u, b1, s31);
      a += 16;
      b += 16;
    }
  }
  finish<T>(c, a, b, s00, k - p, add);
  if (two) finish<T>(c + sizeof<T>(), a, b + ldb, s01, k - p, add);
  if (rows > 1) {
    finish<T>(c + ldc, a + a1, b, s10, k - p, add);
    if (two) finish<T>(c + ldc + sizeof<T>(), a + a1, b + ldb, s11, k - p, add);
  }
  if (rows > 2) {
    finish<T>(c + 2 * ldc, a + a2, b, s20, k - p, add);
    if (two) finish<T>(c + 2 * ldc + sizeof<T>(), a + a2, b + ldb, s21, k - p, add);
  }
  if (rows > 3) {
    finish<T>(c + 3 * ldc, a + a3, b, s30, k - p, add);
    if (two) finish<T>(c + 3 * ldc + sizeof<T>(), a + a3, b + ldb, s31, k - p, add);
  }
}

function finish<T>(c: usize, a: usize, b: usize, lanes: v128, rest: i32, add: bool): void {
  let sum = sumLanes<T>(lanes);
  for (let p = 0; p < rest; p++) {
    sum += <f64>load<T>(a) * <f64>load<T>(b);
    a += sizeof<T>();
    b += sizeof<T>();
  }
  store<T>(c, add ? <T>(<f64>load<T>(c) + sum) : <T>sum);
}

/**
 * C = A B with row-major B, read in place. Element (i, p) of A stands at a + i·rs + p·cs. Four rows by 32 bytes at a time, one row by 128.
 */
export function rowsDirect<T>(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, rs: isize, cs: isize, ldb: isize, ldc: isize, add: bool,
): void {
  const NR: i32 = 32 / sizeof<T>();
  const ra = <usize>rs * sizeof<T>();
  const ca = <usize>cs * sizeof<T>();
  const rb = <usize>ldb * sizeof<T>();
  const rc = <usize>ldc * sizeof<T>();
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    const pa = a + <usize>i * ra;
    const pc = c + <usize>i * rc;
    let j = 0;
    for (; j + NR <= n; j += NR) four<T>(pc + <usize>j * sizeof<T>(), pa, b + <usize>j * sizeof<T>(), k, ra, ca, rb, rc, add);
    if (j < n)
      for (let r = 0; r < 4; r++) rest<T>(pc + <usize>r * rc, pa + <usize>r * ra, b, j, n, k, ca, rb, add);
  }
  for (; i < m; i++) {
    const pa = a + <usize>i * ra;
    const pc = c + <usize>i * rc;
    let j = 0;
    for (; j + 4 * NR <= n; j += 4 * NR) one<T>(pc + <usize>j * sizeof<T>(), pa, b + <usize>j * sizeof<T>(), k, ca, rb, add);
    for (; j + NR <= n; j += NR) narrow<T>(pc + <usize>j * sizeof<T>(), pa, b + <usize>j * sizeof<T>(), k, ca, rb, add);
    if (j < n) rest<T>(pc, pa, b, j, n, k, ca, rb, add);
  }
}

@inline
function save<T>(c: usize, v: v128, add: bool): void {
  v128.store(c, add ? v128.add<T>(v128.load(c), v) : v);
}

function four<T>(c: usize, a: usize, b: usize, k: i32, ra: usize, ca: usize, rb: usize, rc: usize, add: bool): void {
  let c00 = i64x2.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const a1 = ra, a2 = 2 * ra, a3 = 3 * ra;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let u = v128.load_splat<T>(a);
    c00 = madd<T>(u, b0, c00);
    c01 = madd<T>(u, b1, c01);
    u = v128.load_splat<T>(a + a1);
    c10 = madd<T>(u, b0, c10);
    c11 = madd<T>(u, b1, c11);
    u = v128.load_splat<T>(a + a2);
    c20 = madd<T>(u, b0, c20);
    c21 = madd<T>(u, b1, c21);
    u = v128.load_splat<T>(a + a3);
    c30 = madd<T>(u, b0, c30);
    c31 = madd<T>(u, b1, c31);
    a += ca;
    b += rb;
  }
  save<T>(c, c00, add);
  save<T>(c + 16, c01, add);
  save<T>(c + rc, c10, add);
  save<T>(c + rc + 16, c11, add);
  save<T>(c + 2 * rc, c20, add);
  save<T>(c + 2 * rc + 16, c21, add);
  save<T>(c + 3 * rc, c30, add);
  save<T>(c + 3 * rc + 16, c31, add);
}

function one<T>(c: usize, a: usize, b: usize, k: i32, ca: usize, rb: usize, add: bool): void {
  let c0 = i64x2.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
  for (let p = 0; p < k; p++) {
    const u = v128.load_splat<T>(a);
    c0 = madd<T>(u, v128.load(b), c0);
    c1 = madd<T>(u, v128.load(b, 16), c1);
    c2 = madd<T>(u, v128.load(b, 32), c2);
    c3 = madd<T>(u, v128.load(b, 48), c3);
    c4 = madd<T>(u, v128.load(b, 64), c4);
    c5 = madd<T>(u, v128.load(b, 80), c5);
    c6 = madd<T>(u, v128.load(b, 96), c6);
    c7 = madd<T>(u, v128.load(b, 112), c7);
    a += ca;
    b += rb;
  }
  save<T>(c, c0, add);
  save<T>(c + 16, c1, add);
  save<T>(c + 32, c2, add);
  save<T>(c + 48, c3, add);
  save<T>(c + 64, c4, add);
  save<T>(c + 80, c5, add);
  save<T>(c + 96, c6, add);
  save<T>(c + 112, c7, add);
}

function narrow<T>(c: usize, a: usize, b: usize, k: i32, ca: usize, rb: usize, add: bool): void {
  let c0 = i64x2.splat(0);
  let c1 = c0;
  for (let p = 0; p < k; p++) {
    const u = v128.load_splat<T>(a);
    c0 = madd<T>(u, v128.load(b), c0);
    c1 = madd<T>(u, v128.load(b, 16), c1);
    a += ca;
    b += rb;
  }
  save<T>(c, c0, add);
  save<T>(c + 16, c1, add);
}

/** Columns j..n of one row, one by one. */
function rest<T>(c: usize, a: usize, b: usize, j: i32, n: i32, k: i32, ca: usize, rb: usize, add: bool): void {
  for (; j < n; j++) {
    let pa = a;
    let pb = b + <usize>j * sizeof<T>();
    let sum: f64 = 0;
    for (let p = 0; p < k; p++) {
      sum += <f64>load<T>(pa) * <f64>load<T>(pb);
      pa += ca;
      pb += rb;
    }
    const pc = c + <usize>j * sizeof<T>();
    store<T>(pc, add ? <T>(<f64>load<T>(pc) + sum) : <T>sum);
  }
}
