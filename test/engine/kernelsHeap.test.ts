import assert from "node:assert/strict";
import { EngineError } from "../../engine/errors.ts";
import { Heap } from "../../engine/kernels/index.ts";
import { kernelFile, load, numbers } from "../support/kernelPair.ts";

describe("kernels: heap", () => {
  it("aligns to 64 bytes, never gives out 0 or the reserved bytes, also for nothing", () => {
    const heap = new Heap();
    for (const bytes of [0, 1, 63, 64, 65, 1000]) {
      const p = heap.alloc(bytes);
      assert.equal(p % 64, 0);
      assert(p >= heap.base);
    }
  });

  it("gives the same places to the same sizes again, step after step", () => {
    const heap = new Heap();
    const sizes = [1000, 64, 70000, 1000, 128, 4096];
    const step = (): number[] => {
      const places = sizes.map((size) => heap.alloc(size));
      for (const p of places) heap.free(p);
      return places;
    };
    const first = step();
    const top = heap.memory.buffer.byteLength;
    for (let i = 0; i < 50; i++) assert.deepEqual(step(), first);
    assert.equal(heap.memory.buffer.byteLength, top);
    assert.equal(heap.live, 0);
  });

  it("joins freed neighbours, whatever the order", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [0, 2, 1],
      [1, 0, 2],
    ]) {
      const heap = new Heap();
      const places = [heap.alloc(1000), heap.alloc(1000), heap.alloc(1000)];
      const wall = heap.alloc(64);
      for (const i of order) heap.free(places[i]!);
      assert.equal(heap.alloc(3 * 1024), places[0]);
      heap.free(wall);
    }
  });

  it("takes memory ahead, which is no one's until it is given out", () => {
    const heap = new Heap();
    heap.f32[heap.alloc(64) / 4] = 7;
    heap.touch(40 << 20);
    heap.touch(20 << 20);
    const taken = heap.memory.buffer.byteLength;
    assert.ok(taken >= 40 << 20);
    assert.deepEqual([heap.live, heap.peak, heap.f32[heap.base / 4]], [64, 64, 7]);
    heap.f32[heap.alloc(39 << 20) / 4] = 5;
    assert.equal(heap.memory.buffer.byteLength, taken);
    heap.touch(39 << 20);
    assert.equal(heap.f32[heap.base / 4 + 16], 5);
  });

  it("counts live and peak bytes in rounded sizes", () => {
    const heap = new Heap();
    const a = heap.alloc(100);
    const b = heap.alloc(64);
    assert.equal(heap.live, 192);
    assert.equal(heap.sizeOf(a), 128);
    heap.free(a);
    assert.equal(heap.live, 64);
    assert.equal(heap.peak, 192);
    heap.resetPeak();
    assert.equal(heap.peak, 64);
    heap.free(b);
  });

  it("grows, and its views stay current", () => {
    const heap = new Heap();
    const small = heap.alloc(64);
    heap.f32[small / 4] = 1.5;
    const before = heap.f32;
    const large = heap.alloc(100 * 2 ** 20);
    heap.u8[large + 100 * 2 ** 20 - 1] = 7;
    assert.notEqual(heap.f32, before);
    assert.equal(heap.f32[small / 4], 1.5);
    assert.equal(heap.u8[large + 100 * 2 ** 20 - 1], 7);
    assert.equal(heap.f64.buffer, heap.i32.buffer);
  });

  it("throws past its limit with the sizes, and goes on working", () => {
    const heap = new Heap({ limit: 2 ** 20 });
    const p = heap.alloc(900_000);
    assert.throws(
      () => heap.alloc(200_000),
      (error: unknown) =>
        error instanceof EngineError &&
        error.code === "memory" &&
        /1 MiB allowed/.test(error.message),
    );
    heap.free(p);
    heap.free(heap.alloc(1_000_000));
    assert.throws(() => new Heap().alloc(5 * 2 ** 30), { code: "memory" });
  });

  it("calls a wrong free a bug", () => {
    const heap = new Heap();
    const p = heap.alloc(64);
    heap.free(p);
    assert.throws(() => heap.free(p), /internal/);
    assert.throws(() => heap.free(p + 8), /internal/);
  });

  it("survives a long random history without overlap or loss", () => {
    const heap = new Heap();
    const held = new Map<number, number>();
    const random = numbers(20_000, 1);
    let live = 0;
    for (let i = 0; i < random.length; i += 2) {
      if (random[i]! < 0.1 || held.size === 0) {
        const size = Math.ceil(2 ** ((random[i + 1]! + 1) * 10));
        const p = heap.alloc(size);
        const rounded = heap.sizeOf(p);
        heap.u8.fill(i & 255, p, p + size);
        held.set(p, (i & 255) + 256 * size);
        live += rounded;
      } else {
        const p = [...held.keys()][Math.floor(((random[i + 1]! + 1) / 2) * held.size) % held.size]!;
        const mark = held.get(p)!;
        const size = Math.floor(mark / 256);
        assert.equal(heap.u8[p], mark & 255);
        assert.equal(heap.u8[p + size - 1], mark & 255);
        live -= heap.sizeOf(p);
        heap.free(p);
        held.delete(p);
      }
      assert.equal(heap.live, live);
    }
    for (const p of held.keys()) heap.free(p);
    assert.equal(heap.live, 0);
    assert.equal(heap.alloc(2 ** 20), heap.base, "all is one free block again");
  });
});

describe("kernels: loading", () => {
  it("takes the relaxed build where the host validates it, and reports which", () => {
    const loaded = load();
    assert.equal(loaded.relaxed, WebAssembly.validate(kernelFile("kernels-relaxed.wasm")));
    const p = loaded.heap.alloc(64);
    loaded.kernels.fill(0, p, 4, 2);
    assert.deepEqual([...loaded.heap.f32.subarray(p / 4, p / 4 + 4)], [2, 2, 2, 2]);
  });

  it("kernels keep working after memory has grown, their working space included", () => {
    const { heap, kernels } = load();
    const n = 200;
    const x = heap.alloc(n * n * 4);
    heap.f32.set(numbers(n * n, 1), x / 4);
    const run = (): number[] => {
      const out = heap.alloc(n * n * 4);
      kernels.matmul(0, out, x, x, n, n, n, 0, 0, n, n, n, 1, 0, 0, 0, 0);
      return [...heap.f32.subarray(out / 4, out / 4 + n * n)];
    };
    const first = run();
    heap.alloc(64 * 2 ** 20);
    assert.deepEqual(run(), first);
  });
});
