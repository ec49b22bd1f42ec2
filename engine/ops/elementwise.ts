import { UnsupportedError } from "../errors.ts";
import type { Executor } from "../executor.ts";
import type { UnaryOp } from "../kernels/kernels.ts";
import { gammaGradient } from "../numeric/gammaGradient.ts";
import type { GradcheckCase, HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const ROUND: HalfRule = { round: "once" };
type X = "x";
type In = Readonly<Record<X | "out", Tensor>>;
type Range = readonly [number, number];

/** y = f(x), elementwise. `rule` is ct ↦ ct · f′, written with what `saves` names. */
function unary(
  name: UnaryOp,
  saves: "x" | "out" | null,
  rule: ((k: Executor, ct: Tensor, v: In) => Tensor) | null,
  range: Range = [-2, 2],
  ints: "same" | "float" = "float",
): Op {
  const cases: GradcheckCase<X, Readonly<Record<never, never>>>[] = rule
    ? [
        { shapes: { x: [3, 4] }, range },
        { shapes: { x: [] }, range },
      ]
    : [];
  return defineOp<X>({
    name,
    inputs: ["x"],
    elementwise: true,
    promote: ints,
    shape: ({ x }) => x,
    forward: (k, { x }) => k.unary(name, x),
    saves: saves === null ? [] : [saves],
    vjp: rule && ((k, ct, v) => ({ x: () => rule(k, ct, v) })),
    half: ROUND,
    gradcheck: cases,
  });
}

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
const flat = (k: Executor, ct: Tensor): Tensor => k.full(ct.shape, ct, 0); // derivative 0 almost everywhere, as PyTorch has it

/** True or false by element, from one tensor. */
function predicate(name: "isnan" | "isinf" | "isfinite" | "logicalNot"): Op {
  return defineOp<X>({
    name,
    inputs: ["x"],
    elementwise: true,
    dtype: () => "bool",
    shape: ({ x }) => x,
    forward: (k, { x }) => k.unary(name, x, "bool"),
    saves: [],
    vjp: null,
    half: { round: "none" },
    gradcheck: [],
  });
}

export const elementwise: readonly Op[] = [
  unary("neg", null, (k, ct) => k.neg(ct), [-2, 2], "same"),
  unary("abs", "x", (k, ct, { x }) => k.mul(ct, k.sign(x)), [0.5, 2], "same"),
  unary("sign", null, flat, [0.5, 2], "same"),
  unary("square", "x", (k, ct, { x }) => k.mul(ct, k.mul(x, 2)), [-2, 2], "same"), // 2x
  unary("exp", "out", (k, ct, { out }) => k.mul(ct, out)),
  unary("expm1", "out", (k, ct, { out }) => k.mul(ct, k.add(out, 1))),
  unary("log", "x", (k, ct, { x }) => k.div(ct, x), [0.2, 3]),
  unary("log1p", "x", (k, ct, { x }) => k.div(ct, k.add(x, 1)), [-0.5, 3]),
  unary("log2", "x", (k, ct, { x }) => k.div(ct, k.mul(x, Math.LN2)), [0.2, 3]),
  unary("log10", "x", (k, ct, { x }) => k.div(ct, k.mul(x, Math.LN10)), [0.2, 3]),
  unary("sqrt", "out", (k, ct, { out }) => k.div(ct, k.mul(out, 2)), [0.2, 3]), // 1 / 2√x
  unary("rsqrt", "out", (k, ct, { out }) => k.mul(k.mul(ct, -0.5), k.pow(out, 3)), [0.2, 3]), // −½ x^(−3/2)
  unary("reciprocal", "out", (k, ct, { out }) => k.neg(k.mul(ct, k.square(out))), [0.2, 3]),
  unary("sin", "x", (k, ct, { x }) => k.mul(ct, k.cos(x))),
  unary("cos", "x", (k, ct, { x }) => k.neg(k.mul(ct, k.sin(x)))),
  unary("tan", "out", (k, ct, { out }) => k.mul(ct, k.add(k.square(out), 1)), [-1, 1]),
  unary("asin", "x", (k, ct, { x }) => k.mul(ct, k.rsqrt(k.sub(1, k.square(x)))), [-0.8, 0.8]),
  unary(
    "acos",
    "x",
    (k, ct, { x }) => k.neg(k.mul(ct, k.rsqrt(k.sub(1, k.square(x))))),
    [-0.8, 0.8],
  ),
  unary("atan", "x", (k, ct, { x }) => k.div(ct, k.add(k.square(x), 1))),
  unary("sinh", "x", (k, ct, { x }) => k.mul(ct, k.cosh(x))),
  unary("cosh", "x", (k, ct, { x }) => k.mul(ct, k.sinh(x))),
  unary("tanh", "out", (k, ct, { out }) => k.actGrad("tanh", ct, out)), // 1 − y²
  unary("asinh", "x", (k, ct, { x }) => k.mul(ct, k.rsqrt(k.add(k.square(x), 1)))),
  unary("acosh", "x", (k, ct, { x }) => k.mul(ct, k.rsqrt(k.sub(k.square(x), 1))), [1.2, 3]),
  unary("atanh", "x", (k, ct, { x }) => k.div(ct, k.sub(1, k.square(x))), [-0.8, 0.8]),
  // y (1 − y): in float16 y is stored as 1 above x ≈ 8.32, so the gradient there is exactly 0.
  unary("sigmoid", "out", (k, ct, { out }) => k.actGrad("sigmoid", ct, out)),
  unary("relu", "out", (k, ct, { out }) => k.actGrad("relu", ct, out), [0.1, 2], "same"),
  unary("erf", "x", (k, ct, { x }) =>
    k.mul(ct, k.mul(k.exp(k.neg(k.square(x))), TWO_OVER_SQRT_PI)),
  ),
  unary("erfc", "x", (k, ct, { x }) =>
    k.mul(ct, k.mul(k.exp(k.neg(k.square(x))), -TWO_OVER_SQRT_PI)),
  ),
  unary(
    "erfinv",
    "out",
    (k, ct, { out }) => k.mul(ct, k.mul(k.exp(k.square(out)), 1 / TWO_OVER_SQRT_PI)),
    [-0.8, 0.8],
  ),
  unary("lgamma", "x", (k, ct, { x }) => k.mul(ct, k.digamma(x)), [0.5, 3]),
  digamma(),
  unary("geluErf", "x", (k, ct, { x }) => k.actGrad("geluErf", ct, x)),
  unary("geluTanh", "x", (k, ct, { x }) => k.actGrad("geluTanh", ct, x)),
  unary("silu", "x", (k, ct, { x }) => k.actGrad("silu", ct, x)),
  unary("softplus", "x", (k, ct, { x }) => k.mul(ct, k.sigmoid(x))),
  unary("logSigmoid", "x", (k, ct, { x }) => k.mul(ct, k.sigmoid(k.neg(x)))),
  unary("floor", null, flat, [0.2, 0.8], "same"),
  unary("ceil", null, flat, [0.2, 0.8], "same"),
  unary("round", null, flat, [0.6, 0.9], "same"),
  unary("trunc", null, flat, [0.2, 0.8], "same"),
  unary("frac", null, (_, ct) => ct, [0.2, 0.8], "same"),
  unary("bitwiseNot", null, null, [0, 1], "same"),
  predicate("isnan"),
  predicate("isinf"),
  predicate("isfinite"),
  predicate("logicalNot"),
  actGradOp(),
  gammaGradientOp(),
];

/** dx/dα of x drawn from Gamma(α, 1); its own derivative is unknown. */
function gammaGradientOp(): Op {
  const refuse = (): never => {
    throw new UnsupportedError("torch._standard_gamma_grad", "its derivative");
  };
  return defineOp<"alpha" | "x">({
    name: "gammaGradient",
    inputs: ["alpha", "x"],
    shape: ({ x }) => x,
    forward: (k, { alpha, x }) => {
      const values = k.read(x);
      k.read(alpha).forEach((a, i) => (values[i] = gammaGradient(a, values[i]!)));
      return k.from(values, x.shape, x.dtype);
    },
    saves: [],
    vjp: () => ({ alpha: refuse, x: refuse }),
    half: ROUND,
    gradcheck: [],
  });
}

/** ψ(x) = d/dx ln Γ(x). */
function digamma(): Op {
  return defineOp<X>({
    name: "digamma",
    inputs: ["x"],
    promote: "float",
    shape: ({ x }) => x,
    forward: (k, { x }) => k.unary("digamma", x),
    saves: ["x"],
    vjp: (k, ct, { x }) => ({ x: () => k.mul(ct, k.op("polygamma", [x], { n: 1 })) }),
    half: ROUND,
    gradcheck: [{ shapes: { x: [3, 4] }, range: [0.3, 4] }],
  });
}

/** φ(x), the standard normal density. */
const density = (k: Executor, x: Tensor): Tensor =>
  k.mul(k.exp(k.mul(k.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));

/** f″ where `actGrad` is ct · f′, with respect to what it reads (x, or y for sigmoid and tanh). */
function secondDerivative(act: string, k: Executor, v: Tensor): Tensor {
  switch (act) {
    case "relu":
      return k.mul(v, 0);
    case "sigmoid": // d/dy y(1 − y)
      return k.sub(1, k.mul(v, 2));
    case "tanh": // d/dy (1 − y²)
      return k.mul(v, -2);
    case "geluErf": // f′ = Φ + xφ, f″ = φ(2 − x²)
      return k.mul(density(k, v), k.sub(2, k.square(v)));
    case "geluTanh": {
      // f = x/2 (1 + T), T = tanh u, u = c(x + a x³): f″ = T′ + x T″/2, T′ = (1 − T²)u′, T″ = −2T T′u′ + (1 − T²)u″
      const c = Math.sqrt(2 / Math.PI);
      const a = 0.044715;
      const t = k.tanh(k.mul(k.add(v, k.mul(k.pow(v, 3), a)), c));
      const sech2 = k.sub(1, k.square(t));
      const u1 = k.mul(k.add(k.mul(k.square(v), 3 * a), 1), c);
      const t1 = k.mul(sech2, u1);
      const t2 = k.add(k.mul(k.mul(k.mul(t, t1), u1), -2), k.mul(sech2, k.mul(v, 6 * a * c)));
      return k.add(t1, k.mul(k.mul(v, t2), 0.5));
    }
    default: {
      // silu: f′ = s(1 + x(1 − s)), f″ = s(1 − s)(2 + x(1 − 2s))
      const s = k.sigmoid(v);
      return k.mul(k.mul(s, k.sub(1, s)), k.add(k.mul(v, k.sub(1, k.mul(s, 2))), 2));
    }
  }
}

/** ct · act′, in one pass; linear in ct. */
function actGradOp(): Op {
  type A = { readonly act: "relu" | "sigmoid" | "tanh" | "geluErf" | "geluTanh" | "silu" };
  const shapes = { ct: [3, 4], x: [3, 4] };
  return defineOp<"ct" | "x", A>({
    name: "actGrad",
    inputs: ["ct", "x"],
    elementwise: true,
    shape: ({ x }) => x,
    forward: (k, { ct, x }, { act }) => k.actGrad(act, ct, x),
    saves: ["ct", "x"],
    vjp: (k, c, { ct, x }, { act }) => ({
      ct: () => k.actGrad(act, c, x),
      x: () => k.mul(k.mul(c, ct), secondDerivative(act, k, x)),
    }),
    half: ROUND,
    gradcheck: (["relu", "sigmoid", "tanh", "geluErf", "geluTanh", "silu"] as const).map((act) => ({
      shapes,
      attrs: { act },
      range: act === "relu" ? [0.1, 2] : [-2, 2],
    })),
  });
}
