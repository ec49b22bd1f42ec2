import { Heap, SHARED_MEMORY } from "./heap.ts";
import { ACT_GRAD, UNARY } from "./kernels.ts";
import { instantiate, loopsOf } from "./simd.ts";
import type { KernelExports, KernelFunction } from "./simd.ts";

/** Whose flags these are; another V8 may not know them. */
export const V8_OF_WIDE = /^13\./;

/**
 * V8 joins two 128-bit operations on neighbouring bytes into one of 256 bits where it is told to, and the machine has AVX2: twice the multiply-adds in an
 * instruction, the same bits. For this one module, compiled to the end at once.
 */
const FLAGS = {
  "experimental-wasm-revectorize": true,
  liftoff: false,
  "wasm-lazy-compilation": false,
} as const;

/**
 * The inner loops of assembly/wide.ts for 256-bit registers. `setFlags` changes V8's flags for the whole process: while this function runs and no
 * longer.
 */
export function compileWide(
  bytes: Uint8Array<ArrayBuffer>,
  setFlags: (flags: string) => void,
): WebAssembly.Module {
  const set = (on: boolean): void => {
    for (const [flag, value] of Object.entries(FLAGS))
      setFlags(value === on ? `--${flag}` : `--no-${flag}`);
  };
  set(true);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    set(false);
  }
}

const STEPS = 256;
const TILES = 24; // some 15 µs
const TRIES = 7;
const PANELS = 65536; // bytes, of two such tiles' panels and results
const LEAST = 0.85; // of the rate of six rows: joined 1.08, not joined 0.68
/** Sizes that leave an edge in each direction, and more than one block in depth. */
const [ROWS, COLUMNS, DEPTH] = [43, 27, 300];
const FEW = 100;

/** Whether `wide` runs as fast as joined vectors do, and gives the bits that `module` gives alone. Both over shared memory; `now`: milliseconds. */
export function isJoined(
  module: WebAssembly.Module,
  wide: WebAssembly.Module,
  now: () => number,
): boolean {
  const heap = new Heap({ memory: new WebAssembly.Memory(SHARED_MEMORY) });
  const [joined, alone] = [instantiate(heap, { module, wide }), instantiate(heap, { module })];
  return isFast(heap, wide, now) && [0, 1].every((t) => agree(t, heap, joined, alone));
}

/** Twelve rows at once spill where the vectors are not joined; where they are, they beat six. */
function isFast(heap: Heap, wide: WebAssembly.Module, now: () => number): boolean {
  const { wideLimit, microLimit } = loopsOf(heap.memory, wide, 0);
  const panels = heap.alloc(PANELS);
  heap.u8.fill(0, panels, panels + PANELS);
  const rate = (run: KernelFunction | undefined): number => {
    let best = 0;
    for (let i = 0; i < TRIES; i++) {
      const start = now();
      const flops = run?.(panels, STEPS, TILES) ?? 0;
      best = Math.max(best, flops / (now() - start));
    }
    return best;
  };
  return rate(wideLimit) > LEAST * rate(microLimit);
}

/** What the joined loops are part of, in small: a: [ROWS, DEPTH], b: [DEPTH, COLUMNS], out: [ROWS, COLUMNS]. */
type Call = (k: KernelExports, t: number, out: number, a: number, b: number) => void;
const CALLS: readonly Call[] = [
  ({ matmul }, t, out, a, b) => {
    const sizes = [ROWS, COLUMNS, DEPTH, 0, 0, DEPTH, COLUMNS, COLUMNS, 1, 0, 0, 0, 0];
    matmul?.(t, out, a, b, ...sizes);
  },
  ({ softmax }, t, out, a) => softmax?.(t, out, a, 1, FEW, 1, 0),
  ...(["geluErf", "tanh", "sigmoid", "silu"] as const).map(
    (name): Call =>
      ({ unary }, t, out, a) =>
        unary?.(t, UNARY.indexOf(name), out, a, FEW),
  ),
  ...(["geluErf", "silu"] as const).map(
    (name): Call =>
      ({ actGrad }, t, out, a) =>
        actGrad?.(t, ACT_GRAD.indexOf(name), out, a, a, FEW),
  ),
  ({ stats }, t, out, a) => stats?.(t, out, a, ROWS * DEPTH),
];

/** The same by both, bit by bit. */
function agree(t: number, heap: Heap, ...both: readonly KernelExports[]): boolean {
  const bytes = t === 0 ? 4 : 8;
  const filled = (n: number): number => {
    const at = heap.alloc(n * bytes);
    for (let i = 0; i < n; i++) {
      const x = Math.fround(Math.sin(i + 1));
      if (t === 0) heap.f32[at / 4 + i] = x;
      else heap.f64[at / 8 + i] = x / 3;
    }
    return at;
  };
  const [a, b, out] = [filled(ROWS * DEPTH), filled(DEPTH * COLUMNS), filled(ROWS * COLUMNS)];
  return CALLS.every((call) => {
    const [first, second] = both.map((k) => {
      call(k, t, out, a, b);
      return heap.u8.slice(out, out + ROWS * COLUMNS * bytes);
    });
    return first!.every((byte, i) => byte === second![i]);
  });
}
