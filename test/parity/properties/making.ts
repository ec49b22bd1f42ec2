/** Type promotion, factory functions, random draws. */
import { args, tuple, type Draw } from "./draw.ts";
import { DTYPES } from "./elementwise.ts";
import { each, property, type Property } from "./property.ts";

const ALL = [...DTYPES, "float16"] as const;
const NUMBERS = ["2", "0.5", "-1", "True", "3.0", "0"] as const;

const dtype = (d: Draw): string => d.some({ dtype: ALL.map((name) => `torch.${name}`) });

const made = (d: Draw): string => {
  const shape = d.chance(30) ? [] : d.shape(1, 2);
  return d.tensor(shape, { of: d.pick(ALL), low: 1, high: 4, grad: false });
};

const size = (d: Draw): string => (d.chance(50) ? tuple(d.shape(1, 3)) : d.shape(1, 3).join(", "));

export const MAKING: readonly Property[] = [
  ...each(
    "+ - * / // % ** == < & |",
    (sign) => (d) => `${made(d)} ${sign} ${d.chance(40) ? d.pick(NUMBERS) : made(d)}`,
  ).map((p) => ({ ...p, name: `promotion of ${p.name}` })),
  ...each(
    "result_type can_cast promote_types",
    (name) => (d) =>
      name === "result_type"
        ? `torch.result_type(${made(d)}, ${d.chance(50) ? d.pick(NUMBERS) : made(d)})`
        : `torch.${name}(torch.${d.pick(ALL)}, torch.${d.pick(ALL)})`,
  ),
  ...each(
    "add_ sub_ mul_ div_",
    (name) => (d) => `x = ${made(d)}\nx.${name}(${d.chance(50) ? d.pick(NUMBERS) : made(d)})`,
  ).map((p) => ({ ...p, name: `promotion of ${p.name}` })),
  ...each(
    "cat stack where",
    (name) => (d) =>
      name === "where"
        ? `torch.where(torch.tensor([True, False]), ${made(d)}, ${d.chance(40) ? d.pick(NUMBERS) : made(d)})`
        : `torch.${name}([${d.tensor([2], { of: d.pick(ALL), low: 0 })}, ${d.tensor([2], { of: d.pick(ALL), low: 0 })}])`,
  ).map((p) => ({ ...p, name: `promotion in ${p.name}` })),
  property("arange", (d) => {
    const numbers = () => d.pick(["3", "0", "2.5", "-2", "7", "0.5"]);
    return `torch.arange(${args(...Array.from({ length: d.int(1, 3) }, numbers), dtype(d))})`;
  }),
  ...each(
    "linspace logspace",
    (name) => (d) =>
      `torch.${name}(${args(d.pick(["0", "-1", "0.5"]), d.pick(["1", "3", "-2"]), String(d.int(0, 6)), dtype(d))})`,
  ),
  ...each("zeros ones", (name) => (d) => `torch.${name}(${args(size(d), dtype(d))})`),
  property("full", (d) => `torch.full(${args(tuple(d.shape(1, 2)), d.pick(NUMBERS), dtype(d))})`),
  property(
    "eye",
    (d) =>
      `torch.eye(${args(String(d.int(0, 3)), d.chance(40) ? String(d.int(0, 4)) : "", dtype(d))})`,
  ),
  ...each(
    "zeros_like ones_like full_like",
    (name) => (d) =>
      `torch.${name}(${args(made(d), name === "full_like" ? d.pick(NUMBERS) : "", dtype(d))})`,
  ),
  ...each(
    "new_zeros new_ones new_full new_tensor",
    (name) => (d) =>
      `${made(d)}.${name}(${args(name === "new_tensor" ? "[1, 2]" : tuple(d.shape(1, 2)), name === "new_full" ? d.pick(NUMBERS) : "", dtype(d))})`,
  ),
  ...each(
    "tensor as_tensor",
    (name) => (d) =>
      `torch.${name}(${args(d.pick(["[1, 2]", "[1.0, 2]", "[[True], [False]]", "3", "2.5", "[]", "[[], []]", "(1, 2.5)", "[True, 2]", "[[1, 2], [3, 4]]", "range(3)"]), dtype(d))})`,
  ),
  ...each(
    "tril_indices triu_indices",
    (name) => (d) =>
      `torch.${name}(${args(String(d.int(0, 3)), String(d.int(0, 4)), d.some({ offset: [1, -1] }))})`,
  ),
  ...each(
    "hann_window hamming_window blackman_window bartlett_window",
    (name) => (d) =>
      `torch.${name}(${args(String(d.int(0, 6)), d.some({ periodic: ["False"] }), d.some({ dtype: ["torch.float64"] }))})`,
  ),
  property(
    "Tensor.to and type",
    (d) =>
      `${d.tensor(d.shape(0, 2), { of: d.pick(ALL), low: 0, high: 5, grad: false })}.${d.pick(["to", "type"])}(torch.${d.pick(ALL)})`,
  ),
  property(
    "finfo and iinfo",
    (d) =>
      `i = ${d.pick(["torch.finfo(torch.float32)", "torch.finfo(torch.float16)", "torch.finfo(torch.bfloat16)", "torch.finfo(torch.float64)", "torch.iinfo(torch.int8)", "torch.iinfo(torch.int64)", "torch.iinfo(torch.uint8)"])}\n(i.min, i.max, i.bits)`,
  ),
];

