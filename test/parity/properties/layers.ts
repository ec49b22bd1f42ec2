/** Normalisations, activations, dropout, embeddings. */
import { args, tuple, type Draw } from "./draw.ts";
import { operand } from "./elementwise.ts";
import { each, property, type Property } from "./property.ts";

/** A module in training, called twice, then once in evaluation: outputs, gradients, buffers. */
const trained = (made: string, ...inputs: readonly string[]): string =>
  `net = ${made}.double()\na = net(${inputs[0]!})\nb = net(${inputs.at(-1)!})\nnet.eval()\n(a, b, net(${inputs[0]!}), dict(net.named_buffers()))`;

const imageOf = (d: Draw, channels: number, axes: number): string =>
  d.tensor(
    [d.int(1, 3), channels, ...Array.from({ length: axes }, () => d.int(1, 4))],
    d.chance(5) ? { odd: true } : {},
  );

const batchNorm = (axes: 1 | 2 | 3) => (d: Draw) => {
  const c = d.int(1, 4);
  const options = d.some({
    eps: ["0.1"],
    momentum: ["None", "0.5", "0.0"],
    affine: ["False"],
    track_running_stats: ["False"],
  });
  const shape = (): string =>
    imageOf(d, c + (d.chance(2) ? 1 : 0), axes === 1 && d.chance(50) ? 0 : axes);
  return trained(`nn.BatchNorm${axes}d(${args(String(c), options)})`, shape(), shape());
};

export const NORMALIZATION: readonly Property[] = [
  property("nn.BatchNorm1d", batchNorm(1)),
  property("nn.BatchNorm2d", batchNorm(2)),
  property("nn.BatchNorm3d", batchNorm(3)),
  ...each("1 2 3", (axes) => (d) => {
    const c = d.int(1, 3);
    const options = d.some({
      eps: ["0.1"],
      momentum: ["0.5"],
      affine: ["True"],
      track_running_stats: ["True"],
    });
    return trained(
      `nn.InstanceNorm${axes}d(${args(String(c), options)})`,
      imageOf(d, c, Number(axes)),
    );
  }).map((p) => ({ ...p, name: `nn.InstanceNorm${p.name}d` })),
  property(
    "F.batch_norm",
    (d) => {
      const c = d.int(1, 3);
      const stats = d.chance(70);
      const training = !stats || d.chance(50);
      const of = { low: 0.5, high: 2, grad: false, lay: "" };
      const [mean, variance] = [d.tensor([c], of), d.tensor([c], of)];
      const affine = args(
        d.chance(60) ? `weight=${d.tensor([c])}` : "",
        d.chance(60) ? `bias=${d.tensor([c])}` : "",
      );
      return `m, v = ${stats ? `${mean}, ${variance}` : "None, None"}\n(F.batch_norm(${args(imageOf(d, c, 2), "m", "v", affine, `training=${training ? "True" : "False"}`, d.some({ momentum: ["0.3"], eps: ["0.1"] }))}), m, v)`;
    },
    { twice: true },
  ),
  property(
    "F.layer_norm",
    (d) => {
      const shape = d.full(1, 3);
      const own = shape.slice(d.int(0, shape.length - 1));
      const affine = args(
        d.chance(60) ? `weight=${d.tensor(own)}` : "",
        d.chance(60) ? `bias=${d.tensor(own)}` : "",
      );
      return `F.layer_norm(${args(d.tensor(shape), tuple(d.chance(3) ? [7] : own), affine, d.some({ eps: ["0.1"] }))})`;
    },
    { twice: true },
  ),
  property(
    "nn.LayerNorm",
    (d) =>
      `net = nn.LayerNorm(${args(d.pick(["4", "(3, 4)"]), d.some({ elementwise_affine: ["False"], eps: ["0.1"] }))}).double()\nnet(${d.tensor([d.int(0, 2), 3, 4])})`,
  ),
  property(
    "F.group_norm",
    (d) => {
      const groups = d.int(1, 3);
      const c = groups * d.int(1, 2) + (d.chance(3) ? 1 : 0);
      const affine = d.chance(60) ? `weight=${d.tensor([c])}, bias=${d.tensor([c])}` : "";
      return `F.group_norm(${args(d.tensor([d.int(1, 2), c, ...d.full(0, 2)]), String(groups), affine, d.some({ eps: ["0.1"] }))})`;
    },
    { twice: true },
  ),
  property(
    "F.local_response_norm",
    (d) =>
      `F.local_response_norm(${args(d.tensor([2, d.int(1, 4), ...d.full(1, 2)]), String(d.int(1, 4)), d.some({ alpha: ["0.1"], beta: ["0.5"], k: ["2"] }))})`,
  ),
  property("weight_norm", (d) => {
    const [made, shape] = d.pick([
      ["nn.Linear(3, 4)", [2, 3]],
      ["nn.Conv2d(3, 4, 2)", [1, 3, 3, 3]],
      ["nn.ConvTranspose1d(3, 4, 2)", [1, 3, 3]],
    ] as const);
    const axis = d.pick(["", "dim=None", "dim=1", "dim=0"]);
    return `net = nn.utils.weight_norm(${args(made, axis)})\n(net(${d.tensor(shape, { of: "float32" })}), sorted(dict(net.named_parameters())))`;
  }),
  property(
    "spectral_norm",
    (d) =>
      `net = nn.utils.spectral_norm(${args(d.pick(["nn.Linear(3, 4)", "nn.Conv2d(3, 4, 2)", "nn.ConvTranspose2d(3, 4, 2)"]), d.some({ n_power_iterations: [3], eps: ["0.1"] }))}).double()\nx = torch.ones(1, 3, 3, 3, dtype=torch.float64)\n(net(x), net(x), net.weight_u)${d.pick(["", "[1:]"])}`,
  ),
  property(
    "parametrizations",
    (d) =>
      `net = nn.utils.parametrizations.${d.pick(["spectral_norm", "orthogonal"])}(nn.Linear(3, ${d.int(2, 4)}))\n(net.weight * 1, sorted(net.state_dict()))`,
  ),
];

