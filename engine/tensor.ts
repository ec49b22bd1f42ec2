import type { DType } from "./dtype.ts";
import { elemBytes, elemOf } from "./dtype.ts";
import { assert, MetaError } from "./errors.ts";
import type { Cold, Movable } from "./kernels/cold.ts";
import type { Shape } from "./shape.ts";
import { contiguousStrides, isContiguous, numel } from "./shape.ts";
import type { Node } from "./tape.ts";

/** What a storage needs of the kernels' heap. */
export interface Memory {
  alloc(bytes: number): number;
  free(ptr: number): void;
  moveOut(ptr: number, bytes: number): Uint8Array;
  moveIn(content: Uint8Array): number;
  readonly cold: Cold;
}

const MOST_WRITES = 16;

/** A block of memory that tensors share. `version` counts writes, for PyTorch's in-place check. */
export class Storage implements Movable {
  readonly bytes: number;
  #version = 0;
  /** Identities of the user's places of the last writes, the latest last. */
  readonly #writes: number[] = [];
  used: number;
  #refs = 0;
  #ptr: number;
  /** Its bytes while they lie outside the heap. */
  #content: Uint8Array | null = null;
  /** Waits for who still reads its elements beside the run (measure/measuring.ts); null: nobody does. */
  reader: (() => void) | null = null;
  /** Measured since it was written to last, beside the run if `reader` is not null by now. */
  isMeasured = false;
  /** Somebody was told where it lies: a tensor that has it keeps it. */
  isNamed = false;
  readonly #memory: Memory;

  constructor(memory: Memory, bytes: number) {
    this.#memory = memory;
    this.bytes = bytes;
    this.#ptr = memory.alloc(bytes);
    this.used = memory.cold.turn;
    memory.cold.enter(this);
  }
  /** Byte address; good for the op that asks. Throws EngineError "memory" where there is no room to move it back. */
  get ptr(): number {
    const { cold } = this.#memory;
    this.used = cold.turn;
    if (this.#content) {
      this.#ptr = this.#memory.moveIn(this.#content);
      this.#content = null;
      cold.enter(this);
    }
    return this.#ptr;
  }
  /** Whoever writes to elements that others may know calls this first. */
  beforeWrite(): void {
    this.reader?.();
  }
  /** Counts a write, made at a place of the user's. */
  written(site: number): void {
    assert(!this.reader, "written to while it is measured");
    this.#version++;
    this.isMeasured = false;
    if (this.#writes.push(site) > MOST_WRITES) this.#writes.shift();
  }
  get version(): number {
    return this.#version;
  }
  /** Takes another's place: the writes to that one, and the one by which this does, count as its own. */
  succeed(previous: Storage, site: number): void {
    this.#version = previous.#version;
    this.#writes.splice(0, Infinity, ...previous.#writes);
    this.written(site);
  }
  /** Where it was written to since it had that version, as far as that is known. */
  writesSince(version: number): readonly number[] {
    return this.version > version ? this.#writes.slice(version - this.version) : [];
  }
  moveOut(): void {
    this.reader?.();
    if (this.#refs === 0) return; // the reader was the last who wanted it
    this.#content = this.#memory.moveOut(this.#ptr, this.bytes);
  }
  get refs(): number {
    return this.#refs;
  }
  retain(): this {
    this.#refs++;
    return this;
  }
  release(): void {
    if (--this.#refs === 0) this.#drop();
    assert(this.#refs >= 0, "storage released more often than retained");
  }
  #drop(): void {
    const { cold } = this.#memory;
    if (this.#content) cold.bytes -= this.bytes;
    else this.#memory.free(this.#ptr);
    this.#content = null;
    cold.leave(this);
  }
}

/** Where a view's elements lie in its base. */
export interface Geometry {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** A view's tie to the tensor it was made from: in-place writes to either re-derive the other's gradient. */
interface ViewOf {
  readonly base: Tensor;
  /** The base's `epoch` for which `node` is right. */
  epoch: number;
}

/**
 * Shape, strides and offset (in elements) over a storage; without storage a meta tensor: shape and dtype only.
 * Counted by reference: a new tensor belongs to the scope that made it.
 */
export class Tensor implements Geometry {
  shape: Shape;
  strides: readonly number[];
  offset: number;
  dtype: DType;
  storage: Storage | null;
  /** A Python number in disguise: counts last in type promotion. */
  wrapped = false;
  /** Set by the user on a leaf. */
  requiresGradLeaf = false;
  #node: Node | null = null;
  outIndex = 0;
  grad: Tensor | null = null;
  retainsGrad = false;
  /** Hook identities on a leaf; those of other tensors live on their node. */
  hooks: number[] = [];
  /** Hook identities that run once `grad` has gathered. */
  afterHooks: number[] = [];
  viewOf: ViewOf | null = null;
  /** Counts gradient-relevant in-place writes to this tensor as a base. */
  epoch = 0;
  refs = 1;

  constructor(
    storage: Storage | null,
    dtype: DType,
    shape: Shape,
    strides: readonly number[] = contiguousStrides(shape),
    offset = 0,
  ) {
    this.storage = storage?.retain() ?? null;
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
  }

  get size(): number {
    return numel(this.shape);
  }
  get rank(): number {
    return this.shape.length;
  }
  get isMeta(): boolean {
    return this.storage === null;
  }
  get elem(): 0 | 1 {
    return elemOf(this.dtype);
  }
  get isContiguous(): boolean {
    return isContiguous(this.shape, this.strides);
  }
  /** No view, and all of its storage, in row-major order. */
  get isWhole(): boolean {
    const bytes = this.size * elemBytes(this.dtype);
    return this.viewOf === null && this.isContiguous && this.storage?.bytes === bytes;
  }
  /** Byte address of the first element. Throws MetaError for a meta tensor. */
  get ptr(): number {
    if (!this.storage) throw new MetaError("data");
    return this.storage.ptr + this.offset * elemBytes(this.dtype);
  }
  /** Its storage gives way to src's, as a write of the same elements at `site` would have left it. */
  replace(src: Tensor, site: number): void {
    const fresh = src.storage!.retain();
    fresh.succeed(this.storage!, site);
    this.storage!.release();
    this.storage = fresh;
  }
  get node(): Node | null {
    return this.#node;
  }
  /** Ties the tensor to output `index` of a node (counted), or unties it. */
  setNode(node: Node | null, index = 0): void {
    node?.retain();
    this.#node?.release();
    this.#node = node;
    this.outIndex = index;
  }
  get requiresGrad(): boolean {
    return this.requiresGradLeaf || this.#node !== null;
  }
  retain(): this {
    this.refs++;
    return this;
  }
  release(): void {
    assert(this.refs > 0, "tensor released more often than retained");
    if (--this.refs > 0) return;
    this.storage?.release();
    this.storage = null;
    this.setNode(null);
    this.grad?.release();
    this.grad = null;
    const base = this.viewOf?.base;
    this.viewOf = null;
    base?.release();
  }
}
