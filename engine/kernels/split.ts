import type { Heap } from "./heap.ts";
import { POOL_GEOMETRY, RECURRENCE, RECURRENT_GATES } from "./kernels.ts";
import type { KernelName, Kernels } from "./kernels.ts";
import { BLOCK_WORDS, type Pool } from "./pool.ts";
import type { KernelExports } from "./simd.ts";
import { CONV_KINDS, splitConv, splitMatmul } from "./splitProducts.ts";
import {
  bytesOf,
  CALLS_PER_THREAD,
  HEAVY_FROM,
  LANES,
  LIGHT_FROM,
  PRODUCT_FROM,
  ranges,
} from "./splitter.ts";
import type { Split, Splitter } from "./splitter.ts";
import { splitStats } from "./splitStats.ts";

/** Elementwise over n: `pointers` are the places of tensors among the arguments, `n` the place of their length. */
const elementwise =
  (from: number, n: number, pointers: readonly number[], elem = 0): Split =>
  (args, { pool }) => {
    const length = args[n]!;
    if (length < from) return null;
    const parts = ranges(length, LANES, from / 2, CALLS_PER_THREAD * pool.threads, pool.threads);
    const calls = parts?.map(([lo, hi]) => {
      const call = [...args];
      for (const p of pointers) call[p] = args[p]! + lo * bytesOf(args[elem]!);
      call[n] = hi - lo;
      return call;
    });
    return calls ? { calls } : null;
  };

/** A tensor among the arguments: the place of its pointer, and an element's bytes where they are not the call's type's. */
type Place = readonly [place: number, bytes?: number];

/** Broadcasting: the outermost axis of the layout block at argument `lay` is divided. `tensors`: in the block's order; `out`: elements one after another. */
const byLayout =
  (lay: number, out: Place, tensors: readonly Place[]): Split =>
  (args, { pool, heap }) => {
    const own = bytesOf(args[0]!);
    const at = args[lay]! / 4;
    const ndim = heap.i32[at]!;
    const size = 1 + ndim * (1 + tensors.length);
    if (ndim === 0 || size > BLOCK_WORDS) return null;
    const words = [...heap.i32.subarray(at, at + size)];
    const shape = words.slice(1, 1 + ndim);
    const count = shape.reduce((a, b) => a * b, 1);
    if (count < LIGHT_FROM) return null;
    const inner = count / shape[0]!;
    const grain = ndim === 1 ? LANES : 1;
    const parts = ranges(
      shape[0]!,
      grain,
      LIGHT_FROM / 2 / inner,
      CALLS_PER_THREAD * pool.threads,
      pool.threads,
    );
    const calls = parts?.map(([lo, hi], i) => {
      const call = [...args];
      call[out[0]] = args[out[0]]! + lo * inner * (out[1] ?? own);
      tensors.forEach(([place, bytes = own], j) => {
        call[place] = args[place]! + lo * words[1 + ndim * (1 + j)]! * bytes;
      });
      call[lay] = pool.block(i, [ndim, hi - lo, ...words.slice(2)]);
      return call;
    });
    return calls ? { calls } : null;
  };

/** Whether what a layout block's outermost steps reach, of its one tensor, lies apart. */
function isApart(heap: Heap, lay: number): boolean {
  const ndim = heap.i32[lay / 4]!;
  const words = heap.i32.subarray(lay / 4 + 1, lay / 4 + 1 + 2 * ndim);
  let reach = 1;
  for (let i = 1; i < ndim; i++) reach += (words[i]! - 1) * Math.abs(words[ndim + i]!);
  return ndim > 0 && words[ndim]! >= reach;
}

/** Rows of [outer, n, inner] that are independent: parts of outer. `pointers`: tensors of that shape. */
const byOuter =
  (from: number, pointers: readonly number[], outer: number, more: readonly number[] = []): Split =>
  (args, { pool }) => {
    const [count, n, inner] = [args[outer]!, args[outer + 1]!, args[outer + 2]!];
    const row = n * inner;
    if (count * row < from) return null;
    const parts = ranges(count, 1, from / 2 / row, CALLS_PER_THREAD * pool.threads, pool.threads);
    const calls = parts?.map(([lo, hi]) => {
      const call = [...args];
      for (const p of pointers) call[p] = args[p]! + lo * row * bytesOf(args[0]!);
      for (const p of more) call[p] = args[p]! + lo * inner * bytesOf(args[0]!);
      call[outer] = hi - lo;
      return call;
    });
    return calls ? { calls } : null;
  };

