/** Sums, moments, norms, order statistics and scans, over all kinds of axes. */
import { args, type Draw } from "./draw.ts";
import { operand } from "./elementwise.ts";
import { each, property, type Property } from "./property.ts";

const KEEP = { keepdim: ["True", "False"] };

/** name(x), or over one axis or several. */
const overAxes = (name: string) => (d: Draw) => {
  const shape = d.shape(0, 3);
  const axes = d.chance(70) ? d.dims(shape.length) : "";
  const keep = axes === "" ? "" : d.some(KEEP);
  return `torch.${name}(${args(operand(d, -2, 2, shape), axes && `dim=${axes}`, keep)})`;
};

const overAxis = (name: string, odd: boolean) => (d: Draw) => {
  const shape = d.shape(0, 3);
  const axis = d.chance(70) ? String(d.dim(shape.length)) : "";
  return `torch.${name}(${args(odd ? operand(d, -2, 2, shape) : d.tensor(shape, { ties: d.chance(30) }), axis, axis && d.some(KEEP))})`;
};

const scan = (name: string) => (d: Draw) => {
  const shape = d.shape(0, 3);
  const whole = name !== "logcumsumexp" && d.chance(20);
  return `torch.${name}(${d.tensor(shape, whole ? { of: d.pick(["int64", "int32", "bool", "float32"]) } : {})}, ${d.dim(shape.length)})`;
};

/** A tensor without ties whose order PyTorch defines. */
const distinct = (d: Draw, shape: readonly number[]): string =>
  d.tensor(shape, {
    ...(d.chance(20) ? { of: d.pick(["float32", "int64"]) } : {}),
    lay: d.pick(["", "T", "step", "part"].slice(0, shape.length < 2 ? 1 : 4)), // PyTorch 1.13's median reads beyond expanded tensors
  });

