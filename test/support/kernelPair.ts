import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import {
  compileWide,
  Heap,
  loadKernels,
  overSharedMemory,
  referenceKernels,
  V8_OF_WIDE,
  wasmKernels,
  type KernelModules,
} from "../../engine/kernels/index.ts";
import type { Kernels } from "../../engine/kernels/kernels.ts";

/** f64 numbers stand for tensors of either element type. */
export type Values = readonly number[] | Float64Array | Float32Array;

/** One backend with memory to put tensors in; `reset` gives everything back. */
export class Bench {
  readonly name: string;
  readonly heap: Heap;
  readonly kernels: Kernels;
  #places: number[] = [];

  constructor(name: string, heap: Heap, kernels: Kernels) {
    this.name = name;
    this.heap = heap;
    this.kernels = kernels;
  }

  /** A tensor of type t; where only the length is given it is filled with a number that no result holds by chance. */
  tensor(t: number, values: Values | number): number {
    const n = typeof values === "number" ? values : values.length;
    const ptr = this.heap.alloc(Math.max(1, n) * (t === 0 ? 4 : 8));
    this.#places.push(ptr);
    const view = this.#view(t, ptr, n);
    if (typeof values === "number") view.fill(-7.25e8);
    else view.set(values);
    return ptr;
  }

  ints(...words: number[]): number {
    const ptr = this.heap.alloc(Math.max(1, words.length) * 4);
    this.#places.push(ptr);
    this.heap.i32.set(words, ptr / 4);
    return ptr;
  }

  /** A layout block: shape, then strides per tensor. */
  layout(shape: readonly number[], ...strides: (readonly number[])[]): number {
    return this.ints(shape.length, ...shape, ...strides.flat());
  }

  read(t: number, ptr: number, n: number): number[] {
    return [...this.#view(t, ptr, n)];
  }

  reset(): void {
    for (const ptr of this.#places) this.heap.free(ptr);
    this.#places = [];
  }

  #view(t: number, ptr: number, n: number): Float32Array | Float64Array {
    return t === 0
      ? this.heap.f32.subarray(ptr / 4, ptr / 4 + n)
      : this.heap.f64.subarray(ptr / 8, ptr / 8 + n);
  }
}

const dist = new URL("../../dist/", import.meta.url);

export function kernelFile(name: string): Uint8Array<ArrayBuffer> {
  const url = new URL(name, dist);
  assert(existsSync(url), `${name} is missing: npm run build makes it`);
  return new Uint8Array(readFileSync(url));
}

const RELAXED = "kernels-relaxed.wasm";
const WIDE = "kernels-wide.wasm";

/** A build by the name of its bench; `wide` joins the one with relaxed SIMD. */
export function modulesOf(name: string, shared = false): KernelModules {
  const bytes = (file: string): Uint8Array<ArrayBuffer> =>
    shared ? overSharedMemory(kernelFile(file)) : kernelFile(file);
  const module = new WebAssembly.Module(bytes(name === WIDE ? RELAXED : name));
  return { module, wide: name === WIDE ? compileWide(bytes(WIDE), setFlagsFromString) : undefined };
}

function wasmBench(name: string): Bench {
  const heap = new Heap();
  return new Bench(name, heap, wasmKernels(heap, modulesOf(name)));
}

/** The WASM builds that this host can run: with relaxed SIMD only where it validates, with joined vectors where V8 knows the flag. */
export const wasmBenches: readonly Bench[] = [
  wasmBench("kernels.wasm"),
  ...(WebAssembly.validate(kernelFile(RELAXED)) ? [wasmBench(RELAXED)] : []),
  ...(V8_OF_WIDE.test(process.versions.v8) ? [wasmBench(WIDE)] : []),
];

export const referenceBench = ((): Bench => {
  const heap = new Heap();
  return new Bench("reference", heap, referenceKernels(heap));
})();

/** Both files as the engine's loader takes them. */
export const load = (): ReturnType<typeof loadKernels> =>
  loadKernels({
    simd: kernelFile("kernels.wasm"),
    relaxed: kernelFile("kernels-relaxed.wasm"),
  });

export interface Tolerance {
  /** Relative, and absolute for results near 0. */
  readonly rel: number;
  readonly abs?: number;
}
export const EXACT: Tolerance = { rel: 0 };

/** NaN equals NaN; an infinity equals itself only. */
export function checkClose(
  actual: Values,
  expected: Values,
  { rel, abs = 0 }: Tolerance,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e) continue;
    const fine = Math.abs(a - e) <= abs + rel * Math.abs(e);
    assert(
      fine,
      `${what}: [${i}] is ${a}, expected ${e} (off by ${Math.abs(a - e) / Math.abs(e)})`,
    );
  }
}

/** Runs `call` on the oracle and on each WASM build; what it returns must agree. */
export function checkAgree(
  what: string,
  tolerance: Tolerance,
  call: (bench: Bench) => Values,
): void {
  const expected = call(referenceBench);
  referenceBench.reset();
  for (const bench of wasmBenches) {
    checkClose(call(bench), expected, tolerance, `${what} (${bench.name})`);
    bench.reset();
  }
}

/** Repeatable numbers, uniform in -1..1 (mulberry32). */
export function numbers(n: number, seed: number, scale = 1): Float64Array {
  let state = seed * 2654435761;
  return Float64Array.from({ length: n }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return (((x ^ (x >>> 14)) >>> 0) / 2 ** 31 - 1) * scale;
  });
}

/** NaN, infinities, zeros, subnormals, halves and numbers around functions' branch points. */
export const SPECIAL: readonly number[] = [
  NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 1e-45, -1e-45, 1e-40, 1.2e-38, 3.4e38, -3.4e38,
  1e-20, -1e-20, 1e20, 0.625, -0.625, 0.84375, 1.25, 2.857, 6, 9.3, 10.1, 27, -5.9, -9, -14, -40, 87.5, 88.8, -87.4, -103.9, -110, 0.7071067811865476,
  1.4142135, 16777217, -3.75, 2 ** 31, 65504, 65520, 7, 3, -2, 255.7,
]; // prettier-ignore

/** Lengths that cross the lanes. */
export const SIZES: readonly number[] = [0, 1, 3, 4, 5, 17];
