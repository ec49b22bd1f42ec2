export { Heap, SHARED_MEMORY } from "./heap.ts";
export { referenceKernels } from "./reference.ts";
export { help, Pool } from "./pool.ts";
export { instantiate, kernelsOf, loadKernels, overSharedMemory, wasmKernels } from "./simd.ts";
export type { KernelModules } from "./simd.ts";
export { pooled } from "./split.ts";
export { LaterStats } from "./splitStats.ts";
export { compileWide, isJoined, V8_OF_WIDE } from "./wide.ts";
