import type { Heap } from "./heap.ts";
import { MAX_CALLS, type Pool } from "./pool.ts";
import type { KernelExports } from "./simd.ts";

/** How a kernel's call falls into calls that threads can share: the same bits, by the same loops over parts of the result. */
export type Split = (args: number[], by: Splitter) => Job | null;

export interface Job {
  /** The function of the module, where it is not the kernel itself. */
  readonly name?: string;
  readonly calls: readonly number[][];
  readonly scratch?: number;
}

export interface Splitter {
  readonly pool: Pool;
  readonly heap: Heap;
  readonly exports: KernelExports;
}

/** Multiply-adds, or elements of a pass, below which waking a thread costs more than it saves: some 50 µs of work. */
export const PRODUCT_FROM = 2 ** 20;
export const HEAVY_FROM = 2 ** 15; // exponentials, softmax: above 1 ns each
export const LIGHT_FROM = 2 ** 17;
export const CALLS_PER_THREAD = 4; // finer than threads, so that one that is held up is not waited for
export const LANES = 64; // elements: parts of elementwise kernels begin where their widest loops would

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

export const bytesOf = (t: number): number => (t === 0 ? 4 : 8);
