import type { Executor } from "../executor.ts";
import { TorchError } from "../errors.ts";
import type { BinaryOp, CompareOp } from "../kernels/kernels.ts";
import type { HalfRule, Op, Saves } from "../op.ts";
import { defineOp } from "../op.ts";
import { broadcast, normAxes, reducedShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const ROUND: HalfRule = { round: "once" };
type AB = "a" | "b";
type In = Readonly<Record<AB | "out", Tensor>>;
type Rule = (k: Executor, ct: Tensor, v: In) => Tensor;

/** z = f(a, b) with broadcasting; the rules give ∂z/∂a · ct and ∂z/∂b · ct before the sum down to each input's shape. */
function binary(
  name: BinaryOp,
  saves: Saves<AB>,
  rules: { readonly a: Rule; readonly b: Rule } | null,
  options: {
    readonly promote?: "same" | "float";
    readonly range?: readonly [number, number];
    /** The op's name where it is not the kernel's. */
    readonly op?: string;
    readonly gradcheck?: false;
  } = {},
): Op {
  const range = options.range ?? ([0.5, 2] as const);
  return defineOp<AB>({
    name: options.op ?? name,
    inputs: ["a", "b"],
    elementwise: true,
    promote: options.promote ?? "same",
    shape: ({ a, b }) => broadcast(name, a, b),
    forward: (k, { a, b }) => k.binary(name, a, b),
    saves,
    vjp:
      rules &&
      ((k, ct, v) => ({
        a: () => k.unbroadcast(rules.a(k, ct, v), v.a.shape),
        b: () => k.unbroadcast(rules.b(k, ct, v), v.b.shape),
      })),
    half: ROUND,
    gradcheck:
      rules && options.gradcheck !== false
        ? [
            { shapes: { a: [3, 4], b: [3, 4] }, range },
            { shapes: { a: [3, 1, 2], b: [4, 1] }, range },
            { shapes: { a: [], b: [3] }, range },
          ]
        : [],
  });
}

const FLAT = {
  a: (k: Executor, ct: Tensor) => k.full(ct.shape, ct, 0),
  b: (k: Executor, ct: Tensor) => k.full(ct.shape, ct, 0),
};

const underived = (): never => {
  throw new TorchError("RuntimeError", "derivative for aten::floor_divide is not implemented");
};
const UNDERIVED = { a: underived, b: underived };

function compare(name: CompareOp, torchName: string = name): Op {
  return defineOp<AB>({
    name: torchName,
    inputs: ["a", "b"],
    elementwise: true,
    promote: "compare",
    shape: ({ a, b }) => broadcast(torchName, a, b),
    forward: (k, { a, b }) => k.compare(name, a, b),
    saves: [],
    vjp: null,
    half: { round: "none" },
    gradcheck: [],
  });
}

/** ct unless a loses, ct/2 where a equals b: PyTorch shares the gradient between equals, and gives it to both beside a NaN. */
const winner =
  (loses: "gt" | "lt", self: AB): Rule =>
  (k, ct, v) => {
    const other = self === "a" ? v.b : v.a;
    const shared = k.where(k.is("eq", v[self], other), k.mul(ct, 0.5), ct);
    return k.where(k.is(loses, v[self], other), 0, shared);
  };

export const binaries: readonly Op[] = [
  binary("add", [], { a: (_, ct) => ct, b: (_, ct) => ct }),
  binary("sub", [], { a: (_, ct) => ct, b: (k, ct) => k.neg(ct) }),
  binary(
    "mul",
    { a: ["b"], b: ["a"] },
    {
      a: (k, ct, { b }) => k.mul(ct, b),
      b: (k, ct, { a }) => k.mul(ct, a),
    },
  ),
  binary(
    "div",
    { a: ["b"], b: ["a", "b"] },
    {
      a: (k, ct, { b }) => k.div(ct, b),
      b: (k, ct, { a, b }) => k.neg(k.mul(ct, k.div(k.div(a, b), b))), // −a / b²
    },
    { promote: "float" },
  ),
  binary(
    "pow",
    { a: ["a", "b"], b: ["a", "b", "out"] },
    {
      // b a^(b−1), and exactly 0 where b = 0 (a^−1 may be infinite)
      a: (k, ct, { a, b }) =>
        k.where(k.op("eq", [b, k.mul(b, 0)]), 0, k.mul(ct, k.mul(b, k.pow(a, k.sub(b, 1))))),
      // aᵇ ln a, and 0 where a = 0 and b ≥ 0
      b: (k, ct, { a, b, out }) => {
        const slope = k.mul(out, k.log(a));
        const at0 = k.where(k.op("lt", [b, k.mul(b, 0)]), slope, k.mul(out, 0));
        return k.mul(ct, k.where(k.op("eq", [a, k.mul(a, 0)]), at0, slope));
      },
    },
  ),
  binary("maximum", ["a", "b"], { a: winner("lt", "a"), b: winner("lt", "b") }),
  binary("minimum", ["a", "b"], { a: winner("gt", "a"), b: winner("gt", "b") }),
  binary(
    "atan2",
    ["a", "b"],
    {
      a: (k, ct, { a, b }) => k.mul(ct, k.div(b, k.add(k.square(a), k.square(b)))),
      b: (k, ct, { a, b }) => k.neg(k.mul(ct, k.div(a, k.add(k.square(a), k.square(b))))),
    },
    { promote: "float" },
  ),
  // a − b·trunc(a/b) and a − b·floor(a/b)
  binary(
    "fmod",
    { b: ["a", "b"] },
    { a: (_, ct) => ct, b: (k, ct, { a, b }) => k.neg(k.mul(ct, k.op("truncDivide", [a, b]))) },
    { range: [1.1, 1.9] },
  ),
  binary(
    "remainder",
    { b: ["a", "b"] },
    { a: (_, ct) => ct, b: (k, ct, { a, b }) => k.neg(k.mul(ct, k.op("floorDivide", [a, b]))) },
    { range: [1.1, 1.9] },
  ),
  binary(
    "hypot",
    ["a", "b", "out"],
    {
      a: (k, ct, { a, out }) => k.mul(ct, k.div(a, out)),
      b: (k, ct, { b, out }) => k.mul(ct, k.div(b, out)),
    },
    { promote: "float" },
  ),
  binary(
    "logaddexp",
    ["a", "b"],
    {
      a: (k, ct, { a, b }) => k.div(ct, k.add(k.exp(k.sub(b, a)), 1)),
      b: (k, ct, { a, b }) => k.div(ct, k.add(k.exp(k.sub(a, b)), 1)),
    },
    { promote: "float" },
  ),
  binary("floorDivide", [], FLAT, { range: [1.1, 1.9] }),
  binary("truncDivide", [], FLAT, { range: [1.1, 1.9] }),
  // torch.floor_divide, unlike torch.div with its rounding
  binary("floorDivide", [], UNDERIVED, { op: "floorDivideUnderived", gradcheck: false }),
  binary("bitwiseAnd", [], null),
  binary("bitwiseOr", [], null),
  binary("bitwiseXor", [], null),
  binary("shiftLeft", [], null),
  binary("shiftRight", [], null),
  compare("eq"),
  compare("ne"),
  compare("lt"),
  compare("le"),
  compare("gt"),
  compare("ge"),
  compare("and", "logicalAnd"),
  compare("or", "logicalOr"),
  compare("xor", "logicalXor"),
  whereOp(),
  slopedOp(),
];

/** a where cond, else b. cond: bool. What is not chosen gets exactly 0, also of a cotangent that is not finite. */
function whereOp(): Op {
  return defineOp<"cond" | "a" | "b">({
    name: "where",
    inputs: ["cond", "a", "b"],
    elementwise: true,
    promote: "same",
    promoteFrom: 1,
    dtype: ({ a }) => a,
    shape: ({ cond, a, b }) => broadcast("where", broadcast("where", cond, a), b),
    // The kernel reads truth values as f32; a vjp's mask (`Executor.is`) may be f64.
    forward: (k, { cond, a, b }) => k.where(cond.elem === 0 ? cond : k.cast(cond, "bool"), a, b),
    saves: ["cond"],
    vjp: (k, ct, { cond, a, b }) => ({
      cond: null,
      a: () => k.unbroadcast(k.where(cond, ct, 0), a.shape),
      b: () => k.unbroadcast(k.where(cond, 0, ct), b.shape),
    }),
    half: { round: "none" },
    gradcheck: [{ shapes: { cond: [3, 4], a: [3, 4], b: [4] }, integers: { cond: 2 } }],
  });
}

type Reduced = { readonly axes?: readonly number[] | null };

/**
 * y, whose gradient in x is ct · slope, in one product: a sum of products is NaN where ct is infinite and their signs differ.
 * y: of the shape to which x and slope broadcast, or what a reduction over `axes` (null: all) leaves of it; its own gradient is ct.
 */
function slopedOp(): Op {
  return defineOp<"x" | "y" | "slope", Reduced>({
    name: "sloped",
    inputs: ["x", "y", "slope"],
    promote: "same",
    shape: ({ y }) => y,
    forward: (k, { y }) => k.copy(y),
    saves: { x: ["slope"] },
    vjp: (k, ct, { x, slope }, { axes }) => ({
      x: () => {
        if (axes === undefined) return k.unbroadcast(k.mul(slope, ct), x.shape);
        const kept = reducedShape(x.shape, normAxes(axes, x.rank), true);
        return k.mul(slope, k.reshape(ct, kept));
      },
      y: () => ct,
      slope: null,
    }),
    half: ROUND,
    gradcheck: [],
  });
}
