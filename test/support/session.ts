import { Heap, referenceKernels } from "../../engine/kernels/index.ts";
import { Session } from "../../engine/session.ts";

/** A session on the slow reference kernels: the oracle's arithmetic. */
export function referenceSession(): Session {
  const heap = new Heap();
  return new Session(referenceKernels(heap), heap);
}

/** Numbers in −1..1 that depend on the seed alone (mulberry32). */
export function numbers(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
