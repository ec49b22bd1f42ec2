import { gemm, packBytesA, packBytesB } from "./gemm/driver";
import { rowsByRows, rowsDirect } from "./gemm/thin";

export { microLimit } from "./gemm/micro";

const PACK_FROM: f64 = 32768; // multiply-adds below which packing costs more than it saves
const THIN: i32 = 12; // rows, likewise
const THIN_BY_ROWS: i32 = 20; // where B is transposed

export function matmul(
  t: i32, out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: i32, transB: i32, lda: i32, ldb: i32, ldc: i32,
  batch: i32, strideA: i32, strideB: i32, strideC: i32, beta: i32,
): void {
  if (t == 0) product<f32>(out, a, b, m, n, k, transA != 0, transB != 0, lda, ldb, ldc, batch, strideA, strideB, strideC, beta != 0);
  else product<f64>(out, a, b, m, n, k, transA != 0, transB != 0, lda, ldb, ldc, batch, strideA, strideB, strideC, beta != 0);
}

/** Bytes of scratch that a product asks for. */
export function matmulScratch(t: i32): usize {
  return t == 0 ? packBytesA<f32>() + packBytesB<f32>() : packBytesA<f64>() + packBytesB<f64>();
}

function product<T>(
  out: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: bool, transB: bool, lda: i32, ldb: i32, ldc: i32,
  batch: i32, strideA: i32, strideB: i32, strideC: i32, add: bool,
): void {
  if (strideB == 0 && !transA && batch > 1 && strideA == m * lda && strideC == m * ldc) {
    m *= batch; // one shared B: the batch is but more rows
    batch = 1;
  }
  for (let z = 0; z < batch; z++)
    single<T>(
      out + <usize>z * <usize>strideC * sizeof<T>(), a + <usize>z * <usize>strideA * sizeof<T>(),
      b + <usize>z * <usize>strideB * sizeof<T>(), m, n, k, transA, transB, lda, ldb, ldc, add,
    );
}

function single<T>(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, transA: bool, transB: bool, lda: i32, ldb: i32, ldc: i32, add: bool,
): void {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    if (!add) for (let i = 0; i < m; i++) memory.fill(c + <usize>i * <usize>ldc * sizeof<T>(), 0, <usize>n * sizeof<T>());
    return;
  }
  if (n == 1 && m > 1) {
    // a column vector: with contiguous elements it is also a row
    if (!transA && (transB || ldb == 1)) return rowsByRows<T>(c, a, b, m, 1, k, lda, k, ldc, add);
    if (transA && ldc == 1) return rowsDirect<T>(c, b, a, 1, m, k, 0, transB ? 1 : ldb, lda, m, add);
  }
  const small = <f64>m * <f64>n * <f64>k <= PACK_FROM;
  if (!transB && (m <= THIN || small || k <= 4))
    return rowsDirect<T>(c, a, b, m, n, k, transA ? 1 : lda, transA ? lda : 1, ldb, ldc, add);
  if (transB && !transA && (m <= THIN_BY_ROWS || small)) return rowsByRows<T>(c, a, b, m, n, k, lda, ldb, ldc, add);
  gemm<T>(c, a, b, m, n, k, transA, transB, lda, ldb, ldc, add);
}

/** Σ a·b over n, in f64. */
export function dot(t: i32, a: usize, b: usize, n: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let i = 0;
  let sum: f64 = 0;
  if (t == 0) {
    for (; i + 4 <= n; i += 4) {
      const u = v128.load(a);
      const v = v128.load(b);
      s0 = f64x2.add(s0, f64x2.mul(f64x2.promote_low_f32x4(u), f64x2.promote_low_f32x4(v)));
      const uh = f64x2.promote_low_f32x4(v128.shuffle<i64>(u, u, 1, 1));
      s1 = f64x2.add(s1, f64x2.mul(uh, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1))));
      a += 16;
      b += 16;
    }
    for (; i < n; i++) {
      sum += <f64>load<f32>(a) * <f64>load<f32>(b);
      a += 4;
      b += 4;
    }
  } else {
    for (; i + 4 <= n; i += 4) {
      s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
      a += 32;
      b += 32;
    }
    for (; i < n; i++) {
      sum += load<f64>(a) * load<f64>(b);
      a += 8;
      b += 8;
    }
  }
  s0 = f64x2.add(s0, s1);
  return f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1) + sum;
}

/** y += alpha x */
export function axpy(t: i32, y: usize, x: usize, n: i32, alpha: f64): void {
  if (t == 0) addScaled<f32>(y, x, n, <f32>alpha);
  else addScaled<f64>(y, x, n, alpha);
}

export function addScaled<T>(y: usize, x: usize, n: i32, alpha: T): void {
  const W: i32 = 16 / sizeof<T>();
  const s = v128.splat<T>(alpha);
  let i = 0;
  for (; i + W <= n; i += W) {
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(s, v128.load(x))));
    y += 16;
    x += 16;
  }
  for (; i < n; i++) {
    store<T>(y, load<T>(y) + alpha * load<T>(x));
    y += sizeof<T>();
    x += sizeof<T>();
  }
}
