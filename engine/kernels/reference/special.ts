/** Special functions in f64, by slow methods whose error is easy to bound; the WASM kernels use other formulas. */

const TWO_OVER_SQRT_PI = 1.1283791670955126;

/** erf(x) = 2/√π e^{−x²} Σ 2ⁿ x^{2n+1} / (2n+1)!!: every term has x's sign, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** erfc(x), x ≥ 2.5: e^{−x²}/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), evaluated from the 120th level up. */
function erfcFraction(x: number): number {
  let f = x;
  for (let k = 120; k > 0; k--) f = x + k / 2 / f;
  const head = Math.fround(x); // e^{−x²} = e^{−h²} e^{(h−x)(h+x)}, h² exact
  return ((TWO_OVER_SQRT_PI / 2) * Math.exp(-head * head) * Math.exp((head - x) * (head + x))) / f;
}

export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (Math.abs(x) > 30) return Math.sign(x);
  if (Math.abs(x) < 2.5) return erfSeries(x);
  return x > 0 ? 1 - erfcFraction(x) : erfcFraction(-x) - 1;
}

/** For 0.25 < x < 2.5 the difference 1 − erf(x) loses digits: a Taylor step from a place of the fraction does not. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x >= 2.5) return x > 30 ? 0 : erfcFraction(x);
  if (x < 0.25) return 1 - erf(x);
  return erfcTaylor(x);
}

/**
 * erfc from its value at 2.5, in steps of at most 0.25 down to x; each step is the Taylor series of erfc about its start a:
 * derivatives are −2/√π e^{−a²} times Hermite polynomials.
 */
function erfcTaylor(x: number): number {
  let a = 2.5;
  let value = erfcFraction(a);
  while (a > x) {
    const h = Math.max(x - a, -0.25);
    // c_{k+2} = −(2 a (k+1) c_{k+1} + 2 k c_k) / ((k+1)(k+2)), from y'' = −2 x y'
    let previous = value;
    let current = -TWO_OVER_SQRT_PI * Math.exp(-a * a);
    let power = h;
    let sum = current * power;
    for (let k = 0; k < 40; k++) {
      const next =
        -(2 * a * (k + 1) * current + 2 * k * (k === 0 ? 0 : previous)) / ((k + 1) * (k + 2));
      previous = current;
      current = next;
      power *= h;
      sum += current * power;
    }
    value += sum;
    a += h;
  }
  return value;
}

/** Rational start (error 1e-3), then Newton steps on erf(x) = y. Source: PyTorch's calc_erfinv. */
export function erfinv(y: number): number {
  const a = Math.abs(y);
  if (!(a <= 1)) return NaN;
  if (a === 1) return y * Infinity;
  let x: number;
  if (a <= 0.7) {
    const z = y * y;
    const top = ((-0.140543331 * z + 0.914624893) * z - 1.645349621) * z + 0.886226899;
    const bottom = (((0.012229801 * z - 0.329097515) * z + 1.442710462) * z - 2.118377725) * z + 1;
    x = (y * top) / bottom;
  } else {
    const z = Math.sqrt(-Math.log((1 - a) / 2));
    const top = ((1.641345311 * z + 3.429567803) * z - 1.624906493) * z - 1.970840454;
    x = (Math.sign(y) * top) / ((1.6370678 * z + 3.5438892) * z + 1);
  }
  for (let i = 0; i < 3; i++) x -= (erf(x) - y) / (TWO_OVER_SQRT_PI * Math.exp(-x * x));
  return x;
}

/** ln |Γ(x)|: recurrence up to x ≥ 15, then Stirling's series; reflection below 0. Absolute error 1e-14 near the zeros 1 and 2. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x)) return Infinity;
  if (x <= 0) {
    if (Number.isInteger(x)) return Infinity;
    const rest = x - Math.round(x); // |sin πx| = |sin π rest|
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * rest))) - lgamma(1 - x);
  }
  if (x === 1 || x === 2) return 0;
  let product = 1;
  let z = x;
  while (z < 15) product *= z++;
  const r = 1 / (z * z);
  const tail =
    (1 / 12 -
      r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))) /
    z;
  return (z - 0.5) * Math.log(z) - z + 0.9189385332046728 + tail - Math.log(product);
}

/** ψ(x) = Γ'/Γ: recurrence up to x ≥ 15, then the asymptotic series; reflection below 0. At ±0: ∓∞; at negative integers NaN. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, 0) ? -Infinity : Infinity;
  if (x === -Infinity) return NaN;
  if (x < 0) {
    if (Number.isInteger(x)) return NaN;
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  }
  if (!(x < Infinity)) return x;
  let sum = 0;
  let z = x;
  while (z < 15) sum += 1 / z++;
  const r = 1 / (z * z);
  const tail = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - (r * 1) / 132))));
  return Math.log(z) - 0.5 / z - tail - sum;
}
