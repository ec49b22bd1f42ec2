import type { Shape } from "./shape.ts";
import { broadcastStrides } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Axes from the slowest to the fastest in which an elementwise result lies in memory; null where that is row-major order.
 *
 * PyTorch keeps the order of its inputs: the first operand decides, where it has stride 0 the next does; of equal strides the longer axis
 * is the slower one. Random masks are drawn in memory order, so the same seed gives the same mask only with the same layout.
 * Source: PyTorch, TensorIterator, "reorder_dimensions".
 */
export function iterationOrder(inputs: readonly (Tensor | null)[], shape: Shape): number[] | null {
  const given = inputs.filter((x): x is Tensor => x !== null && x.rank > 0);
  if (shape.length < 2 || given.every((x) => x.isContiguous)) return null;
  const strides = given.map((x) => broadcastStrides(x.shape, x.strides, shape));
  /** 1: axis a is slower than axis b; −1: faster; 0: nothing tells. */
  const slower = (a: number, b: number): number => {
    for (const s of strides) {
      if (s[a] === 0 || s[b] === 0) continue;
      if (s[a] !== s[b]) return s[a]! > s[b]! ? 1 : -1;
      if (shape[a]! > shape[b]!) return 1;
    }
    return 0;
  };
  const order = shape.map((_, i) => shape.length - 1 - i); // fastest first
  for (let i = 1; i < order.length; i++) {
    let at = i;
    for (let j = i - 1; j >= 0; j--) {
      const told = slower(order[j]!, order[at]!);
      if (told > 0) {
        [order[j], order[at]] = [order[at]!, order[j]!];
        at = j;
      } else if (told < 0) break;
    }
  }
  order.reverse();
  return order.every((a, i) => a === i) ? null : order;
}
