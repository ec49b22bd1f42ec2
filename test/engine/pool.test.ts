/** The pool of threads: what helpers draw, what they do while nothing is computed, and that nobody waits for them. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Heap, kernelsOf, Pool, pooled } from "../../engine/kernels/index.ts";
import { assertWell } from "../../engine/kernels/pool.ts";
import { UNARY } from "../../engine/kernels/kernels.ts";
import { instantiate } from "../../engine/kernels/simd.ts";
import { Generator, type RandomKernels } from "../../engine/random.ts";
import { Bench, modulesOf, numbers, wasmBenches } from "../support/kernelPair.ts";
import { startHelper, startPool } from "../support/poolPair.ts";

describe("pool of threads", () => {
  it("normals are the same, drawn alone and transformed by all", async () => {
    const shared = await startPool(wasmBenches.at(-1)!, 2);
    const { heap } = shared.bench;
    const exports = shared.exports as unknown as RandomKernels;
    const [alone, pooledOne] = [new Generator(exports, heap), new Generator(exports, heap, shared.pool)]; // prettier-ignore
    try {
      for (const n of [2 ** 15, 2 ** 18 + 16, 2 ** 19 + 7, 300_015]) {
        const drawn = [alone, pooledOne].map((generator) => {
          const out = heap.alloc(4 * n);
          generator.seed(n);
          const before = shared.jobs();
          generator.normal(0, out, n, 0.25, 1.5);
          assert.equal(shared.jobs() > before, generator === pooledOne);
          const bytes = Buffer.from(heap.u8.slice(out, out + 4 * n));
          heap.free(out);
          return Buffer.concat([bytes, generator.getState()]);
        });
        assert.ok(drawn[0]!.equals(drawn[1]!), `${n} normals`);
      }
    } finally {
      await shared.stop();
    }
  });

  it("helpers with nothing to do take memory ahead, and leave what stands there", async () => {
    const shared = await startPool(wasmBenches[0]!, 2);
    const { heap } = shared.bench;
    const [ahead, used] = [192 << 20, 16 << 20];
    try {
      const before = process.memoryUsage.rss();
      shared.pool.ahead(ahead);
      const at = heap.alloc(used) / 4;
      for (let i = 0; i < used / 4; i++) heap.i32[at + i] = i;
      const end = performance.now() + 60_000;
      while (process.memoryUsage.rss() - before < 0.8 * ahead && performance.now() < end)
        await sleep(20);
      assert.ok(process.memoryUsage.rss() - before >= 0.8 * ahead);
      assert.ok(heap.i32.subarray(at, at + used / 4).every((value, i) => value === i));
    } finally {
      await shared.stop();
    }
  });

  it("a helper that is given its memory while it grows sees all of it", async () => {
    const modules = modulesOf("kernels.wasm", true);
    // What stands before the memory is read first, so that its length changes under the reader's hands.
    const slow = Array.from({ length: 200_000 }, (_, i) => ({ i }));
    for (let round = 0; round < 12; round++) {
      const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
      const parts = { slow, ...modules, memory, index: 1 };
      const thread = startHelper(parts);
      const end = performance.now() + Math.random() * 100;
      while (performance.now() < end && memory.buffer.byteLength < 2 ** 30) memory.grow(1);
      const heap = new Heap({ memory });
      const pool = new Pool(heap, instantiate(heap, modules), 1);
      try {
        const block = heap.alloc(memory.buffer.byteLength - heap.base - 64);
        const out = block + heap.sizeOf(block) - 4096;
        const ticket = pool.later("statsPart", [[0, out, block, 16]]);
        const last = performance.now() + 60_000;
        while (!pool.isDone(ticket) && performance.now() < last) {
          assertWell(memory);
          await sleep(1);
        }
        assert.ok(pool.isDone(ticket));
      } finally {
        await thread.terminate();
      }
    }
  });

  it("a helper that comes late or not at all is not waited for", async () => {
    const shared = await startPool(wasmBenches[0]!, 0);
    const heap = shared.bench.heap;
    const exports = instantiate(heap, modulesOf("kernels.wasm", true));
    const pool = new Pool(heap, exports, 2);
    const bench = new Bench("alone", heap, pooled(kernelsOf(exports), exports, pool, heap));
    const x = numbers(100_000, 1);
    const out = bench.tensor(0, x.length);
    bench.kernels.unary(0, UNARY.indexOf("exp"), out, bench.tensor(0, x), x.length);
    assert.equal(bench.read(0, out, 1)[0], Math.fround(Math.exp(Math.fround(x[0]!))));
  });
});
