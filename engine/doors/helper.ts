/** A thread that shares the kernels' work: it is given the kernels and their memory, and nothing else of a run. */
import { isMainThread, workerData } from "node:worker_threads";
import { help, type KernelModules } from "../kernels/index.ts";

export interface HelperParts extends KernelModules {
  readonly memory: WebAssembly.Memory;
  /** 1, 2, … among the threads over this memory. */
  readonly index: number;
}

if (isMainThread) throw new Error("internal: a helper needs a parent");
const { memory, index, ...modules } = workerData as HelperParts;
help(memory, modules, index);
