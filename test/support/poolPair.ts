/** Kernels on a pool of threads, beside the same build on one. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { HelperParts } from "../../engine/doors/helper.ts";
import { Heap, kernelsOf, Pool, pooled } from "../../engine/kernels/index.ts";
import { instantiate, type KernelExports } from "../../engine/kernels/simd.ts";
import { Bench, modulesOf } from "./kernelPair.ts";

const HELPER = fileURLToPath(new URL("../../dist/helper.cjs", import.meta.url));

export interface Shared {
  readonly bench: Bench;
  readonly alone: Bench;
  readonly pool: Pool;
  readonly exports: KernelExports;
  /** Calls that went through the pool. */
  readonly jobs: () => number;
  stop(): Promise<void>;
}

/** A helper's thread as the engine starts it. */
export const startHelper = (parts: HelperParts): Worker =>
  new Worker(HELPER, { workerData: parts });

class CountingPool extends Pool {
  jobs = 0;
  override run(...args: Parameters<Pool["run"]>): void {
    this.jobs++;
    super.run(...args);
  }
  override later(...args: Parameters<Pool["later"]>): number {
    this.jobs++;
    return super.later(...args);
  }
}

/** A pool of `helpers` threads beside the same build on one thread. */
export async function startPool(alone: Bench, helpers: number): Promise<Shared> {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  const modules = modulesOf(alone.name, true);
  const heap = new Heap({ memory });
  const exports = instantiate(heap, modules);
  const pool = new CountingPool(heap, exports, helpers);
  const threads = Array.from({ length: helpers }, (_, i) =>
    startHelper({ ...modules, memory, index: i + 1 }),
  );
  await Promise.all(threads.map((thread) => once(thread, "online")));
  return {
    bench: new Bench("pooled", heap, pooled(kernelsOf(exports), exports, pool, heap)),
    alone,
    pool,
    exports,
    jobs: () => pool.jobs,
    stop: async () => {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}