const OPTIONS: Readonly<Record<string, Readonly<Record<string, readonly (string | number)[]>>>> = {
  elu: { alpha: [0.5, 2], inplace: ["False"] },
  celu: { alpha: [0.5, 2] },
  selu: {},
  gelu: { approximate: ["'tanh'", "'none'"] },
  silu: {},
  mish: {},
  softplus: { beta: [2, 0.5], threshold: [1, 3] },
  softsign: {},
  tanhshrink: {},
  hardswish: {},
  hardsigmoid: {},
  hardtanh: { min_val: [-0.5, -2], max_val: [0.5, 2] },
  relu6: {},
  leaky_relu: { negative_slope: [0.3, -0.2, 0] },
  logsigmoid: {},
  softshrink: { lambd: [0.3, 0, -1] },
  hardshrink: { lambd: [0.3, 0] },
  rrelu: { lower: [0.1], upper: [0.3], training: ["True"] },
};

const DROPOUTS = "dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout";

export const ACTIVATIONS: readonly Property[] = [
  ...each(
    Object.keys(OPTIONS).join(" "),
    (name) => (d) =>
      `F.${name}(${args(operand(d, -2, 2, d.shape(0, 3), 0), d.some(OPTIONS[name]!))})`,
    { twice: true },
  ),
  ...each(
    "relu_ elu_ leaky_relu_ selu_ hardtanh_ threshold_",
    (name) => (d) =>
      `x = ${d.tensor(d.shape(0, 3))} * 1\n(F.${name}(x${name === "threshold_" ? ", 0.1, 2" : ""}), x)`,
  ),
  property(
    "threshold",
    (d) => `F.threshold(${operand(d)}, ${d.pick([0.1, 0, -1])}, ${d.pick([0, -7, 0.5])})`,
  ),
  property("glu", (d) => `F.glu(${d.tensor([d.pick([2, 4, 3]), d.pick([2, 4])])}, ${d.dim(2)})`),
  property("prelu", (d) => {
    const shape = d.full(1, 3);
    return `F.prelu(${d.tensor(shape)}, ${d.tensor([d.chance(50) ? 1 : (shape[1] ?? 1)])})`;
  }),
  ...each(
    "softmin gumbel_softmax",
    (name) => (d) =>
      `F.${name}(${args(d.tensor(d.full(1, 2)), d.some({ dim: [-1, 0] }, 60), name === "gumbel_softmax" ? d.some({ tau: [0.5], hard: ["True"] }) : "")})`,
  ),
  ...each(
    "ReLU ReLU6 ELU SELU CELU GELU SiLU Mish Softplus Softsign Tanh Sigmoid LogSigmoid Hardswish Hardsigmoid Hardtanh Softshrink Hardshrink Tanhshrink LeakyReLU PReLU RReLU Softmax LogSoftmax Softmin GLU Identity Flatten",
    (name) => (d) =>
      `net = nn.${name}()\nnet(${d.tensor([2, 4, ...d.full(0, 2)], { of: "float32" })})`,
  ),
  property("Threshold and PReLU", (d) =>
    d.chance(50)
      ? `nn.Threshold(0.1, 20)(${d.tensor([3])})`
      : `net = nn.PReLU(num_parameters=3, init=0.1).double()\nnet(${d.tensor([2, 3, 2])})`,
  ),
  ...each(DROPOUTS, (name) => (d) => {
    const of = d.pick(["float64", "float32"]);
    return `F.${name}(${args(d.tensor([2, 3, ...d.full(1, name.endsWith("3d") ? 3 : 2)], { of }), d.some({ p: [0.5, 0.2, 0, 1, 1.2], training: ["False", "True"] }))})`;
  }),
  ...each(
    "Dropout Dropout2d AlphaDropout FeatureAlphaDropout",
    (name) => (d) =>
      `net = nn.${name}(${d.pick([0.3, 0, 1])})\nnet.${d.pick(["train", "eval"])}()\nnet(${d.tensor([2, 3, 4, 4], { of: "float32" })})`,
  ),
];