const floating = (d: Draw): string =>
  d.some({ dtype: ["torch.float64", "torch.float32", "torch.float16", "torch.bfloat16"] }, 40);
const drawn = (d: Draw): string =>
  d.chance(30) ? d.pick(["16", "17", "5, 4", "2, 3, 7"]) : size(d);
const empty = (d: Draw, kinds: readonly string[]): string =>
  `torch.empty(${args(drawn(d), `dtype=torch.${d.pick(kinds)}`)})`;
const FLOATING = ["float32", "float64", "bfloat16", "float16"] as const;

export const DRAWS: readonly Property[] = [
  ...each("rand randn", (name) => (d) => `torch.${name}(${args(drawn(d), floating(d))})`),
  ...each(
    "rand_like randn_like",
    (name) => (d) =>
      `torch.${name}(${args(d.tensor(d.shape(0, 2), { of: d.pick(FLOATING), grad: false }), floating(d))})`,
  ),
  property(
    "randint",
    (d) =>
      `torch.randint(${args(d.chance(50) ? d.pick(["-3", "0", "2"]) : "", d.pick(["5", "2", "1000", "2 ** 40"]), tuple(d.shape(0, 2)), d.some({ dtype: ["torch.int64", "torch.float64"] }, 20))})`,
  ),
  property(
    "randint_like",
    (d) =>
      `torch.randint_like(${d.tensor(d.shape(0, 2), { of: d.pick(["int64", "float32"]), grad: false })}, 7)`,
  ),
  property(
    "randperm",
    (d) =>
      `torch.randperm(${args(d.pick(["5", "0", "1", "100"]), d.some({ dtype: ["torch.int32", "torch.float32"] }, 20))})`,
  ),
  property(
    "bernoulli",
    (d) =>
      `torch.bernoulli(${args(d.tensor(d.shape(0, 2), { of: d.pick(["float64", "float32"]), low: 0, high: 1, grad: false }), d.some({ p: [0.3] }, 20))})`,
  ),
  property("normal", (d) => {
    const shape = d.full(1, 2);
    const [m, s] = [
      d.tensor(shape, { of: "float32", grad: false }),
      d.tensor(d.chance(20) ? d.beside(shape) : shape, { of: "float32", low: 0.1, grad: false }),
    ];
    return `torch.normal(${d.pick([`${m}, ${s}`, `${m}, 0.5`, `1.0, ${s}`, `0.0, 1.0, ${tuple(shape)}`, `${m}`])})`;
  }),
  property("multinomial", (d) => {
    const weights = d.tensor(d.chance(50) ? [4] : [2, 4], {
      of: d.pick(["float32", "float64"]),
      low: 0.1,
      high: 1,
      grad: false,
    });
    return `torch.multinomial(${args(weights, String(d.int(1, 4)), d.some({ replacement: ["True"] }))})`;
  }),
  ...each(
    "uniform_ normal_ exponential_ geometric_ cauchy_ log_normal_ random_ bernoulli_",
    (name) => (d) => {
      const given: Readonly<Record<string, readonly string[]>> = {
        uniform_: ["", "-1, 2"],
        normal_: ["", "1, 0.5"],
        exponential_: ["", "2"],
        geometric_: ["0.3", "0.9"],
        cauchy_: ["", "1, 2"],
        log_normal_: ["", "0.5, 0.25"],
        random_: ["7", "2, 4"],
        bernoulli_: ["", "0.3", "torch.tensor(0.4)"],
      };
      const kinds =
        name === "random_"
          ? ["int64", "float32", "int32", "uint8", "int8"]
          : name === "bernoulli_"
            ? ["float32", "bool", "int64"]
            : FLOATING;
      return `${empty(d, kinds)}.${name}(${d.pick(given[name]!)})`;
    },
  ),
  property("several draws in turn", (d) => {
    const one = (): string =>
      d.pick([
        "torch.rand(3)",
        "torch.randn(2)",
        "torch.randn(16)",
        "torch.randn(1)",
        "torch.randint(0, 9, (3,))",
        "torch.randperm(4)",
        "torch.rand(2, dtype=torch.float64)",
        "torch.randn(3, dtype=torch.float64)",
        "F.dropout(torch.ones(4))",
        "torch.bernoulli(torch.full((3,), 0.5))",
        "nn.Linear(2, 3)",
        "torch.rand(())",
        "nn.Embedding(3, 2)",
        "torch.empty(3).exponential_()",
        "torch.multinomial(torch.ones(4), 2)",
      ]);
    return `[${Array.from({ length: d.int(2, 5) }, one).join(", ")}]`;
  }),
  property(
    "Generator",
    (d) =>
      `g = torch.Generator().manual_seed(${d.int(0, 5)})\n(${d.pick(["torch.rand(3, generator=g)", "torch.randn(17, generator=g)", "torch.randperm(5, generator=g)", "torch.randint(0, 9, (2,), generator=g)"])}, torch.rand(2, generator=g), g.initial_seed())`,
  ),
  ...each(
    "Linear(3,2) Conv2d(2,3,2) ConvTranspose1d(2,3,2) LSTM(2,3) GRU(2,3,bidirectional=True) MultiheadAttention(4,2) Embedding(4,3,padding_idx=1) EmbeddingBag(4,3) Bilinear(2,3,2) RNNCell(2,3) TransformerEncoderLayer(4,2,3) PReLU() BatchNorm1d(3)",
    (made) => () => `nn.${made}`,
  ),
];
