export { Heap } from "./heap.ts";
export { referenceKernels } from "./reference.ts";
