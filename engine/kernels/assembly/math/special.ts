// Special functions in f64, within a few ulp.

const ERX: f64 = 8.45062911510467529297e-1;

/** erfc − 1 + ERX around 1: a quotient in s = |x| − 1, for |x| in 0.84375..1.25. */
@inline
function nearOne(s: f64): f64 {
  let p = 3.54783043256182359371e-2 + s * -2.16637559486879084300e-3;
  p = -1.10894694282396677476e-1 + s * p;
  p = 3.18346619901161753674e-1 + s * p;
  p = -3.72207876035701323847e-1 + s * p;
  p = 4.14856118683748331666e-1 + s * p;
  p = -2.36211856075265944077e-3 + s * p;
  let q = 1.36370839120290507362e-2 + s * 1.19844998467991074170e-2;
  q = 1.26171219808761642112e-1 + s * q;
  q = 7.18286544141962662868e-2 + s * q;
  q = 5.40397917702171048937e-1 + s * q;
  q = 1.06420880400844228286e-1 + s * q;
  return p / (1 + s * q);
}

/** (erf x − x) / x for |x| < 0.84375. */
@inline
function nearZero(x: f64): f64 {
  const z = x * x;
  let p = -5.77027029648944159157e-3 + z * -2.37630166566501626084e-5;
  p = -2.84817495755985104766e-2 + z * p;
  p = -3.25042107247001499370e-1 + z * p;
  p = 1.28379167095512558561e-1 + z * p;
  let q = 1.32494738004321644526e-4 + z * -3.96022827877536812320e-6;
  q = 5.08130628187576562776e-3 + z * q;
  q = 6.50222499887672944485e-2 + z * q;
  q = 3.97917223959155352819e-1 + z * q;
  return p / (1 + z * q);
}

/** erfc(a) for 1.25 ≤ a < 28: e^{−a²} / a times a quotient in 1/a². */
function tail(a: f64): f64 {
  const s = 1 / (a * a);
  let r: f64;
  let q: f64;
  if (a < 1 / 0.35) {
    r = -8.12874355063065934246e1 + s * -9.81432934416914548592;
    r = -1.84605092906711035994e2 + s * r;
    r = -1.62396669462573470355e2 + s * r;
    r = -6.23753324503260060396e1 + s * r;
    r = -1.05586262253232909814e1 + s * r;
    r = -6.93858572707181764372e-1 + s * r;
    r = -9.86494403484714822705e-3 + s * r;
    q = 6.57024977031928170135 + s * -6.04244152148580987438e-2;
    q = 1.08635005541779435134e2 + s * q;
    q = 4.29008140027567833386e2 + s * q;
    q = 6.45387271733267880336e2 + s * q;
    q = 4.34565877475229228821e2 + s * q;
    q = 1.37657754143519042600e2 + s * q;
    q = 1.96512716674392571292e1 + s * q;
  } else {
    r = -1.02509513161107724954e3 + s * -4.83519191608651397019e2;
    r = -6.37566443368389627722e2 + s * r;
    r = -1.60636384855821916062e2 + s * r;
    r = -1.77579549177547519889e1 + s * r;
    r = -7.99283237680523006574e-1 + s * r;
    r = -9.86494292470009928597e-3 + s * r;
    q = 4.74528541206955367215e2 + s * -2.24409524465858183362e1;
    q = 2.55305040643316442583e3 + s * q;
    q = 3.19985821950859553908e3 + s * q;
    q = 1.53672958608443695994e3 + s * q;
    q = 3.25792512996573918826e2 + s * q;
    q = 3.03380607434824582924e1 + s * q;
  }
  const head = reinterpret<f64>(reinterpret<u64>(a) & 0xffffffff00000000); // head² is exact
  return (Math.exp(-head * head - 0.5625) * Math.exp((head - a) * (head + a) + r / (1 + s * q))) / a;
}

/** Source of the quotients: Sun's fdlibm, s_erf.c. */
export function erf(x: f64): f64 {
  const a = Math.abs(x);
  if (!(a >= 0.84375)) return x + x * nearZero(x);
  const y = a < 1.25 ? ERX + nearOne(a - 1) : a < 6 ? 1 - tail(a) : 1.0;
  return x < 0 ? -y : y;
}

export function erfc(x: f64): f64 {
  const a = Math.abs(x);
  if (!(a >= 0.84375)) {
    if (x < 0.25) return 1 - (x + x * nearZero(x));
    return 0.5 - (x - 0.5 + x * nearZero(x));
  }
  let y: f64;
  if (a < 1.25) y = 1 - ERX - nearOne(a - 1);
  else if (a < 28) y = tail(a);
  else y = 0;
  return x < 0 ? 2 - y : y;
}

/** Rational start, three Newton steps on erf(x) = y (on erfc near 1, where erf has no digits left). Source of the start: PyTorch's calc_erfinv. */
export function erfinv(y: f64): f64 {
  const a = Math.abs(y);
  if (!(a <= 1)) return NaN;
  if (a == 1) return y * Infinity;
  let x: f64;
  if (a <= 0.7) {
    const z = y * y;
    const p = ((-0.140543331 * z + 0.914624893) * z - 1.645349621) * z + 0.886226899;
    const q = (((0.012229801 * z - 0.329097515) * z + 1.442710462) * z - 2.118377725) * z + 1;
    x = (y * p) / q;
  } else {
    const z = Math.sqrt(-Math.log((1 - a) / 2));
    const p = ((1.641345311 * z + 3.429567803) * z - 1.624906493) * z - 1.970840454;
    x = p / ((1.637067800 * z + 3.543889200) * z + 1);
    if (y < 0) x = -x;
  }
  for (let i = 0; i < 3; i++) x -= (erf(x) - y) / (1.1283791670955126 * Math.exp(-x * x));
  return x;
}

