import type { Backend } from "./backend.ts";
import { TorchError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

/**
 * dst ← src, which lie in one storage. PyTorch copies in the order of memory: what moves towards the end over itself
 * repeats its first part. Throws PyTorch's error where both are without gaps, since it looks no further.
 */
export function writeOverlapping(k: Backend, dst: Tensor, src: Tensor): void {
  const ahead = dst.offset - src.offset;
  const alike = dst.strides.every((s, i) => s === src.strides[i]);
  if (alike && ahead !== 0 && dst.isContiguous && src.isContiguous && Math.abs(ahead) < dst.size)
    throw new TorchError(
      "RuntimeError",
      "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation.",
    );
  const axis = dst.strides.findIndex((s) => s > 0 && s <= ahead);
  if (!alike || ahead <= 0 || axis < 0 || axis === dst.rank - 1) {
    k.write(dst, k.copy(src));
    return;
  }
  const rows = (x: Tensor, at: readonly number[]): Tensor =>
    k.alias(
      x,
      x.shape.slice(axis + 1),
      x.strides.slice(axis + 1),
      x.offset + at.reduce((sum, i, a) => sum + i * x.strides[a]!, 0),
    );
  const walk = (at: readonly number[]): void => {
    if (at.length <= axis) for (let i = 0; i < dst.shape[at.length]!; i++) walk([...at, i]);
    else k.scoped(() => (k.write(rows(dst, at), rows(src, at)), null));
  };
  walk([]);
}
