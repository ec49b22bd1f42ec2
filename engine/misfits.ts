/** Python numbers beside half tensors whose dtype does not hold them. */
import type { DType } from "./dtype.ts";
import type { Op } from "./op.ts";
import type { Session } from "./session.ts";
import { Tensor } from "./tensor.ts";

/** A Python number that `dtype` turns into 0 or an infinity, at a place of the user's. */
export interface Misfit {
  readonly site: number;
  readonly value: number;
  readonly dtype: DType;
}

/**
 * A Python number as an operand of half dtype. One that the dtype does not hold is noted in the session; arithmetic reads it as CUDA's
 * kernels do, as a float32, so that 0 · −1e9 is 0 and not NaN.
 */
export function fitted(s: Session, op: Op, number: Tensor, dtype: DType): Tensor {
  const fit = s.cast(number, dtype);
  const [value, held] = [s.backend.read(number)[0]!, s.backend.read(fit)[0]!];
  if (value === 0 || !Number.isFinite(value) || (held !== 0 && Number.isFinite(held))) return fit;
  if (op.def.promote !== "compare" && !s.isWalking)
    s.misfits.set(`${s.site} ${value}`, { site: s.site, value, dtype });
  if (op.def.half.round !== "once") return fit;
  const wide = s.backend.full([], "float32", value);
  return s.backend.own(new Tensor(wide.storage, dtype, []));
}