/** ln Γ(1 + z) − z (1 − γ) + ln(1 + z) for |z| ≤ ½: Σ (−1)^k (ζ(k) − 1) z^k / k. Source: Abramowitz, Stegun 6.1.33. */
function zetaSeries(z: f64): f64 {
  let s: f64 = -6.4229645638381e-11;
  s = s * z + 1.330476437424449e-10;
  s = s * z + -2.7595228851242334e-10;
  s = s * z + 5.731367241678862e-10;
  s = s * z + -1.1921401405860912e-09;
  s = s * z + 2.4836745438024785e-09;
  s = s * z + -5.183475041970047e-09;
  s = s * z + 1.0838659214896955e-08;
  s = s * z + -2.2711094608943164e-08;
  s = s * z + 4.7698101693639804e-08;
  s = s * z + -1.0043224823968099e-07;
  s = s * z + 2.1207184805554665e-07;
  s = s * z + -4.492469198764566e-07;
  s = s * z + 9.55141213040742e-07;
  s = s * z + -2.039215753801366e-06;
  s = s * z + 4.374866789907488e-06;
  s = s * z + -9.439488275268397e-06;
  s = s * z + 2.050721277567069e-05;
  s = s * z + -4.492623673813314e-05;
  s = s * z + 9.945751278180853e-05;
  s = s * z + -0.00022315475845357939;
  s = s * z + 0.0005096695247430425;
  s = s * z + -0.001192753911703261;
  s = s * z + 0.0028905103307415234;
  s = s * z + -0.007385551028673986;
  s = s * z + 0.020580808427784546;
  s = s * z + -0.0673523010531981;
  s = s * z + 0.3224670334241132;
  return s * z * z;
}

const ONE_MINUS_EULER: f64 = 0.42278433509846713;

/** ln |Γ(x)|; near 1 and 2, where it crosses 0, by series; above 8 by Stirling's; reflection below 0. */
export function lgamma(x: f64): f64 {
  if (x != x) return x;
  if (Math.abs(x) == Infinity) return Infinity;
  if (x <= 0) {
    if (x == Math.floor(x)) return Infinity;
    const r = x - nearest<f64>(x); // |sin πx| = |sin πr|
    return Math.log(3.141592653589793 / Math.abs(Math.sin(3.141592653589793 * r))) - lgamma(1 - x);
  }
  if (x < 0.5) return lgamma(x + 1) - Math.log(x);
  if (x < 1.5) {
    const z = x - 1;
    return z * ONE_MINUS_EULER + zetaSeries(z) - Math.log1p(z);
  }
  if (x < 2.5) return (x - 2) * ONE_MINUS_EULER + zetaSeries(x - 2);
  let product: f64 = 1;
  while (x < 8) {
    product *= x;
    x += 1;
  }
  const r = 1 / (x * x);
  let s: f64 = 1.0 / 156.0 - (r * 3617.0) / 122400.0;
  s = 691.0 / 360360.0 - r * s;
  s = 1.0 / 1188.0 - r * s;
  s = 1.0 / 1680.0 - r * s;
  s = 1.0 / 1260.0 - r * s;
  s = 1.0 / 360.0 - r * s;
  s = 1.0 / 12.0 - r * s;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + s / x - Math.log(product);
}

/** ψ(x): recurrence up to 10, asymptotic series, reflection below 0; ∓∞ at ±0, NaN at negative integers. */
export function digamma(x: f64): f64 {
  if (x == 0) return Math.signbit(x) ? Infinity : -Infinity;
  if (x != x || x == Infinity) return x;
  if (x < 0) {
    if (x == Math.floor(x)) return NaN; // −∞ too
    return digamma(1 - x) - 3.141592653589793 / Math.tan(3.141592653589793 * (x - nearest<f64>(x)));
  }
  let sum: f64 = 0;
  while (x < 10) {
    sum += 1 / x;
    x += 1;
  }
  const r = 1 / (x * x);
  let s: f64 = 691.0 / 32760.0 - r / 12.0;
  s = 1.0 / 132.0 - r * s;
  s = 1.0 / 240.0 - r * s;
  s = 1.0 / 252.0 - r * s;
  s = 1.0 / 120.0 - r * s;
  s = 1.0 / 12.0 - r * s;
  return Math.log(x) - 0.5 / x - r * s - sum;
}

export function sigmoid(x: f64): f64 {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/** log(1 + eˣ). */
export function softplus(x: f64): f64 {
  return (x > 0 ? x : x != x ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Φ(x). */
export function normalCdf(x: f64): f64 {
  return 0.5 * erfc(-x * 0.7071067811865476);
}

/** φ(x). */
export function normalPdf(x: f64): f64 {
  return 0.3989422804014327 * Math.exp(-0.5 * x * x);
}

/** The gate of tanh-GELU: ½ (1 + tanh u) = sigmoid(2u). */
export function geluGate(x: f64): f64 {
  return sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x));
}
