// Compiles engine/kernels/assembly to dist/kernels.wasm (SIMD), dist/kernels-relaxed.wasm (with fused multiply-add) and
// dist/kernels-wide.wasm (loops of that one for 256-bit registers: engine/kernels/wide.ts).
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const dist = join(root, "dist");

const JOINED_STATIC = 16384; // reserved.ts: both modules' static data stand in one memory

async function build(name, features, entry = "index.ts", memoryBase = 1024) {
  const { error, stderr } = await asc.main([
    join(here, "assembly", entry),
    ...["--outFile", join(dist, name)],
    ...["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--maximumMemory", "65536"],
    ...["--memoryBase", String(memoryBase)],
    ...features.flatMap((feature) => ["--enable", feature]),
  ]);
  if (error) throw new Error(`asc could not build ${name}:\n${stderr.toString()}`);
}

mkdirSync(dist, { recursive: true });
await build("kernels.wasm", ["simd"]);
await build("kernels-relaxed.wasm", ["simd", "relaxed-simd"]);
await build("kernels-wide.wasm", ["simd", "relaxed-simd"], "wide.ts", JOINED_STATIC);
