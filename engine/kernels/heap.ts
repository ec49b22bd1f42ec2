import { EngineError, assert } from "../errors.ts";
import { Cold } from "./cold.ts";
import { RESERVED } from "./reserved.ts";

const PAGE = 65536; // bytes
const MAX_PAGES = 65536;
export const SYSTEM_PAGE = 4096; // bytes; of larger pages each is touched more than once
const GROW_STEP = 16 * 1024 * 1024; // bytes; each growth empties all views, so it is worth doing rarely
const ALIGN = 64;
/** Bytes that exist behind the last block: kernels may read, and drop, numbers behind a tensor. */
const SLACK = 64;
const SUB = 8; // size classes per power of two
const CLASSES = 33 * SUB;
const PROBES = 8; // free blocks looked at in the wanted size's own class before the next class is taken

interface Block {
  start: number;
  size: number;
  free: boolean;
  /** Neighbours by address. */
  below: Block | undefined;
  above: Block | undefined;
  /** Neighbours in the free list of its class. */
  prev: Block | undefined;
  next: Block | undefined;
}

/** Of a memory that threads share, made in whatever realm will use it. */
export const SHARED_MEMORY = { initial: 64, maximum: MAX_PAGES, shared: true } as const;

export interface HeapOptions {
  readonly memory?: WebAssembly.Memory;
  /** Live bytes past which `alloc` throws EngineError "memory". */
  readonly limit?: number;
}

/** Index of the size class that holds `size`: eight classes per power of two. */
function classOf(size: number): number {
  const units = size / ALIGN;
  const log = 31 - Math.clz32(units);
  const sub = log < 3 ? 0 : (units >>> (log - 3)) - SUB;
  return log * SUB + sub;
}

