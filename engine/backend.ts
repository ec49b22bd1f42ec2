import { Blocks } from "./blocks.ts";
import type { DType } from "./dtype.ts";
import { DTYPES, elemBytes, elemOf, isHalf, isNarrow } from "./dtype.ts";
import { assert } from "./errors.ts";
import type { Kernels } from "./kernels/kernels.ts";
import type { LaterStats } from "./kernels/splitStats.ts";
import {
  ACT_GRAD,
  ARG_REDUCE,
  BINARY,
  CAST,
  COMPARE,
  REDUCE,
  SCAN,
  UNARY,
} from "./kernels/kernels.ts";
import type { BinaryOp, CompareOp, ReduceOp, UnaryOp } from "./kernels/kernels.ts";
import type { Shape } from "./shape.ts";
import { broadcast, broadcastStrides, numel, reducedShape, sameShape } from "./shape.ts";
import type { Memory } from "./tensor.ts";
import { Storage, Tensor } from "./tensor.ts";

/** The kernels' heap as the backend uses it. */
export interface BackendMemory extends Memory {
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/**
 * Kernels with tensors in place of pointers: allocates results, makes inputs contiguous where a kernel wants that,
 * lays out strides. Knows nothing of gradients. Every tensor it makes belongs to the current scope.
 */
export class Backend {
  readonly kernels: Kernels;
  readonly memory: BackendMemory;
  /** Statistics that other threads compute meanwhile; null: there are none. */
  readonly later: LaterStats | null;
  readonly #blocks: Blocks;
  #scope: Tensor[] = [];

  constructor(kernels: Kernels, memory: BackendMemory, later: LaterStats | null = null) {
    this.kernels = kernels;
    this.later = later;
    this.memory = memory;
    this.#blocks = new Blocks(memory);
  }

  /** Runs `body`; what it made is released at the end, apart from what it returns, which passes to the caller's scope. */
  scoped<T extends Tensor | readonly Tensor[] | null>(body: () => T): T {
    const outer = this.#scope;
    const inner: Tensor[] = [];
    this.#scope = inner;
    let keep: readonly Tensor[] = [];
    try {
      const result = body();
      keep = result === null ? [] : result instanceof Tensor ? [result] : result;
      return result;
    } finally {
      this.#scope = outer;
      for (const t of inner) {
        const kept = keep.indexOf(t) >= 0;
        if (kept) outer.push(t);
        else t.release();
      }
    }
  }

  /** Puts a tensor under the current scope's care. */
  own(t: Tensor): Tensor {
    this.#scope.push(t);
    return t;
  }

  empty(shape: Shape, dtype: DType): Tensor {
    const storage = new Storage(this.memory, Math.max(numel(shape), 1) * elemBytes(dtype));
    return this.own(new Tensor(storage, dtype, shape));
  }
  meta(shape: Shape, dtype: DType): Tensor {
    return this.own(new Tensor(null, dtype, shape));
  }
  full(shape: Shape, dtype: DType, value: number): Tensor {
    const out = this.empty(shape, dtype);
    this.kernels.fill(out.elem, out.ptr, out.size, value);
    return this.rounded(out);
  }
  /** A second name for the same elements, under another geometry. */
  alias(x: Tensor, shape: Shape, strides: readonly number[], offset: number): Tensor {
    return this.own(new Tensor(x.storage, x.dtype, shape, strides, offset));
  }
  reshaped(x: Tensor, shape: Shape): Tensor {
    const c = this.contiguous(x);
    return this.own(new Tensor(c.storage, c.dtype, shape, undefined, c.offset));
  }

  /** Rounds in place to the tensor's half dtype, wraps to its width of integer; other dtypes are left alone. */
  rounded(x: Tensor): Tensor {
    if ((isHalf(x.dtype) || isNarrow(x.dtype)) && x.size > 0) {
      assert(x.isContiguous, "rounding a strided tensor");
      this.kernels.cast(
        x.elem,
        x.elem,
        CAST.indexOf(DTYPES[x.dtype].cast as (typeof CAST)[number]),
        x.ptr,
        x.ptr,
        x.size,
      );
    }
    return x;
  }

