/** All losses, as functions and as modules. */
import { args, type Draw } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

const REDUCTION = { reduction: ["'sum'", "'none'", "'mean'"] };

/** Two tensors of a shape; at times they broadcast, or one is float32. */
const pair = (d: Draw, low = -2, high = 2): string => {
  const shape = d.shape(0, 3);
  const of = d.chance(8) ? { of: "float32" } : {};
  return `${d.tensor(shape, { low, high, ...of })}, ${d.tensor(d.chance(10) ? d.beside(shape) : shape, { low, high })}`;
};

const signs = (d: Draw, shape: readonly number[]): string =>
  `torch.sign(${d.tensor(shape, { grad: false, lay: "" })})`;

/** Logits [n, c, …] and class positions. */
function classes(d: Draw) {
  const [n, c] = [d.int(1, 4), d.int(1, 4)];
  const rest = d.full(0, 2).slice(0, d.chance(60) ? 0 : 2);
  const lone = d.chance(8);
  const shape = lone ? [c] : [n, c, ...rest];
  const target = d.index(lone ? [] : [n, ...rest], c + (d.chance(2) ? 1 : 0));
  const weight = d.chance(40) ? `weight=${d.tensor([c], { low: 0.2, high: 2, grad: false })}` : "";
  return { shape, target, weight };
}

const MODULES =
  "L1Loss MSELoss SmoothL1Loss HuberLoss BCEWithLogitsLoss SoftMarginLoss KLDivLoss PoissonNLLLoss";

