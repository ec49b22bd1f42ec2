import { assert, OverwrittenError, TorchError } from "./errors.ts";
import type { DType } from "./dtype.ts";
import type { Attrs, Op } from "./op.ts";
import { numel, type Shape } from "./shape.ts";
import { Tensor, type Geometry, type Storage } from "./tensor.ts";

/** Where an input's cotangent goes: an earlier node's output, or a leaf that gathers `grad`. */
export type Edge = { readonly node: Node; readonly index: number } | { readonly leaf: Tensor };

/** What the tape knows of every tensor. */
export interface TensorMeta {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a user put around the saving of tensors: `saved_tensors_hooks`. What is packed is known by its identity. */
export interface SavingHooks {
  pack(x: Tensor): number;
  /** A tensor of its own (refs 1). */
  unpack(id: number): Tensor;
  free(id: number): void;
}

/** What a vjp reads of its call, kept until backward. */
export interface Kept {
  /** A tensor of its own (refs 1). Throws PyTorch's error where the elements were overwritten since. */
  unpack(): Tensor;
  /** Before `dst` is overwritten by the very call that saved it: a copy of what it held. */
  keep(dst: Tensor, backend: { copy(x: Tensor): Tensor }): void;
  /** Whether it is elements of this storage that are kept. */
  isOf(storage: Storage): boolean;
  /** After an in-place op has written its result `out` to `dst`: what is kept of `out` is `dst` from now on. */
  follow(out: Tensor, dst: Tensor): void;
  release(): void;
}

/** What a call keeps for its vjp by way of the user's hooks. */
export class Packed implements Kept {
  readonly #hooks: SavingHooks;
  readonly #id: number;
  constructor(x: Tensor, hooks: SavingHooks) {
    this.#hooks = hooks;
    const plain = new Tensor(x.storage, x.dtype, x.shape, x.strides, x.offset);
    this.#id = hooks.pack(plain);
    plain.release();
  }
  unpack(): Tensor {
    return this.#hooks.unpack(this.#id);
  }
  keep(): void {
    // The hook has seen the tensor; whether it copied is its own affair.
  }
  isOf(): boolean {
    return false;
  }
  follow(): void {
    // Likewise.
  }
  release(): void {
    this.#hooks.free(this.#id);
  }
}

/** What a call keeps for its vjp: the storage and geometry, without the tensor's own place on the tape. */
export class Saved implements Kept {
  #storage: Storage | null;
  #geometry: Geometry;
  #version: number;
  readonly #dtype: DType;
  readonly #isOutput: boolean;
  /** What a message names: an input by what it is by then, an output by the op that made it. */
  readonly #origin: Pick<Tensor, "node" | "outIndex">;
  constructor(x: Tensor, isOutput = false) {
    this.#storage = x.storage?.retain() ?? null;
    this.#geometry = { shape: x.shape, strides: x.strides, offset: x.offset };
    this.#dtype = x.dtype;
    this.#version = x.storage?.version ?? 0;
    this.#isOutput = isOutput;
    this.#origin = isOutput ? { node: x.node, outIndex: x.outIndex } : x;
  }
  unpack(): Tensor {
    const storage = this.#storage;
    const { shape, strides, offset } = this.#geometry;
    const version = storage?.version ?? 0;
    if (version !== this.#version) {
      const { node, outIndex } = this.#origin;
      const name = node ? `, which is output ${outIndex} of ${node.gradName},` : "";
      throw new OverwrittenError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: " +
          `[torch.${this.#dtype === "float64" ? "DoubleTensor" : "FloatTensor"} [${shape.join(", ")}]]${name} is at version ` +
          `${version}; expected version ${this.#version} instead. Hint: enable anomaly detection to find the operation ` +
          "that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True).",
        storage?.writesSince(this.#version) ?? [],
      );
    }
    return new Tensor(storage, this.#dtype, shape, strides, offset);
  }
  keep(dst: Tensor, backend: { copy(x: Tensor): Tensor }): void {
    const storage = this.#storage;
    if (!storage || storage !== dst.storage || storage.version !== this.#version) return;
    const { shape, strides, offset } = this.#geometry;
    if (offset !== dst.offset || numel(shape) !== dst.size) return;
    const x = new Tensor(storage, this.#dtype, shape, strides, offset);
    this.#take(backend.copy(x), 0);
    x.release();
  }
  isOf(storage: Storage): boolean {
    return this.#storage === storage;
  }
  follow(out: Tensor, dst: Tensor): void {
    if (!this.#isOutput || this.#storage !== out.storage) return;
    if (numel(this.#geometry.shape) === dst.size) this.#take(dst, dst.storage?.version ?? 0);
  }
  /** From now on it is x's elements that are kept. */
  #take(x: Tensor, version: number): void {
    x.storage?.retain();
    this.#storage?.release();
    this.#storage = x.storage;
    this.#geometry = { shape: x.shape, strides: x.strides, offset: x.offset };
    this.#version = version;
  }
  release(): void {
    this.#storage?.release();
    this.#storage = null;
  }
}

let sequence = 0;

/** What runs in place of an op's vjp: a user's `autograd.Function`. */
export type CustomVjp = (cts: readonly (Tensor | null)[]) => readonly (Tensor | null)[];

/**
 * One op call in the record of a run. Counted by reference (tensors and later nodes hold it), so a graph that nobody
 * can walk any more gives its memory back at once.
 */
export class Node {
  readonly seq = ++sequence;
  readonly op: Op | null;
  readonly custom: CustomVjp | null;
  readonly attrs: Attrs;
  readonly edges: readonly (Edge | null)[];
  /** Null where an optional input was absent. */
  readonly inputs: readonly (TensorMeta | null)[];
  readonly outs: readonly TensorMeta[];
  saved: (Kept | null)[] | null;
  /** Identity of the user's place in the source; −1: none. */
  readonly site: number;
  /** Identity of the layer call it belongs to; −1: none. */
  readonly layer: number;
  /** Python hooks by output. */
  readonly hooks: { index: number; id: number }[] = [];
  /** Tensors that keep their grad though they are no leaves. */
  readonly retained: { index: number; tensor: Tensor }[] = [];
  /** Called when custom's node goes. */
  readonly onFree: (() => void) | null;
  #refs = 0;

  constructor(spec: {
    op: Op | null;
    custom?: CustomVjp | null;
    attrs: Attrs;
    edges: readonly (Edge | null)[];
    inputs: readonly (TensorMeta | null)[];
    outs: readonly TensorMeta[];
    site: number;
    layer: number;
    onFree?: (() => void) | null;
  }) {
    this.op = spec.op;
    this.custom = spec.custom ?? null;
    this.attrs = spec.attrs;
    this.edges = spec.edges;
    this.inputs = spec.inputs;
    this.outs = spec.outs;
    this.saved = null;
    this.site = spec.site;
    this.layer = spec.layer;
    this.onFree = spec.onFree ?? null;
    for (const e of spec.edges) {
      if (!e) continue;
      if ("leaf" in e) e.leaf.retain();
      else e.node.retain();
    }
  }
  get gradName(): string {
    const name = this.op?.name ?? "function";
    return `${name[0]!.toUpperCase()}${name.slice(1)}Backward0`;
  }
  retain(): void {
    this.#refs++;
  }
  /** Gives up one reference; the last frees saved tensors and lets earlier nodes go, without recursion. */
  release(): void {
    const queue: Node[] = [this];
    for (let node = queue.pop(); node; node = queue.pop()) {
      if (--node.#refs > 0) continue;
      assert(node.#refs === 0, "node released more often than retained");
      node.dropSaved();
      node.onFree?.();
      for (const r of node.retained) r.tensor.retainsGrad = false;
      for (const e of node.edges) {
        if (!e) continue;
        if ("leaf" in e) e.leaf.release();
        else queue.push(e.node);
      }
    }
  }
  /** True once saved tensors were given up: the vjp cannot run again. */
  isConsumed = false;
  dropSaved(): void {
    for (const s of this.saved ?? []) {
      if (s) this.isConsumed = true;
      s?.release();
    }
    this.saved = null;
  }
}

/** Nodes reachable from the roots, latest first: an order in which every cotangent is complete when its node comes. */
export function walkOrder(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>(roots);
  const stack = [...seen];
  for (let node = stack.pop(); node; node = stack.pop())
    for (const e of node.edges)
      if (e && "node" in e && !seen.has(e.node)) {
        seen.add(e.node);
        stack.push(e.node);
      }
  return [...seen].sort((a, b) => b.seq - a.seq);
}

/** Throws PyTorch's error for a second walk over a freed graph. */
export function assertNotFreed(node: Node): void {
  if (node.saved === null && node.op && node.isConsumed)
    throw new TorchError(
      "RuntimeError",
      "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). " +
        "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if " +
        "you need to backward through the graph a second time or if you need to access saved tensors after calling backward.",
    );
}