  /** x itself where its elements already lie in row-major order, else a copy. */
  contiguous(x: Tensor): Tensor {
    return x.isContiguous ? x : this.copy(x);
  }
  copy(x: Tensor): Tensor {
    const out = this.empty(x.shape, x.dtype);
    if (x.size > 0)
      this.kernels.gatherStrided(x.elem, out.ptr, x.ptr, this.layout(x.shape, [x.strides]));
    return out;
  }
  /** Writes src (broadcast) into dst, which may be a view; add: accumulates. Same dtype. */
  write(dst: Tensor, src: Tensor, add = false): void {
    if (dst.size === 0) return;
    let from = src;
    if (!sameShape(src.shape, dst.shape))
      from = this.alias(
        src,
        dst.shape,
        broadcastStrides(src.shape, src.strides, dst.shape),
        src.offset,
      );
    from = this.contiguous(from);
    this.kernels.scatterStrided(
      dst.elem,
      dst.ptr,
      from.ptr,
      this.layout(dst.shape, [dst.strides]),
      add ? 1 : 0,
    );
  }

  cast(x: Tensor, dtype: DType): Tensor {
    const c = this.contiguous(x);
    const out = this.empty(x.shape, dtype);
    const mode = CAST.indexOf(DTYPES[dtype].cast as (typeof CAST)[number]);
    this.kernels.cast(elemOf(dtype), x.elem, mode, out.ptr, c.ptr, c.size);
    return out;
  }

  unary(op: UnaryOp, x: Tensor, dtype: DType = x.dtype): Tensor {
    const c = this.contiguous(x);
    const out = this.empty(x.shape, x.dtype);
    this.kernels.unary(x.elem, UNARY.indexOf(op), out.ptr, c.ptr, c.size);
    return dtype === x.dtype ? out : this.cast(out, dtype);
  }

  /** a and b have one dtype, which is the result's. */
  binary(op: BinaryOp, a: Tensor, b: Tensor): Tensor {
    assert(a.dtype === b.dtype, `${op}: dtypes ${a.dtype} and ${b.dtype} reach a kernel`);
    const shape = broadcast(op, a.shape, b.shape);
    const out = this.empty(shape, a.dtype);
    if (out.size > 0)
      this.kernels.binary(
        a.elem,
        BINARY.indexOf(op),
        out.ptr,
        a.ptr,
        b.ptr,
        this.#pairLayout(shape, a, b),
      );
    return out;
  }
  compare(op: CompareOp, a: Tensor, b: Tensor): Tensor {
    assert(a.elem === b.elem, `${op}: dtypes ${a.dtype} and ${b.dtype} reach a kernel`);
    const shape = broadcast(op, a.shape, b.shape);
    const out = this.empty(shape, "bool");
    if (out.size > 0)
      this.kernels.compare(
        a.elem,
        COMPARE.indexOf(op),
        out.ptr,
        a.ptr,
        b.ptr,
        this.#pairLayout(shape, a, b),
      );
    return out;
  }
  where(cond: Tensor, a: Tensor, b: Tensor): Tensor {
    const shape = broadcast("where", cond.shape, broadcast("where", a.shape, b.shape));
    const out = this.empty(shape, a.dtype);
    const strides = [cond, a, b].map((t) => broadcastStrides(t.shape, t.strides, shape));
    if (out.size > 0)
      this.kernels.where(a.elem, out.ptr, cond.ptr, a.ptr, b.ptr, this.layout(shape, strides));
    return out;
  }

