/** Matrix products, einsum, linear algebra. */
import { args, tuple, type Draw } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

const of = (d: Draw): { of?: string } =>
  d.chance(12) ? { of: d.pick(["float32", "int64", "bfloat16"]) } : {};

function pair(d: Draw, shapes: readonly (readonly number[])[]): string {
  const kind = of(d);
  const mixed = shapes.every((shape) => !shape.includes(0)) && d.chance(3); // PyTorch 1.13 lets empty ones mix
  return shapes.map((shape) => d.tensor(shape, mixed ? {} : kind)).join(", ");
}

/** The inner length of the second operand: rarely wrong. */
const inner = (d: Draw, k: number): number => (d.chance(4) ? k + 1 : k);

const EQUATIONS = [
  "ij,jk->ik",
  "ij,jk",
  "bij,bjk->bik",
  "ij,kj->ki",
  "i,j->ij",
  "ij->ji",
  "ii->i",
  "ii",
  "ij->",
  "ij,ij->i",
  "...ij,...jk->...ik",
  "bhid,bhjd->bhij",
  "i,ij,j->",
  "bij,bij->b",
  "...i,i->...",
  "ab,bc,cd->ad",
  "ij,j",
  "i...->...i",
] as const;

function einsum(d: Draw): string {
  const equation = d.pick(EQUATIONS);
  const lengths = new Map<string, number>();
  const length = (letter: string): number => {
    if (!lengths.has(letter)) lengths.set(letter, d.size());
    return d.chance(1) ? 7 : lengths.get(letter)!;
  };
  const operands = equation
    .split("->")[0]!
    .split(",")
    .map((names) => {
      const wild = names.includes("...") ? d.beside([2, 3]) : [];
      const [before, after] = names.includes("...") ? names.split("...") : [names, ""];
      return d.tensor([...[...before!].map(length), ...wild, ...[...after!].map(length)]);
    });
  return `torch.einsum('${equation}', ${operands.join(", ")})`;
}

const wellFormed = (d: Draw): string => {
  const n = d.int(1, 3);
  const batch = d.chance(40) ? [2] : [];
  return `(${d.tensor([...batch, n, n], { low: -1, high: 1 })} + 4 * torch.eye(${n}, dtype=torch.float64))`;
};

