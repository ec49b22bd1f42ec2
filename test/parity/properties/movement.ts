/** Views and rearrangements. */
import { args, tuple, type Draw } from "./draw.ts";
import { operand } from "./elementwise.ts";
import { each, property, type Property } from "./property.ts";

/** A tensor of that shape and, for views, its strides, which later views depend on. */
const viewed = (d: Draw, shape: number[], call: string): string =>
  `x = ${operand(d, -2, 2, shape)}\ny = ${call}\n(y, [s for s, n in zip(y.stride(), y.shape) if n > 1 and y.numel()])`;

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A factorisation of `count`, at times with a −1 or wrong. */
function reshaped(d: Draw, count: number): string {
  const sizes: number[] = [];
  let rest = count;
  while (rest > 1 && sizes.length < 3) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((n) => rest % n === 0);
    const n = d.pick([...divisors].reverse());
    sizes.push(n);
    rest /= n;
  }
  if (rest !== 1 || sizes.length === 0) sizes.push(rest);
  if (d.chance(30)) sizes[d.int(0, sizes.length - 1)] = -1;
  if (d.chance(5)) sizes.push(d.pick([5, -1, -2]));
  return sizes.join(", ");
}

const permutation = (d: Draw, rank: number): number[] => {
  const left = Array.from({ length: rank }, (_, i) => i);
  return Array.from({ length: rank }, () => left.splice(d.int(0, left.length - 1), 1)[0]!);
};

