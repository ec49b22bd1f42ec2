/**
 * What the machine gives beside what the kernels take of it: `node --import tsx test/bench/limits.ts`. Products against the micro-kernel's loop
 * from the first cache, passes against copying memory; in turns, so that all see the same machine.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { setFlagsFromString } from "node:v8";
import {
  compileWide,
  Heap,
  kernelsOf,
  overSharedMemory,
  Pool,
  pooled,
  V8_OF_WIDE,
} from "../../engine/kernels/index.ts";
import {
  ACT_GRAD,
  CONV_GEOMETRY,
  EXPONENT_BINS,
  STATS,
  UNARY,
  type Kernels,
} from "../../engine/kernels/kernels.ts";
import { instantiate, loopsOf, type KernelExports } from "../../engine/kernels/simd.ts";
import { Session } from "../../engine/session.ts";

const ROUNDS = 25;
const STEPS = 256; // depth of the limit's panels: 8 KiB of B, in L1
const ELEMENTS = 2 ** 24; // of a pass: 64 MiB, more than caches hold

const dist = (name: string): string =>
  fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
const file = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(dist(name)));
const relaxed = WebAssembly.validate(file("kernels-relaxed.wasm"));
/** The products' loops in joined vectors, as the command has them and the editor has not. */
const wide = V8_OF_WIDE.test(process.versions.v8)
  ? compileWide(overSharedMemory(file("kernels-wide.wasm")), setFlagsFromString)
  : undefined;

const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
const bytes = overSharedMemory(file(relaxed ? "kernels-relaxed.wasm" : "kernels.wasm"));
const module = new WebAssembly.Module(bytes);
const helper = new Worker(dist("helper.cjs"), { workerData: { module, memory, index: 1 } });
await once(helper, "online");
const heap = new Heap({ memory });
const exports = instantiate(heap, { module });
const alone = kernelsOf(exports);
const joined = kernelsOf(instantiate(heap, { module, wide }));
const two = pooled(alone, exports, new Pool(heap, exports, 1), heap);

const ms = (run: () => void): number => {
  const start = performance.now();
  run();
  return performance.now() - start;
};

/** The fastest of each of several runs that take turns, in ms: what others do on the machine only ever slows them. */
function inTurns(...runs: (() => void)[]): number[] {
  for (const run of runs) run();
  const times = Array.from({ length: ROUNDS }, () => runs.map(ms));
  return runs.map((_, i) => Math.min(...times.map((round) => round[i] ?? NaN)));
}

function filled(elements: number): number {
  const at = heap.alloc(elements * 4);
  for (let i = 0; i < elements; i++) heap.f32[at / 4 + i] = (i % 17) / 17 - 0.5;
  return at;
}

const panels = heap.alloc(1 << 16);
heap.u8.fill(0, panels, panels + (1 << 16));
const LIMIT_TURNS = 1000;
const loops: KernelExports = wide ? loopsOf(memory, wide, 0) : {};
const limits = [exports["microLimit"], loops["wideLimit"]].map((run) => ({
  flops: (run?.(panels, STEPS, 1) ?? NaN) * LIMIT_TURNS,
  run: (): void => void run?.(panels, STEPS, LIMIT_TURNS),
}));

/** One product on one thread and on two, beside the limit; then on one thread in joined vectors, beside theirs. */
function product(name: string, flops: number, run: (k: Kernels) => void): string[] {
  const kernels = [alone, two, ...(wide ? [joined] : [])];
  const times = inTurns(...limits.map((limit) => limit.run), ...kernels.map((k) => () => run(k)));
  const [narrowMs, wideMs, one, both, inWide] = times as [number, number, number, number, number?];
  const beside = (ms: number, { flops: most }: { readonly flops: number }, limitMs: number): string[] => [
    ...[flops / ms, most / limitMs].map((rate) => (rate / 1e6).toFixed(1)),
    `${((100 * flops * limitMs) / (most * ms)).toFixed(0)} %`,
  ]; // prettier-ignore
  return [
    ...[name, ...beside(one, limits[0]!, narrowMs), (one / both).toFixed(2)],
    ...(inWide === undefined ? [] : beside(inWide, limits[1]!, wideMs)),
  ];
}

function matmul(n: number): string[] {
  const [a, b, out] = [filled(n * n), filled(n * n), filled(n * n)];
  const row = product(`matmul ${n}³`, 2 * n ** 3, (k) => {
    k.matmul(0, out, a, b, n, n, n, 0, 0, n, n, n, 1, 0, 0, 0, 0);
  });
  for (const p of [a, b, out]) heap.free(p);
  return row;
}

