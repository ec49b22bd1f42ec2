/** Mean-field theory of wide random networks: what a layer does to the size of signals and gradients, by quadrature. */

/** A function and its derivative. */
interface Scalar {
  readonly f: (x: number) => number;
  readonly slope: (x: number) => number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 }; // Klambauer et al. 2017
const piece = (low: number, high: number): ((x: number) => number) => {
  return (x) => (x > low && x < high ? 1 : 0);
};
const soft = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));

/** The normal distribution function, by its series: Marsaglia, Journal of Statistical Software 2004. */
function cumulative(x: number): number {
  if (x > 8) return 1;
  if (x < -8) return 0;
  let [term, sum] = [x, x];
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && i < 400; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

const exponential = (alpha: number, scale = 1): Scalar => ({
  f: (x) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
  slope: (x) => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
});
const leaky = (below: number): Scalar => ({
  f: (x) => (x > 0 ? x : below * x),
  slope: (x) => (x > 0 ? 1 : below),
});

/** By layer type in lower case without underscores, at PyTorch's default arguments. */
const ACTIVATIONS: Readonly<Record<string, Scalar>> = {
  identity: { f: (x) => x, slope: () => 1 },
  relu: leaky(0),
  relu6: { f: (x) => Math.min(Math.max(x, 0), 6), slope: piece(0, 6) },
  leakyrelu: leaky(0.01),
  elu: exponential(1),
  celu: exponential(1),
  selu: exponential(SELU.alpha, SELU.scale),
  sigmoid: { f: sigmoid, slope: (x) => sigmoid(x) * sigmoid(-x) },
  hardsigmoid: {
    f: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
    slope: (x) => piece(-3, 3)(x) / 6,
  },
  tanh: { f: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2 },
  hardtanh: { f: (x) => Math.min(Math.max(x, -1), 1), slope: piece(-1, 1) },
  softsign: { f: (x) => x / (1 + Math.abs(x)), slope: (x) => (1 + Math.abs(x)) ** -2 },
  softplus: { f: soft, slope: sigmoid },
  gelu: { f: (x) => x * cumulative(x), slope: (x) => cumulative(x) + x * density(x) },
  silu: {
    f: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  },
  mish: {
    f: (x) => x * Math.tanh(soft(x)),
    slope: (x) => {
      const t = Math.tanh(soft(x));
      return t + x * (1 - t * t) * sigmoid(x);
    },
  },
};

const scalarOf = (type: string): Scalar | null =>
  ACTIVATIONS[type.toLowerCase().replace(/_/g, "")] ?? null;

const SPAN = 9; // standard deviations on either side: the rest is below 1e-18
const STEPS = 1800;

/** ∫ g(mean + std z) Dz, by the trapezoidal rule, which is exact to rounding for smooth g. */
function gaussian(g: (x: number) => number, mean: number, std: number): number {
  let sum = 0;
  for (let i = 0; i < STEPS; i++) {
    const z = -SPAN + ((i + 0.5) * 2 * SPAN) / STEPS;
    sum += g(mean + std * z) * density(z);
  }
  return (sum * 2 * SPAN) / STEPS;
}

/** Root of the mean squared slope of an activation over inputs N(mean, std²): what it passes of a gradient. Null where it is not known. */
export function slopeOf(type: string, mean: number, std: number): number | null {
  const scalar = scalarOf(type);
  return scalar && Math.sqrt(gaussian((x) => scalar.slope(x) ** 2, mean, std));
}

/** Mean square of an activation's outputs over inputs N(mean, std²). */
export function powerOf(type: string, mean: number, std: number): number | null {
  const scalar = scalarOf(type);
  return scalar && gaussian((x) => scalar.f(x) ** 2, mean, std);
}

/** Where a signal comes to rest: variance q* = σw² ∫φ² + σb², and χ₁ = σw² ∫φ'², the factor of E[δ²] per layer there. */
export interface FixedPoint {
  readonly q: number;
  readonly chi: number;
}

const MOST_ROUNDS = 4000;

/**
 * The fixed point of a deep network of one activation with weights N(0, σw²/n) and biases N(0, σb²), from q = 1 on. Null for an unknown
 * activation, and where the variance grows without end.
 * Source: Poole et al., NeurIPS 2016; Schoenholz et al., ICLR 2017.
 */
export function fixedPoint(type: string, weight: number, bias: number): FixedPoint | null {
  let q = 1;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const power = powerOf(type, 0, Math.sqrt(q));
    if (power === null) return null;
    const next = weight * power + bias;
    if (!Number.isFinite(next) || next > 1e12) return null;
    const isAtRest = Math.abs(next - q) <= 1e-12 * Math.max(q, 1e-30) || next < 1e-12;
    q = next;
    if (isAtRest) break;
  }
  const slope = slopeOf(type, 0, Math.sqrt(q));
  return slope === null ? null : { q, chi: weight * slope * slope };
}

/** Layers that a gradient reaches: 6 ξ with ξ = 1/|ln χ₁|. Schoenholz et al., ICLR 2017. */
export const reach = (chi: number): number => 6 / Math.abs(Math.log(chi));

/** Per batch size: the factor of E[δ²] per layer of batch normalisation and ReLU. Yang et al., ICLR 2019, theorem 8, equation 25. */
const NORM_RELU = [
  [4, 3.084],
  [8, 1.788],
  [16, 1.59],
  [32, 1.522],
  [64, 1.493],
  [128, 1.48],
  [256, 1.473],
] as const;
const NORM_RELU_LIMIT = Math.PI / (Math.PI - 1);

/** That factor for a batch of at least 4, between the table's sizes by 1/batch; null below. */
export function normReluRate(batch: number): number | null {
  const known = [...NORM_RELU, [Infinity, NORM_RELU_LIMIT] as const];
  const above = known.findIndex(([size]) => size >= batch);
  if (batch < NORM_RELU[0][0]) return null;
  const [hi, low] = [known[above]!, known[Math.max(above - 1, 0)]!];
  if (hi[0] === batch || hi === low) return hi[1];
  const part = (1 / batch - 1 / hi[0]) / (1 / low[0] - 1 / hi[0]);
  return hi[1] + part * (low[1] - hi[1]);
}

/** β = 5 Σ 1/n over hidden widths: the variance of ln ‖∂L/∂x‖² between draws of He's ReLU weights. Hanin, NeurIPS 2018. */
export const widthDepth = (widths: readonly number[]): number =>
  5 * widths.reduce((sum, n) => sum + 1 / n, 0);
