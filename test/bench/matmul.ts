import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { loadKernels } from "../../engine/kernels/index.ts";

export interface MatmulRate {
  readonly size: number;
  /** GFLOP/s of the product, of the micro-kernel's loop from L1 in the same run, and their ratio. */
  readonly product: number;
  readonly limit: number;
  readonly ratio: number;
  readonly relaxed: boolean;
}

const STEPS = 256; // depth of the limit's panels: 8 KiB of B, in L1

/** Median of `rounds` rates. Product and limit take turns, so that both see the same machine. */
export function matmulRates(sizes: readonly number[] = [512, 1024], rounds = 9): MatmulRate[] {
  const file = (name: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(readFileSync(new URL(`../../dist/${name}`, import.meta.url)));
  const { heap, kernels, exports, relaxed } = loadKernels({
    simd: file("kernels.wasm"),
    relaxed: file("kernels-relaxed.wasm"),
  });
  const panels = heap.alloc(1 << 16);
  heap.u8.fill(0, panels, panels + (1 << 16));
  const limitOnce = (): number => {
    const start = performance.now();
    const flops = exports["microLimit"]!(panels, STEPS, 4000);
    return flops / (performance.now() - start) / 1e6;
  };
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  return sizes.map((size) => {
    const [a, b, out] = [0, 0, 0].map(() => heap.alloc(size * size * 4)) as [
      number,
      number,
      number,
    ];
    for (const p of [a, b])
      for (let i = 0; i < size * size; i++) heap.f32[p / 4 + i] = (i % 17) / 17 - 0.5;
    const once = (): number => {
      const start = performance.now();
      kernels.matmul(0, out, a, b, size, size, size, 0, 0, size, size, size, 1, 0, 0, 0, 0);
      return (2 * size ** 3) / (performance.now() - start) / 1e6;
    };
    limitOnce();
    once();
    const rates = Array.from({ length: rounds }, () => [once(), limitOnce()] as const);
    for (const p of [a, b, out]) heap.free(p);
    const product = median(rates.map(([rate]) => rate));
    const limit = median(rates.map(([, rate]) => rate));
    return { size, product, limit, ratio: product / limit, relaxed };
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const { size, product, limit, ratio, relaxed } of matmulRates())
    process.stdout.write(
      `matmul ${size}³ f32: ${product.toFixed(1)} GFLOP/s, micro-kernel ${limit.toFixed(1)}, ` +
        `ratio ${ratio.toFixed(2)} (${relaxed ? "fused" : "separate"} multiply-add)\n`,
    );
