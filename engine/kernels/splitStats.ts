/** The statistics of large tensors, block by block; the blocks' sums are added in the order in which one thread adds them. */
import type { Heap } from "./heap.ts";
import { EXPONENT_BINS, STATS } from "./kernels.ts";
import { MAX_CALLS, type Pool } from "./pool.ts";
import type { KernelExports } from "./simd.ts";
import { bytesOf } from "./splitter.ts";
import type { Splitter } from "./splitter.ts";

const BLOCK = 131072; // assembly/stats.ts: sums of such blocks are added in order
const WORDS = STATS.length + EXPONENT_BINS;
const BYTES = 8 * WORDS;

/** statsPart's arguments for each block of n numbers at x; `at`: where block i's words go. */
function blocks(t: number, x: number, n: number, at: (i: number) => number): number[][] {
  return Array.from({ length: Math.ceil(n / BLOCK) }, (_, i) => [
    t,
    at(i),
    x + i * BLOCK * bytesOf(t),
    Math.min(BLOCK, n - i * BLOCK),
  ]);
}

/** The kernel `stats` over all threads; false: for one alone. */
export function splitStats({ pool, heap, exports }: Splitter, args: readonly number[]): boolean {
  const [t, out, x, n] = args as [number, number, number, number];
  const count = Math.ceil(n / BLOCK);
  if (count < 2) return false;
  const parts = heap.alloc((count - 1) * BYTES);
  try {
    const calls = blocks(t, x, n, (i) => (i === 0 ? out : parts + (i - 1) * BYTES));
    for (let i = 0; i < count; i += MAX_CALLS) pool.run("statsPart", calls.slice(i, i + MAX_CALLS));
    exports["statsJoin"]!(out, parts, count - 1);
  } finally {
    heap.free(parts);
  }
  return true;
}

/** Statistics that threads without other work compute. Where the blocks' words stand, how many, and the last one's ticket. */
export interface StatsJob {
  readonly at: number;
  readonly count: number;
  readonly last: number;
}

/** `stats` begun now and read later: the same bits. */
export class LaterStats {
  readonly #heap: Heap;
  readonly #exports: KernelExports;
  readonly #pool: Pool;

  constructor(heap: Heap, exports: KernelExports, pool: Pool) {
    this.#heap = heap;
    this.#exports = exports;
    this.#pool = pool;
  }

  /** `settle` is called where there is no more room for tensors. */
  onFull(settle: () => void): void {
    this.#heap.onFull = settle;
  }
  /** A place for `read`'s words; before it is asked for, nobody knows where x lies, as making room may move tensors. */
  room(n: number): number {
    return this.#heap.alloc(Math.ceil(n / BLOCK) * BYTES);
  }
  /** Of n numbers, at least one, at x, which nobody may change or free before `read`. */
  begin(t: number, at: number, x: number, n: number): StatsJob {
    const calls = blocks(t, x, n, (i) => at + i * BYTES);
    return { at, count: calls.length, last: this.#pool.later("statsPart", calls) };
  }
  isDone({ count, last }: StatsJob): boolean {
    for (let i = 0; i < count; i++) if (!this.#pool.isDone(last - i)) return false;
    return true;
  }
  /** The words of `stats`, once; waits for them. */
  read({ at, count, last }: StatsJob): Float64Array {
    for (let i = count - 1; i >= 0; i--) this.#pool.finish(last - i);
    this.#exports["statsJoin"]!(at, at + BYTES, count - 1);
    const words = this.#heap.f64.slice(at / 8, at / 8 + WORDS);
    this.#heap.free(at);
    return words;
  }
}
