/** How far samples, or tokens of one, still differ in a layer's output. */
import type { Backend } from "../backend.ts";
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
  let values: Float32Array | Float64Array = new Float32Array(0);
  k.scoped(() => {
    const shape = [rows, first, ...rest.slice(1)];
    values = k.read(k.contiguous(k.alias(x, shape, x.strides.slice(axis), x.offset)));
    return null;
  });
  let sum = 0;
  for (let row = 0; row + 1 < rows; row++) {
    let [apart, a, b] = [0, 0, 0];
    for (let i = row * size; i < (row + 1) * size; i++) {
      const [p, q] = [values[i]!, values[i + size]!];
      apart += (p - q) ** 2;
      a += p * p;
      b += q * q;
    }
    sum += (2 * Math.sqrt(apart)) / (Math.sqrt(a) + Math.sqrt(b));
  }
  return Number.isFinite(sum) ? sum / (rows - 1) : null;
}
