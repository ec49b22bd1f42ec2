import { Heap, referenceKernels } from "./kernels/index.ts";
import type { RandomKernels } from "./random.ts";
import { Generator } from "./random.ts";
import { Session } from "./session.ts";

/** An engine of one's own: memory, kernels, generator. `modules`: compiled kernel modules by file name. */
export function startEngine(
  modules: Readonly<Record<string, WebAssembly.Module>>,
  bytes: number,
): { session: Session; generator: Generator; heap: Heap } {
  const module = modules["kernels-relaxed.wasm"] ?? modules["kernels.wasm"];
  if (!module) throw new Error("internal: no kernel module");
  const heap = new Heap({ limit: bytes, base: 1 << 20 });
  const scratch = heap.alloc(1 << 20);
  const instance = new WebAssembly.Instance(module, {
    env: { memory: heap.memory, scratch: () => scratch },
  });
  const session = new Session(referenceKernels(heap), heap);
  const generator = new Generator(instance.exports as unknown as RandomKernels, heap);
  return { session, generator, heap };
}