export const REDUCTIONS: readonly Property[] = [
  ...each("sum mean amax amin nansum nanmean", overAxes, { twice: true }),
  ...each("prod all any argmax argmin", (name) => (d) => overAxis(name, name !== "prod")(d)),
  ...each("max min median mode nanmedian", (name) => (d) => {
    const shape = d.full(0, 3);
    const axis = d.chance(70) && name !== "mode" ? String(d.dim(shape.length)) : "";
    return `torch.${name}(${args(distinct(d, shape), axis, axis && d.some(KEEP))})`;
  }),
  ...each(
    "max min amax amin",
    (name) => (d) => `torch.${name}(${d.tensor(d.full(1, 2), { ties: true })})`,
  ),
  ...each("var std var_mean std_mean", (name) => (d) => {
    const shape = d.full(1, 3).map((n) => n + 1); // of one element PyTorch's gradient is infinite
    if (d.chance(20))
      return `torch.${name}(${args(d.tensor(shape), d.some({ unbiased: ["False"] }))})`;
    const axes = String(d.dim(shape.length));
    const correction = d.chance(50)
      ? d.some({ unbiased: ["False", "True"] })
      : d.some({ correction: [0, 1, 2] });
    return `torch.${name}(${args(operand(d, -2, 2, shape), `dim=${axes}`, correction, d.some(KEEP))})`;
  }),
  property(
    "logsumexp",
    (d) => {
      const shape = d.shape(1, 3);
      return `torch.logsumexp(${args(operand(d, -2, 2, shape), d.dims(shape.length), d.some(KEEP))})`;
    },
    { twice: true },
  ),
  ...each("torch.norm torch.linalg.norm torch.linalg.vector_norm", (name) => (d) => {
    const shape = d.shape(0, 3);
    const p = d.pick(["2", "1", "3", "0.5", "float('inf')", "-float('inf')"]);
    const axes =
      d.chance(60) || (name === "torch.linalg.norm" && shape.length !== 1)
        ? `dim=${d.dim(shape.length)}`
        : "";
    return `${name}(${args(operand(d, -2, 2, shape, 0), d.chance(70) ? p : "", axes, axes && d.some(KEEP))})`;
  }),
  property("torch.linalg.matrix_norm", (d) => {
    const p = d.pick(["", "'fro'", "1", "float('inf')", "-1", "'nuc'", "2"]);
    return `torch.linalg.matrix_norm(${args(d.tensor(d.full(2, 3)), p, d.some(KEEP))})`;
  }),
  ...each("cumsum cumprod logcumsumexp", scan, { twice: true }),
  ...each("cummax cummin", (name) => (d) => {
    const shape = d.full(0, 3);
    return `torch.${name}(${d.tensor(shape, { ties: d.chance(20) })}, ${d.dim(shape.length)})`;
  }),
  ...each("cumsum sum mean prod", (name) => (d) => {
    const dtype = d.pick(["float64", "float32", "int64", "bfloat16"]);
    return `torch.${name}(${operand(d, -2, 2, [3, 2])}, dim=0, dtype=torch.${dtype})`;
  }),
  ...each("sort argsort", (name) => (d) => {
    const shape = d.shape(0, 3);
    const ties = d.chance(20);
    const options = args(
      d.some({ descending: ["True"] }),
      ties ? "stable=True" : "",
      d.some({ dim: [d.dim(shape.length)] }),
    );
    return `torch.${name}(${args(d.tensor(shape, { ties }), options)})`;
  }),
  property("topk", (d) => {
    const shape = d.full(1, 3);
    const axis = d.int(0, shape.length - 1);
    const k = d.int(0, shape[axis]! + (d.chance(5) ? 1 : 0));
    return `torch.topk(${args(distinct(d, shape), String(k), `dim=${axis}`, d.some({ largest: ["False"] }))})`;
  }),
  property("kthvalue", (d) => {
    const shape = d.full(1, 3);
    const axis = d.int(0, shape.length - 1);
    const k = d.int(d.chance(5) ? 0 : 1, shape[axis]!);
    return `torch.kthvalue(${args(distinct(d, shape), String(k), `dim=${axis}`, d.some(KEEP))})`;
  }),
  ...each("quantile", (name) => (d) => {
    const shape = d.full(1, 3);
    const q = d.pick(["0.3", "0.5", "1.0", "torch.tensor([0.1, 0.9], dtype=torch.float64)", "1.5"]);
    const axis = d.chance(60) ? `dim=${d.dim(shape.length)}` : "";
    const how = d.some({ interpolation: ["'lower'", "'higher'", "'nearest'", "'midpoint'"] }, 30);
    return `torch.${name}(${args(d.tensor(shape), q, axis, axis && d.some(KEEP), how)})`;
  }),
  property(
    "count_nonzero",
    (d) => `torch.count_nonzero(${d.tensor(d.shape(0, 3), { ties: true })})`,
  ),
  property("diff", (d) => {
    const shape = d.shape(1, 3);
    return `torch.diff(${args(operand(d, -2, 2, shape), d.some({ n: [2, 1], dim: [d.dim(shape.length)] }))})`;
  }),
  ...each("unique unique_consecutive", (name) => (d) => {
    const options = d.some({ return_inverse: ["True"], return_counts: ["True"] });
    return `torch.${name}(${args(d.tensor(d.shape(0, 2), { of: d.pick(["int64", "float64"]), ties: true, grad: false }), options)})`;
  }),
  property("bincount", (d) => {
    const n = d.size();
    const weights = n > 0 && d.chance(30) ? `weights=${d.tensor([n], { grad: false })}` : "";
    return `torch.bincount(${args(d.index([n], 4), weights, d.some({ minlength: [6] }))})`;
  }),
  property(
    "histc",
    (d) =>
      `torch.histc(${args(d.tensor(d.full(1, 2), { grad: false }), d.some({ bins: [4], min: [-1], max: [1] }, 60))})`,
  ),
  ...each(
    "softmax log_softmax",
    (name) => (d) => {
      const shape = d.shape(0, 3);
      const dtype = d.some({ dtype: ["torch.float32", "torch.float64"] }, 20);
      return `${d.pick(["torch", "F"])}.${name}(${args(operand(d, -2, 2, shape), `dim=${d.dim(shape.length)}`, dtype)})`;
    },
    { twice: true },
  ),
  ...each("cdist", () => (d) => {
    const [n, m, k] = [d.size(), d.size(), d.size()];
    const p = d.some({ p: ["1", "3.0", "0.5", "float('inf')", "2.0"] });
    return `torch.cdist(${args(d.tensor([n, k]), d.tensor([m, k]), p)})`;
  }),
  property("F.cosine_similarity", (d) => {
    const shape = d.full(1, 3);
    return `F.cosine_similarity(${args(d.tensor(shape), d.tensor(d.beside(shape)), d.some({ dim: [d.dim(shape.length)], eps: [0.1] }))})`;
  }),
  property("F.pairwise_distance", (d) => {
    const shape = d.full(1, 2);
    return `F.pairwise_distance(${args(d.tensor(shape), d.tensor(shape), d.some({ p: [1, 3.0], keepdim: ["True"], eps: [0.1] }))})`;
  }),
  property("F.normalize", (d) => {
    const shape = d.full(1, 3);
    return `F.normalize(${args(d.tensor(shape), d.some({ p: [1, 3.0], dim: [d.dim(shape.length)], eps: [0.1] }))})`;
  }),
];
