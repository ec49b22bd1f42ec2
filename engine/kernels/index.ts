export { Heap } from "./heap.ts";
export { referenceKernels } from "./reference.ts";
export { instantiate, kernelsOf, loadKernels, wasmKernels } from "./simd.ts";
