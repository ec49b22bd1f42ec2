import type { Heap } from "./heap.ts";
import { CONV_GEOMETRY, EXPONENT_BINS, POOL_GEOMETRY, STATS } from "./kernels.ts";
import type { KernelName, Kernels } from "./kernels.ts";
import { BLOCK_WORDS, MAX_CALLS, type Pool } from "./pool.ts";
import type { KernelExports } from "./simd.ts";

/** How a kernel's call falls into calls that threads can share: the same bits, by the same loops over parts of the result. */
type Split = (args: number[], by: Splitter) => Job | null;

interface Job {
  /** The function of the module, where it is not the kernel itself. */
  readonly name?: string;
  readonly calls: readonly number[][];
  readonly scratch?: number;
}

interface Splitter {
  readonly pool: Pool;
  readonly heap: Heap;
  readonly exports: KernelExports;
}

/** Multiply-adds, or elements of a pass, below which waking a thread costs more than it saves: some 50 µs of work. */
const PRODUCT_FROM = 2 ** 20;
const HEAVY_FROM = 2 ** 15; // exponentials, softmax: above 1 ns each
const LIGHT_FROM = 2 ** 17;
const CALLS_PER_THREAD = 4; // finer than threads, so that one that is held up is not waited for
const LANES = 64; // elements: parts of elementwise kernels begin where their widest loops would

/**
 * 0..n in parts that begin at whole `grain`s, as even as can be, about `least` long or longer, no more than `most` of them, and equally many for each of the
 * threads; null: one part only.
 */
export function ranges(
  n: number,
  grain: number,
  least: number,
  most: number,
  threads: number,
): [number, number][] | null {
  const allowed = Math.min(most, MAX_CALLS, Math.floor(n / Math.max(least, grain)));
  const count = allowed > threads ? allowed - (allowed % threads) : allowed;
  if (count < 2) return null;
  const begin = (i: number): number => grain * Math.round((i * n) / (count * grain));
  return Array.from({ length: count }, (_, i) => [begin(i), i === count - 1 ? n : begin(i + 1)]);
}

const bytesOf = (t: number): number => (t === 0 ? 4 : 8);

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

/** Broadcasting: the outermost axis of the layout block at argument `lay` is divided. `tensors`: [place of the pointer, bytes of an element] in the block's order. */
function byLayout(
  args: number[],
  lay: number,
  out: { place: number; bytes: number } | null,
  tensors: readonly { place: number; bytes: number }[],
  { pool, heap }: Splitter,
): Job | null {
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
    if (out) call[out.place] = args[out.place]! + lo * inner * out.bytes;
    tensors.forEach(({ place, bytes }, j) => {
      call[place] = args[place]! + lo * words[1 + ndim * (1 + j)]! * bytes;
    });
    call[lay] = pool.block(i, [ndim, hi - lo, ...words.slice(2)]);
    return call;
  });
  return calls ? { calls } : null;
}

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