/**
 * Memory for tensors in one WebAssembly.Memory, not zeroed, aligned to 64 bytes.
 * Segregated free lists with immediate coalescing (two-level segregated fit): alloc and free cost about 0.2 µs, and a training step that
 * repeats its shapes gets the same places again. Only the heap grows the memory; its views are always current.
 * Source: Masmano, Ripoll, Crespo, Real: TLSF, ECRTS 2004.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** First byte that is given out. */
  readonly base = RESERVED;
  limit: number;
  /** Bytes handed out now, and the most that ever were since `resetPeak`, cold ones included; sizes are rounded up to 64. */
  live = 0;
  peak = 0;
  readonly cold = new Cold();
  /** Called where there is no room: lets go of what is kept for convenience. */
  onFull: (() => void) | null = null;
  #f32!: Float32Array;
  #f64!: Float64Array;
  #i32!: Int32Array;
  #u8!: Uint8Array;
  readonly #used = new Map<number, Block>();
  readonly #lists: (Block | undefined)[] = new Array<Block | undefined>(CLASSES).fill(undefined);
  /** One bit per class that has a free block, 32 to a word. */
  readonly #filled = new Uint32Array(Math.ceil(CLASSES / 32));
  #last: Block | undefined;
  /** First byte that no block covers. */
  #top: number;
  /** First byte that `touch` has left alone. */
  #touched = 0;

  constructor(options: HeapOptions = {}) {
    this.memory = options.memory ?? new WebAssembly.Memory({ initial: 64, maximum: MAX_PAGES });
    this.limit = options.limit ?? Infinity;
    this.#top = this.base;
    this.#refresh();
  }

  get f32(): Float32Array {
    return this.#f32;
  }
  get f64(): Float64Array {
    return this.#f64;
  }
  get i32(): Int32Array {
    return this.#i32;
  }
  get u8(): Uint8Array {
    return this.#u8;
  }

  /** A place for `bytes` bytes, also for 0. Throws EngineError "memory" past the limit or where memory does not grow. */
  alloc(bytes: number): number {
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    if (this.live + size > this.limit) this.onFull?.();
    const over = this.live + size - this.limit;
    if (!(over <= 0 || this.cold.relieve(over) >= over)) throw this.#exceeded(size);
    const block = this.#find(size) ?? this.#room(size);
    this.#split(block, size);
    block.free = false;
    this.#used.set(block.start, block);
    this.live += size;
    this.peak = Math.max(this.peak, this.live + this.cold.bytes);
    return block.start;
  }

  /** Copies a block's bytes out and frees it. */
  moveOut(ptr: number, bytes: number): Uint8Array {
    const content = this.#u8.slice(ptr, ptr + bytes);
    this.free(ptr);
    this.cold.bytes += bytes;
    return content;
  }
  /** A block with what was moved out. */
  moveIn(content: Uint8Array): number {
    const ptr = this.alloc(content.length);
    this.#u8.set(content, ptr);
    this.cold.bytes -= content.length;
    return ptr;
  }

  /** Gives a place back. A pointer that `alloc` did not return, or freed twice, is a bug and throws. */
  free(ptr: number): void {
    let block = this.#used.get(ptr);
    assert(block, `free of ${ptr}, which is not allocated`);
    this.#used.delete(ptr);
    this.live -= block.size;
    const { below, above } = block;
    if (above?.free) {
      this.#unlink(above);
      this.#absorb(block, above);
    }
    if (below?.free) {
      this.#unlink(below);
      this.#absorb(below, block);
      block = below;
    }
    this.#link(block);
  }

  /** Bytes of the block at `ptr`, rounded up to 64. */
  sizeOf(ptr: number): number {
    const block = this.#used.get(ptr);
    assert(block, `size of ${ptr}, which is not allocated`);
    return block.size;
  }

  /**
   * Takes the first `bytes` of memory from the system before somebody needs them: the first touch of a page costs the kernels more than their work there. As far
   * as memory grows.
   */
  touch(bytes: number): void {
    const [from, end] = this.untouched(bytes);
    for (let at = from; at < end; at += SYSTEM_PAGE) this.#u8[at] = 0;
  }

  /** Lets memory reach its first `bytes` in one step. → what of them nobody has used or asked for, for the caller to touch; nothing where it does not grow so far. */
  untouched(bytes: number): readonly [from: number, end: number] {
    const end = Math.min(this.base + Math.min(bytes, this.limit), MAX_PAGES * PAGE - SLACK);
    const from = Math.max(this.#top, this.#touched);
    if (end <= from) return [from, from];
    try {
      this.#grow(end, end - from);
    } catch {
      return [from, from]; // a run that needs it will be told
    }
    this.#touched = end;
    return [from, end];
  }

  resetPeak(): void {
    this.peak = this.live + this.cold.bytes;
  }

  #find(size: number): Block | undefined {
    const own = classOf(size);
    let block = this.#lists[own];
    for (let i = 0; block && i < PROBES; i++, block = block.next)
      if (block.size >= size) return this.#unlink(block);
    for (
      let word = (own + 1) >>> 5, low = (own + 1) & 31;
      word < this.#filled.length;
      word++, low = 0
    ) {
      const bits = (this.#filled[word]! & (-1 << low)) >>> 0;
      if (bits) return this.#unlink(this.#lists[word * 32 + 31 - Math.clz32(bits & -bits)]!);
    }
    return undefined;
  }

  /** A free block at the top of memory, or where others moved out of the way. */
  #room(size: number): Block {
    for (;;) {
      try {
        return this.#extend(size);
      } catch (error) {
        if (this.cold.relieve(size) === 0) throw error;
      }
      const block = this.#find(size);
      if (block) return block;
    }
  }

  /** A free block of at least `size` at the top of memory, taken out of its list. */
  #extend(size: number): Block {
    const last = this.#last;
    const missing = last?.free ? size - last.size : size;
    this.#grow(this.#top + missing, size);
    this.#top += missing;
    if (last?.free) {
      this.#unlink(last);
      last.size = size;
      return last;
    }
    const block: Block = {
      start: this.#top - size, size, free: true, below: last, above: undefined, prev: undefined, next: undefined,
    }; // prettier-ignore
    if (last) last.above = block;
    this.#last = block;
    return block;
  }

  #grow(end: number, asked: number): void {
    const have = this.#u8.length;
    if (end + SLACK <= have) return;
    const need = Math.ceil((end + SLACK - have) / PAGE);
    const room = MAX_PAGES - have / PAGE;
    if (need > room) throw this.#exceeded(asked);
    try {
      this.memory.grow(Math.min(room, Math.max(need, GROW_STEP / PAGE)));
    } catch (cause) {
      try {
        this.memory.grow(need);
      } catch {
        throw this.#exceeded(asked, cause);
      }
    }
    this.#refresh();
  }

  /** Cuts what `block` has beyond `size` off into a free block of its own. */
  #split(block: Block, size: number): void {
    const rest = block.size - size;
    if (rest < ALIGN) return;
    const tail: Block = {
      start: block.start + size, size: rest, free: true, below: block, above: block.above, prev: undefined, next: undefined,
    }; // prettier-ignore
    if (block.above) block.above.below = tail;
    else this.#last = tail;
    block.above = tail;
    block.size = size;
    this.#link(tail);
  }

  #absorb(block: Block, above: Block): void {
    block.size += above.size;
    block.above = above.above;
    if (above.above) above.above.below = block;
    else this.#last = block;
  }

  #link(block: Block): void {
    const c = classOf(block.size);
    const head = this.#lists[c];
    block.free = true;
    block.prev = undefined;
    block.next = head;
    if (head) head.prev = block;
    this.#lists[c] = block;
    this.#filled[c >>> 5]! |= 1 << (c & 31);
  }

  #unlink(block: Block): Block {
    const { prev, next } = block;
    if (next) next.prev = prev;
    if (prev) prev.next = next;
    else {
      const c = classOf(block.size);
      this.#lists[c] = next;
      if (!next) this.#filled[c >>> 5]! &= ~(1 << (c & 31));
    }
    return block;
  }

  #refresh(): void {
    const { buffer } = this.memory;
    this.#f32 = new Float32Array(buffer);
    this.#f64 = new Float64Array(buffer);
    this.#i32 = new Int32Array(buffer);
    this.#u8 = new Uint8Array(buffer);
  }

  #exceeded(size: number, cause?: unknown): EngineError {
    const mb = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
    const allowed = mb(Math.min(this.limit, MAX_PAGES * PAGE));
    return new EngineError(
      "memory",
      `tensors need more memory than allowed: ${mb(this.live)} in use, ${mb(size)} asked, ${allowed} allowed`,
      cause === undefined ? undefined : { cause },
    );
  }
}