  /** x with `axes` moved together and contiguous: [outer, n, inner], with the sizes; inner is 1 unless one axis run is reduced in place. */
  grouped(
    x: Tensor,
    axes: readonly number[],
  ): { x: Tensor; outer: number; n: number; inner: number } {
    const run = axes.every((a, i) => i === 0 || a === axes[i - 1]! + 1);
    if (run && axes.length > 0) {
      const first = axes[0]!;
      const last = axes[axes.length - 1]!;
      return {
        x: this.contiguous(x),
        outer: numel(x.shape.slice(0, first)),
        n: numel(x.shape.slice(first, last + 1)),
        inner: numel(x.shape.slice(last + 1)),
      };
    }
    const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const order = [...rest, ...axes];
    const moved = this.alias(
      x,
      order.map((i) => x.shape[i]!),
      order.map((i) => x.strides[i]!),
      x.offset,
    );
    return {
      x: this.contiguous(moved),
      outer: numel(rest.map((i) => x.shape[i]!)),
      n: numel(axes.map((i) => x.shape[i]!)),
      inner: 1,
    };
  }
  /** axes: normalised, sorted. */
  reduce(op: ReduceOp, x: Tensor, axes: readonly number[], keepdim: boolean): Tensor {
    const g = this.grouped(x, axes);
    const out = this.empty(reducedShape(x.shape, axes, keepdim), x.dtype);
    this.kernels.reduce(x.elem, REDUCE.indexOf(op), out.ptr, g.x.ptr, g.outer, g.n, g.inner);
    return out;
  }
  argReduce(op: (typeof ARG_REDUCE)[number], x: Tensor, axis: number, keepdim: boolean): Tensor {
    const g = this.grouped(x, [axis]);
    const out = this.empty(reducedShape(x.shape, [axis], keepdim), "int64");
    this.kernels.argReduce(x.elem, ARG_REDUCE.indexOf(op), out.ptr, g.x.ptr, g.outer, g.n, g.inner);
    return out;
  }
  scan(op: (typeof SCAN)[number], x: Tensor, axis: number): Tensor {
    const g = this.grouped(x, [axis]);
    const out = this.empty(x.shape, x.dtype);
    this.kernels.scan(x.elem, SCAN.indexOf(op), out.ptr, g.x.ptr, g.outer, g.n, g.inner);
    return out;
  }
  actGrad(op: (typeof ACT_GRAD)[number], ct: Tensor, x: Tensor): Tensor {
    const c = this.contiguous(ct);
    const y = this.contiguous(x);
    const out = this.empty(x.shape, x.dtype);
    this.kernels.actGrad(x.elem, ACT_GRAD.indexOf(op), out.ptr, c.ptr, y.ptr, y.size);
    return out;
  }

