import { digamma } from "../kernels/reference/special.ts";

/** u, v ↦ ln of the gradient, as a quotient of polynomials: [power of u][numerator's, then denominator's power of v]. */
// prettier-ignore
const RATIONAL = [
  [0.16009398, -0.094634809, 0.025146376, -0.0030648343, 1, 0.32668115, 0.10406089, 0.0014179084],
  [0.53487893, 0.1298071, 0.065735949, -0.0015649758, 0.16639465, 0.020070113, -0.0035938915, -0.00058392623],
  [0.040121004, -0.0065914022, -0.0026286047, -0.0013441777, 0.017050642, -0.0021309326, 0.00085092367, -1.5247877e-7],
] as const;

/**
 * dx/dα of a draw x of Gamma(α, 1), its quantile held: −∂F(x; α)/∂α / f(x; α), by PyTorch's three approximations, since its gradients
 * carry their errors (up to 0.002).
 * Source: Jankowiak, Obermeyer, "Pathwise derivatives beyond the reparameterization trick", 2018, and its numbers.
 */
export function gammaGradient(alpha: number, x: number): number {
  if (x < Math.fround(0.8)) return small(alpha, x);
  if (alpha > 8) return saddle(alpha, x);
  const [u, v] = [Math.log(x / alpha), Math.log(alpha)];
  const c = RATIONAL[0].map((first, i) => first + u * (RATIONAL[1][i]! + u * RATIONAL[2][i]!));
  const polynomial = (at: number): number =>
    c[at]! + v * (c[at + 1]! + v * (c[at + 2]! + v * c[at + 3]!));
  return Math.exp(polynomial(0) / polynomial(4));
}

/** Six terms of F's series: F = x^α Σ (−x)^i / (i! (α + i)). */
function small(alpha: number, x: number): number {
  let term = 1;
  let sum = 1 / alpha;
  let squares = 1 / (alpha * alpha);
  for (let i = 1; i <= 5; i++) {
    term *= -x / i;
    sum += term / (alpha + i);
    squares += term / ((alpha + i) * (alpha + i));
  }
  const power = Math.pow(x, alpha);
  const density = Math.pow(x, alpha - 1) * Math.exp(-x);
  const slope = (Math.log(x) - digamma(alpha)) * power * sum - power * squares;
  const result = -slope / density;
  return Number.isNaN(result) ? 0 : result;
}

/** Saddle point expansion (Rice) for large α; its limit near x = α. */
function saddle(alpha: number, x: number): number {
  if (Math.fround(0.9) * alpha <= x && x <= Math.fround(1.1) * alpha) {
    const first = 1 + 24 * alpha * (1 + 12 * alpha);
    const second =
      1440 * alpha * alpha +
      6 * x * (53 - 120 * x) -
      (65 * x * x) / alpha +
      alpha * (107 + 3600 * x);
    return (first * second) / (1244160 * alpha * alpha * (alpha * alpha));
  }
  const root = Math.sqrt(8 * alpha);
  const ratio = Math.log(x / alpha);
  const pole = root / (alpha - x);
  const power = Math.pow(x - alpha - alpha * ratio, -1.5);
  const main =
    ratio * (x < alpha ? pole - power : pole + power) -
    (Math.sqrt(2 / alpha) * (alpha + x)) / ((alpha - x) * (alpha - x));
  const stirling = 1 + (1 / (12 * alpha)) * (1 + 1 / (24 * alpha));
  return (-stirling * x * main) / root;
}
