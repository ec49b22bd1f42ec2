/** Functions of single elements, with broadcasting, type promotion and PyTorch's options. */
import { args, type Draw } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

const FLOATS = ["float64", "float32"] as const;
const WHOLE = ["int64", "int32", "uint8", "int8", "int16", "bool"] as const;
export const DTYPES = [...FLOATS, "bfloat16", ...WHOLE] as const;

/** An operand of a function: mostly float64, at times another dtype, ties or odd values. */
export function operand(d: Draw, low = -2, high = 2, shape = d.shape(0, 3), odd = 8): string {
  const of = d.chance(30) ? d.pick(DTYPES) : undefined;
  const whole = of !== undefined && (WHOLE as readonly string[]).includes(of);
  const floor = whole && of === "uint8" ? 0 : low;
  return d.tensor(shape, {
    ...(of === undefined ? {} : { of }),
    ...(floor === -2 ? {} : { low: floor }),
    ...(high === 2 ? {} : { high }),
    ...(d.chance(10) ? { ties: true } : {}),
    ...(!whole && d.chance(odd) ? { odd: true } : {}),
  });
}

const unary = (low?: number, high?: number) => (name: string) => (d: Draw) =>
  `torch.${name}(${operand(d, low, high)})`;
const withoutTies = (low: number, high: number) => (name: string) => (d: Draw) =>
  `torch.${name}(${d.tensor(d.shape(0, 3), { low, high, ...(d.chance(20) ? { of: "float32" } : {}) })})`;

const ANYWHERE =
  "abs atan asinh cos cosh erf erfc exp expm1 neg sigmoid sin sinh square tan tanh sign " +
  "ceil floor round trunc frac relu positive deg2rad rad2deg nan_to_num isnan isinf isfinite " +
  "isposinf isneginf signbit logical_not sgn";
const POSITIVE = "log log2 log10 log1p sqrt rsqrt reciprocal";
const WITHIN = "acos asin atanh erfinv";

/** A tensor or a Python number. */
function other(d: Draw, shape: readonly number[], low?: number, high?: number): string {
  if (d.chance(20)) return d.pick(["2", "0.5", "-1", "3", "True", "0"]);
  return operand(d, low, high, d.beside(shape));
}

const binary = (low?: number, high?: number) => (name: string) => (d: Draw) => {
  const shape = d.shape(0, 3);
  return `torch.${name}(${operand(d, low, high, shape)}, ${other(d, shape, low, high)})`;
};

/** Functions without a gradient. */
const flat = (name: string) => (d: Draw) => {
  const shape = d.shape(0, 3);
  const low = { low: -3, high: 3, grad: false };
  return `torch.${name}(${d.tensor(shape, low)}, ${d.tensor(d.beside(shape), low)})`;
};

const operator = (sign: string) => (d: Draw) => {
  const shape = d.shape(0, 3);
  const sides = [operand(d, 0.3, 3, shape), other(d, shape, 0.3, 3)];
  return (d.chance(50) ? sides.reverse() : sides).join(` ${sign} `);
};

/** In place on something that is not a leaf; then the result and what it was a view of. */
const inPlace = (name: string) => (d: Draw) => {
  const shape = d.shape(0, 3);
  const of = d.chance(15) ? d.pick(DTYPES) : "float64";
  const floats = of.startsWith("f") || of.startsWith("b");
  const x = d.tensor(shape, { of, low: 1, high: 3 });
  const copy = floats && of !== "bool" ? `${x} * 1` : `${x}.clone()`;
  return `x = ${copy}\n(x.${name}_(${other(d, shape, 0.3, 3)}), x)`;
};

