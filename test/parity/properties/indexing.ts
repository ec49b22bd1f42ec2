/** Subscripts that read and write, and the functions of positions. */
import { args, type Draw, type Shape } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

const END = ["", "0", "1", "2", "-1", "-2"] as const;

const slice = (d: Draw): string => {
  const step = d.chance(30) ? `:${d.int(1, 3)}` : "";
  return `${d.pick(END)}:${d.pick(END)}${step}`;
};

/** A subscript of an axis of length n, from the position lists that broadcast with `long` entries. */
function item(d: Draw, n: number, long: number): string {
  const low = Math.max(1, n);
  const kind = d.int(0, 9);
  if (kind <= 3) return slice(d);
  if (kind <= 5) return String(d.chance(4) ? n : d.int(-low, low - 1));
  const positions = Array.from({ length: d.chance(20) ? 1 : long }, () => d.int(-low, low - 1));
  if (kind === 6) return `[${positions.join(", ")}]`;
  if (kind === 7) return `torch.tensor([[${positions.join(", ")}]])`;
  if (kind === 8)
    return `torch.tensor([${Array.from({ length: n }, () => d.pick(["True", "False"])).join(", ")}], dtype=torch.bool)`;
  return `torch.tensor([${positions.join(", ")}])`;
}

/** A whole subscript of a tensor of that shape. */
export function subscript(d: Draw, shape: Shape): string {
  if (d.chance(8)) return d.tensor(shape, { of: "bool", low: -1, high: 1 });
  const long = d.int(1, 3);
  const count = d.int(1, shape.length);
  const items = shape.slice(0, count).map((n) => item(d, n, long));
  if (d.chance(20)) items.splice(d.int(0, items.length), 0, "None");
  if (d.chance(25) && count < shape.length) items.push("...");
  return items.join(", ");
}

const SOME: Shape = [3, 4, 2];
const shapeOf = (d: Draw): number[] =>
  SOME.slice(0, d.int(1, 3)).map((n) => (d.chance(10) ? d.int(1, 4) : n));

const indexShape = (d: Draw, shape: Shape): number[] =>
  shape.map((n) => (d.chance(40) ? d.int(Math.min(1, n), n) : n));

/** x, a position tensor along an axis, and a source of its shape. */
function scattered(d: Draw) {
  const shape = d.full(1, 3);
  const axis = d.int(0, shape.length - 1);
  const at = indexShape(d, shape);
  const axisText = String(d.chance(30) ? axis - shape.length : axis);
  const index = d.index(at, shape[axis]! + (d.chance(3) ? 2 : 0));
  return { shape, axis: axisText, at, index, n: shape[axis]! };
}

