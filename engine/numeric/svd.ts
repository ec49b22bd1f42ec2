import { qrFactor } from "./factor.ts";

export interface Svd {
  /** [m, k], columns orthonormal. */
  readonly u: Float64Array;
  /** [k], descending. */
  readonly s: Float64Array;
  /** [k, n], rows orthonormal. */
  readonly vt: Float64Array;
}

const SWEEPS = 60;

/**
 * A = U diag(s) Vᵀ, k = min(m, n), by rotations that make columns orthogonal (one-sided Jacobi), after a QR of the longer side.
 * Source: Demmel, Veselić, "Jacobi's method is more accurate than QR", 1992.
 */
export function svd(a: Float64Array, m: number, n: number): Svd {
  if (m < n) {
    const { u, s, vt } = svd(transposed(a, m, n), n, m);
    return { u: transposed(vt, m, m), s, vt: transposed(u, n, m) };
  }
  const { q, r } = qrFactor(a, m, n, false);
  // Rows of `w` are the columns of R, rows of `v` those of V: a rotation walks along memory.
  const w = transposed(r, n, n);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let turned = false;
    for (let i = 0; i < n - 1; i++)
      for (let j = i + 1; j < n; j++) turned = rotate(w, v, n, i, j) || turned;
    if (!turned) break;
  }
  const sizes = Float64Array.from({ length: n }, (_, i) => norm(w, n, i));
  const order = Array.from(sizes.keys()).sort((i, j) => sizes[j]! - sizes[i]! || i - j);
  const s = Float64Array.from(order, (i) => sizes[i]!);
  const inner = new Float64Array(n * n);
  const vt = new Float64Array(n * n);
  order.forEach((from, i) => {
    vt.set(v.subarray(from * n, (from + 1) * n), i * n);
    if (s[i]! > 0) for (let k = 0; k < n; k++) inner[k * n + i] = w[from * n + k]! / s[i]!;
  });
  complete(inner, n, s);
  return { u: product(q, inner, m, n, n), s, vt };
}

/** Columns i and j made orthogonal; false where they already are. */
function rotate(w: Float64Array, v: Float64Array, n: number, i: number, j: number): boolean {
  let [a, b, c] = [0, 0, 0];
  for (let k = 0; k < n; k++) {
    const [x, y] = [w[i * n + k]!, w[j * n + k]!];
    a += x * x;
    b += y * y;
    c += x * y;
  }
  if (!(Math.abs(c) > Number.EPSILON * Math.sqrt(a * b))) return false;
  const zeta = (b - a) / (2 * c);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cos = 1 / Math.hypot(1, t);
  const sin = cos * t;
  for (const rows of [w, v])
    for (let k = 0; k < n; k++) {
      const [x, y] = [rows[i * n + k]!, rows[j * n + k]!];
      rows[i * n + k] = cos * x - sin * y;
      rows[j * n + k] = sin * x + cos * y;
    }
  return true;
}

const norm = (w: Float64Array, n: number, i: number): number =>
  Math.hypot(...w.subarray(i * n, (i + 1) * n));

/** Columns of singular value 0 become unit vectors orthogonal to all others. */
function complete(u: Float64Array, n: number, s: Float64Array): void {
  for (let c = 0; c < n; c++) {
    if (s[c]! > 0) continue;
    for (let axis = 0; axis < n; axis++) {
      const x = new Float64Array(n);
      x[axis] = 1;
      for (let round = 0; round < 2; round++)
        for (let o = 0; o < n; o++) {
          if (o >= c && !(s[o]! > 0)) continue;
          let along = 0;
          for (let k = 0; k < n; k++) along += u[k * n + o]! * x[k]!;
          for (let k = 0; k < n; k++) x[k]! -= along * u[k * n + o]!;
        }
      const size = Math.hypot(...x);
      if (size < 0.5 / Math.sqrt(n)) continue;
      for (let k = 0; k < n; k++) u[k * n + c] = x[k]! / size;
      break;
    }
  }
}

export function transposed(a: Float64Array, m: number, n: number): Float64Array {
  const t = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) t[j * m + i] = a[i * n + j]!;
  return t;
}

/** a [m, k] times b [k, n]. */
function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++) {
      const f = a[i * k + p]!;
      if (f !== 0) for (let j = 0; j < n; j++) out[i * n + j]! += f * b[p * n + j]!;
    }
  return out;
}
