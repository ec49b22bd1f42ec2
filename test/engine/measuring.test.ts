/** Measurements that other threads make while the run goes on: the numbers of that moment, the bits of one thread. */
import assert from "node:assert/strict";
import { LaterStats, type Heap } from "../../engine/kernels/index.ts";
import { fill, fillAt } from "../../engine/fill.ts";
import { Measuring } from "../../engine/measure/measuring.ts";
import { statsOf } from "../../engine/measure/stats.ts";
import type { DType } from "../../engine/dtype.ts";
import type { Stats } from "../../engine/report.ts";
import { Session } from "../../engine/session.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { numbers, wasmBenches } from "../support/kernelPair.ts";
import { startPool, type Shared } from "../support/poolPair.ts";

const LARGE = 20 * 131_072 + 5;
const MANY = 600; // more than the list of calls has places

/** A session whose statistics `helpers` threads take, and what measures them. */
interface Bench {
  readonly s: Session;
  readonly measuring: Measuring;
  readonly heap: Heap;
}

async function withPool(helpers: number, body: (bench: Bench) => void): Promise<void> {
  const shared: Shared = await startPool(wasmBenches.at(-1)!, helpers);
  const { heap, kernels } = shared.bench;
  const s = new Session(kernels, heap, new LaterStats(heap, shared.exports, shared.pool));
  try {
    body({ s, measuring: new Measuring(s.backend), heap });
  } finally {
    await shared.stop();
  }
}

const made = (s: Session, n: number, seed: number, dtype: DType = "float32"): Tensor =>
  s.backend.from(numbers(n, seed, 1e-3), [n], dtype);

for (const helpers of [0, 2])
  describe(`measuring beside the run, ${helpers} helpers`, () => {
    it("gives each tensor's own numbers, and lets go of all", () =>
      withPool(helpers, ({ s, measuring, heap }) => {
        const before = heap.live;
        s.backend.scoped(() => {
          const sizes = [1, 8192, 131_072, 131_073, 300_001, LARGE, 70_000, ...new Array<number>(MANY).fill(8192)]; // prettier-ignore
          const wanted: (Stats | null)[] = [];
          const found: (Stats | null)[] = [];
          const types = (n: number): DType[] => (n < LARGE ? ["float32", "float64"] : ["float32"]);
          for (const [i, n] of sizes.entries())
            for (const dtype of types(i < 8 ? n : LARGE))
              s.backend.scoped(() => {
                const x = made(s, n, i, dtype);
                wanted.push(statsOf(s.backend, x));
                const at = found.push(null) - 1;
                measuring.measure(x, (stats) => (found[at] = stats));
                return null; // nobody else keeps x
              });
          const turned = s.backend.alias(made(s, 30_000, 9), [100, 300], [1, 100], 0);
          wanted.push(statsOf(s.backend, turned));
          measuring.measure(turned, (stats) => found.push(stats));
          measuring.settle();
          assert.deepEqual(found, wanted);
          return null;
        });
        assert.equal(heap.live, before);
      }));

    it("a parameter and its gradient, expected by the walk, are measured once unless they change", () =>
      withPool(helpers, ({ s, measuring }) => {
        let expected = 0;
        const expect = (x: Tensor): void => {
          expected++;
          measuring.expect(x);
        };
        s.observer = { onOutput: () => undefined, onInput: () => undefined, onLeaf: expect, onGrad: expect }; // prettier-ignore
        s.backend.scoped(() => {
          const [w, x] = [1, 2].map((seed) =>
            s.backend.from(numbers(40_000, seed), [200, 200], "float32"),
          ) as [Tensor, Tensor];
          w.requiresGradLeaf = true;
          const walk = (): void => {
            const loss = s.k.sum(s.k.mul(s.k.matmul(x, w), s.k.mul(w, w)), [0, 1]);
            s.backward([{ tensor: loss, ct: null }], {
              ...{ retainGraph: false, createGraph: false, accumulate: true },
            });
          };
          const agree = (of: Tensor): void => {
            let found: Stats | null = null;
            measuring.measure(of, (stats) => (found = stats));
            measuring.settle();
            assert.deepEqual(found, statsOf(s.backend, of));
          };
          walk();
          assert.equal(expected, 3 + 1, "three uses of the leaf, one gradient, whole");
          agree(w);
          agree(w.grad!);
          walk(); // adds to the gradient in place
          agree(w.grad!);
          fill(s, w.grad!, { value: 0.5, kind: "float" });
          agree(w.grad!);
          return null;
        });
      }));

    it("what is kept for it makes room where there is none", () =>
      withPool(helpers, ({ s, measuring, heap }) => {
        const n = 400_000;
        const found: (Stats | null)[] = [];
        s.backend.scoped(() => {
          measuring.measure(made(s, n, 1), (stats) => found.push(stats));
          return null; // nobody else keeps it
        });
        assert.equal(found.length, 0);
        heap.limit = heap.live;
        s.backend.scoped(() => {
          made(s, n, 2);
          return null;
        });
        assert.equal(found.length, 1);
      }));

    it("whoever writes to it meanwhile waits", () =>
      withPool(helpers, ({ s, measuring }) => {
        s.backend.scoped(() => {
          const n = 400_000;
          const writes: ((x: Tensor) => void)[] = [
            (x) => {
              s.assign(x, made(s, n, 99));
            },
            (x) => {
              s.assign(s.backend.alias(x, [5], [1], 7), s.backend.full([5], "float32", 1e9));
            },
            (x) => assert.ok(fill(s, x, { value: 3, kind: "float" })),
            (x) => assert.ok(fillAt(s, x, [n - 1], { value: 1e9, kind: "float" })),
          ];
          for (const write of writes) {
            const x = made(s, n, 1);
            const wanted = statsOf(s.backend, x);
            const found: (Stats | null)[] = [];
            for (let i = 0; i < 3; i++) measuring.measure(x, (stats) => found.push(stats));
            write(x);
            assert.deepEqual(found, [wanted, wanted, wanted]);
            const after = statsOf(s.backend, x);
            assert.notDeepEqual(after, wanted);
            measuring.measure(x, (stats) => found.push(stats));
            x.storage!.moveOut();
            assert.deepEqual(found.at(-1), after);
            measuring.settle();
          }
          return null;
        });
      }));
  });
