// erfinv with PyTorch's roundings: a rational start, then two Newton steps. The f32 variant needs erf, exp and log as the C library
// computes them in f32: a last bit of erf near 1 moves the result by several.

import { fma32 } from "./exact";
import { exp32, log32 } from "./math/single";

@inline
function r32(x: f64): f64 {
  return <f64>(<f32>x);
}

@inline
function horner4(z: f64, a: f64, b: f64, c: f64, d: f64): f64 {
  return fma32(fma32(fma32(r32(a), z, r32(b)), z, r32(c)), z, r32(d));
}

@inline
function step(y: f32, z: f32, c: f32): f32 {
  return c + z * y;
}

/**
 * erf in f32, |error| < 1 ulp: x + x P/Q (x^2) below 0.84375, a constant plus a quotient in |x| - 1 below 1.25, then 1 - erfc.
 * Source: Sun's fdlibm, s_erf.c, in Taylor's version for floats.
 */
function erf32(x: f32): f32 {
  const a = abs<f32>(x);
  if (a < 0.84375) {
    if (a < 3.725290298461914e-9) return x + <f32>1.2837916613e-1 * x;
    const z = x * x;
    let p = step(-2.3763017452e-5, z, -5.770270247e-3);
    p = step(step(step(p, z, -2.8481749818e-2), z, -3.2504209876e-1), z, 1.2837916613e-1);
    let q = step(-3.9602282413e-6, z, 1.3249473704e-4);
    q = step(step(step(step(q, z, 5.0813062117e-3), z, 6.50222525e-2), z, 3.9791721106e-1), z, 1);
    return x + x * (p / q);
  }
  if (a < 1.25) {
    const s = a - 1;
    let p = step(step(-2.1663755178e-3, s, 3.5478305072e-2), s, -1.1089469492e-1);
    p = step(step(p, s, 3.1834661961e-1), s, -3.7220788002e-1);
    p = step(step(p, s, 4.1485610604e-1), s, -2.3621185683e-3);
    let q = step(step(1.1984500103e-2, s, 1.3637083583e-2), s, 1.2617121637e-1);
    q = step(step(step(step(q, s, 7.1828655899e-2), s, 5.4039794207e-1), s, 1.0642088205e-1), s, 1);
    const e = <f32>8.4506291151e-1 + p / q;
    return x < 0 ? -e : e;
  }
  if (a >= 6) return x < 0 ? -1 : 1;
  const s = <f32>1 / (a * a);
  let p: f32, q: f32;
  if (reinterpret<i32>(a) < 0x4036db6e) { // 1 / 0.35
    p = step(step(step(-9.8143291473, s, -8.1287437439e1), s, -1.8460508728e2), s, -1.6239666748e2);
    p = step(step(step(p, s, -6.2375331879e1), s, -1.0558626175e1), s, -6.938585639e-1);
    p = step(p, s, -9.8649440333e-3);
    q = step(step(step(-6.0424413532e-2, s, 6.5702495575), s, 1.0863500214e2), s, 4.2900814819e2);
    q = step(step(step(q, s, 6.4538726807e2), s, 4.3456588745e2), s, 1.3765776062e2);
    q = step(step(q, s, 1.965127182e1), s, 1);
  } else {
    p = step(step(step(-4.8351919556e2, s, -1.0250950928e3), s, -6.3756646729e2), s, -1.6063638306e2);
    p = step(step(step(p, s, -1.7757955551e1), s, -7.9928326607e-1), s, -9.8649431020e-3);
    q = step(step(step(-2.2440952301e1, s, 4.7452853394e2), s, 2.5530502930e3), s, 3.1998581543e3);
    q = step(step(step(q, s, 1.5367296143e3), s, 3.2579251099e2), s, 3.0338060379e1);
    q = step(q, s, 1);
  }
  const z = reinterpret<f32>(reinterpret<i32>(a) & 0xfffff000);
  const r = exp32(-z * z - <f32>0.5625) * exp32((z - a) * (z + a) + p / q);
  const e = <f32>1 - r / a;
  return x < 0 ? -e : e;
}

const SLOPE: f32 = 1.1283791065216064; // 2 / sqrt(pi), both in f32: one ulp below the rounded quotient

@inline
function newton32(x: f32, y: f32): f32 {
  return x - (erf32(x) - y) / (SLOPE * exp32(-x * x));
}

function erfinv32(y: f32): f32 {
  const a = abs<f32>(y);
  if (!(a < 1)) return a == 1 ? copysign<f32>(Infinity, y) : NaN;
  let x: f32;
  if (a <= 0.7) {
    const z = <f64>(y * y);
    const p = horner4(z, -0.140543331, 0.914624893, -1.645349621, 0.886226899);
    const q = fma32(horner4(z, 0.012229801, -0.329097515, 1.442710462, -2.118377725), z, 1);
    x = (y * <f32>p) / <f32>q;
  } else {
    const z = <f64>sqrt<f32>(-log32((<f32>1 - a) / 2));
    const p = horner4(z, 1.641345311, 3.429567803, -1.624906493, -1.970840454);
    const q = fma32(fma32(r32(1.6370678), z, r32(3.5438892)), z, 1);
    x = copysign<f32>(<f32>p, y) / <f32>q;
  }
  return newton32(newton32(x, y), y);
}

/** erf by the all-positive series 2/sqrt(pi) exp(-x^2) sum 2^k x^(2k+1) / (2k+1)!! below 3, by erfc's continued fraction above. */
function erf64(x: f64): f64 {
  const a = abs(x);
  const z = x * x;
  let e: f64 = 1;
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let k = 1; term > sum * 1e-18; k++) {
      term *= (2 * z) / <f64>(2 * k + 1);
      sum += term;
    }
    e = 1.1283791670955126 * Math.exp(-z) * sum;
  } else if (a < 6) {
    let d = a; // erfc = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + …))))
    for (let k = 60; k > 0; k--) d = a + (0.5 * <f64>k) / d;
    e = 1 - (0.5641895835477563 * Math.exp(-z)) / d;
  }
  return x < 0 ? -e : e;
}

@inline
function newton64(x: f64, y: f64): f64 {
  return x - (erf64(x) - y) / (1.1283791670955126 * Math.exp(-x * x));
}

function erfinv64(y: f64): f64 {
  const a = abs(y);
  if (!(a < 1)) return a == 1 ? copysign<f64>(Infinity, y) : NaN;
  let x: f64;
  if (a <= 0.7) {
    const z = y * y;
    const p = ((-0.140543331 * z + 0.914624893) * z - 1.645349621) * z + 0.886226899;
    const q = (((0.012229801 * z - 0.329097515) * z + 1.442710462) * z - 2.118377725) * z + 1;
    x = (y * p) / q;
  } else {
    const z = Math.sqrt(-Math.log((1 - a) / 2));
    const p = ((1.641345311 * z + 3.429567803) * z - 1.624906493) * z - 1.970840454;
    const q = (1.6370678 * z + 3.5438892) * z + 1;
    x = copysign<f64>(p, y) / q;
  }
  return newton64(newton64(x, y), y);
}

/**
 * erfinv of n elements; ±1 gives ±inf, beyond NaN. f32: the bits of torch 1.13's; f64: within a few ulp of them.
 * Source of the constants: MATLAB's published rational start for erfinv, which PyTorch took over.
 */
export function erfinvTorch(t: i32, out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    if (t == 0) store<f32>(out + ((<usize>i) << 2), erfinv32(load<f32>(x + ((<usize>i) << 2))));
    else store<f64>(out + ((<usize>i) << 3), erfinv64(load<f64>(x + ((<usize>i) << 3))));
  }
}
