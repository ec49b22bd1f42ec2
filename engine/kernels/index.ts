export { Heap } from "./heap.ts";
export { referenceKernels } from "./reference.ts";
export { help, Pool } from "./pool.ts";
export { instantiate, kernelsOf, loadKernels, overSharedMemory, wasmKernels } from "./simd.ts";
export { pooled } from "./split.ts";
