/** How far samples, or tokens of one, still differ in a layer's output. */
import type { Backend } from "../backend.ts";
import { elemBytes } from "../dtype.ts";
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
  let sum = 0;
  k.scoped(() => {
    const shape = [rows, first, ...rest.slice(1)];
    const c = k.contiguous(k.alias(x, shape, x.strides.slice(axis), x.offset));
    const flat = (row: number): Tensor =>
      k.alias(c, [(rows - 1) * size], [1], c.offset + row * size);
    const steps = k.binary("sub", flat(1), flat(0));
    const length = (of: Tensor, row: number): number => {
      const at = of.ptr + row * size * elemBytes(of.dtype);
      return Math.sqrt(k.kernels.dot(of.elem, at, at, size));
    };
    for (let row = 0; row + 1 < rows; row++)
      sum += (2 * length(steps, row)) / (length(c, row) + length(c, row + 1));
    return null;
  });
  return Number.isFinite(sum) ? sum / (rows - 1) : null;
}
