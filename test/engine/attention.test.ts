/** Attention by blocks against the same of single ops: values, gradients, and what is kept until the way back. */
import assert from "node:assert/strict";
import { attention } from "../../engine/attention.ts";
import type { DType } from "../../engine/dtype.ts";

import { Handles } from "../../engine/python/handles.ts";
import { watchers } from "../../engine/python/watching.ts";
import { Session } from "../../engine/session.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { load } from "../support/kernelPair.ts";
import { numbers } from "../support/session.ts";

/** The same sums, of the same numbers in the same order where blocks do not divide them: of the largest. */
const CLOSE = { float32: 2e-6, float64: 1e-14 } as const;

interface Case {
  readonly lead: readonly number[];
  readonly L: number;
  readonly S: number;
  readonly mask?: readonly number[];
  /** A number's, else a bool's. */
  readonly adds?: true;
  readonly causal?: true;
  readonly zero?: true;
  /** Rows of the mask that forbid everything. */
  readonly shut?: number;
  /** Cotangents that are infinite. */
  readonly wild?: true;
}

const [E, F] = [24, 20];
const CASES: Readonly<Record<string, Case>> = {
  "many small matrices": { lead: [5, 6], L: 197, S: 197 },
  "few large ones": { lead: [2], L: 700, S: 1100 },
  "no leading axes": { lead: [], L: 1100, S: 1000 },
  "causal, more keys": { lead: [3], L: 700, S: 900, causal: true },
  "causal, fewer keys": { lead: [3], L: 900, S: 700, causal: true },
  "a bool mask": { lead: [2, 2], L: 600, S: 600, mask: [600, 600] },
  "a bool mask of keys": { lead: [4, 3], L: 300, S: 400, mask: [4, 1, 1, 400] },
  "a number's mask": { lead: [2, 2], L: 600, S: 600, mask: [2, 1, 600, 600], adds: true },
  "rows without a key give 0": { lead: [2], L: 800, S: 800, mask: [800, 800], shut: 3, zero: true },
  "rows without a key give NaN": { lead: [2], L: 800, S: 800, mask: [800, 800], shut: 3 },
  "rows of −∞": { lead: [2], L: 800, S: 800, mask: [2, 800, 800], adds: true, shut: 2, zero: true },
  "infinite cotangents": { lead: [2], L: 800, S: 800, mask: [800, 800], causal: true, wild: true },
};

