/** COO tensors as graph networks use them: made from coordinates that may repeat, multiplied, summed, read back. */
import type { Draw } from "./draw.ts";
import { property, type Property } from "./property.ts";

const matrix = (d: Draw, [m, k]: readonly [number, number], n: number, of: string): string =>
  `torch.sparse_coo_tensor(torch.stack([${d.index([n], m)}, ${d.index([n], k)}]), ` +
  `${d.tensor([n], { of, lay: "" })}, (${String(m)}, ${String(k)}))`;

/** A program over `s` [m, k], sparse, and `d` [k, n], dense. */
const over =
  (...uses: readonly string[]) =>
  (d: Draw): string => {
    const [m, k, n] = [d.int(1, 4), d.int(1, 4), d.int(1, 3)];
    const of = d.pick(["float64", "float32"]);
    return [
      `s = ${matrix(d, [m, k], d.int(1, 6), of)}${d.pick(["", ".coalesce()"])}`,
      `d = ${d.tensor([d.chance(4) ? k + 1 : k, n], { of })}`,
      d.pick(uses),
    ].join("\n");
  };

export const SPARSE: readonly Property[] = [
  property(
    "products",
    over(
      "torch.sparse.mm(s, d)",
      "torch.spmm(s.detach(), d)",
      "s.detach() @ d",
      "s.detach().mm(d)",
      "s.detach().matmul(d)",
    ),
  ),
  property(
    "products with a sum",
    over("torch.sparse.addmm(d[:1, :1].expand(s.shape[0], d.shape[1]), s, d, beta=0.5, alpha=2)"),
  ),
  property("read back", over("s.to_dense()", "s.coalesce().values()", "s.coalesce().indices()")),
  property(
    "what it says of itself",
    over(
      "(s.is_sparse, str(s.layout), s._nnz(), s.is_coalesced(), s.sparse_dim(), s.dense_dim())",
      "s.indices()",
      "(s._indices(), s._values(), s.t()._indices(), s.t().shape, s.detach().requires_grad)",
      "(s.dtype, s.numel(), s.ndim, s.double().dtype, s.coalesce().is_coalesced(), s.type())",
    ),
  ),
  property(
    "arithmetic",
    over(
      "(s * 2).to_dense()",
      "(s / 3).to_dense()",
      "(s + s).to_dense()",
      "(s - s * 3).to_dense()",
      "torch.sparse.mm(s.t(), torch.sparse.mm(s, d))",
      "(s.detach() * s.detach().to_dense()).to_dense()",
      "(s.neg()).coalesce().values()",
      "s + 1",
    ),
  ),
  property(
    "sums and softmax",
    over(
      "torch.sparse.sum(s)",
      "torch.sparse.sum(s.detach(), 1).to_dense()",
      "torch.sparse.softmax(s, 1).to_dense()",
      "torch.sparse.log_softmax(s, 0).coalesce().values()",
    ),
  ),
  property("from a dense tensor", (d) => {
    const x = d.tensor([d.int(1, 4), d.int(1, 4)], { ties: true, low: -1, high: 2 });
    return `x = ${x}\ns = x.to_sparse()\n(s._nnz(), s.indices(), s.to_dense(), torch.sparse.mm(s, x.t()))`;
  }),
];