export const INDEXING: readonly Property[] = [
  property(
    "reading",
    (d) => {
      const shape = shapeOf(d);
      return `x = ${d.tensor(shape)}\nx[${subscript(d, shape)}]`;
    },
    { twice: true },
  ),
  property("writing a number", (d) => {
    const shape = shapeOf(d);
    return `x = ${d.tensor(shape)} * 1\nx[${subscript(d, shape)}] = ${d.pick(["0.5", "2", "True"])}\nx * 2`;
  }),
  property("writing a tensor", (d) => {
    const shape = shapeOf(d);
    const at = subscript(d, shape);
    const value = d.pick([`x[${at}] * v`, "v", d.tensor(d.shape(0, 2))]);
    // What is wholly overwritten keeps another use, so that its gradient is a number on both sides.
    return `b = ${d.tensor(shape)}\nx = b * 1\nv = ${d.tensor([])}\nx[${at}] = ${value}\n(x * x, b.sum())`;
  }),
  property("adding in place", (d) => {
    const shape = shapeOf(d);
    return `x = ${d.tensor(shape)} * 1\nx[${subscript(d, shape)}] ${d.pick(["+=", "*=", "-="])} ${d.tensor([])}\nx * x`;
  }),
  property("writing whole numbers", (d) => {
    const shape = shapeOf(d);
    return `x = ${d.tensor(shape, { of: d.pick(["int64", "bool", "uint8", "float32"]), low: 0 })}.clone()\nx[${subscript(d, shape)}] = ${d.pick(["1", "0.7", "True"])}\nx`;
  }),
  property("index_put", (d) => {
    const shape = d.full(2, 2);
    const positions = [0, 1].map((i) => d.index([3], shape[i]!));
    return `torch.index_put(${args(d.tensor(shape), `(${positions.join(", ")})`, d.tensor([3]), "accumulate=True")})`;
  }),
  ...each(
    "gather take_along_dim",
    (name) => (d) => {
      const { shape, axis, index } = scattered(d);
      return name === "gather"
        ? `torch.gather(${d.tensor(shape)}, ${axis}, ${index})`
        : `torch.take_along_dim(${d.tensor(shape)}, ${index}, ${axis})`;
    },
    { twice: true },
  ),
  ...each("scatter scatter_add", (name) => (d) => {
    const { shape, axis, at, n } = scattered(d);
    // Positions that repeat leave PyTorch's scatter undefined: one row of distinct ones.
    const index =
      name === "scatter"
        ? `torch.arange(${Math.min(n, at.at(Number(axis)))}).reshape(${shape.map((_, i) => (i === (Number(axis) + shape.length) % shape.length ? -1 : 1)).join(", ")})`
        : d.index(at, n);
    const line = shape.map((_, i) =>
      i === (Number(axis) + shape.length) % shape.length ? Math.min(n, at.at(Number(axis))) : 1,
    );
    const source = name !== "scatter" ? d.tensor(at) : d.chance(40) ? "1.5" : d.tensor(line);
    return `${d.tensor(shape)}.${name}(${axis}, ${index}, ${source})`;
  }),
  property("scatter_reduce", (d) => {
    const { shape, axis, at, index } = scattered(d);
    const how = d.pick(["sum", "mean", "prod"]);
    return `${d.tensor(shape)}.scatter_reduce(${args(axis, index, d.tensor(at), `reduce='${how}'`, d.some({ include_self: ["False"] }))})`;
  }),
  property(
    "index_select",
    (d) => {
      const { shape, axis, n } = scattered(d);
      return `torch.index_select(${d.tensor(shape)}, ${axis}, ${d.index([d.size()], n + (d.chance(3) ? 2 : 0))})`;
    },
    { twice: true },
  ),
  ...each("index_add index_copy", (name) => (d) => {
    const { shape, axis, n } = scattered(d);
    const at = (Number(axis) + shape.length) % shape.length;
    const k = name === "index_copy" ? d.int(1, n) : d.size();
    const index = name === "index_copy" ? `torch.arange(${k})` : d.index([k], n);
    const source = d.tensor(shape.map((m, i) => (i === at ? k : m)));
    return `${d.tensor(shape)}.${name}(${args(axis, index, source, name === "index_add" ? d.some({ alpha: [2, -0.5] }) : "")})`;
  }),
  property("index_fill", (d) => {
    const { shape, axis, n } = scattered(d);
    return `${d.tensor(shape)}.index_fill(${axis}, ${d.index([d.size()], n)}, ${d.pick(["1.5", "0", d.tensor([])])})`;
  }),
  property("masked_fill", (d) => {
    const shape = d.shape(0, 3);
    return `${d.tensor(shape)}.masked_fill(${d.tensor(d.beside(shape), { of: "bool" })}, ${d.pick(["1.5", "0", "-float('inf')", d.tensor([])])})`;
  }),
  property("masked_select", (d) => {
    const shape = d.shape(0, 3);
    return `${d.tensor(shape)}.masked_select(${d.tensor(d.beside(shape), { of: "bool" })})`;
  }),
  property("masked_scatter", (d) => {
    const shape = d.shape(1, 2);
    return `${d.tensor(shape)}.masked_scatter(${d.tensor(d.beside(shape), { of: "bool" })}, ${d.tensor([d.pick([16, 2])])})`;
  }),
  property("take", (d) => `torch.take(${d.tensor(d.full(1, 3))}, ${d.index(d.shape(0, 2), 1)})`),
  property(
    "nonzero",
    (d) =>
      `torch.nonzero(${args(d.tensor(d.shape(0, 3), { ties: true, grad: false }), d.some({ as_tuple: ["True"] }))})`,
  ),
  ...each("searchsorted bucketize", (name) => (d) => {
    const edges = "torch.tensor([-1.0, 0.0, 0.5, 1.0], dtype=torch.float64)";
    const x = d.tensor(d.shape(0, 2), { ties: d.chance(50), grad: false });
    return `torch.${name}(${args(...(name === "bucketize" ? [x, edges] : [edges, x]), d.some({ right: ["True"] }))})`;
  }),
  property(
    "F.one_hot",
    (d) => `F.one_hot(${args(d.index(d.shape(1, 2), 3), d.some({ num_classes: [5, 3, 2] }, 70))})`,
  ),
  ...each("select_scatter slice_scatter diagonal_scatter", (name) => (d) => {
    if (name === "select_scatter")
      return `torch.select_scatter(${d.tensor([3, 4])}, ${d.tensor([3])}, 1, ${d.int(-4, 3)})`;
    if (name === "diagonal_scatter")
      return `torch.diagonal_scatter(${d.tensor([3, 3])}, ${d.tensor([3])})`;
    const start = d.pick([0, 1, 2]);
    return `torch.slice_scatter(${d.tensor([4, 2])}, ${d.tensor([2, 2])}, start=${start}, end=${start + 2}, step=1)`;
  }),
];
