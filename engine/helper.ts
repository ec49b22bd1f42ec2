/** A thread that shares the kernels' work: it is given the kernels and their memory, and nothing else of a run. */
import { isMainThread, workerData } from "node:worker_threads";
import { help } from "./kernels/index.ts";

export interface HelperParts {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** 1, 2, … among the threads over this memory. */
  readonly index: number;
}

if (isMainThread) throw new Error("internal: a helper needs a parent");
const { module, memory, index } = workerData as HelperParts;
help(memory, module, index);
