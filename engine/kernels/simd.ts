import { assert } from "../errors.ts";
import { Heap } from "./heap.ts";
import type { KernelName, Kernels } from "./kernels.ts";
import { JOINED_STATIC, spaceOf } from "./reserved.ts";

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
  standardizeSums: true,
  packWeight: true,
  recurrent: true,
  recurrentGrad: true,
  affine: true,
  actGrad: true,
  neighbours: true,
  axpy: true,
  stats: true,
};

/** A function of the module: numbers in, a number or nothing out. */
export type KernelFunction = (...args: number[]) => number;
export type KernelExports = Readonly<Record<string, KernelFunction>>;

/** What the kernels are compiled to; `wide`: their inner loops in 256-bit registers, where the host has them (wide.ts). */
export interface KernelModules {
  readonly module: WebAssembly.Module;
  readonly wide?: WebAssembly.Module | undefined;
}

/** Instantiates the kernels over the heap's memory; their working space is one block of that heap, grown by need. */
export function instantiate(heap: Heap, modules: KernelModules): KernelExports {
  let space = 0;
  let size = 0;
  const scratch = (bytes: number): number => {
    const needed = bytes >>> 0;
    if (needed > size) {
      if (space) heap.free(space);
      [space, size] = [0, 0]; // should there be no room
      space = heap.alloc(needed);
      size = needed;
    }
    return space;
  };
  return instantiateAt(heap.memory, modules, 0, scratch);
}

const abort = (): void => {
  assert(false, "a kernel aborted");
};

/** In place of assembly/wide.ts's loops where the host has none. */
const LOOPS = [
  ...["wide32", "wide64", "rows32", "rows64", "joinedExp", "joinedPowers"],
  ...["joinedTanh", "joinedSigmoid", "joinedGelu", "joinedGeluTanh", "joinedSilu"],
  ...["joinedGeluSlopes", "joinedGeluTanhSlopes", "joinedSiluSlopes"],
  ...["joinedSums", "joinedGroups", "joinedAlike"],
];
const NO_LOOPS = Object.fromEntries(LOOPS.map((name) => [name, abort]));

/** Instance `index` of those that share a memory; `scratch` gives it at least so many bytes of working space. */
export function instantiateAt(
  memory: WebAssembly.Memory,
  { module, wide }: KernelModules,
  index: number,
  scratch: (bytes: number) => number,
): KernelExports {
  const loops = wide ? loopsOf(memory, wide, index) : {};
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      ...NO_LOOPS,
      ...loops,
      memory,
      scratch,
      space: spaceOf(index),
      abort,
      wide: wide ? 1 : 0,
    },
  });
  const functions = exports as KernelExports;
  assertStatic(functions, JOINED_STATIC);
  return functions;
}

function assertStatic(functions: KernelExports, most: number): void {
  const base = functions["heapBase"]?.() ?? Infinity;
  assert(base <= most, `kernels keep static data up to byte ${base}, ${most} are reserved`);
}

/** The products' loops of assembly/wide.ts for instance `index`. */
export function loopsOf(
  memory: WebAssembly.Memory,
  wide: WebAssembly.Module,
  index: number,
): KernelExports {
  const { exports } = new WebAssembly.Instance(wide, { env: { memory, space: spaceOf(index) } });
  assertStatic(exports as KernelExports, spaceOf(0));
  return exports as KernelExports;
}

/** [length of the name, "memory", kind: memory]: what stands before the limits of the imported memory. */
const MEMORY_IMPORT = [6, ...[..."memory"].map((c) => c.charCodeAt(0)), 2];
const BOUNDED = 1;
const BOUNDED_SHARED = 3;

/**
 * The same kernels over a memory that threads share. Instructions do not differ, as the kernels have no atomic ones: only the import says
 * which kind of memory it takes. Source: WebAssembly threads proposal, limits.
 */
export function overSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const shared = bytes.slice();
  const at = shared.findIndex((_, i) => MEMORY_IMPORT.every((byte, j) => shared[i + j] === byte));
  const flag = at + MEMORY_IMPORT.length;
  assert(at >= 0 && shared[flag] === BOUNDED, "the kernels import no bounded memory");
  shared[flag] = BOUNDED_SHARED;
  return shared;
}

/** The compiled kernels over `heap`. Throws where the module lacks one. */
export function wasmKernels(heap: Heap, modules: KernelModules): Kernels {
  return kernelsOf(instantiate(heap, modules));
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
  const module = new WebAssembly.Module(relaxed ? files.relaxed : files.simd);
  const exports = instantiate(heap, { module });
  return { heap, kernels: kernelsOf(exports), exports, relaxed };
}
