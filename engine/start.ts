import { Heap, instantiate, kernelsOf } from "./kernels/index.ts";
import type { RandomKernels } from "./random.ts";
import { Generator } from "./random.ts";
import { Session } from "./session.ts";

/** An engine of one's own: memory of at most `bytes`, kernels, generator. `modules`: compiled kernel modules by file name, those that the host can run. */
export function startEngine(
  modules: Readonly<Record<string, WebAssembly.Module>>,
  bytes: number,
): { session: Session; generator: Generator; heap: Heap } {
  const module = modules["kernels-relaxed.wasm"] ?? modules["kernels.wasm"];
  if (!module) throw new Error("internal: no kernel module");
  const heap = new Heap({ limit: bytes });
  const functions = instantiate(heap, module);
  const session = new Session(kernelsOf(functions), heap);
  return { session, generator: new Generator(functions as unknown as RandomKernels, heap), heap };
}
