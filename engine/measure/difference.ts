/** How far samples, or tokens of one, still differ in a layer's output. */
import type { Backend } from "../backend.ts";
import { isContiguous } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const MOST_ROWS = 4;
const MOST_ELEMENTS = 4096; // of a row
const BY_CHANNEL = /^(Conv|BatchNorm|InstanceNorm|GroupNorm|ConvTranspose)|Pool\d?d$|Upsample/;

/**
 * Mean over neighbouring rows x, y of ‖x − y‖ / ((‖x‖ + ‖y‖) / 2): 0 alike, √2 orthogonal, 2 opposite. Rows are samples, or the tokens of the first sample
 * where the output is [batch, tokens, channels]; of at most 4 rows, of each at most the first 4096 elements. Null with fewer than two rows, for a
 * meta tensor, and where a row is zero or not finite.
 */
export function differenceOf(k: Backend, x: Tensor, type: string): number | null {
  const axis = x.rank === 3 && !BY_CHANNEL.test(type) ? 1 : 0;
  const rows = Math.min(x.shape[axis] ?? 0, MOST_ROWS);
  if (x.isMeta || x.rank < 2 || rows < 2) return null;
  const rest = x.shape.slice(axis + 1);
  const inner = rest.slice(1).reduce((a, b) => a * b, 1);
  const first = Math.min(rest[0] ?? 0, Math.max(1, Math.floor(MOST_ELEMENTS / Math.max(inner, 1))));
  const size = first * inner;
  if (size === 0) return null;
  const row = [first, ...rest.slice(1)];
  let mean = NaN;
  k.scoped(() => {
    const isRow = isContiguous(row, x.strides.slice(axis + 1));
    const c = isRow ? x : k.copy(k.alias(x, [rows, ...row], x.strides.slice(axis), x.offset));
    mean = k.kernels.neighbours(x.elem, c.ptr, rows, size, isRow ? x.strides[axis]! : size);
    return null;
  });
  return Number.isFinite(mean) ? mean : null;
}
