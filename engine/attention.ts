import { isHalf } from "./dtype.ts";
import { causalMask, type AttentionAttrs } from "./ops/attention.ts";
import { derived } from "./recurrent.ts";
import type { Session } from "./session.ts";
import { broadcast, dim, numel, sameShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Weights below which keeping them, of float32 32 MiB, is worth the time that making them again takes: 1.3 times where nothing is masked. */
const LEAST = 2 ** 23;

/** Scores, with what the mask says added (a number) or −∞ where it forbids (bool). */
export function maskedScores(
  s: Session,
  [scores, mask]: readonly (Tensor | null)[],
  { causal }: Pick<AttentionAttrs, "causal">,
): Tensor {
  const kept = (x: Tensor, seen: Tensor): Tensor => s.k.where(seen, x, -Infinity);
  const [L, S] = [dim(scores!.shape, -2), dim(scores!.shape, -1)];
  const x = causal ? kept(scores!, s.metaMode || scores!.isMeta ? s.backend.meta([L, S], "bool") : causalMask(s.backend, L, S)) : scores!; // prettier-ignore
  if (!mask) return x;
  return mask.dtype === "bool" ? kept(x, mask) : s.k.add(x, mask);
}

/** Softmax of rows, 0 where a row has no finite score. */
export function softmaxOrZero(s: Session, scores: Tensor): Tensor {
  const softmax = (x: Tensor): Tensor => s.call("softmax", [x], { axis: -1 });
  if (scores.isMeta) return softmax(scores);
  const empty = s.call("eq", [s.call("amax", [scores], { axes: [-1], keepdim: true }), s.scalar(-Infinity, "float")]); // prettier-ignore
  const any = s.backend.read(empty).some((x) => x !== 0);
  return any ? s.k.where(empty, 0, softmax(s.k.where(empty, 0, scores))) : softmax(scores);
}

function composed(
  s: Session,
  [q, k, v, mask]: readonly (Tensor | null)[],
  attrs: AttentionAttrs,
): Tensor {
  const product = s.call("torchMatmul", [q!, s.k.mT(k!)]);
  const scores = maskedScores(s, [product, mask!], attrs);
  const weights = attrs.zero ? softmaxOrZero(s, scores) : s.call("softmax", [scores], { axis: -1 });
  return s.call("torchMatmul", [weights, v!]);
}

/** Whether blocks of it pay, nobody looks at its parts, and shapes and dtypes are those of the op. */
function isWhole(s: Session, [q, k, v, mask]: readonly (Tensor | null)[]): boolean {
  if (s.inParts || s.savingHooks) return false;
  const [a, b, c] = [q!, k!, v!];
  if (a.rank < 2 || isHalf(a.dtype) || [b, c].some((x) => x.dtype !== a.dtype || x.rank !== a.rank))
    return false;
  const lead = a.shape.slice(0, -2);
  const [L, S, E] = [dim(a.shape, -2), dim(b.shape, -2), dim(a.shape, -1)];
  const scores = [...lead, L, S];
  return (
    numel(scores) >= LEAST &&
    E * dim(c.shape, -1) > 0 &&
    sameShape(b.shape, [...lead, S, E]) &&
    sameShape(c.shape.slice(0, -1), [...lead, S]) &&
    (!mask ||
      ((mask.dtype === "bool" || (mask.dtype === a.dtype && !mask.requiresGrad)) &&
        sameShape(broadcast("attention", mask.shape, scores), scores)))
  );
}

/** softmax(q kᵀ + mask) v of tensors that `ops/attention.ts` tells. */
export function attention(
  s: Session,
  inputs: readonly (Tensor | null)[],
  attrs: AttentionAttrs,
): Tensor {
  return isWhole(s, inputs)
    ? s.call("attentionByBlocks", inputs, attrs)
    : composed(s, inputs, attrs);
}

/** Cotangents of q, k and v, one behind the other; composed where they are themselves to be differentiated. */
export function attentionGrad(
  s: Session,
  [ct, q, k, v, mask]: readonly (Tensor | null)[],
  attrs: AttentionAttrs,
): Tensor {
  if (!s.gradMode) return s.call("attentionByBlocksBack", [ct!, q!, k!, v!, mask!], attrs);
  return derived(s, ct!, [q!, k!, v!], ([a, b, c]) => composed(s, [a!, b!, c!, mask!], attrs));
}
