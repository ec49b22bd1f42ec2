import type { Kept } from "./tape.ts";
import type { Storage, Tensor } from "./tensor.ts";

/**
 * `src`, the result of an in-place op on dst, can become dst's elements as it stands, without a copy: nobody else sees those that it replaces, or has asked
 * where they lie. What the op itself keeps of them for its vjp, and who still measures them, goes on with them as they are.
 */
export function isReplaceable(dst: Tensor, src: Tensor): boolean {
  const [old, fresh] = [dst.storage, src.storage];
  if (!old || !fresh || old === fresh || old.isNamed || dst.dtype !== src.dtype) return false;
  if (!dst.isWhole || !src.isWhole || dst.size !== src.size) return false;
  const saved = src.node?.saved ?? [];
  const holders = 1 + keptOf(saved, old) + (old.reader ? 1 : 0);
  return old.refs === holders && fresh.refs === 1 + keptOf(saved, fresh);
}

const keptOf = (saved: readonly (Kept | null)[], storage: Storage): number =>
  saved.reduce((n, kept) => n + (kept?.isOf(storage) ? 1 : 0), 0);
