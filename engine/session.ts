import { Backend } from "./backend.ts";
import type { BackendMemory } from "./backend.ts";
import { backward } from "./backward.ts";
import { composites } from "./composites.ts";
import type { DType } from "./dtype.ts";
import { isFloat } from "./dtype.ts";
import { assert, EngineError, TorchError, UnsupportedError } from "./errors.ts";
import type { Executor } from "./executor.ts";
import { makeExecutor } from "./execute.ts";
import type { Kernels } from "./kernels/kernels.ts";
import type { LaterStats } from "./kernels/splitStats.ts";
import { writeOverlapping } from "./overlap.ts";
import { ops } from "./ops/index.ts";
import type { Attrs, Op } from "./op.ts";
import type { Shape } from "./shape.ts";
import { broadcastStrides, numel } from "./shape.ts";
import type { Misfit } from "./misfits.ts";
import { isReplaceable } from "./inPlace.ts";
import {
  dtypeOf,
  isMeta,
  isPresent,
  itself,
  metaOf,
  named,
  promoted,
  savedNames,
  shapeOf,
} from "./inputs.ts";
import { iterationOrder } from "./layout.ts";
import type { Edge } from "./tape.ts";
import { Node, Packed, Saved, type Kept, type SavingHooks } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** What looks on as cotangents become complete; measures, judges nothing. */
export interface Observer {
  /** The whole cotangent of a node's output, before its vjp runs. */
  onOutput(node: Node, index: number, ct: Tensor): void;
  /** One node's contribution to the cotangent of its input. */
  onInput(node: Node, input: number, ct: Tensor): void;
  /** False: it need not see this contribution. Absent: it sees all. */
  wantsInput?(node: Node, input: number): boolean;
  /** An op on the tape takes a leaf. */
  onLeaf?(leaf: Tensor): void;
  /** A leaf's `grad` has all of this walk. */
  onGrad?(grad: Tensor): void;
}

/**
 * One run's engine: memory, kernels, gradient mode, the user's place. Runs ops and records them.
 * Everything here is per interpreter; there are no globals.
 */
export class Session {
  readonly backend: Backend;
  readonly k: Executor;
  gradMode = true;
  /** Through what tensors are saved for backward; null: as they are. */
  savingHooks: SavingHooks | null = null;
  /** Factories make meta tensors. */
  metaMode = false;
  defaultFloat: DType = "float32";
  /** The user's place in the source, and the layer call, that new nodes belong to. */
  site = -1;
  layer = -1;
  observer: Observer | null = null;
  /** Sees each op's result, views apart. */
  onResult: ((op: Op, inputs: readonly (Tensor | null)[], out: Tensor) => void) | null = null;
  /** Sees what each backward pass begins at. */
  onBackward: ((roots: readonly Tensor[]) => void) | null = null;
  /** Ops that stand for several run as these: somebody looks at each. */
  inParts = false;
  /** Milliseconds of `now` after which no op is begun. */
  end = Infinity;
  now: () => number = () => 0;
  /** A backward pass runs: the numbers of its rules are not the user's. */
  isWalking = false;
  /** Python numbers that half tensors met and that their dtype does not hold, by the user's place. */
  readonly misfits = new Map<string, Misfit>();
  /** Results of ops so far, meta ones included: their number, arithmetic and bytes; and gradients that may be differentiated again. */
  readonly made = { ops: 0, flops: 0, bytes: 0, graphs: 0 };

  constructor(kernels: Kernels, memory: BackendMemory, later: LaterStats | null = null) {
    this.backend = new Backend(kernels, memory, later);
    this.k = makeExecutor(this);
  }

  /** Throws EngineError `time` once the limit has passed. */
  assertTime(): void {
    if (this.end < Infinity && this.now() > this.end)
      throw new EngineError("time", "the time for this run is over");
  }

  call(name: string, inputs: readonly (Tensor | null)[], attrs: Attrs = {}): Tensor {
    const composite = composites.get(name);
    if (composite) return this.backend.scoped(() => composite(this, inputs, attrs));
    const op = ops.get(name);
    if (!op) throw new UnsupportedError(name);
    return this.run(op, inputs, attrs);
  }