export const EMBEDDING: readonly Property[] = [
  property(
    "F.embedding",
    (d) => {
      const n = d.int(3, 5);
      const options = d.some({ padding_idx: [1, -1, 0, 7], scale_grad_by_freq: ["True"] });
      return `F.embedding(${args(d.index(d.shape(0, 2), n + (d.chance(3) ? 1 : 0), { of: d.pick(["int64", "int32"]) }), d.tensor([n, d.size()]), options)})`;
    },
    { twice: true },
  ),
  property("nn.Embedding", (d) => {
    const options = d.some({
      padding_idx: [1, -1],
      max_norm: ["1.0"],
      norm_type: ["1.0"],
      scale_grad_by_freq: ["True"],
      sparse: ["True"],
    });
    return `net = nn.Embedding(${args("4", "3", options)})\n(net(${d.index(d.full(1, 2), 4)}), net.weight.detach())`;
  }),
  ...each("sum mean max", (mode) => (d) => {
    const bags = d.int(1, 3);
    const long = d.int(1, 4);
    const two = d.chance(60);
    const at = two ? d.index([bags, long], 4) : d.index([5], 4);
    const offsets = two ? "" : `offsets=torch.tensor([0, ${d.int(0, 3)}, 5])`;
    const weights =
      mode === "sum" && d.chance(50)
        ? `per_sample_weights=${d.tensor(two ? [bags, long] : [5])}`
        : "";
    const more = d.some(
      {
        padding_idx: [1],
        include_last_offset: two ? ["False"] : ["True"],
        scale_grad_by_freq: ["False"],
      },
      30,
    );
    return `F.embedding_bag(${args(at, d.tensor([4, 2]), offsets, `mode='${mode}'`, weights, more)})`;
  }).map((p) => ({ ...p, name: `F.embedding_bag, ${p.name}` })),
  property(
    "nn.EmbeddingBag",
    (d) =>
      `net = nn.EmbeddingBag(${args("4", "3", d.some({ mode: ["'sum'", "'max'"], padding_idx: [1], max_norm: ["1.0"] }))})\nnet(${d.index([2, 3], 4)})`,
  ),
];