export const PRODUCTS: readonly Property[] = [
  property(
    "matmul",
    (d) => {
      const [m, k, n] = [d.size(), d.size(), d.size()];
      const batch = d.shape(0, 2);
      const left = d.chance(20) ? [k] : [...batch, m, k];
      const right = d.chance(20) ? [inner(d, k)] : [...d.beside(batch), inner(d, k), n];
      return `torch.matmul(${pair(d, [left, right])})`;
    },
    { twice: true },
  ),
  property("mm", (d) => {
    const k = d.size();
    return `torch.mm(${pair(d, [
      [d.size(), k],
      [inner(d, k), d.size()],
    ])})`;
  }),
  property("bmm", (d) => {
    const [b, k] = [d.size(), d.size()];
    return `torch.bmm(${pair(d, [
      [b, d.size(), k],
      [inner(d, b), inner(d, k), d.size()],
    ])})`;
  }),
  ...each("mv dot outer inner vdot", (name) => (d) => {
    const k = d.size();
    const left = name === "mv" ? [d.size(), k] : name === "outer" ? [d.size()] : [k];
    return `torch.${name}(${pair(d, [left, [inner(d, k)]])})`;
  }),
  ...each("addmm addbmm baddbmm addmv addr", (name) => (d) => {
    const [b, m, k, n] = [2, d.full(1, 1)[0]!, d.full(1, 1)[0]!, d.full(1, 1)[0]!];
    const shapes = {
      addmm: [
        [m, n],
        [m, k],
        [k, n],
      ],
      addbmm: [
        [m, n],
        [b, m, k],
        [b, k, n],
      ],
      baddbmm: [
        [b, m, n],
        [b, m, k],
        [b, k, n],
      ],
      addmv: [[m], [m, k], [k]],
      addr: [[m, n], [m], [n]],
    }[name]!;
    const [start, ...rest] = shapes;
    return `torch.${name}(${args(d.tensor(d.beside(start!)), ...rest.map((shape) => d.tensor(shape)), d.some({ beta: ["0.5"], alpha: [2] }))})`;
  }),
  property("einsum", einsum, { twice: true }),
  property("tensordot", (d) => {
    const [i, j, k] = d.full(3, 3) as [number, number, number];
    const dims = d.pick([`2`, `1`, `0`, `([1, 2], [0, 1])`, `([2], [1])`]);
    return `torch.tensordot(${d.tensor([i, j, k])}, ${d.tensor([j, k, 2])}, dims=${dims})`;
  }),
  property(
    "F.linear",
    (d) => {
      const [k, n] = [d.size(), d.size()];
      const bias = d.chance(50) ? d.tensor([n]) : "";
      return `F.linear(${args(d.tensor([...d.shape(0, 2), k]), d.tensor([n, inner(d, k)]), bias)})`;
    },
    { twice: true },
  ),
  property("F.bilinear", (d) => {
    const [b, i, j, o] = d.full(4, 4) as [number, number, number, number];
    return `F.bilinear(${args(d.tensor([b, i]), d.tensor([b, j]), d.tensor([o, i, j]), d.chance(50) ? d.tensor([o]) : "")})`;
  }),
  ...each("inv det slogdet cholesky", (name) => (d) => {
    const a = wellFormed(d);
    const x = name === "cholesky" ? `(a @ a.mT)` : "a";
    return `a = ${a}\ntorch.linalg.${name}(${x})${name === "slogdet" ? "[1]" : ""}`;
  }),
  ...each(
    "logdet matrix_exp",
    (name) => (d) => `torch.${name}(${wellFormed(d)}${name === "matrix_exp" ? " / 5" : ""})`,
  ),
  property("torch.linalg.solve", (d) => `a = ${wellFormed(d)}\ntorch.linalg.solve(a, a.mT)`),
  property("torch.linalg.eigh", (d) => `a = ${wellFormed(d)}\ntorch.linalg.eigh(a + a.mT)[0]`),
  ...each("svd qr", (name) => (d) => {
    const a = `a = ${d.tensor(d.full(2, 2))}`;
    return name === "svd"
      ? `${a}\ntorch.linalg.svd(a, full_matrices=False)[1]`
      : `${a}\n(lambda q, r: (q @ r, r.abs()))(*torch.linalg.qr(a))`;
  }),
  property("matrix_power", (d) => `torch.matrix_power(${wellFormed(d)}, ${d.pick([2, 1, 3, -1])})`),
  property(
    "kron",
    (d) =>
      `torch.kron(${d.tensor(d.full(1, 2), { lay: "" })}, ${d.tensor(d.full(1, 2), { lay: "" })})`,
  ),
  property(
    "cross",
    (d) => `torch.cross(${d.tensor([2, 3])}, ${d.tensor([2, 3])}, dim=${d.pick([1, -1])})`,
  ),
  property("trace", (d) => {
    const n = d.size(); // PyTorch 1.13's gradient of an oblong's trace is wrong
    return `torch.trace(${d.tensor([n, n])})`;
  }),
  property(
    "chain_matmul",
    (d) =>
      `torch.linalg.multi_dot([${d.tensor([2, 3])}, ${d.tensor([3, 1])}, ${d.tensor([1, 4])}])`,
  ),
  property("vander and trapz", (d) =>
    d.chance(50)
      ? `torch.trapz(${d.tensor([2, 4])}, dim=${d.pick([0, 1])})`
      : `torch.vander(${d.tensor([3], { grad: false })})`,
  ),
  property(
    "cov and corrcoef",
    (d) => `torch.${d.pick(["cov", "corrcoef"])}(${d.tensor([d.int(1, 3), 4])})`,
  ),
  property(
    "shapes of dot products",
    (d) => `(${d.tensor(d.shape(0, 3))} @ ${d.tensor(d.shape(0, 3))}, ${tuple([1])})`,
  ),
];
