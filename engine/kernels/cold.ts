/** What lies in the heap and may lie outside for a while. */
export interface Movable {
  readonly bytes: number;
  /** `Cold.turn` when its address was last asked for. */
  readonly used: number;
  /** Copies its bytes out and frees its block. */
  moveOut(): void;
}

/** Below these a copy saves next to nothing. */
const LEAST_BYTES = 65536;
/** Addresses that were asked for in the last turns may still be in somebody's hands. */
const RECENT = 8;

/**
 * Tensors' bytes in buffers outside WebAssembly's memory, for runs that do not fit its 4 GiB: where the heap is full, what was not used for longest
 * moves out, and whoever asks for its address moves it back. Early activations, whose turn in the backward pass comes last, are the first to go.
 */
export class Cold {
  /** Counts ops. */
  turn = 0;
  /** Bytes that may lie outside; 0: nothing moves. */
  limit = 0;
  /** Bytes that do. */
  bytes = 0;
  readonly #inside = new Set<Movable>();

  enter(one: Movable): void {
    this.#inside.add(one);
  }
  leave(one: Movable): void {
    this.#inside.delete(one);
  }

  /** Moves out until `wanted` bytes are free; returns how many became free. */
  relieve(wanted: number): number {
    if (this.limit === 0) return 0;
    const idle = [...this.#inside]
      .filter((one) => one.bytes >= LEAST_BYTES && one.used < this.turn - RECENT)
      .sort((a, b) => a.used - b.used);
    let freed = 0;
    for (const one of idle) {
      if (freed >= wanted || this.bytes + one.bytes > this.limit) break;
      one.moveOut();
      this.leave(one);
      freed += one.bytes;
    }
    return freed;
  }
}