describe("attention by blocks", () => {
  const { heap, kernels } = load();
  const s = new Session(kernels, heap);
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

  /** q, k, v, the mask and a cotangent. */
  function inputsOf({ lead, L, S, mask, adds, shut = 0, wild }: Case, dtype: DType): Tensor[] {
    const next = numbers(L + S);
    const made = (shape: readonly number[], value: (i: number) => number, type = dtype): Tensor =>
      s.backend.from(
        Array.from({ length: size(shape) }, (_, i) => value(i)),
        shape,
        type,
      );
    const [q, k, v] = [
      [L, E],
      [S, E],
      [S, F],
    ].map((tail) => made([...lead, ...tail], next));
    const isShut = (i: number): boolean => Math.floor(i / S) < shut;
    const seen = (i: number): boolean => !isShut(i) && next() > -0.4;
    const m = adds
      ? made(mask!, (i) => (isShut(i) ? -Infinity : next()))
      : made(mask ?? [], (i) => Number(seen(i)), "bool");
    const ct = made([...lead, L, F], (i) => (wild && i % 1009 === 0 ? Infinity : next()));
    for (const x of [q!, k!, v!]) x.requiresGradLeaf = true;
    return [q!, k!, v!, m, ct];
  }

  /** The result, then the gradients; `parts`: of single ops. */
  function results(c: Case, dtype: DType, parts: boolean): Float64Array[] {
    let found: Float64Array[] = [];
    s.backend.scoped(() => {
      const [q, k, v, mask, ct] = inputsOf(c, dtype) as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const attrs = { causal: c.causal ?? false, zero: c.zero ?? false };
      const inputs = [q, k, v, c.mask ? mask : null];
      const out = parts ? attention(s, inputs, attrs) : s.call("attentionByBlocks", inputs, attrs);
      const grads = s.backward([{ tensor: out, ct }], {
        ...{ retainGraph: false, createGraph: false, accumulate: false },
        inputs: [q, k, v],
      });
      assert.equal(out.node?.op?.name === "attentionByBlocks", !parts);
      found = [out, ...grads].map((x) => Float64Array.from(s.backend.read(x!)));
      return null;
    });
    return found;
  }

  function checkClose(got: Float64Array, expected: Float64Array, most: number, what: string): void {
    const scale = expected.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
    expected.forEach((e, i) => {
      const isSame = Object.is(got[i], e) || Math.abs(got[i]! - e) <= most * scale;
      assert.ok(isSame, `${what}[${i}]: ${got[i]}, of single ops ${e}`);
    });
  }

  before(() => void results(CASES["few large ones"]!, "float64", false)); // working space stays

  for (const [name, c] of Object.entries(CASES))
    for (const dtype of ["float32", "float64"] as const)
      it(`${name}, ${dtype}`, () => {
        const before = heap.live;
        const [whole, expected] = [false, true].map((parts) => results(c, dtype, parts));
        ["result", "q", "k", "v"].forEach((what, i) => {
          checkClose(whole![i]!, expected![i]!, CLOSE[dtype], what);
        });
        assert.equal(heap.live, before, "memory was not given back");
      });

  it("keeps no weights until the way back", () => {
    const { lead, L, S } = CASES["few large ones"]!;
    const all = 4 * size([...lead, L, S]);
    const peak = (parts: boolean): number => {
      heap.resetPeak();
      const before = heap.live;
      results(CASES["few large ones"]!, "float32", parts);
      return heap.peak - before;
    };
    assert.ok(peak(true) > 3 * all);
    assert.ok(peak(false) < 2 * all);
  });

  it("is derived twice through single ops", () => {
    const c: Case = { lead: [2], L: 5, S: 7, causal: true };
    const seconds = [false, true].map((parts) => {
      let found: number[] = [];
      s.backend.scoped(() => {
        const [q, k, v] = inputsOf(c, "float64") as [Tensor, Tensor, Tensor];
        const attrs = { causal: true, zero: false };
        const call = parts ? "attention" : "attentionByBlocks";
        const out = s.call(call, [q, k, v, null], attrs);
        const options = { retainGraph: true, accumulate: false, inputs: [q, k, v] };
        const ct = s.k.full(out.shape, out, 1);
        const first = s.backward([{ tensor: s.k.mul(out, out), ct }], {
          ...options,
          createGraph: true,
        });
        const sum = first
          .map((g) => s.k.sum(s.k.mul(g!, g!), [0, 1, 2]))
          .reduce((a, b) => s.k.add(a, b));
        const second = s.backward([{ tensor: sum, ct: null }], { ...options, createGraph: false });
        found = second.flatMap((g) => [...s.backend.read(g!)]);
        return null;
      });
      return Float64Array.from(found);
    });
    checkClose(seconds[0]!, seconds[1]!, 1e-13, "second derivative");
  });

  it("runs op by op in a run that is watched, which names softmax where a row has no key", () => {
    const watch = watchers(s, new Handles());
    watch.watch("origin", 0);
    assert.ok(s.inParts);
    results(CASES["rows without a key give NaN"]!, "float32", true);
    const { nan } = JSON.parse(watch.unwatch()) as { readonly nan: { readonly op: string } | null };
    assert.equal(nan?.op, "softmax");
    assert.ok(!s.inParts);
  });

  it("begins where weights are many, nobody looks at its parts, and shapes are plain", () => {
    const node = (shapes: readonly (readonly number[])[], change: () => void = () => undefined) => {
      let name: string | undefined;
      s.backend.scoped(() => {
        const xs = shapes.map((shape) => s.backend.meta(shape, "float32"));
        xs[0]!.requiresGradLeaf = true;
        change();
        name = attention(s, [...xs, null], { causal: false, zero: false }).node?.op?.name;
        return null;
      });
      s.inParts = false;
      return name === "attentionByBlocks";
    };
    const three = (shape: readonly number[]) => [shape, shape, shape];
    assert.ok(node(three([2, 4, 1024, 8])));
    assert.ok(!node(three([2, 4, 512, 8])));
    assert.ok(!node(three([2, 4, 1024, 8]), () => (s.inParts = true)));
    assert.ok(!node([[8, 1024, 8], [1, 1024, 8], [1, 1024, 8]])); // prettier-ignore
  });
});
