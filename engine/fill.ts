import { isFloat, isHalf } from "./dtype.ts";
import type { Session } from "./session.ts";
import type { Tensor } from "./tensor.ts";

/** What Python gives where a tensor or a number is asked for. */
export interface PythonNumber {
  readonly value: number;
  readonly kind: "float" | "int" | "bool";
}

/**
 * dst ← a number, where that is a write and nothing else: no gradient path ends here, nobody looks on, and the number is one of dst's dtype.
 * False: left to `Session.assign`, which does the same by a cast, an expansion and a copy.
 */
export function fill(s: Session, dst: Tensor, { value, kind }: PythonNumber): boolean {
  const isFloating = isFloat(dst.dtype) && !isHalf(dst.dtype);
  const isExact = isFloating || (dst.dtype === "int64" && kind !== "float");
  if (!isExact || s.onResult) return false;
  if (s.gradMode && (dst.requiresGrad || dst.viewOf?.base.requiresGrad)) return false;
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
  dst.storage!.version++;
  return true;
}
