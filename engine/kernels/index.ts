export { Heap } from "./heap.ts";
export { referenceKernels } from "./reference.ts";
export { loadKernels, wasmKernels } from "./simd.ts";