type Sizes = readonly [A: number, B: number, C: number, W: number];

/** [A, B, C], its sizes among the arguments from `A` on: parts of so many independent steps, by a function that takes a range of them. */
const bySteps =
  (
    name: string,
    from: number,
    grain: number,
    stepsOf: (sizes: Sizes) => number,
    A: number,
  ): Split =>
  (args, { pool }) => {
    const sizes = args.slice(A, A + 4) as unknown as Sizes;
    const size = sizes[0] * sizes[1] * sizes[2];
    if (size < from) return null;
    const steps = stepsOf(sizes);
    const least = (from / 2 / size) * steps;
    const most = CALLS_PER_THREAD * pool.threads;
    const parts = ranges(steps, grain, least, most, pool.threads);
    return parts && { name, calls: parts.map((part) => [...args, ...part]) };
  };

/** [A, B, C] elementwise: parts of A, or of B where A is 1. `byB`: pointers to what there is once per b, with its bytes. */
const byBlocks =
  (
    pointers: readonly number[],
    A: number,
    byB: (t: number) => readonly [number, number][],
  ): Split =>
  (args, { pool }) => {
    const [a, b, c] = [args[A]!, args[A + 1]!, args[A + 2]!];
    if (a * b * c < LIGHT_FROM) return null;
    const alongA = a > 1;
    const inner = alongA ? b * c : c;
    const least = LIGHT_FROM / 2 / inner;
    const parts = ranges(
      alongA ? a : b,
      alongA ? 1 : LANES,
      least,
      CALLS_PER_THREAD * pool.threads,
      pool.threads,
    );
    const calls = parts?.map(([lo, hi]) => {
      const call = [...args];
      for (const p of pointers) call[p] = args[p]! + lo * inner * bytesOf(args[0]!);
      if (!alongA)
        for (const [p, bytes] of byB(args[0]!)) call[p] = args[p]! && args[p] + lo * bytes;
      call[alongA ? A : A + 1] = hi - lo;
      return call;
    });
    return calls ? { calls } : null;
  };

/** Planes of a pooling window. `places`: pointers with the bytes of an element, and whether they have the input's size. */
const byPlanes =
  (
    geo: number,
    places: (t: number) => readonly [place: number, bytes: number, isInput: boolean][],
  ): Split =>
  (args, { pool, heap }) => {
    const words = [...heap.i32.subarray(args[geo]! / 4, args[geo]! / 4 + POOL_GEOMETRY.length)];
    const at = (name: (typeof POOL_GEOMETRY)[number]): number =>
      words[POOL_GEOMETRY.indexOf(name)]!;
    const input = at("inD") * at("inH") * at("inW");
    const output = at("outD") * at("outH") * at("outW");
    const work = input + output * at("kD") * at("kH") * at("kW");
    if (at("planes") * work < HEAVY_FROM) return null;
    const parts = ranges(
      at("planes"),
      1,
      HEAVY_FROM / 2 / work,
      CALLS_PER_THREAD * pool.threads,
      pool.threads,
    );
    const calls = parts?.map(([lo, hi], i) => {
      const call = [...args];
      for (const [p, bytes, isInput] of places(args[0]!))
        call[p] = args[p]! + lo * (isInput ? input : output) * bytes;
      call[geo] = pool.block(i, [hi - lo, ...words.slice(1)]);
      return call;
    });
    return calls ? { calls } : null;
  };

const scattered = byLayout(3, [2], [[1]]);

/** Rows of the batch, in the groups of four that a product takes. */
const byRows =
  (modeAt: number, n: number): Split =>
  (args, { pool, exports }) => {
    const [steps, rows, width] = [args[n - 2]!, args[n]!, args[n + 1]!];
    const gates = RECURRENT_GATES[RECURRENCE[args[modeAt]!]!];
    if (steps * rows * width * width * gates < PRODUCT_FROM) return null;
    const parts = ranges(rows, 4, 4, pool.threads, pool.threads);
    const most = Math.max(...(parts ?? []).map(([lo, hi]) => hi - lo));
    return (
      parts && {
        calls: parts.map(([lo, hi]) => [...args.slice(0, n + 2), lo, hi - lo]),
        scratch: exports["recurrentScratch"]!(args[0]!, args[modeAt]!, width, most),
      }
    );
  };

