import {
  Heap,
  instantiate,
  kernelsOf,
  LaterStats,
  Pool,
  pooled,
  type KernelModules,
} from "../kernels/index.ts";
import type { RandomKernels } from "../random.ts";
import { Generator } from "../random.ts";
import { Session } from "../session.ts";

export interface KernelParts extends KernelModules {
  /** The modules' own kind of memory: shared with `helpers` threads that run `help` over it; absent: an engine without threads. */
  readonly memory?: WebAssembly.Memory | undefined;
  readonly helpers: number;
}

/** An engine of one's own: memory, whose limit its user sets, kernels, generator. */
export function startEngine({ memory, helpers, ...modules }: KernelParts): {
  session: Session;
  generator: Generator;
  heap: Heap;
  pool: Pool | undefined;
} {
  const heap = new Heap(memory && { memory });
  const functions = instantiate(heap, modules);
  const kernels = kernelsOf(functions);
  const pool = memory && helpers > 0 ? new Pool(heap, functions, helpers) : undefined;
  const session = pool
    ? new Session(
        pooled(kernels, functions, pool, heap),
        heap,
        new LaterStats(heap, functions, pool),
      )
    : new Session(kernels, heap);
  return {
    session,
    generator: new Generator(functions as unknown as RandomKernels, heap, pool),
    heap,
    pool,
  };
}
