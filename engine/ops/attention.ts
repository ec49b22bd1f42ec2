import type { Backend } from "../backend.ts";
import { REDUCE } from "../kernels/kernels.ts";
import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";
import { broadcastStrides, contiguousStrides, dim, numel } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

export type AttentionAttrs = {
  /** Row i sees columns 0..i. */
  readonly causal: boolean;
  /** What a row without any finite score gives: 0, else NaN. */
  readonly zero: boolean;
};

/** Scores that are looked at together: of float32 2 MiB. Smaller parts pack keys and values more often, larger ones leave the second caches. */
const BLOCK = 2 ** 19;
const LEAST_ROWS = 48; // of a block: below, packing keys and values costs as much as the products

const TAME = 1e37; // bound of scores that float32 holds

/** Rows `from`..`from + rows` of `items` matrices from number `item` on, and of their columns those that have a weight. */
interface Part {
  readonly item: number;
  readonly items: number;
  readonly from: number;
  readonly rows: number;
  readonly columns: number;
}

/** All rows of some matrices of scores, or some rows of one; `below`: nothing right of the diagonal. */
function* partsOf(
  [N, L, S]: readonly [number, number, number],
  single: boolean,
  below: boolean,
): Generator<Part> {
  const items = single ? 1 : Math.max(1, Math.floor(BLOCK / (L * S)));
  const most = Math.max(LEAST_ROWS, Math.floor(BLOCK / S));
  const height = Math.ceil(L / Math.ceil(L / most));
  for (let item = 0; item < N; item += items)
    for (let from = 0; from < L; from += height) {
      const rows = Math.min(height, L - from);
      const columns = below ? Math.min(S, from + rows) : S;
      yield { item, items: Math.min(items, N - item), from, rows, columns };
    }
}

/** [L, S] bool, true where column ≤ row: one list, which each row reads a place earlier. */
export function causalMask(k: Backend, L: number, S: number): Tensor {
  const line = Array.from({ length: L + S - 1 }, (_, i) => Number(i < L));
  const x = k.from(line, [L + S - 1], "bool");
  return k.alias(x, [L, S], [-1, 1], x.offset + L - 1);
}

/** Matrices in one row: [N, rows, columns]. */
const flat = (k: Backend, x: Tensor): Tensor =>
  k.reshaped(x, [numel(x.shape.slice(0, -2)), dim(x.shape, -2), dim(x.shape, -1)]);

const cut = (k: Backend, x: Tensor, [item, items]: readonly [number, number], [from, rows]: readonly [number, number]): Tensor =>
  k.alias(x, [items, rows, x.shape[2]!], x.strides, x.offset + item * x.strides[0]! + from * x.strides[1]!); // prettier-ignore

/** A part's queries, or what has a row for each of them. */
const rowsOf = (k: Backend, x: Tensor, { item, items, from, rows }: Part): Tensor =>
  cut(k, x, [item, items], [from, rows]);

/** The keys or values that a part looks at. */
const columnsOf = (k: Backend, x: Tensor, { item, items, columns }: Part): Tensor =>
  cut(k, x, [item, items], [0, columns]);

/** √Σx²: NaN or ∞ where an element is. */
function lengthOf(k: Backend, x: Tensor): number {
  const sum = k.empty([], x.dtype);
  k.kernels.reduce(x.elem, REDUCE.indexOf("sumSquares"), sum.ptr, x.ptr, 1, x.size, 1);
  return Math.sqrt(k.read(sum)[0]!);
}

const turned = (k: Backend, x: Tensor): Tensor =>
  k.alias(x, [x.shape[0]!, x.shape[2]!, x.shape[1]!], [x.strides[0]!, x.strides[2]!, x.strides[1]!], x.offset); // prettier-ignore

/** softmax(q kᵀ + mask), block by block: what forward and back have in common. */
class Weights {
  readonly #k: Backend;
  readonly #q: Tensor;
  readonly #keys: Tensor;
  readonly #masks: readonly Tensor[];
  readonly #zero: boolean;
  /** The diagonal alone is the mask, and all is finite and stays so: a weight of 0 makes 0 of whatever it meets. */
  readonly #isBelow: boolean;
  readonly parts: Iterable<Part>;

