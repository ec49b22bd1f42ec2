import { elemBytes, isFloat, isHalf } from "./dtype.ts";
import type { Session } from "./session.ts";
import type { Tensor } from "./tensor.ts";

/** What Python gives where a tensor or a number is asked for. */
export interface PythonNumber {
  readonly value: number;
  readonly kind: "float" | "int" | "bool";
}

/** Is a number written to dst as it stands, with no gradient path that ends there and nobody looking on? */
function isMereWrite(s: Session, dst: Tensor, kind: PythonNumber["kind"]): boolean {
  const isFloating = isFloat(dst.dtype) && !isHalf(dst.dtype);
  const isExact =
    isFloating ||
    (dst.dtype === "int64" && kind !== "float") ||
    (dst.dtype === "bool" && kind === "bool");
  if (!isExact || s.onResult) return false;
  return !(s.gradMode && (dst.requiresGrad || dst.viewOf?.base.requiresGrad));
}

/**
 * dst ← a number, where that is a write and nothing else: no gradient path ends here, nobody looks on, and the number is one of dst's dtype.
 * False: left to `Session.assign`, which does the same by a cast, an expansion and a copy.
 */
export function fill(s: Session, dst: Tensor, { value, kind }: PythonNumber): boolean {
  if (!isMereWrite(s, dst, kind)) return false;
  const isRepeated = (n: number, i: number): boolean => n > 1 && dst.strides[i] === 0;
  // Elements that share a place may all be filled, PyTorch says; not so copied into.
  const to = dst.shape.some(isRepeated)
    ? s.backend.alias(
        dst,
        dst.shape.map((n, i) => (isRepeated(n, i) ? 1 : n)),
        dst.strides,
        dst.offset,
      )
    : dst;
  if (!to.isContiguous) return false;
  s.assertTime();
  s.made.ops++;
  if (dst.isMeta) return true;
  s.backend.memory.cold.turn++;
  dst.storage!.beforeWrite();
  s.backend.kernels.fill(to.elem, to.ptr, to.size, value);
  dst.storage!.written(s.site);
  return true;
}

/** Index of the element in its memory, in elements; −1 where `index` names none of them: too few or many, or out of bounds. */
function placeOf(x: Tensor, index: readonly number[]): number {
  if (index.length !== x.shape.length || !x.storage) return -1;
  let place = x.storage.ptr / elemBytes(x.dtype) + x.offset;
  for (let axis = 0; axis < index.length; axis++) {
    const [i, n] = [index[axis]!, x.shape[axis]!];
    if (!(i >= -n && i < n)) return -1;
    place += (i < 0 ? i + n : i) * x.strides[axis]!;
  }
  return place;
}

/** The element at `index`, read at once: loops over single elements need no views. undefined: left to `select`. */
export function elementAt(s: Session, x: Tensor, index: readonly number[]): number | undefined {
  s.assertTime();
  s.backend.memory.cold.turn++;
  const place = placeOf(x, index);
  if (place < 0) return undefined;
  const { f32, f64 } = s.backend.memory;
  return (x.elem === 1 ? f64 : f32)[place];
}

/** The element at `index` ← a number, as `fill` of that element would. False: left to it. */
export function fillAt(
  s: Session,
  dst: Tensor,
  index: readonly number[],
  { value, kind }: PythonNumber,
): boolean {
  if (!isMereWrite(s, dst, kind)) return false;
  s.assertTime();
  s.backend.memory.cold.turn++;
  const place = placeOf(dst, index);
  if (place < 0) return false;
  dst.storage!.beforeWrite();
  const { f32, f64 } = s.backend.memory;
  (dst.elem === 1 ? f64 : f32)[place] = value;
  dst.storage!.written(s.site);
  return true;
}