export const LOSSES: readonly Property[] = [
  ...each("mse_loss l1_loss", (name) => (d) => `F.${name}(${args(pair(d), d.some(REDUCTION))})`, {
    twice: true,
  }),
  property(
    "smooth_l1_loss",
    (d) => `F.smooth_l1_loss(${args(pair(d), d.some({ ...REDUCTION, beta: [0.5, 2, 0] }))})`,
  ),
  property(
    "huber_loss",
    (d) => `F.huber_loss(${args(pair(d), d.some({ ...REDUCTION, delta: [0.5, 2] }))})`,
  ),
  property(
    "cross_entropy",
    (d) => {
      const { shape, target, weight } = classes(d);
      return `F.cross_entropy(${args(d.tensor(shape, d.chance(10) ? { of: "float32" } : {}), target, weight, d.some({ ...REDUCTION, ignore_index: [0, 1, -1], label_smoothing: [0.1, 1.0] }))})`;
    },
    { twice: true },
  ),
  property(
    "cross_entropy of probabilities",
    (d) => {
      const { shape, weight } = classes(d);
      return `F.cross_entropy(${args(d.tensor(shape), d.tensor(shape, { low: 0, high: 1 }), weight, d.some({ ...REDUCTION, label_smoothing: [0.1] }))})`;
    },
    { twice: true },
  ),
  property("nll_loss", (d) => {
    const { shape, target, weight } = classes(d);
    return `F.nll_loss(${args(d.tensor(shape), target, weight, d.some({ ...REDUCTION, ignore_index: [0, -1] }))})`;
  }),
  property("binary_cross_entropy", (d) => {
    const shape = d.shape(0, 2);
    const weight = d.chance(40) ? `weight=${d.tensor(d.beside(shape), { low: 0.2 })}` : "";
    return `F.binary_cross_entropy(${args(d.tensor(shape, { low: 0, high: 1 }), d.tensor(shape, { low: 0, high: 1 }), weight, d.some(REDUCTION))})`;
  }),
  property(
    "binary_cross_entropy_with_logits",
    (d) => {
      const shape = d.shape(0, 2);
      const weight = d.chance(40)
        ? `weight=${d.tensor(d.beside(shape), { low: 0.2, grad: false })}`
        : "";
      const positive = d.chance(40)
        ? `pos_weight=${d.tensor(shape.slice(-1), { low: 0.2, grad: false })}`
        : "";
      return `F.binary_cross_entropy_with_logits(${args(d.tensor(shape), d.tensor(shape, { low: 0, high: 1 }), weight, positive, d.some(REDUCTION))})`;
    },
    { twice: true },
  ),
  property(
    "kl_div",
    (d) =>
      `F.kl_div(${args(pair(d, 0, 2), d.some({ reduction: ["'batchmean'", "'sum'", "'none'", "'mean'"], log_target: ["True"] }, 60))})`,
  ),
  property(
    "poisson_nll_loss",
    (d) =>
      `F.poisson_nll_loss(${args(pair(d, 0.1, 3), d.some({ ...REDUCTION, log_input: ["False"], full: ["True"], eps: [0.1] }))})`,
  ),
  property("gaussian_nll_loss", (d) => {
    const shape = d.full(1, 3);
    const variance = d.chance(30)
      ? [...shape.slice(0, -1), 1]
      : d.chance(20)
        ? shape.slice(0, -1)
        : shape;
    return `F.gaussian_nll_loss(${args(d.tensor(shape), d.tensor(shape), d.tensor(variance, { low: 0.2 }), d.some({ ...REDUCTION, full: ["True"], eps: [0.5] }))})`;
  }),
  ...each("hinge_embedding_loss soft_margin_loss", (name) => (d) => {
    const shape = d.shape(0, 2);
    return `F.${name}(${args(d.tensor(shape), signs(d, shape), d.some({ ...REDUCTION, ...(name.startsWith("hinge") ? { margin: [0.5] } : {}) }))})`;
  }),
  property("margin_ranking_loss", (d) => {
    const n = d.size();
    return `F.margin_ranking_loss(${args(d.tensor([n]), d.tensor([n]), signs(d, [n]), d.some({ ...REDUCTION, margin: [0.5] }))})`;
  }),
  property("cosine_embedding_loss", (d) => {
    const [n, k] = d.full(2, 2) as [number, number];
    return `F.cosine_embedding_loss(${args(d.tensor([n, k]), d.tensor([n, k]), signs(d, [n]), d.some({ ...REDUCTION, margin: [0.2] }))})`;
  }),
  property("triplet_margin_loss", (d) => {
    const shape = d.full(1, 2);
    return `F.triplet_margin_loss(${args(...[0, 1, 2].map(() => d.tensor(shape)), d.some({ ...REDUCTION, margin: [0.2], p: [1, 3], swap: ["True"], eps: [0.1] }))})`;
  }),
  property("multi_margin_loss", (d) => {
    const [n, c] = d.full(2, 2) as [number, number];
    const weight = d.chance(40)
      ? `weight=${d.tensor([c], { low: 0.2, grad: false, lay: "" })}`
      : "";
    return `F.multi_margin_loss(${args(d.tensor([n, c]), d.index([n], c), weight, d.some({ ...REDUCTION, p: [2], margin: [0.5] }))})`;
  }),
  property("multilabel_margin_loss", (d) => {
    const labels = d.pick(["[[0, 2, -1, 1]]", "[[-1, 0, 1, 2]]", "[[3, 2, 1, 0]]"]);
    return `F.multilabel_margin_loss(${args(d.tensor([1, 4]), `torch.tensor(${labels})`, d.some(REDUCTION))})`;
  }),
  property("multilabel_soft_margin_loss", (d) => {
    const shape = d.full(1, 2);
    const weight = d.chance(40)
      ? `weight=${d.tensor(shape.slice(-1), { low: 0.2, grad: false })}`
      : "";
    return `F.multilabel_soft_margin_loss(${args(d.tensor(shape), d.tensor(shape, { low: 0, high: 1 }), weight, d.some(REDUCTION))})`;
  }),
  property("ctc_loss", (d) => {
    const [time, n, c] = [d.int(4, 6), d.int(1, 2), d.int(3, 4)];
    const lengths = `torch.tensor([${Array.from({ length: n }, () => d.int(3, time)).join(", ")}])`;
    const targets = `torch.tensor([${Array.from({ length: n }, () => `[${d.int(1, c - 1)}, ${d.int(1, c - 1)}]`).join(", ")}])`;
    const sizes = `torch.tensor([${Array.from({ length: n }, () => d.int(0, 2)).join(", ")}])`;
    return `F.ctc_loss(${args(`F.log_softmax(${d.tensor([time, n, c])}, 2)`, targets, lengths, sizes, d.some({ ...REDUCTION, zero_infinity: ["True"] }))})`;
  }),
  ...each(MODULES, (name) => (d) => `nn.${name}(${d.some(REDUCTION)})(${pair(d, 0, 1)})`),
  ...each("CrossEntropyLoss NLLLoss", (name) => (d) => {
    const { shape, target } = classes(d);
    return `nn.${name}(${d.some({ ...REDUCTION, ignore_index: [0], ...(name === "NLLLoss" ? {} : { label_smoothing: [0.1] }) })})(${d.tensor(shape)}, ${target})`;
  }),
  property("modules of pairs", (d) => {
    const made = d.pick([
      "nn.PairwiseDistance()",
      "nn.CosineSimilarity()",
      "nn.TripletMarginWithDistanceLoss()",
    ]);
    const many = made.includes("Triplet") ? [0, 1, 2] : [0, 1];
    return `${made}(${many.map(() => d.tensor([3, 2])).join(", ")})`;
  }),
];