  /** [..., m, k] × [..., k, n], batch axes broadcast. Last-two-axes transposes are read in place. */
  matmul(a: Tensor, b: Tensor): Tensor {
    const batchShape = broadcast("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    const out = this.empty([...batchShape, a.shape.at(-2)!, b.shape.at(-1)!], a.dtype);
    this.product(out, a, b, false);
    return out;
  }
  /** out = or += a b. The rows of each of out's matrices lie one behind the other; the matrices, where they are not one list, on one axis. */
  product(out: Tensor, a: Tensor, b: Tensor, add: boolean): void {
    if (out.size === 0) return;
    const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
    const batchShape = out.shape.slice(0, -2);
    const all = numel(batchShape);
    // A shared right side turns the batch into rows: one large product instead of many small ones.
    const isJoined =
      all > 1 &&
      numel(b.shape.slice(0, -2)) === 1 &&
      [a, out].every((x) => x.isContiguous) &&
      numel(a.shape.slice(0, -2)) === all;
    const A = this.#matrix(a, batchShape);
    const B = this.#matrix(b, isJoined ? [] : batchShape);
    const step = out.isContiguous ? m * n : out.strides.at(-3)!;
    const [rows, batch, steps] = isJoined ? [all * m, 1, [0, 0, 0]] : [m, all, [A.step, B.step, step]]; // prettier-ignore
    this.kernels.matmul(
      ...[a.elem, out.ptr, A.ptr, B.ptr, rows, n, k, A.trans, B.trans, A.ld, B.ld, n] as const,
      ...[batch, ...(steps as [number, number, number]), Number(add)] as const,
    ); // prettier-ignore
  }
  /** x wᵀ + b. x: [m, k], w: [n, k], b: [n] or null. */
  addmm(x: Tensor, w: Tensor, b: Tensor | null): Tensor {
    const [n, k] = [w.shape[0]!, w.shape[1]!];
    const out = this.matmul(x, this.alias(w, [k, n], [w.strides[1]!, w.strides[0]!], w.offset));
    if (b && out.size > 0) {
      const lay = this.#pairLayout(out.shape, out, b);
      this.kernels.binary(out.elem, BINARY.indexOf("add"), out.ptr, out.ptr, b.ptr, lay);
    }
    return out;
  }
  /** How a kernel reads the matrices of x: row or column order, row distance, distance between batch items. */
  #matrix(x: Tensor, batchShape: Shape): { ptr: number; trans: 0 | 1; ld: number; step: number } {
    const [r, c] = [x.shape.at(-2)!, x.shape.at(-1)!];
    const lead = x.shape.slice(0, -2);
    const single = numel(lead) === 1;
    const batch = numel(batchShape);
    const [sr, sc] = [x.strides.at(-2)!, x.strides.at(-1)!];
    const rows = (sc === 1 || c === 1) && (sr >= c || r === 1);
    const cols = (sr === 1 || r === 1) && (sc >= r || c === 1);
    const flat = single ? 0 : this.#batchStep(lead, x.strides, batchShape);
    if (flat !== null && (rows || cols))
      return rows
        ? { ptr: x.ptr, trans: 0, ld: r === 1 ? c : sr, step: flat }
        : { ptr: x.ptr, trans: 1, ld: c === 1 ? r : sc, step: flat };
    const full = single ? x.shape : [...batchShape, r, c];
    const wide = sameShape(full, x.shape)
      ? x
      : this.alias(x, full, broadcastStrides(x.shape, x.strides, full), x.offset);
    const copy = this.contiguous(wide);
    return { ptr: copy.ptr, trans: 0, ld: c, step: single || batch === 1 ? 0 : r * c };
  }
  /** Distance between neighbouring batch items where one number says it, else null. */
  #batchStep(lead: Shape, strides: readonly number[], batchShape: Shape): number | null {
    if (!sameShape(lead, batchShape)) return null;
    let step: number | null = null;
    let expected = 0;
    for (let i = lead.length - 1; i >= 0; i--) {
      if (lead[i] === 1) continue;
      if (step === null) step = strides[i]!;
      else if (strides[i] !== expected) return null;
      expected = strides[i]! * lead[i]!;
    }
    return step ?? 0;
  }

  #pairLayout(shape: Shape, a: Tensor, b: Tensor): number {
    return this.layout(shape, [
      broadcastStrides(a.shape, a.strides, shape),
      broadcastStrides(b.shape, b.strides, shape),
    ]);
  }

  /** Address of a layout block for strided kernels (blocks.ts). */
  layout(shape: Shape, strides: readonly (readonly number[])[]): number {
    return this.#blocks.layout(shape, strides);
  }
  /** Address of a geometry block for convolution and pooling kernels. */
  block(words: readonly number[]): number {
    return this.#blocks.write(words);
  }

  /** The elements in row-major order, as numbers. */
  read(x: Tensor, most = Infinity): Float32Array | Float64Array {
    const c = this.contiguous(x);
    const size = Math.min(c.size, most);
    return c.elem === 1
      ? this.memory.f64.slice(c.ptr / 8, c.ptr / 8 + size)
      : this.memory.f32.slice(c.ptr / 4, c.ptr / 4 + size);
  }
  /** A contiguous tensor from numbers in row-major order. */
  from(values: ArrayLike<number>, shape: Shape, dtype: DType): Tensor {
    const out = this.empty(shape, dtype);
    if (out.elem === 1) this.memory.f64.set(values, out.ptr / 8);
    else this.memory.f32.set(values, out.ptr / 4);
    return this.rounded(out);
  }
}