export const MOVEMENT: readonly Property[] = [
  ...each("view reshape", (name) => (d) => {
    const shape = d.shape(0, 3);
    return viewed(d, shape, `x.${name}(${reshaped(d, product(shape))})`);
  }),
  ...each("transpose swapaxes movedim", (name) => (d) => {
    const shape = d.shape(1, 4);
    return viewed(d, shape, `x.${name}(${d.dim(shape.length)}, ${d.dim(shape.length)})`);
  }),
  property("permute", (d) => {
    const shape = d.shape(1, 4);
    return viewed(d, shape, `x.permute(${permutation(d, shape.length).join(", ")})`);
  }),
  property("flatten", (d) => {
    const shape = d.shape(0, 4);
    const ends = d.some({ start_dim: [d.dim(shape.length)], end_dim: [d.dim(shape.length)] });
    return viewed(d, shape, `x.flatten(${ends})`);
  }),
  property("unflatten", (d) => {
    const n = d.pick([4, 6, 2, 5]);
    return viewed(
      d,
      [n, 3],
      `x.unflatten(0, (${d.pick(["2, -1", "-1, 2", "2, 2", "1, 4", "3, 2"])}))`,
    );
  }),
  ...each("squeeze unsqueeze", (name) => (d) => {
    const shape = d.shape(0, 3).map((n) => (d.chance(40) ? 1 : n));
    const all = name === "squeeze" && d.chance(30);
    return viewed(d, shape, `x.${name}(${all ? "" : d.int(-shape.length - 1, shape.length)})`);
  }),
  ...each("expand broadcast_to", (name) => (d) => {
    const shape = d.shape(1, 3);
    const from = d.beside(shape);
    const to = [...shape].map((n) =>
      name === "expand" && from.length === shape.length && d.chance(10) ? -1 : n,
    );
    return viewed(d, from, `x.${name}(${name === "expand" ? to.join(", ") : tuple(to)})`);
  }),
  ...each("repeat tile", (name) => (d) => {
    const shape = d.shape(0, 2);
    const times = d.shape(Math.max(1, shape.length - (d.chance(10) ? 1 : 0)), 3);
    return `${operand(d, -2, 2, shape)}.${name}(${name === "tile" ? tuple(times) : times.join(", ")})`;
  }),
  property("repeat_interleave", (d) => {
    const shape = d.full(1, 3);
    const axis = d.int(0, shape.length - 1);
    const times = d.chance(40) ? d.index([shape[axis]!], 3) : String(d.int(0, 3));
    return `torch.repeat_interleave(${args(operand(d, -2, 2, shape), times, d.chance(80) ? `dim=${axis}` : "")})`;
  }),
  ...each(
    "cat stack hstack vstack dstack",
    (name) => (d) => {
      const shape = d.full(name === "cat" ? 1 : 0, 3);
      const axis = d.dim(shape.length);
      const at = axis < 0 ? axis + shape.length : axis;
      const many = Array.from({ length: d.int(1, 3) }, () => {
        const own = [...shape];
        if (name === "cat" && at < own.length) own[at] = d.size();
        return operand(d, -2, 2, own);
      });
      return `torch.${name}([${many.join(", ")}]${name === "cat" || name === "stack" ? `, dim=${axis}` : ""})`;
    },
    { twice: true },
  ),
  ...each("chunk tensor_split", (name) => (d) => {
    const shape = d.shape(1, 3);
    return `torch.${name}(${operand(d, -2, 2, shape)}, ${d.int(d.chance(5) ? 0 : 1, 4)}, dim=${d.dim(shape.length)})`;
  }),
  property("split", (d) => {
    const shape = d.full(1, 3);
    const n = shape[0]!;
    const sizes = d.chance(50) ? `[${d.int(0, n)}, ${d.int(0, n)}]` : d.int(d.chance(5) ? 0 : 1, 4);
    return `torch.split(${operand(d, -2, 2, shape)}, ${sizes})`;
  }),
  property("unbind", (d) => {
    const shape = d.full(1, 3);
    return `${operand(d, -2, 2, shape)}.unbind(${d.dim(shape.length)})`;
  }),
  property("flip", (d) => {
    const shape = d.shape(1, 3);
    return `torch.flip(${operand(d, -2, 2, shape)}, ${tuple([d.dim(shape.length)])})`;
  }),
  property("roll", (d) => {
    const shape = d.shape(1, 3);
    const shifts = d.int(-5, 5);
    return d.chance(30)
      ? `torch.roll(${operand(d, -2, 2, shape)}, ${shifts})`
      : `torch.roll(${operand(d, -2, 2, shape)}, ${shifts}, ${d.dim(shape.length)})`;
  }),
  property(
    "rot90",
    (d) =>
      `torch.rot90(${args(operand(d, -2, 2, d.full(2, 3)), d.some({ k: [-1, 2, 3, 5], dims: ["(0, 1)", "(1, 0)", "(-1, 0)"] }))})`,
  ),
  property("narrow", (d) => {
    const shape = d.full(1, 3);
    return viewed(d, shape, `x.narrow(${d.dim(shape.length)}, ${d.int(-2, 2)}, ${d.int(0, 3)})`);
  }),
  property("select", (d) => {
    const shape = d.full(1, 3);
    return viewed(d, shape, `x.select(${d.dim(shape.length)}, ${d.int(-3, 2)})`);
  }),
  property("unfold", (d) => {
    const shape = d.full(1, 3);
    return viewed(d, shape, `x.unfold(${d.dim(shape.length)}, ${d.int(1, 3)}, ${d.int(1, 2)})`);
  }),
  ...each(
    "tril triu",
    (name) => (d) =>
      `torch.${name}(${args(operand(d, -2, 2, d.shape(2, 3)), d.some({ diagonal: [1, -1, 3, -4] }))})`,
  ),
  property(
    "diag",
    (d) => `torch.diag(${args(d.tensor(d.full(1, 2)), d.some({ diagonal: [1, -1] }))})`,
  ),
  property("diagonal", (d) => {
    const shape = d.full(2, 3);
    return viewed(
      d,
      shape,
      `x.diagonal(${d.some({ offset: [1, -1], dim1: [0, -1, 1], dim2: [1, -2, 0] })})`,
    );
  }),
  property(
    "diag_embed",
    (d) => `torch.diag_embed(${args(d.tensor(d.full(1, 2)), d.some({ offset: [1, -2] }))})`,
  ),
  property("as_strided", (d) =>
    viewed(
      d,
      [4, 3],
      `x.as_strided(${tuple([d.int(1, 3), d.int(1, 2)])}, ${tuple([d.int(0, 3), d.int(0, 2)])}, ${d.int(0, 2)})`,
    ),
  ),
  property("contiguous and clone", (d) => {
    const shape = d.shape(0, 3);
    return viewed(d, shape, `x.${d.pick(["contiguous", "clone"])}()`);
  }),
  property("casts", (d) => {
    const to = d.pick([
      "double",
      "float",
      "half",
      "bfloat16",
      "long",
      "int",
      "short",
      "char",
      "bool",
    ]);
    return `${d.tensor(d.shape(0, 2), { of: d.pick(["float64", "float32", "bfloat16", "float16", "int64", "bool"]), low: -3, high: 3 })}.${to}()`;
  }),
  property(
    "meshgrid",
    (d) =>
      `torch.meshgrid(${d.tensor([d.size()])}, ${d.tensor([d.size()])}, indexing='${d.pick(["ij", "xy"])}')`,
  ),
  ...each(
    "pixel_shuffle pixel_unshuffle",
    (name) => (d) =>
      `F.${name}(${d.tensor([...d.full(0, 1), 4, d.pick([2, 4]), 2])}, ${d.pick([2, 1, 3])})`,
  ),
  property(
    "channel_shuffle",
    (d) =>
      `F.channel_shuffle(${d.tensor([1, d.pick([4, 6]), 2, 2], { grad: false })}, ${d.pick([2, 1, 3])})`,
  ),
  ...each(
    "atleast_1d atleast_2d atleast_3d ravel fliplr flipud t",
    (name) => (d) => `torch.${name}(${operand(d, -2, 2, d.shape(0, 3))})`,
  ),
  property(
    "combinations",
    (d) =>
      `torch.combinations(${args(d.tensor([d.int(1, 4)]), d.some({ r: [1, 3], with_replacement: ["True"] }))})`,
  ),
  property("cartesian_prod and block_diag", (d) =>
    d.chance(50)
      ? `torch.cartesian_prod(${d.tensor([d.size()])}, ${d.tensor([d.size()])})`
      : `torch.block_diag(${d.tensor(d.full(2, 2))}, ${d.tensor(d.full(2, 2))})`,
  ),
];