const SPLITS: { readonly [N in KernelName]?: Split } = {
  unary: elementwise(HEAVY_FROM, 4, [2, 3]),
  actGrad: elementwise(HEAVY_FROM, 5, [2, 3, 4]),
  axpy: elementwise(LIGHT_FROM, 3, [1, 2]),
  binary: byLayout(5, [2], [[3], [4]]),
  compare: byLayout(5, [2, 4], [[3], [4]]),
  where: byLayout(5, [1], [[2, 4], [3], [4]]),
  fill: elementwise(LIGHT_FROM, 2, [1]),
  cast: (args, by) => {
    const [out, x] = [bytesOf(args[0]!), bytesOf(args[1]!)];
    const length = args[5]!;
    const { threads } = by.pool;
    const most = CALLS_PER_THREAD * threads;
    const parts = length < LIGHT_FROM ? null : ranges(length, LANES, LIGHT_FROM / 2, most, threads);
    return (
      parts && {
        calls: parts.map(([lo, hi]) => [
          ...args.slice(0, 3),
          ...[args[3]! + lo * out, args[4]! + lo * x, hi - lo],
        ]),
      }
    );
  },
  scatterStrided: (args, by) => (isApart(by.heap, args[3]!) ? scattered(args, by) : null),
  gatherStrided: byLayout(3, [1], [[2]]),
  reduce: (args, by) => {
    const [outer, n, inner] = [args[4]!, args[5]!, args[6]!];
    if (outer > 1 || inner === 1) return byOuter(LIGHT_FROM, [3], 4, [2])(args, by);
    if (n * inner < LIGHT_FROM) return null;
    const parts = ranges(
      inner,
      8,
      LIGHT_FROM / 2 / n,
      CALLS_PER_THREAD * by.pool.threads,
      by.pool.threads,
    );
    return parts && { name: "reducePart", calls: parts.map((part) => [...args, ...part]) };
  },
  softmax: byOuter(HEAVY_FROM, [1, 2], 3),
  softmaxGrad: byOuter(HEAVY_FROM, [1, 2, 3], 4),
  moments: bySteps("momentsPart", HEAVY_FROM, 4, ([, b]) => b, 5),
  standardize: bySteps("standardizePart", LIGHT_FROM, 1, ([a, b, c]) => (c === 1 ? a : a * b), 7),
  standardizeSums: bySteps("standardizeSumsPart", HEAVY_FROM, 8, ([, , , w]) => w, 6),
  standardizeGrad: bySteps("standardizeGradPart", HEAVY_FROM, 2, ([, b]) => b, 8),
  affine: byBlocks([1, 2], 5, (t) => [[3, bytesOf(t)], [4, bytesOf(t)]]), // prettier-ignore
  maxPool: byPlanes(4, (t) => [[1, bytesOf(t), false], [2, 8, false], [3, bytesOf(t), true]]), // prettier-ignore
  avgPool: byPlanes(3, (t) => [[1, bytesOf(t), false], [2, bytesOf(t), true]]), // prettier-ignore
  avgPoolGrad: byPlanes(3, (t) => [[1, bytesOf(t), true], [2, bytesOf(t), false]]), // prettier-ignore
  recurrent: byRows(1, 10),
  recurrentGrad: byRows(1, 13),
  matmul: splitMatmul,
  conv: splitConv("convPart", CONV_KINDS.forward),
  convGradInput: splitConv("convGradInputPart", CONV_KINDS.gradInput),
  convGradWeight: splitConv("convGradWeightPart", CONV_KINDS.gradWeight),
};

/** The kernels, large calls shared with the pool's threads. Results have the same bits as without. */
export function pooled(kernels: Kernels, exports: KernelExports, pool: Pool, heap: Heap): Kernels {
  const by: Splitter = { pool, heap, exports };
  const shared: Record<string, (...args: number[]) => unknown> = {};
  for (const [name, split] of Object.entries(SPLITS)) {
    const alone = exports[name]!;
    shared[name] = (...args) => {
      const job = split(args, by);
      if (!job) return alone(...args);
      pool.run(job.name ?? name, job.calls, job.scratch);
      return undefined;
    };
  }
  shared["stats"] = (...args) => {
    if (!splitStats(by, args)) exports["stats"]!(...args);
  };
  return { ...kernels, ...shared };
}
