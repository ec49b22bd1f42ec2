import assert from "node:assert/strict";
import { Heap, loadKernels } from "../../engine/kernels/index.ts";
import { Session } from "../../engine/session.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { kernelFile, numbers } from "../support/kernelPair.ts";

const [LAYERS, WIDTH, ROWS] = [12, 160, 400];

interface Outcome {
  /** Loss and gradients. */
  readonly numbers: readonly ArrayLike<number>[];
  readonly peak: number;
  /** The most that lay outside the heap. */
  readonly outside: number;
}

/** A step of a deep network with tanh, in a heap of at most `limit` bytes and `outside` beside it. */
function step(limit: number, outside: number): Outcome {
  const files = { simd: kernelFile("kernels.wasm"), relaxed: kernelFile("kernels-relaxed.wasm") };
  const heap = new Heap();
  const s = new Session(loadKernels(files, heap).kernels, heap);
  s.backend.scoped(() => {
    const square = s.backend.full([64, 64], "float32", 1);
    s.k.matmul(square, square); // the kernels' working space stays
    return null;
  });
  const free = heap.live;
  heap.limit = limit;
  heap.cold.limit = outside;
  let most = 0;
  s.observer = {
    onOutput: () => (most = Math.max(most, heap.cold.bytes)),
    onInput: () => undefined,
  };
  const results: ArrayLike<number>[] = [];
  s.backend.scoped(() => {
    const from = (seed: number, shape: number[], scale = 1): Tensor =>
      s.backend.from(numbers(shape[0]! * shape[1]!, seed, scale), shape, "float32");
    const weights = Array.from({ length: LAYERS }, (_, i) => from(i + 2, [WIDTH, WIDTH], 0.15));
    for (const w of weights) w.requiresGradLeaf = true;
    let x = from(1, [ROWS, WIDTH]);
    for (const w of weights) x = s.call("tanh", [s.call("linear", [x, w, null])]);
    const loss = s.k.mean(s.k.square(x), [0, 1]);
    s.backward([{ tensor: loss, ct: null }], {
      ...{ retainGraph: false, createGraph: false, accumulate: true },
    });
    results.push(s.backend.read(loss), ...weights.map((w) => s.backend.read(w.grad!)));
    return null;
  });
  assert.equal(heap.live, free, "memory was not given back");
  assert.equal(heap.cold.bytes, 0);
  return { numbers: results, peak: heap.peak, outside: most };
}

describe("cold tensors", () => {
  const MIB = 2 ** 20;

  it("a step that does not fit the heap gives the same bits with buffers beside it", () => {
    const whole = step(Infinity, 0);
    assert.equal(whole.outside, 0);
    const tight = step(whole.peak * 0.6, 64 * MIB);
    assert.ok(tight.outside > whole.peak * 0.2, `${tight.outside} bytes outside`);
    assert.deepEqual(tight.numbers, whole.numbers);
    assert.ok(tight.peak <= 1.1 * whole.peak, "cold bytes count, once");
  });

  it("what may not lie outside is refused", () => {
    const { peak } = step(Infinity, 0);
    assert.throws(() => step(peak * 0.6, 0), { code: "memory" });
    assert.throws(() => step(peak * 0.6, peak * 0.1), { code: "memory" });
  });
});
