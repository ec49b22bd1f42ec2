import { TorchError, UnsupportedError } from "../errors.ts";
import type { Executor } from "../executor.ts";
import {
  erfcx,
  i0,
  i0e,
  i1,
  i1e,
  incompleteGamma,
  ndtri,
  polygamma,
  zeta,
} from "../numeric/special.ts";
import type { HalfRule, Op } from "../op.ts";
import { defineOp } from "../op.ts";
import { broadcast } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const ROUND: HalfRule = { round: "once" };
type In = Readonly<Record<"x" | "out", Tensor>>;

/** y = f(x) one by one in f64; `rule` is ct ↦ ct · f′. */
function special(
  name: string,
  f: (x: number) => number,
  rule: (k: Executor, v: In) => Tensor,
  range: readonly [number, number] = [0.3, 3],
): Op {
  return defineOp<"x">({
    name,
    inputs: ["x"],
    promote: "float",
    shape: ({ x }) => x,
    forward: (k, { x }) => k.from(k.read(x).map(f), x.shape, x.dtype),
    saves: ["x", "out"],
    vjp: (k, ct, v) => ({ x: () => k.mul(ct, rule(k, v)) }),
    half: ROUND,
    gradcheck: [{ shapes: { x: [3, 4] }, range }],
  });
}

/** f(x) / x, and `atZero` where x is 0. */
const overX = (k: Executor, y: Tensor, x: Tensor, atZero: number): Tensor => {
  const zero = k.is("eq", x, 0);
  return k.where(zero, atZero, k.div(y, k.where(zero, 1, x)));
};

/** ψ⁽ⁿ⁾(x); its derivative is ψ⁽ⁿ⁺¹⁾. */
const polygammaOp = defineOp<"x", { readonly n: number }>({
  name: "polygamma",
  inputs: ["x"],
  promote: "float",
  shape: ({ x }) => x,
  forward: (k, { x }, { n }) => {
    if (n < 0) throw new TorchError("RuntimeError", "polygamma(n, x) does not support negative n.");
    return k.from(
      k.read(x).map((v) => polygamma(n, v)),
      x.shape,
      x.dtype,
    );
  },
  saves: ["x"],
  vjp: (k, ct, { x }, { n }) => ({ x: () => k.mul(ct, k.op("polygamma", [x], { n: n + 1 })) }),
  half: ROUND,
  gradcheck: [
    { shapes: { x: [3, 4] }, attrs: { n: 1 }, range: [0.5, 4] },
    { shapes: { x: [5] }, attrs: { n: 2 }, range: [0.5, 4] },
  ],
});

type Slope = (k: Executor, a: Tensor, b: Tensor) => Tensor;

/** f(a, b) with broadcasting, differentiable by b alone: PyTorch has no derivative by a, and neither has mathematics a closed one. */
function byPairs(
  torchName: string,
  name: string,
  f: (a: number, b: number) => number,
  slope: Slope,
): Op {
  return defineOp<"a" | "b">({
    name,
    inputs: ["a", "b"],
    promote: "float",
    shape: ({ a, b }) => broadcast(name, a, b),
    forward: (k, { a, b }) => {
      const shape = broadcast(name, a.shape, b.shape);
      const zero = k.full(shape, a.dtype, 0);
      const [left, right] = [a, b].map((x) => k.read(k.binary("add", x, zero))) as [
        Float64Array,
        Float64Array,
      ];
      return k.from(
        left.map((v, i) => f(v, right[i]!)),
        shape,
        a.dtype,
      );
    },
    saves: ["a", "b"],
    vjp: (k, ct, { a, b }) => ({
      a: () => {
        throw new UnsupportedError(torchName, "the derivative by its first argument");
      },
      b: () => k.unbroadcast(k.mul(ct, slope(k, a, b)), b.shape),
    }),
    half: ROUND,
    gradcheck: [],
  });
}

/** x^(a−1) e^−x / Γ(a): the density of the gamma distribution. */
const gammaDensity: Slope = (k, a, x) =>
  k.exp(k.sub(k.sub(k.mul(k.sub(a, 1), k.log(x)), x), k.op("lgamma", [a])));

export const specials: readonly Op[] = [
  special("i0", i0, (k, { x }) => k.op("i1", [x])),
  special("i0e", i0e, (k, { x, out }) => k.sub(k.op("i1e", [x]), k.mul(k.sign(x), out))),
  special("i1", i1, (k, { x, out }) => k.sub(k.op("i0", [x]), overX(k, out, x, 0.5))),
  special("i1e", i1e, (k, { x, out }) =>
    k.sub(k.sub(k.op("i0e", [x]), k.mul(k.sign(x), out)), overX(k, out, x, 0.5)),
  ),
  special("erfcx", erfcx, (k, { x, out }) =>
    k.sub(k.mul(k.mul(x, out), 2), 2 / Math.sqrt(Math.PI)),
  ),
  special(
    "ndtri",
    ndtri,
    (k, { out }) => k.mul(k.exp(k.mul(k.square(out), 0.5)), Math.sqrt(2 * Math.PI)),
    [0.05, 0.95],
  ),
  polygammaOp,
  byPairs("torch.special.zeta", "zeta", zeta, (k, s, q) =>
    k.mul(k.neg(s), k.op("zeta", [k.add(s, 1), q])),
  ),
  byPairs("torch.igamma", "igamma", (a, x) => incompleteGamma(a, x, false), gammaDensity),
  byPairs(
    "torch.igammac",
    "igammac",
    (a, x) => incompleteGamma(a, x, true),
    (k, a, x) => k.neg(gammaDensity(k, a, x)),
  ),
];
