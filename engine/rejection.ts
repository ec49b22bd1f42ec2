/** Draws by rejection, one element after another, with the draws that PyTorch's CPU kernels consume. */

/** One f64 uniform of [0, 1), one f64 standard normal. */
export interface Source {
  uniform(): number;
  normal(): number;
}

const third = Math.fround(1 / 3);
const squeeze = Math.fround(0.0331);

/**
 * Gamma(alpha, 1), alpha rounded to f32 at every step where `single`.
 * Source: Marsaglia, Tsang, "A simple method for generating gamma variables", 2000.
 */
export function gamma(source: Source, alpha: number, single: boolean): number {
  const round = single ? Math.fround : (x: number): number => x;
  if (alpha === 0) return 0;
  let scale = 1;
  let shape = alpha;
  if (shape < 1) {
    scale = Math.pow(1 - source.uniform(), round(1 / shape));
    shape = round(shape + 1);
  }
  const d = round(shape - third);
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    let x: number;
    let y: number;
    do {
      x = source.normal();
      y = 1 + c * x;
    } while (y <= 0);
    const v = y * y * y;
    const u = 1 - source.uniform();
    const square = x * x;
    if (u < 1 - squeeze * square * square) return scale * d * v;
    if (Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v))) return scale * d * v;
  }
}

/** ln k! for integers k ≥ 0. */
function logFactorial(k: number): number {
  if (k < 20) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const z = k + 1;
  const r = 1 / (z * z);
  const series = 1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680));
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series / z;
}

/** Poisson(lambda); from 10 on by Hörmann, "The transformed rejection method for generating Poisson random variables", 1993. */
export function poisson(source: Source, lambda: number): number {
  if (lambda === 0) return 0;
  if (lambda < 10) {
    const least = Math.exp(-lambda);
    let product = 1;
    for (let count = 0; ; count++) {
      product *= source.uniform();
      if (!(product > least)) return count;
    }
  }
  const b = 0.931 + 2.53 * Math.sqrt(lambda);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const certain = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = source.uniform() - 0.5;
    const v = source.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + lambda + 0.43);
    if (us >= 0.07 && v <= certain) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const left = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (left <= -lambda + k * Math.log(lambda) - logFactorial(k)) return k;
  }
}

/** ln k! less Stirling's main term. */
function stirlingTail(k: number): number {
  if (k < 10)
    return logFactorial(k) - (0.5 * Math.log(2 * Math.PI) + (k + 0.5) * Math.log(k + 1) - (k + 1));
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

/** Binomial(count, prob) for count · prob ≥ 10 and prob ≤ 1/2. Source: Hörmann, "The generation of binomial random variates", 1993 (BTRS). */
function binomialByRejection(source: Source, count: number, prob: number): number {
  const deviation = Math.sqrt(count * prob * (1 - prob));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * prob;
  const centre = count * prob + 0.5;
  const certain = 0.92 - 4.2 / b;
  const odds = prob / (1 - prob);
  const alpha = (2.83 + 5.1 / b) * deviation;
  const m = Math.floor((count + 1) * prob);
  for (;;) {
    const u = source.uniform() - 0.5;
    let v = source.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= certain) return k;
    if (k < 0 || k > count) continue;
    v = Math.log((v * alpha) / (a / (us * us) + b));
    const bound =
      (m + 0.5) * Math.log((m + 1) / (odds * (count - m + 1))) +
      (count + 1) * Math.log((count - m + 1) / (count - k + 1)) +
      (k + 0.5) * Math.log((odds * (count - k + 1)) / (k + 1)) +
      stirlingTail(m) +
      stirlingTail(count - m) -
      stirlingTail(k) -
      stirlingTail(count - k);
    if (v <= bound) return k;
  }
}

/** Successes of `count` trials; few by geometric waiting times. Source: Devroye, "Non-uniform random variate generation", 1986. */
export function binomial(source: Source, count: number, prob: number): number {
  if (count <= 0 || prob <= 0) return 0;
  if (prob >= 1) return count;
  if (prob > 0.5) return count - binomial(source, count, 1 - prob);
  if (count * prob >= 10) return binomialByRejection(source, count, prob);
  const logFailure = Math.log1p(-prob);
  let waited = 0;
  for (let successes = 0; ; successes++) {
    waited += Math.ceil(Math.log(source.uniform()) / logFailure);
    if (waited > count) return successes;
  }
}