interface Conv {
  readonly batch: number;
  readonly channels: readonly [from: number, to: number];
  readonly side: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution forward, by its input and by its weight. */
function convolution({ batch, channels, side, kernel, stride = 1, groups = 1 }: Conv): string[][] {
  const [from, to] = channels;
  const pad = kernel >> 1;
  const out = Math.floor((side + 2 * pad - kernel) / stride) + 1;
  const words: Partial<Record<(typeof CONV_GEOMETRY)[number], number>> = {
    ...{ batch, inChannels: from, inH: side, inW: side, outChannels: to, groups },
    ...{ kH: kernel, kW: kernel, strideH: stride, strideW: stride, padH: pad, padW: pad },
    ...{ padD: 0, outH: out, outW: out },
  };
  const geo = heap.alloc(CONV_GEOMETRY.length * 4);
  heap.i32.set(CONV_GEOMETRY.map((name) => words[name] ?? 1), geo / 4); // prettier-ignore
  const x = filled(batch * from * side * side);
  const w = filled((to * from * kernel * kernel) / groups);
  const y = filled(batch * to * out * out);
  const flops = (2 * batch * to * out * out * from * kernel * kernel) / groups;
  const name = `${kernel}×${kernel}, ${from} to ${to} at ${side}, batch ${batch}${stride > 1 ? `, stride ${stride}` : ""}${groups > 1 ? `, ${groups} groups` : ""}`;
  const into = { y: filled(batch * to * out * out), x: filled(batch * from * side * side), w: filled((to * from * kernel * kernel) / groups) }; // prettier-ignore
  const rows = [
    product(`${name}: forward`, flops, (k) => k.conv(0, into.y, x, w, geo)),
    product("by input", flops, (k) => k.convGradInput(0, into.x, y, w, geo)),
    product("by weight", flops, (k) => k.convGradWeight(0, into.w, y, x, geo)),
  ];
  for (const p of [geo, x, w, y, into.y, into.x, into.w]) heap.free(p);
  return rows;
}

/** softmax(q kᵀ) v by blocks, 8 heads of 64: the products' share, though the exponentials take their time with them. */
function attention(tokens: number): string[][] {
  const [heads, width] = [8, 64];
  const sessions = new Map([alone, two, joined].map((k) => [k, new Session(k, heap)]));
  const { backend } = sessions.get(alone)!;
  const values = Float32Array.from({ length: heads * tokens * width }, (_, i) => (i % 17) / 17 - 0.5); // prettier-ignore
  const inputs = Array.from({ length: 4 }, () => backend.from(values, [heads, tokens, width], "float32")); // prettier-ignore
  const flops = 2 * heads * tokens * tokens * width;
  const row = (name: string, op: string, products: number, given: typeof inputs): string[] =>
    product(name, products * flops, (k) => {
      const s = sessions.get(k)!;
      s.backend.scoped(() => {
        s.call(op, [...given, null], { causal: false, zero: false });
        return null;
      });
    });
  const rows = [
    row(`attention over ${tokens} tokens, 8 heads of 64: forward`, "attentionByBlocks", 2, inputs.slice(1)), // prettier-ignore
    row("back, the weights made again", "attentionByBlocksBack", 5, inputs),
  ];
  for (const x of inputs) x.release();
  return rows;
}

/** Passes over memory, beside a copy of as many bytes: y = x. */
function passes(): string[][] {
  const [x, y] = [filled(ELEMENTS), filled(ELEMENTS)];
  const block = heap.alloc(8 * (STATS.length + EXPONENT_BINS));
  const lay = heap.alloc(16);
  heap.i32.set([1, ELEMENTS, 1, 1], lay / 4);
  const groups = 4096;
  const moments = heap.alloc(3 * 8 * groups);
  const size = ELEMENTS / groups;
  alone.moments(0, moments, moments + 8 * groups, moments + 16 * groups, x, 1, groups, size, 1e-5);
  const copy = (): void => alone.cast(0, 0, 0, y, x, ELEMENTS);
  /** Arrays read and written, of float32. */
  const all: [name: string, arrays: number, run: (k: Kernels) => void][] = [
    ["copy", 2, (k) => k.cast(0, 0, 0, y, x, ELEMENTS)],
    ["triad, y += a x", 3, (k) => k.axpy(0, y, x, ELEMENTS, 1e-3)],
    ["add", 3, (k) => k.binary(0, 0, y, x, y, lay)],
    ["standardize rows", 2, (k) => k.standardize(0, y, x, moments, moments + 16 * groups, 0, 0, 1, groups, size, 1, 1)],
    ["moments of rows", 1, (k) => k.moments(0, moments, moments + 8 * groups, moments + 16 * groups, x, 1, groups, size, 1e-5)],
    ["softmax of rows", 2, (k) => k.softmax(0, y, x, groups, size, 1, 0)],
    ["log-softmax of columns, 64 classes", 2, (k) => k.softmax(0, y, x, ELEMENTS / 2 ** 18, 64, 4096, 1)],
    ["its gradient", 3, (k) => k.softmaxGrad(0, y, x, x, ELEMENTS / 2 ** 18, 64, 4096, 1)],
    ["tanh", 2, (k) => k.unary(0, UNARY.indexOf("tanh"), y, x, ELEMENTS)],
    ["SiLU", 2, (k) => k.unary(0, UNARY.indexOf("silu"), y, x, ELEMENTS)],
    ["SiLU's gradient", 3, (k) => k.actGrad(0, ACT_GRAD.indexOf("silu"), y, y, x, ELEMENTS)],
    ["GELU", 2, (k) => k.unary(0, UNARY.indexOf("geluErf"), y, x, ELEMENTS)],
    ["GELU's gradient", 3, (k) => k.actGrad(0, ACT_GRAD.indexOf("geluErf"), y, y, x, ELEMENTS)],
    ["statistics", 1, (k) => k.stats(0, block, x, ELEMENTS)],
  ]; // prettier-ignore
  const rows = all.map(([name, arrays, run]) => {
    const kernels = [alone, two, ...(wide ? [joined] : [])];
    const times = inTurns(copy, ...kernels.map((k) => () => run(k)));
    const [whole, one, both, inWide] = times as [number, number, number, number?];
    const rate = (time: number, count: number): number => (4 * count * ELEMENTS) / time / 1e6;
    const share = (100 * rate(one, arrays)) / rate(whole, 2);
    return [
      ...[name, rate(one, arrays).toFixed(1), rate(whole, 2).toFixed(1)],
      `${share.toFixed(0)} %`,
      (one / both).toFixed(2),
      ...(inWide === undefined ? [] : [rate(inWide, arrays).toFixed(1)]),
    ];
  });
  for (const p of [x, y, block, lay, moments]) heap.free(p);
  return rows;
}

const CONVOLUTIONS: readonly Conv[] = [
  { batch: 8, channels: [64, 64], side: 16, kernel: 3 },
  { batch: 8, channels: [128, 128], side: 8, kernel: 3 },
  { batch: 8, channels: [256, 256], side: 4, kernel: 3 },
  { batch: 8, channels: [512, 512], side: 2, kernel: 3 },
  { batch: 2, channels: [64, 64], side: 56, kernel: 3 },
  { batch: 2, channels: [256, 256], side: 14, kernel: 3 },
  { batch: 2, channels: [256, 1024], side: 14, kernel: 1 },
  { batch: 2, channels: [64, 128], side: 32, kernel: 2, stride: 2 },
  { batch: 2, channels: [3, 64], side: 224, kernel: 7, stride: 2 },
  { batch: 2, channels: [64, 64], side: 28, kernel: 3, groups: 16 },
  { batch: 2, channels: [256, 256], side: 28, kernel: 3, groups: 32 },
  { batch: 2, channels: [144, 144], side: 56, kernel: 3, groups: 144 },
  { batch: 2, channels: [96, 96], side: 56, kernel: 7, groups: 96 },
];

const [wanted = ""] = process.argv.slice(2);
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const products = [
  ...(wanted && !"matmul".includes(wanted) ? [] : [512, 1024].map(matmul)),
  ...(wanted && !"conv".includes(wanted) ? [] : CONVOLUTIONS.flatMap(convolution)),
  ...(wanted && !"attention".includes(wanted) ? [] : attention(1024)),
];
const head = (unit: string, most: string): string[] => ["", unit, most, "share", "two threads"];
const fused = relaxed ? "fused" : "separate";
if (products.length > 0) {
  const more = wide ? ["joined vectors, GFLOP/s", "their micro-kernel", "share"] : [];
  const most = `micro-kernel, ${fused} multiply-add`;
  console.log(`${table([...head("GFLOP/s", most), ...more], products)}\n`);
}
if (!wanted || "passes".includes(wanted))
  console.log(
    table(
      [...head("GB/s", "copy in the same turns"), ...(wide ? ["joined vectors"] : [])],
      passes(),
    ),
  );
await helper.terminate();
