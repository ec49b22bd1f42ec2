/** An op's inputs by their names, and what is asked of all of them. Runs for every op: plain loops, no closures made anew. */
import type { DType } from "./dtype.ts";
import { isFloat, isHalf, resultType } from "./dtype.ts";
import { fitted } from "./misfits.ts";
import type { Op } from "./op.ts";
import type { Session } from "./session.ts";
import type { Shape } from "./shape.ts";
import type { Edge, TensorMeta } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

export const isPresent = (x: Tensor | null): x is Tensor => x !== null;
export const isMeta = (x: Tensor | null | undefined): boolean => x?.storage === null;
export const shapeOf = (x: Tensor): Shape => x.shape;
export const dtypeOf = (x: Tensor): DType => x.dtype;
export const itself = (x: Tensor): Tensor => x;
export const metaOf = (x: Tensor | null | undefined): TensorMeta | null =>
  x ? { shape: x.shape, dtype: x.dtype } : null;

/** What `of` tells of each input, by the op's names of them; absent ones are left out. */
export function named<T>(
  { variadic, inputs: names }: Op,
  inputs: readonly (Tensor | null)[],
  of: (x: Tensor) => T,
): Record<string, T> {
  const found: Record<string, T> = {};
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i];
    if (x) found[variadic ? String(i) : names[i]!] = of(x);
  }
  return found;
}

/** Nothing to promote: tensors of one dtype, floating where `isFloating` asks for it, and no Python number among them. */
function isOfOneDType(
  given: readonly (Tensor | null)[],
  from: number,
  isFloating: boolean,
): boolean {
  let dtype: DType | undefined;
  for (let i = from; i < given.length; i++) {
    const x = given[i];
    if (!x) continue;
    dtype ??= x.dtype;
    if (x.wrapped || x.dtype !== dtype) return false;
  }
  return dtype === undefined ? !isFloating : !isFloating || isFloat(dtype);
}

/** The inputs in the dtype that PyTorch's promotion gives them. */
export function promoted(
  s: Session,
  op: Op,
  given: readonly (Tensor | null)[],
): readonly (Tensor | null)[] {
  const { promote, promoteFrom = 0 } = op.def;
  if (!promote || isOfOneDType(given, promoteFrom, promote === "float")) return given;
  const operands = given.filter((x, i) => x !== null && i >= promoteFrom) as Tensor[];
  const asOperands = operands.map((x) => ({ dtype: x.dtype, rank: x.rank, wrapped: x.wrapped }));
  let to = resultType(asOperands, s.defaultFloat);
  if (promote === "float" && !isFloat(to)) to = s.defaultFloat;
  return given.map((x, i) => {
    if (!x || i < promoteFrom || x.dtype === to) return x;
    return x.wrapped && isHalf(to) && !x.isMeta ? fitted(s, op, x, to) : s.cast(x, to);
  });
}

/** Names of what must be kept for the cotangents that somebody waits for. */
export function savedNames(op: Op, edges: readonly (Edge | null)[]): readonly string[] {
  const saves = op.def.saves as readonly string[] | Readonly<Record<string, readonly string[]>>;
  if (Array.isArray(saves)) return saves as readonly string[];
  const byInput = saves as Readonly<Record<string, readonly string[]>>;
  return op.inputs.flatMap((name, i) => (edges[i] ? (byInput[name] ?? []) : []));
}
