import { attention, attentionGrad, maskedScores, softmaxOrZero } from "./attention.ts";
import { isFloat, isHalf, SCALAR_NAMES, type DType } from "./dtype.ts";
import { TorchError } from "./errors.ts";
import type { Attrs } from "./op.ts";
import type { AttentionAttrs } from "./ops/attention.ts";
import type { WholeAttrs } from "./ops/recurrent.ts";
import { resolveShape, viewStrides } from "./ops/views.ts";
import type { RecurrentAttrs } from "./recurrent.ts";
import { recurrent, recurrentGrad } from "./recurrent.ts";
import type { Session } from "./session.ts";
import type { Shape } from "./shape.ts";
import { broadcast, numel } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

type Composite = (s: Session, inputs: readonly (Tensor | null)[], attrs: Attrs) => Tensor;

/** A view where strides allow it, else of a copy. */
const reshape: Composite = (s, [x], attrs) => {
  const shape = resolveShape(attrs["shape"] as Shape, x!.size);
  const source = viewStrides(x!, shape) ? x! : s.call("clone", [x!]);
  return s.call("view", [source], { shape });
};

const contiguous: Composite = (s, [x]) => (x!.isContiguous ? x! : s.call("clone", [x!]));

/** torch.matmul: vectors as in PyTorch, and rows of a batch joined where the right side is one matrix. */
const torchMatmul: Composite = (s, [a, b]) => {
  const [x, y] = [a!, b!];
  if (x.rank === 0 || y.rank === 0)
    throw new TorchError(
      "RuntimeError",
      `both arguments to matmul need to be at least 1D, but they are ${x.rank}D and ${y.rank}D`,
    );
  if (x.rank === 1 && y.rank === 1 && x.size !== y.size)
    throw new TorchError(
      "RuntimeError",
      `inconsistent tensor size, expected tensor [${x.size}] and src [${y.size}] to have the same number of elements, but got ${x.size} and ${y.size} elements respectively`,
    );
  if (x.dtype !== y.dtype && x.rank === 1 && y.rank === 1)
    throw new TorchError(
      "RuntimeError",
      `dot : expected both vectors to have same dtype, but found ${scalarName(x)} and ${scalarName(y)}`,
    );
  if (x.dtype !== y.dtype)
    throw new TorchError(
      "RuntimeError",
      `expected m1 and m2 to have the same dtype, but got: ${cName(x)} != ${cName(y)}`,
    );
  const left = x.rank === 1 ? s.k.reshape(x, [1, x.shape[0]!]) : x;
  const right = y.rank === 1 ? s.k.reshape(y, [y.shape[0]!, 1]) : y;
  const flat = left.rank > 2 && right.rank === 2;
  const rows = flat
    ? s.k.reshape(left, [numel(left.shape.slice(0, -1)), left.shape.at(-1)!])
    : left;
  const c = s.call("matmul", [rows, right]);
  const lead = flat
    ? left.shape.slice(0, -2)
    : broadcast("matmul", left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [
    ...lead,
    ...(x.rank === 1 ? [] : [left.shape.at(-2)!]),
    ...(y.rank === 1 ? [] : [right.shape.at(-1)!]),
  ];
  return s.k.reshape(c, shape);
};
/** As C++ names the types in PyTorch's messages. */
const C_NAMES: Readonly<Record<DType, string>> = {
  bool: "bool",
  uint8: "unsigned char",
  int8: "signed char",
  int16: "short int",
  int32: "int",
  int64: "long int",
  float16: "c10::Half",
  bfloat16: "c10::BFloat16",
  float32: "float",
  float64: "double",
};
const cName = (x: Tensor): string => C_NAMES[x.dtype];
const scalarName = (x: Tensor): string => SCALAR_NAMES[x.dtype];

/** x Wᵀ + b. x: [..., in], w: [out, in], b: [out] or absent. In half precision all adds up in float32, and is rounded once. */
const linear: Composite = (s, [x, w, b]) => {
  if (b && isHalf(x!.dtype) && w!.dtype === x!.dtype && b.dtype === x!.dtype) {
    const wide = [x!, w!, b].map((t) => s.cast(t, "float32"));
    return s.cast(linear(s, wide, {}), x!.dtype);
  }
  const [rank, n] = [x!.rank, w!.shape[0]!];
  const plain = !b || (b.rank === 1 && b.shape[0] === n && b.dtype === w!.dtype);
  if (rank > 1 && w!.rank === 2 && x!.dtype === w!.dtype && isFloat(w!.dtype) && plain) {
    const lead = x!.shape.slice(0, -1);
    const rows = rank === 2 ? x! : s.k.reshape(x!, [numel(lead), x!.shape[rank - 1]!]);
    return s.k.reshape(s.call("addmm", [rows, w!, b ?? null]), [...lead, n]);
  }
  const y = torchMatmul(s, [x!, w!.rank === 1 ? w! : s.k.mT(w!)], {});
  return b ? s.k.add(y, b) : y;
};

/** Values at the windows' maxima: gather over each flattened plane, which carries the gradient. */
const pooledBy =
  (indices: string, spatialOf: (attrs: Attrs) => number): Composite =>
  (s, [x], attrs) => {
    const idx = s.call(indices, [x!], attrs);
    const rank = spatialOf(attrs);
    const lead = x!.shape.slice(0, x!.rank - rank);
    const planes = s.k.reshape(x!, [...lead, numel(x!.shape.slice(x!.rank - rank))]);
    const flat = s.k.reshape(idx, [...lead, numel(idx.shape.slice(lead.length))]);
    return s.k.reshape(s.call("gather", [planes, flat], { axis: lead.length }), idx.shape);
  };

/** Named calls that choose or combine ops; their gradient is that of their parts. */
export const composites: ReadonlyMap<string, Composite> = new Map<string, Composite>([
  ["reshape", reshape],
  ["contiguous", contiguous],
  ["torchMatmul", torchMatmul],
  ["linear", linear],
  ["recurrent", (s, inputs, attrs) => recurrent(s, inputs, attrs as unknown as RecurrentAttrs)],
  ["recurrentGrad", (s, inputs, attrs) => recurrentGrad(s, inputs, attrs as unknown as WholeAttrs)],
  ["attention", (s, inputs, attrs) => attention(s, inputs, attrs as AttentionAttrs)],
  ["attentionGrad", (s, inputs, attrs) => attentionGrad(s, inputs, attrs as AttentionAttrs)],
  ["maskedScores", (s, inputs, attrs) => maskedScores(s, inputs, attrs as AttentionAttrs)],
  ["softmaxOrZero", (s, [scores]) => softmaxOrZero(s, scores!)],
  ["maxPool", pooledBy("maxPoolIndices", (a) => (a["kernel"] as number[]).length)],
  ["adaptiveMaxPool", pooledBy("adaptiveMaxPoolIndices", (a) => (a["output"] as number[]).length)],
]);
