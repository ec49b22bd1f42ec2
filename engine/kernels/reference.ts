import type { Heap } from "./heap.ts";
import type { Kernels } from "./kernels.ts";
import { Access } from "./reference/access.ts";
import { elementwise } from "./reference/elementwise.ts";
import { indexing } from "./reference/indexing.ts";
import { linear } from "./reference/linear.ts";
import { normalization } from "./reference/normalize.ts";
import { pooling } from "./reference/pool.ts";
import { recurrence } from "./reference/recurrent.ts";
import { reductions } from "./reference/reduce.ts";
import { sampling } from "./reference/sample.ts";

/** Every kernel as its formula in plain f64 loops, rounded once on store: slow, and the oracle of the fast ones. */
export function referenceKernels(heap: Heap): Kernels {
  const mem = new Access(heap);
  return {
    ...elementwise(mem),
    ...reductions(mem),
    ...linear(mem),
    ...pooling(mem),
    ...indexing(mem),
    ...sampling(mem),
    ...recurrence(mem),
    ...normalization(mem),
  };
}
