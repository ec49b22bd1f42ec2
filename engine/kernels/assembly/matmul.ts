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