  /**
   * Shape, forward, record. The result belongs to the caller's scope. Throws what the op's shape rule throws, MetaError
   * where an op needs values that a meta tensor lacks.
   */
  run(op: Op, given: readonly (Tensor | null)[], attrs: Attrs): Tensor {
    this.assertTime();
    const { backend } = this;
    backend.memory.cold.turn++;
    return backend.scoped(() => {
      const inputs = promoted(this, op, given);
      const out = this.#compute(op, inputs, attrs);
      this.#record(op, inputs, attrs, out);
      if (this.onResult && !op.def.view) this.onResult(op, inputs, out);
      return out;
    });
  }

  #compute(op: Op, inputs: readonly (Tensor | null)[], attrs: Attrs): Tensor {
    const { def } = op;
    const shapes = named(op, inputs, shapeOf);
    const shape = def.shape(shapes, attrs);
    const first = inputs.find(isPresent);
    if (def.view) {
      assert(first, `${op.name}: a view of nothing`);
      const g = def.view(first, attrs);
      const out = this.backend.own(
        new Tensor(first.storage, first.dtype, g.shape, g.strides, g.offset),
      );
      out.viewOf = {
        base: (first.viewOf?.base ?? first).retain(),
        epoch: (first.viewOf?.base ?? first).epoch,
      };
      return out;
    }
    const dtype = def.dtype
      ? def.dtype(named(op, inputs, dtypeOf), attrs)
      : def.promote === "compare"
        ? "bool"
        : (first?.dtype ?? this.defaultFloat);
    const size = numel(shape);
    this.made.ops++;
    this.made.flops += def.flops ? def.flops(shapes, shape, attrs) : size;
    this.made.bytes += 4 * size;
    if (inputs.some(isMeta) || (this.metaMode && inputs.length === 0))
      return this.backend.meta(shape, dtype);
    assert(def.forward, `${op.name}: neither view nor forward`);
    const order = def.elementwise ? iterationOrder(inputs, shape) : null;
    const out = order
      ? this.#inOrder(op, order, shape, inputs, attrs)
      : def.forward(this.backend, named(op, inputs, itself), attrs);
    assert(out.dtype === dtype, `${op.name}: forward made ${out.dtype}, its rule says ${dtype}`);
    return def.half.round === "once" && !order ? this.backend.rounded(out) : out;
  }

  /** Runs an elementwise forward on its inputs' axes in another order; the result keeps that order in memory. */
  #inOrder(
    op: Op,
    order: readonly number[],
    shape: Shape,
    inputs: readonly (Tensor | null)[],
    attrs: Attrs,
  ): Tensor {
    const turned = named(op, inputs, (x) => {
      if (x.rank === 0) return x;
      const strides = broadcastStrides(x.shape, x.strides, shape);
      return this.backend.alias(
        x,
        order.map((a) => shape[a]!),
        order.map((a) => strides[a]!),
        x.offset,
      );
    });
    const out = this.backend.rounded(op.def.forward!(this.backend, turned, attrs));
    const strides = shape.map((_, i) => out.strides[order.indexOf(i)]!);
    return this.backend.alias(out, shape, strides, out.offset);
  }

  cast(x: Tensor, dtype: DType): Tensor {
    const y = this.call("cast", [x], { dtype });
    return y;
  }

  /** Where a cotangent of x goes; null where x needs none. */
  edge(x: Tensor): Edge | null {
    this.refreshView(x);
    if (x.node) return { node: x.node, index: x.outIndex };
    return x.requiresGradLeaf ? { leaf: x } : null;
  }

  #record(op: Op, inputs: readonly (Tensor | null)[], attrs: Attrs, out: Tensor): void {
    if (!this.gradMode || !isFloat(out.dtype)) return;
    if (op.def.vjp === null) return;
    const edges: (Edge | null)[] = [];
    let isOnTape = false;
    for (const x of inputs) {
      const edge = x && isFloat(x.dtype) ? this.edge(x) : null;
      edges.push(edge);
      isOnTape ||= edge !== null;
    }
    if (!isOnTape) return;
    const node = new Node({
      op,
      attrs,
      edges,
      inputs: inputs.map(metaOf),
      outs: [{ shape: out.shape, dtype: out.dtype }],
      site: this.site,
      layer: this.layer,
    });
    if (this.observer?.onLeaf)
      for (const e of edges) if (e && "leaf" in e) this.observer.onLeaf(e.leaf);
    out.setNode(node);
    node.saved = this.#saved(op, edges, inputs, out);
  }

  /** What is kept for the cotangents that somebody waits for, by place: the inputs, then the result. */
  #saved(
    op: Op,
    edges: readonly (Edge | null)[],
    inputs: readonly (Tensor | null)[],
    out: Tensor,
  ): (Kept | null)[] {
    const saves = savedNames(op, edges);
    const kept: (Kept | null)[] = [];
    for (let i = 0; i <= inputs.length; i++) {
      const isOut = i === inputs.length;
      const x = isOut ? out : inputs[i];
      const name = isOut ? "out" : op.variadic ? "*" : op.inputs[i]!;
      if (!x || !saves.includes(name)) kept.push(null);
      else kept.push(this.savingHooks ? new Packed(x, this.savingHooks) : new Saved(x, isOut));
    }
    return kept;
  }

  /** A user's own function on the tape: `outs` become outputs of one node whose vjp is `custom`. */
  recordCustom(
    inputs: readonly Tensor[],
    outs: readonly Tensor[],
    custom: (cts: readonly (Tensor | null)[], node: Node) => readonly (Tensor | null)[],
    onFree: () => void,
  ): void {
    const edges = inputs.map((x) => this.edge(x));
    const node: Node = new Node({
      op: null,
      custom: (cts) => custom(cts, node),
      attrs: {},
      edges,
      inputs: inputs.map((x) => ({ shape: x.shape, dtype: x.dtype })),
      outs: outs.map((x) => ({ shape: x.shape, dtype: x.dtype })),
      site: this.site,
      layer: this.layer,
      onFree,
    });
    outs.forEach((x, i) => {
      x.viewOf?.base.release();
      x.viewOf = null;
      if (isFloat(x.dtype)) x.setNode(node, i);
    });
  }

  /** After an in-place write to its base, a view's gradient path is the base's new one, read at the view's place. */
  refreshView(x: Tensor): void {
    const v = x.viewOf;
    if (!v || v.epoch === v.base.epoch) return;
    v.epoch = v.base.epoch;
    const previous = this.gradMode;
    this.gradMode = true;
    this.backend.scoped(() => {
      const fresh = this.call("asStrided", [v.base], {
        shape: x.shape,
        strides: x.strides,
        offset: x.offset,
      });
      x.setNode(fresh.node, fresh.outIndex);
      return null;
    });
    this.gradMode = previous;
  }

  /**
   * dst ← src (cast, broadcast), as every in-place op ends. The write goes through to all views; the gradient path of dst
   * becomes that of src. `isResult`: src is what the in-place op itself has computed, and nobody else's; then what its gradient keeps
   * of it is dst, and a later write to that is noticed. Throws PyTorch's errors for leaves.
   */
  assign(dst: Tensor, src: Tensor, isResult = false): void {
    if (dst.strides.some((stride, i) => stride === 0 && dst.shape[i]! > 1))
      throw new TorchError(
        "RuntimeError",
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.",
      );
    this.backend.scoped(() => {
      let from = src.dtype === dst.dtype ? src : this.cast(src, dst.dtype);
      const base = dst.viewOf?.base ?? null;
      if (this.gradMode) {
        if (dst.requiresGradLeaf)
          throw new TorchError(
            "RuntimeError",
            "a leaf Variable that requires grad is being used in an in-place operation.",
          );
        if (base?.requiresGradLeaf)
          throw new TorchError(
            "RuntimeError",
            "a view of a leaf Variable that requires grad is being used in an in-place operation.",
          );
      }
      if (from.shape.length !== dst.shape.length || from.shape.some((d, i) => d !== dst.shape[i]))
        from = this.call("expand", [from], { shape: dst.shape });
      const path =
        this.gradMode && isFloat(dst.dtype) ? this.#pathAfterWrite(dst, base, from) : null;
      if (!dst.isMeta) {
        if (from.isMeta)
          throw new TorchError("NotImplementedError", "Cannot copy out of meta tensor; no data!");
        const isOwn = isResult && from === src;
        if (isOwn && isReplaceable(dst, src)) dst.replace(src, this.site);
        else this.#write(dst, from, src);
        if (isOwn) for (const saved of src.node?.saved ?? []) saved?.follow(src, dst);
      }
      path?.();
      return null;
    });
  }
  #write(dst: Tensor, from: Tensor, src: Tensor): void {
    dst.storage!.beforeWrite();
    // x.mul_(y) may still need x: the call's own saved x is copied before it is overwritten, as PyTorch does.
    if (src.node) for (const saved of src.node.saved ?? []) saved?.keep(dst, this.backend);
    if (from.storage === dst.storage) writeOverlapping(this.backend, dst, from);
    else this.backend.write(dst, from);
    dst.storage!.written(this.site);
  }
  /** Must be built before the write (it reads old nodes), and takes effect after it. */
  #pathAfterWrite(dst: Tensor, base: Tensor | null, from: Tensor): (() => void) | null {
    if (!base) {
      if (from.requiresGrad) {
        const named = from.node ? from : this.call("clone", [from]);
        return () => {
          dst.setNode(named.node, named.outIndex);
          dst.epoch++;
        };
      }
      if (!dst.node) return null;
      // Every element is replaced: still on the tape, and what flows back to the old ones is zero.
      const old = this.backend.meta(dst.shape, dst.dtype);
      old.setNode(dst.node, dst.outIndex);
      const written = this.backend.meta(dst.shape, dst.dtype);
      const geometry = { shape: dst.shape, strides: old.strides, offset: 0 };
      const { node } = this.call("sliceAssign", [old, written], geometry);
      node?.retain();
      return () => {
        dst.setNode(node);
        node?.release();
        dst.epoch++;
      };
    }
    if (!from.requiresGrad && !base.requiresGrad) return null;
    this.refreshView(base);
    // The base with this part replaced: its node alone matters, the elements are written in place.
    const metaBase = this.backend.meta(base.shape, base.dtype);
    const edge = this.edge(base);
    if (edge && "node" in edge) metaBase.setNode(edge.node, edge.index);
    const metaFrom = this.backend.meta(from.shape, from.dtype);
    const named = from.requiresGrad && !from.node ? this.call("clone", [from]) : from;
    if (named.node) metaFrom.setNode(named.node, named.outIndex);
    const geometry = { shape: dst.shape, strides: dst.strides, offset: dst.offset - base.offset };
    const next = this.call("sliceAssign", [metaBase, metaFrom], geometry);
    const node = next.node;
    node?.retain();
    return () => {
      base.setNode(node);
      node?.release();
      base.epoch++;
      this.refreshView(dst);
    };
  }

  /** Cotangents of `roots` carried back to leaves (accumulated in `grad`) or to `inputs` (returned). */
  backward(
    roots: readonly { tensor: Tensor; ct: Tensor | null }[],
    options: {
      retainGraph: boolean;
      createGraph: boolean;
      inputs?: readonly Tensor[];
      accumulate: boolean;
      hook?: (id: number, ct: Tensor) => Tensor | null;
    },
  ): (Tensor | null)[] {
    this.onBackward?.(roots.map(({ tensor }) => tensor));
    return backward(this, roots, options);
  }

  /** A Python number as a tensor that counts last in type promotion. */
  scalar(value: number, kind: "float" | "int" | "bool"): Tensor {
    const dtype = kind === "float" ? "float64" : kind === "int" ? "int64" : "bool";
    const t = this.backend.full([], dtype, value);
    t.wrapped = true;
    return t;
  }
}
