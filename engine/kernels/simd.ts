import { assert } from "../errors.ts";
import { Heap } from "./heap.ts";
import type { KernelName, Kernels } from "./kernels.ts";

/** Every kernel, as the compiler checks: one that the interface gains and this list lacks does not compile. */
const NAMES: { readonly [N in KernelName]: true } = {
  fill: true,
  arange: true,
  unary: true,
  binary: true,
  compare: true,
  where: true,
  gatherStrided: true,
  scatterStrided: true,
  cast: true,
  reduce: true,
  argReduce: true,
  scan: true,
  argsort: true,
  matmul: true,
  conv: true,
  convGradInput: true,
  convGradWeight: true,
  im2col: true,
  col2im: true,
  maxPool: true,
  avgPool: true,
  avgPoolGrad: true,
  adaptiveAvgPool: true,
  adaptiveAvgPoolGrad: true,
  adaptiveMaxPool: true,
  indexSelect: true,
  indexAdd: true,
  gather: true,
  scatter: true,
  nonzero: true,
  inRange: true,
  sampleRows: true,
  sampleRowsBack: true,
  rowDots: true,
  suppress: true,
  softmax: true,
  softmaxGrad: true,
  moments: true,
  standardize: true,
  standardizeGrad: true,
  affine: true,
  actGrad: true,
  dot: true,
  axpy: true,
  stats: true,
};

/** A function of the module: numbers in, a number or nothing out. */
export type KernelFunction = (...args: number[]) => number;
export type KernelExports = Readonly<Record<string, KernelFunction>>;

/** Instantiates a kernel module over the heap's memory; its working space is one block of that heap, grown by need. */
export function instantiate(heap: Heap, module: WebAssembly.Module): KernelExports {
  let space = 0;
  let size = 0;
  const scratch = (bytes: number): number => {
    const needed = bytes >>> 0;
    if (needed > size) {
      if (space) heap.free(space);
      size = 0;
      space = heap.alloc(needed);
      size = needed;
    }
    return space;
  };
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      memory: heap.memory,
      scratch,
      abort: () => assert(false, "a kernel aborted"),
    },
  });
  const functions = exports as KernelExports;
  const base = functions["heapBase"]?.() ?? Infinity;
  assert(base <= heap.base, `kernels keep ${base} static bytes, the heap leaves ${heap.base}`);
  return functions;
}

/** The kernels of a compiled module over `heap`. Throws where the module lacks one. */
export function wasmKernels(heap: Heap, module: WebAssembly.Module): Kernels {
  return kernelsOf(instantiate(heap, module));
}

/** The kernels among a module's functions. Throws where one is missing. */
export function kernelsOf(functions: KernelExports): Kernels {
  for (const name of Object.keys(NAMES))
    assert(typeof functions[name] === "function", `the kernel module lacks ${name}`);
  return functions as unknown as Kernels;
}

export interface KernelFiles {
  readonly simd: Uint8Array<ArrayBuffer>;
  readonly relaxed: Uint8Array<ArrayBuffer>;
}

export interface LoadedKernels {
  readonly heap: Heap;
  readonly kernels: Kernels;
  /** All functions of the module, the random generator's included. */
  readonly exports: KernelExports;
  /** True where multiply-add is fused (relaxed SIMD). */
  readonly relaxed: boolean;
}

/** Loads the faster of the two builds that this host can run, over a new heap. */
export function loadKernels(files: KernelFiles, heap: Heap = new Heap()): LoadedKernels {
  const relaxed = WebAssembly.validate(files.relaxed);
  const exports = instantiate(heap, new WebAssembly.Module(relaxed ? files.relaxed : files.simd));
  return { heap, kernels: kernelsOf(exports), exports, relaxed };
}
