/** Factorisations of one dense matrix in f64, row by row in one array; inputs are overwritten only where said. */

export interface Lu {
  /** L below the diagonal (of ones), U on and above it: [m, n]. */
  readonly lu: Float64Array;
  /** Row i of P A is row order[i] of A. */
  readonly order: Int32Array;
  /** Row exchanged with row i at step i, from 0: LAPACK's pivots. */
  readonly pivots: Int32Array;
  /** First step (from 1) whose pivot is zero, 0 where none is. */
  readonly info: number;
  readonly sign: 1 | -1;
}

/** P A = L U by rows, the largest of a column first. */
export function luFactor(a: Float64Array, m: number, n: number): Lu {
  const lu = a.slice();
  const order = Int32Array.from({ length: m }, (_, i) => i);
  const pivots = new Int32Array(Math.min(m, n));
  let info = 0;
  let sign: 1 | -1 = 1;
  for (let k = 0; k < pivots.length; k++) {
    let p = k;
    for (let i = k + 1; i < m; i++) if (Math.abs(lu[i * n + k]!) > Math.abs(lu[p * n + k]!)) p = i;
    pivots[k] = p;
    if (p !== k) {
      for (let j = 0; j < n; j++) [lu[k * n + j], lu[p * n + j]] = [lu[p * n + j]!, lu[k * n + j]!];
      [order[k], order[p]] = [order[p]!, order[k]!];
      sign = sign === 1 ? -1 : 1;
    }
    const pivot = lu[k * n + k]!;
    if (pivot === 0) {
      info ||= k + 1;
      continue;
    }
    for (let i = k + 1; i < m; i++) {
      const f = (lu[i * n + k]! /= pivot);
      if (f !== 0) for (let j = k + 1; j < n; j++) lu[i * n + j]! -= f * lu[k * n + j]!;
    }
  }
  return { lu, order, pivots, info, sign };
}

/** x ← T⁻¹ x for the lower or upper triangle T of a: [n, n]; x: [n, r]. `unit`: T's diagonal counts as ones. */
export function solveTriangle(
  a: Float64Array,
  x: Float64Array,
  n: number,
  r: number,
  upper: boolean,
  unit: boolean,
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const [from, to] = upper ? [i + 1, n] : [0, i];
    for (let j = from; j < to; j++) {
      const f = a[i * n + j]!;
      if (f !== 0) for (let c = 0; c < r; c++) x[i * r + c]! -= f * x[j * r + c]!;
    }
    if (!unit) for (let c = 0; c < r; c++) x[i * r + c]! /= a[i * n + i]!;
  }
}

/** A⁻¹ b from A's LU. b: [n, r]. */
export function luSolve({ lu, order }: Lu, b: Float64Array, n: number, r: number): Float64Array {
  const x = new Float64Array(n * r);
  order.forEach((row, i) => {
    x.set(b.subarray(row * r, (row + 1) * r), i * r);
  });
  solveTriangle(lu, x, n, r, false, true);
  solveTriangle(lu, x, n, r, true, false);
  return x;
}

/** L with L Lᵀ = A, read from A's lower triangle; info: order (from 1) of the first minor that is not positive, or 0. */
export function cholesky(a: Float64Array, n: number): { l: Float64Array; info: number } {
  const l = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let s = a[i * n + j]!;
      for (let k = 0; k < j; k++) s -= l[i * n + k]! * l[j * n + k]!;
      if (i > j) l[i * n + j] = s / l[j * n + j]!;
      else if (s > 0) l[j * n + j] = Math.sqrt(s);
      else return { l, info: j + 1 };
    }
  }
  return { l, info: 0 };
}

/**
 * Q [m, k] and R [k, n] with A = Q R by reflections, R_jj = −sign(a_jj) |column|, as LAPACK has it. k: min(m, n), or m
 * where `complete`.
 */
export function qrFactor(
  a: Float64Array,
  m: number,
  n: number,
  complete: boolean,
): { q: Float64Array; r: Float64Array; k: number } {
  const work = a.slice();
  const steps = Math.min(m - 1, n);
  const k = complete ? m : Math.min(m, n);
  const vs: (Float64Array | null)[] = [];
  const reflect = (v: Float64Array, x: Float64Array, from: number, width: number): void => {
    for (let c = from; c < width; c++) {
      let s = 0;
      for (let i = 0; i < v.length; i++) s += v[i]! * x[(m - v.length + i) * width + c]!;
      s *= 2;
      for (let i = 0; i < v.length; i++) x[(m - v.length + i) * width + c]! -= s * v[i]!;
    }
  };
  for (let j = 0; j < steps; j++) {
    const v = new Float64Array(m - j);
    let tail = 0;
    for (let i = 0; i < v.length; i++) v[i] = work[(j + i) * n + j]!;
    for (let i = 1; i < v.length; i++) tail += v[i]! * v[i]!;
    if (tail === 0) {
      vs.push(null);
      continue;
    }
    const size = Math.sqrt(tail + v[0]! * v[0]!);
    v[0]! += v[0]! >= 0 ? size : -size;
    const norm = Math.sqrt(tail + v[0]! * v[0]!);
    for (let i = 0; i < v.length; i++) v[i]! /= norm;
    reflect(v, work, j, n);
    vs.push(v);
  }
  const q = new Float64Array(m * k);
  for (let i = 0; i < k; i++) q[i * k + i] = 1;
  for (const v of vs.reverse()) if (v) reflect(v, q, 0, k);
  const r = new Float64Array(k * n);
  for (let i = 0; i < k; i++) for (let j = i; j < n; j++) r[i * n + j] = work[i * n + j]!;
  return { q, r, k };
}