export const ELEMENTWISE: readonly Property[] = [
  ...each(ANYWHERE, unary(), { twice: true }),
  ...each(POSITIVE, unary(0.2, 3), { twice: true }),
  ...each("sinc", withoutTies(0.2, 3), { twice: true }),
  ...each("exp2", withoutTies(-2, 2), { twice: true }),
  ...each("lgamma", withoutTies(0.2, 3)),
  // PyTorch's trigamma is a short series, good to nine digits
  ...each(
    "digamma",
    (name) => (d) =>
      `torch.${name}(${d.tensor(d.shape(0, 3), { low: 0.2, high: 3, grad: false })})`,
  ),
  ...each(WITHIN, unary(-0.9, 0.9), { twice: true }),
  ...each("bitwise_not", (name) => (d) => `torch.${name}(${operand(d, -4, 5)})`),
  property("acosh", (d) => `torch.acosh(${operand(d, 1.1, 3)})`, { twice: true }),
  property("logit", (d) => {
    const x = d.tensor(d.shape(0, 3), {
      low: 0.05,
      high: 0.95,
      ...(d.chance(20) ? { of: "float32" } : {}),
    });
    return `torch.logit(${args(x, d.some({ eps: [0.2] }))})`;
  }),
  property("round, with decimals", (d) => `torch.round(${operand(d)}, decimals=${d.int(-1, 3)})`),
  property("clamp", (d) => {
    const shape = d.shape(0, 3);
    const bound = (): string =>
      d.chance(30) ? operand(d, -1, 1, d.beside(shape), 0) : d.pick(["0", "-1", "0.5", "1"]);
    const given = args(d.chance(60) ? `min=${bound()}` : "", d.chance(60) ? `max=${bound()}` : "");
    return `torch.${d.pick(["clamp", "clip"])}(${args(operand(d, -2, 2, shape, 0), given)})`;
  }),
  property("nan_to_num, with options", (d) => {
    const options = d.some({ nan: ["0.5"], posinf: ["3.0"], neginf: ["-7.0"] });
    return `torch.nan_to_num(${args(d.tensor(d.shape(0, 2), { odd: true }), options)})`;
  }),
  ...each("add sub mul div maximum minimum fmax fmin atan2 logaddexp logaddexp2", binary(), {
    twice: true,
  }),
  ...each("remainder fmod true_divide pow xlogy float_power hypot", binary(0.3, 3)),
  ...each("floor_divide heaviside copysign", flat),
  ...each("eq ne lt le gt ge logical_and logical_or logical_xor isclose", binary()),
  ...each("bitwise_and bitwise_or bitwise_xor", binary(-4, 5)),
  ...each("+ - * / ** > == != <=", operator),
  ...each("add sub mul div pow remainder fmod", inPlace),
  property("add and sub, with alpha", (d) => {
    const shape = d.shape(0, 2);
    const alpha = d.pick(["2", "0.5", "-1"]);
    return `torch.${d.pick(["add", "sub"])}(${operand(d, -2, 2, shape)}, ${other(d, shape)}, alpha=${alpha})`;
  }),
  property("div, with rounding_mode", (d) => {
    const shape = d.shape(0, 2);
    const mode = d.pick(["None", "'floor'", "'trunc'", "'down'"]);
    return `torch.div(${operand(d, -3, 3, shape, 0)}, ${d.chance(30) ? "0.7" : operand(d, 0.3, 3, d.beside(shape), 0)}, rounding_mode=${mode})`;
  }),
  ...each("lerp", () => (d) => {
    const shape = d.shape(0, 2);
    return `torch.lerp(${operand(d, -2, 2, shape)}, ${operand(d, -2, 2, d.beside(shape))}, ${other(d, shape, 0, 1)})`;
  }),
  ...each("addcmul addcdiv", (name) => (d) => {
    const shape = d.shape(0, 2);
    const three = [0, 1, 2].map(() => d.tensor(d.beside(shape), { low: 0.3, high: 3 }));
    return `torch.${name}(${args(...three, d.some({ value: [0.5, 2] }))})`;
  }),
  property("where", (d) => {
    const shape = d.shape(0, 3);
    const mask = d.tensor(d.beside(shape), { of: "bool" });
    return `torch.where(${mask}, ${operand(d, -2, 2, shape)}, ${other(d, shape)})`;
  }),
];
