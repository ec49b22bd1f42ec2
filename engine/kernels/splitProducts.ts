import { CONV_GEOMETRY } from "./kernels.ts";
import { bytesOf, PRODUCT_FROM, ranges, type Split } from "./splitter.ts";

const THIN = 12; // rows up to which assembly/matmul.ts takes another way: parts must not become so thin
const ROWS = 12; // grains: register tiles of either build, and four rows at a time
const COLUMNS = 32;
const WIDE = 64;

/** Batch items, else columns or rows. */
export const splitMatmul: Split = (args, { pool, exports }) => {
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
    return calls ? { calls, scratch } : null;
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

/** assembly/conv.ts's numbers of the three. */
export const CONV_KINDS = { forward: 0, gradInput: 1, gradWeight: 2 } as const;
type ConvKind = (typeof CONV_KINDS)[keyof typeof CONV_KINDS];

/** By the steps of the kernel's own loops (assembly/conv.ts), else by rows of its product. */
export const splitConv =
  (name: string, kind: ConvKind): Split =>
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
    // What a part of a weight's columns, or of a product's rows, packs is packed by the others too.
    const most = kind === CONV_KINDS.gradWeight ? pool.threads : 2 * pool.threads;
    let axis = 0;
    const first = steps(0);
    let parts = ranges(
      first,
      kind === CONV_KINDS.gradWeight && first > 8 * most ? 8 : 1,
      1,
      most,
      pool.threads,
    );
    if (!parts || parts.length < pool.threads) {
      const [rows, images] = [steps(1), steps(2)];
      const side = kind === CONV_KINDS.gradInput ? "in" : "out";
      const positions = at("batch") * at(`${side}D`) * at(`${side}H`) * at(`${side}W`);
      // Threads that share rows pack all positions each, those that share images all rows.
      axis = images >= pool.threads && positions > rows ? 2 : 1;
      const [n, grain] = axis === 2 ? [images, 1] : [rows, ROWS];
      const shared = ranges(n, grain, axis === 2 ? 1 : 2 * ROWS, pool.threads, pool.threads);
      if (shared && shared.length > (parts?.length ?? 1)) parts = shared;
      else axis = 0;
    }
    if (!parts) return null;
    const scratch = exports["convScratch"]!(t, kind, geo);
    return { name, calls: parts.map((part) => [...args, axis, ...part]), scratch };
  };