  /** given: what weights meet, values or, on the way back, cotangents and values. */
  constructor(
    k: Backend,
    { q, keys, mask }: Readonly<Record<"q" | "keys", Tensor>> & { readonly mask: Tensor | null },
    given: readonly Tensor[],
    { causal, zero }: AttentionAttrs,
  ) {
    this.#k = k;
    this.#zero = zero;
    const scores = [...q.shape.slice(0, -1), dim(keys.shape, -2)];
    const wide = (m: Tensor): Tensor =>
      k.alias(m, scores, broadcastStrides(m.shape, m.strides, scores), m.offset);
    [this.#q, this.#keys] = [flat(k, q), flat(k, keys)];
    const [L, S] = [dim(scores, -2), dim(scores, -1)];
    this.#masks = [...(mask ? [mask] : []), ...(causal ? [causalMask(k, L, S)] : [])].map(wide);
    const bounds = [[this.#q, this.#keys], given].map((xs) =>
      xs.reduce((product, x) => product * lengthOf(k, x), 1),
    );
    this.#isBelow = causal && !mask && bounds.every((bound) => bound < TAME);
    const single = this.#masks.some((m) => m.strides.slice(0, -2).some((stride) => stride !== 0));
    this.parts = partsOf([this.#q.shape[0]!, L, S], single, this.#isBelow);
  }

  /** The mask's rows of a part: of one matrix, or of all alike. */
  #masked(mask: Tensor, { item, from, rows, columns }: Part): Tensor {
    let [offset, rest] = [mask.offset, item];
    for (let axis = mask.rank - 3; axis >= 0; axis--) {
      offset += (rest % mask.shape[axis]!) * mask.strides[axis]!;
      rest = Math.floor(rest / mask.shape[axis]!);
    }
    const [down, across] = mask.strides.slice(-2) as [number, number];
    return this.#k.alias(mask, [rows, columns], [down, across], offset + from * down);
  }

  /** x, with `otherwise` where a mask forbids. */
  #kept(x: Tensor, part: Part, otherwise: number): Tensor {
    const k = this.#k;
    const masks = this.#masks.filter((m) => m.dtype === "bool");
    return masks.reduce(
      (scores, m) => k.where(this.#masked(m, part), scores, k.full([], x.dtype, otherwise)),
      x,
    );
  }

  /** Weights of a part, and its rows that have none. */
  of(part: Part): { readonly p: Tensor; readonly empty: readonly number[] } {
    const k = this.#k;
    let p = k.matmul(rowsOf(k, this.#q, part), turned(k, columnsOf(k, this.#keys, part)));
    for (const m of this.#masks)
      if (m.dtype !== "bool") p = k.binary("add", p, this.#masked(m, part));
    p = this.#kept(p, part, -Infinity);
    const [count, S] = [part.items * part.rows, p.shape[2]!];
    const empty = this.#zero ? this.#empty(p, count, S) : [];
    k.kernels.softmax(p.elem, p.ptr, p.ptr, count, S, 1, 0);
    this.#clear(p, empty);
    return { p, empty };
  }

  /** Cotangent of the scores from that of the weights, in its place. */
  back(part: Part, { p, empty }: ReturnType<Weights["of"]>, ct: Tensor): Tensor {
    const [count, S] = [part.items * part.rows, p.shape[2]!];
    this.#k.kernels.softmaxGrad(p.elem, ct.ptr, ct.ptr, p.ptr, count, S, 1, 0);
    this.#clear(ct, empty);
    return this.#isBelow ? ct : this.#kept(ct, part, 0);
  }

  #empty(scores: Tensor, count: number, S: number): number[] {
    const k = this.#k;
    const most = k.empty([count], scores.dtype);
    k.kernels.reduce(scores.elem, REDUCE.indexOf("max"), most.ptr, scores.ptr, count, S, 1);
    return [...k.read(most)].flatMap((max, i) => (max === -Infinity ? [i] : []));
  }

  #clear(x: Tensor, rows: readonly number[]): void {
    const [S, bytes] = [x.shape[2]!, x.elem === 0 ? 4 : 8];
    for (const row of rows) this.#k.kernels.fill(x.elem, x.ptr + row * S * bytes, S, 0);
  }
}

type Input = "q" | "k" | "v" | "mask";

/**
 * softmax(q kᵀ + mask) v, without the weights of all rows at once: they are made again on the way back. q: [..., L, E], k: [..., S, E],
 * v: [..., S, F], all of the same leading axes; mask: bool (true: seen) or of q's dtype, broadcast to [..., L, S], → [..., L, F].
 */
const attentionByBlocks = defineOp<Input, AttentionAttrs>({
  name: "attentionByBlocks",
  inputs: ["q", "k", "v", "mask"],
  optional: ["mask"],
  shape: ({ q, v }) => [...q.slice(0, -1), dim(v, -1)],
  forward: (k, { q, k: keys, v, mask }, attrs) => {
    const out = k.empty([...q.shape.slice(0, -1), dim(v.shape, -1)], q.dtype);
    const [to, values] = [flat(k, out), flat(k, v)];
    const weights = new Weights(k, { q, keys, mask: mask ?? null }, [values], attrs);
    for (const part of weights.parts)
      k.scoped(() => {
        const { p } = weights.of(part);
        k.product(rowsOf(k, to, part), p, columnsOf(k, values, part), false);
        return null;
      });
    return out;
  },
  saves: ["q", "k", "v", "mask"],
  vjp: (k, ct, { q, k: keys, v, mask }, attrs) => {
    let all: Tensor | null = null;
    let start = 0;
    const part = (x: Tensor): (() => Tensor) => {
      const from = start;
      start += x.size;
      return () => {
        all ??= k.op("attentionGrad", [ct, q, keys, v, mask ?? null], attrs);
        return k.reshape(k.narrow(all, 0, from, x.size), x.shape);
      };
    };
    return { q: part(q), k: part(keys), v: part(v), mask: null };
  },
  half: { round: "none" }, // halves are composed (engine/attention.ts)
  flops: ({ q, k, v }) => 2 * numel(q.slice(0, -1)) * dim(k, -2) * (dim(q, -1) + dim(v, -1)),
  gradcheck: [],
});

/** From the cotangent of `attentionByBlocks` those of q, k and v, one behind the other. */
const attentionByBlocksBack = defineOp<"ct" | Input, AttentionAttrs>({
  name: "attentionByBlocksBack",
  inputs: ["ct", "q", "k", "v", "mask"],
  optional: ["mask"],
  shape: ({ q, k, v }) => [numel(q) + numel(k) + numel(v)],
  forward: (k, { ct, q, k: keys, v, mask }, attrs) => {
    const out = k.full([q.size + keys.size + v.size], q.dtype, 0);
    const place = (x: Tensor, from: number): Tensor =>
      flat(k, k.alias(out, x.shape, contiguousStrides(x.shape), out.offset + from));
    const [dq, dk, dv] = [place(q, 0), place(keys, q.size), place(v, q.size + keys.size)];
    const [queries, all, values, given] = [q, keys, v, ct].map((x) => flat(k, x)) as [Tensor, Tensor, Tensor, Tensor]; // prettier-ignore
    const weights = new Weights(k, { q, keys, mask: mask ?? null }, [values, given], attrs);
    for (const part of weights.parts)
      k.scoped(() => {
        const made = weights.of(part);
        const [c, x] = [rowsOf(k, given, part), rowsOf(k, queries, part)];
        k.product(columnsOf(k, dv, part), turned(k, made.p), c, true);
        const byWeights = k.matmul(c, turned(k, columnsOf(k, values, part)));
        const byScores = weights.back(part, made, byWeights);
        k.product(rowsOf(k, dq, part), byScores, columnsOf(k, all, part), false);
        k.product(columnsOf(k, dk, part), turned(k, byScores), x, true);
        return null;
      });
    return out;
  },
  saves: [],
  vjp: null, // `attentionGrad` composes where its result is to be differentiated
  half: { round: "none" },
  flops: ({ q, k, v }) =>
    2 * numel(q.slice(0, -1)) * dim(k, -2) * (3 * dim(q, -1) + 2 * dim(v, -1)),
  gradcheck: [],
});

export const attentions: readonly Op[] = [attentionByBlocks, attentionByBlocksBack];
