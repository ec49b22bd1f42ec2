/** Special functions of one or two numbers in f64. */
import { digamma, erfc, erfinv, lgamma } from "../kernels/reference/special.ts";

/**
 * e^−|x| I_ν(x) for ν = 0 or 1: the power series, whose terms have one sign, up to |x| = 40, then the asymptotic one.
 * Source: Abramowitz, Stegun, 9.6.10 and 9.7.1.
 */
function besselScaled(order: 0 | 1, x: number): number {
  const a = Math.abs(x);
  const sign = order === 1 && x < 0 ? -1 : 1;
  if (a <= 40) {
    const quarter = (a * a) / 4;
    let term = order === 0 ? 1 : a / 2;
    let sum = term;
    for (let k = 1; term > sum * 1e-17; k++) {
      term *= quarter / (k * (k + order));
      sum += term;
    }
    return sign * sum * Math.exp(-a);
  }
  if (a === Infinity) return 0;
  const mu = 4 * order * order;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 30; k++) {
    term *= -(mu - (2 * k - 1) ** 2) / (k * 8 * a);
    if (Math.abs(term) < 1e-17) break;
    sum += term;
  }
  return (sign * sum) / Math.sqrt(2 * Math.PI * a);
}
export const i0e = (x: number): number => besselScaled(0, x);
export const i1e = (x: number): number => besselScaled(1, x);
export const i0 = (x: number): number => besselScaled(0, x) * Math.exp(Math.abs(x));
export const i1 = (x: number): number => besselScaled(1, x) * Math.exp(Math.abs(x));

/** e^(x²) erfc(x): the continued fraction from 2.5 on. Source: Abramowitz, Stegun, 7.1.14. */
export function erfcx(x: number): number {
  if (x < 2.5) return Math.exp(x * x) * erfc(x);
  let f = x;
  for (let k = 120; k > 0; k--) f = x + k / 2 / f;
  return 1 / Math.sqrt(Math.PI) / f;
}

/** Φ⁻¹(p): a start by erf's inverse or by the tail's logarithm, then Newton's steps on the tail itself. */
export function ndtri(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  if (p > 0.02 && p < 0.98) return Math.SQRT2 * erfinv(2 * p - 1);
  const tail = Math.min(p, 1 - p);
  let x = Math.sqrt(-2 * Math.log(tail));
  x -= Math.log(x * Math.sqrt(2 * Math.PI)) / x;
  for (let i = 0; i < 12; i++) {
    const ratio = Math.sqrt(Math.PI / 2) * erfcx(x / Math.SQRT2); // tail over density
    const step =
      ratio * (Math.log(ratio) - 0.5 * Math.log(2 * Math.PI) - (x * x) / 2 - Math.log(tail));
    x += step;
    if (Math.abs(step) < 1e-16 * x) break;
  }
  return p < 0.5 ? -x : x;
}

/** Bernoulli's numbers B₂, B₄, … over (2k)!. */
const BERNOULLI = [
  1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000,
  1 / 74724249600, -3617 / 10670622842880000, 43867 / 5109094217170944000,
]; // prettier-ignore

/** ζ(s, q) = Σ (q + k)^−s, s > 1: the first terms, and the rest by Euler and Maclaurin. At q = 0, −1, …: ∞. */
export function zeta(s: number, q: number): number {
  if (s === 1) return Infinity;
  if (!(s > 1)) return NaN;
  if (q <= 0) {
    if (Number.isInteger(q)) return Infinity;
    if (!Number.isInteger(s)) return NaN;
  }
  let sum = 0;
  let z = q;
  while (z < 12) sum += Math.pow(z++, -s);
  sum += Math.pow(z, 1 - s) / (s - 1) + 0.5 * Math.pow(z, -s);
  let factor = s * Math.pow(z, -s - 1);
  BERNOULLI.forEach((b, k) => {
    sum += b * factor;
    factor *= ((s + 2 * k + 1) * (s + 2 * k + 2)) / (z * z);
  });
  return sum;
}

/** ψ′(x) by six steps of ψ′(x) = 1/x² + ψ′(x + 1), then three terms of its series: PyTorch's, with its error of up to 4e-9. */
function trigamma(x: number): number {
  if (x < 0.5) return (Math.PI / Math.sin(Math.PI * x)) ** 2 - trigamma(1 - x);
  let sum = 0;
  let z = x;
  for (let i = 0; i < 6; i++) sum += 1 / (z * z++);
  const r = 1 / (z * z);
  return sum + (1 + 1 / (2 * z) + r * (1 / 6 - r * (1 / 30 - r / 42))) / z;
}

/** ψ⁽ⁿ⁾(x). */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (n === 1) return trigamma(x);
  return (n % 2 === 0 ? -1 : 1) * Math.exp(lgamma(n + 1)) * zeta(n + 1, x);
}

/** x^a e^−x / Γ(a). */
function gammaWeight(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - lgamma(a));
}

/** γ(a, x) / Γ(a) by its series, for x < a + 1. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * gammaWeight(a, x);
}

/** Γ(a, x) / Γ(a) by Legendre's continued fraction, for x ≥ a + 1. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let f = d;
  for (let k = 1; k < 100_000; k++) {
    const an = -k * (k - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    const delta = c * d;
    f *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return f * gammaWeight(a, x);
}

/** P(a, x) and Q(a, x) = 1 − P, the regularised incomplete gamma functions; `upper`: Q. Source: Abramowitz, Stegun, 6.5. */
export function incompleteGamma(a: number, x: number, upper: boolean): number {
  if (!(a >= 0 && x >= 0)) return NaN;
  let low: number;
  if (a === 0) low = x > 0 ? 1 : NaN;
  else if (x === 0) low = 0;
  else if (x === Infinity) low = a === Infinity ? NaN : 1;
  else if (a === Infinity) low = 0;
  else if (x < a + 1) low = lowerSeries(a, x);
  else return upper ? upperFraction(a, x) : 1 - upperFraction(a, x);
  return upper ? 1 - low : low;
}