/** [A, B, C] where each group b is one sum: parts of B, by a function that takes a range of it. */
const byGroup =
  (name: string, A: number, grain: number): Split =>
  (args, { pool }) => {
    const [a, b, c] = [args[A]!, args[A + 1]!, args[A + 2]!];
    if (a * b * c < HEAVY_FROM) return null;
    const parts = ranges(
      b,
      grain,
      HEAVY_FROM / 2 / (a * c),
      CALLS_PER_THREAD * pool.threads,
      pool.threads,
    );
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

const THIN = 12; // rows up to which assembly/matmul.ts takes another way: parts must not become so thin
const ROWS = 12; // grains: register tiles of either build, and four rows at a time
const COLUMNS = 32;
const WIDE = 64;

/** Batch items, else columns or rows. */
const splitMatmul: Split = (args, { pool, exports }) => {
  const [t, out, a, b, m, n, k, transA, transB, lda, ldb, ldc, batch, strideA, strideB, strideC] =
    args as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  const size = m * n * k;
  if (size * batch < PRODUCT_FROM || n === 1) return null;
  const bytes = bytesOf(t);
  const scratch = exports["matmulScratch"]!(t);
  const most = 2 * pool.threads;
  const put = (changes: Readonly<Record<number, number>>): number[] =>
    args.map((value, i) => changes[i] ?? value);
  if (batch > 1) {
    if (strideB === 0 && !transA && strideA === m * lda && strideC === m * ldc) return null; // one product in truth: rare, the caller joins the rows
    const parts = ranges(batch, 1, PRODUCT_FROM / 4 / size, 2 * most, pool.threads);
    const calls = parts?.map(([lo, hi]) =>
      put({
        1: out + lo * strideC * bytes,
        2: a + lo * strideA * bytes,
        3: b + lo * strideB * bytes,
        12: hi - lo,
      }),
    );
    if (calls || batch >= pool.threads) return calls ? { calls, scratch } : null;
    return null;
  }
  const columns = m <= THIN || n >= m;
  const parts = columns
    ? ranges(n, COLUMNS, Math.max(WIDE, PRODUCT_FROM / 4 / (m * k)), most, pool.threads)
    : ranges(m, ROWS, Math.max(WIDE, PRODUCT_FROM / 4 / (n * k)), most, pool.threads);
  const calls = parts?.map(([lo, hi]) =>
    columns
      ? put({ 1: out + lo * bytes, 3: b + lo * (transB ? ldb : 1) * bytes, 5: hi - lo })
      : put({ 1: out + lo * ldc * bytes, 2: a + lo * (transA ? 1 : lda) * bytes, 4: hi - lo }),
  );
  return calls ? { calls, scratch } : null;
};

/** By the steps of the kernel's own loops (assembly/conv.ts), else by rows of its product. */
const splitConv =
  (name: string, kind: number): Split =>
  (args, { pool, heap, exports }) => {
    const [t, geo] = [args[0]!, args[4]!];
    const words = heap.i32.subarray(geo / 4, geo / 4 + CONV_GEOMETRY.length);
    const at = (word: (typeof CONV_GEOMETRY)[number]): number =>
      words[CONV_GEOMETRY.indexOf(word)]!;
    const work =
      (at("batch") *
        at("outD") *
        at("outH") *
        at("outW") *
        at("outChannels") *
        at("inChannels") *
        at("kD") *
        at("kH") *
        at("kW")) /
      at("groups");
    if (work < PRODUCT_FROM) return null;
    const steps = (axis: number): number => exports["convSteps"]!(t, kind, geo, axis);
    const most = 2 * pool.threads;
    let axis = 0;
    const first = steps(0);
    let parts = ranges(
      first,
      kind === GRAD_WEIGHT && first > 8 * most ? 8 : 1,
      1,
      most,
      pool.threads,
    );
    if (!parts || parts.length < pool.threads) {
      const rows = ranges(steps(1), ROWS, 2 * ROWS, most, pool.threads);
      if (rows && rows.length > (parts?.length ?? 1)) {
        axis = 1;
        parts = rows;
      }
    }
    if (!parts) return null;
    const scratch = exports["convScratch"]!(t, kind, geo);
    return { name, calls: parts.map((part) => [...args, axis, ...part]), scratch };
  };

const [FORWARD, GRAD_INPUT, GRAD_WEIGHT] = [0, 1, 2];
const STATS_BLOCK = 32768; // assembly/stats.ts: sums of such blocks are added in order

const SPLITS: { readonly [N in KernelName]?: Split } = {
  unary: elementwise(HEAVY_FROM, 4, [2, 3]),
  actGrad: elementwise(HEAVY_FROM, 5, [2, 3, 4]),
  axpy: elementwise(LIGHT_FROM, 3, [1, 2]),
  binary: (args, by) => {
    const bytes = bytesOf(args[0]!);
    return byLayout(
      args,
      5,
      { place: 2, bytes },
      [
        { place: 3, bytes },
        { place: 4, bytes },
      ],
      by,
    );
  },
  compare: (args, by) => {
    const bytes = bytesOf(args[0]!);
    return byLayout(
      args,
      5,
      { place: 2, bytes: 4 },
      [
        { place: 3, bytes },
        { place: 4, bytes },
      ],
      by,
    );
  },
  where: (args, by) => {
    const bytes = bytesOf(args[0]!);
    return byLayout(
      args,
      5,
      { place: 1, bytes },
      [
        { place: 2, bytes: 4 },
        { place: 3, bytes },
        { place: 4, bytes },
      ],
      by,
    );
  },
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
  scatterStrided: (args, by) => {
    const bytes = bytesOf(args[0]!);
    if (!isApart(by.heap, args[3]!)) return null;
    return byLayout(args, 3, { place: 2, bytes }, [{ place: 1, bytes }], by);
  },
  gatherStrided: (args, by) => {
    const bytes = bytesOf(args[0]!);
    return byLayout(args, 3, { place: 1, bytes }, [{ place: 2, bytes }], by);
  },
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
  moments: byGroup("momentsPart", 5, 4),
  standardizeGrad: byGroup("standardizeGradPart", 6, 2),
  standardize: byBlocks([1, 2], 5, () => [[3, 8], [4, 8]]), // prettier-ignore
  affine: byBlocks([1, 2], 5, (t) => [[3, bytesOf(t)], [4, bytesOf(t)]]), // prettier-ignore
  maxPool: byPlanes(4, (t) => [[1, bytesOf(t), false], [2, 8, false], [3, bytesOf(t), true]]), // prettier-ignore
  avgPool: byPlanes(3, (t) => [[1, bytesOf(t), false], [2, bytesOf(t), true]]), // prettier-ignore
  avgPoolGrad: byPlanes(3, (t) => [[1, bytesOf(t), true], [2, bytesOf(t), false]]), // prettier-ignore
  matmul: splitMatmul,
  conv: splitConv("convPart", FORWARD),
  convGradInput: splitConv("convGradInputPart", GRAD_INPUT),
  convGradWeight: splitConv("convGradWeightPart", GRAD_WEIGHT),
};

/** stats, block by block; the blocks' sums are added in the order in which one thread adds them. */
function splitStats({ pool, heap, exports }: Splitter, args: readonly number[]): boolean {
  const [t, out, x, n] = args as [number, number, number, number];
  const count = Math.ceil(n / STATS_BLOCK);
  if (count < 2) return false;
  const size = 8 * (STATS.length + EXPONENT_BINS);
  const parts = heap.alloc((count - 1) * size);
  try {
    const calls = Array.from({ length: count }, (_, i) => [
      t,
      i === 0 ? out : parts + (i - 1) * size,
      x + i * STATS_BLOCK * bytesOf(t),
      Math.min(STATS_BLOCK, n - i * STATS_BLOCK),
    ]);
    for (let i = 0; i < count; i += MAX_CALLS) pool.run("statsPart", calls.slice(i, i + MAX_CALLS));
    exports["statsJoin"]!(out, parts, count - 1);
  } finally {
    heap.free(parts);
  }
  return true;
}

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
