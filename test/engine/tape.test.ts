import assert from "node:assert/strict";
import type { Tensor } from "../../engine/tensor.ts";
import { referenceSession } from "../support/session.ts";

describe("tape: in-place writes, views, versions, memory", () => {
  const s = referenceSession();
  const live = (): number => (s.backend.memory as unknown as { live: number }).live;
  const leaf = (values: number[], shape = [values.length]): Tensor => {
    const x = s.backend.from(values, shape, "float64");
    x.requiresGradLeaf = true;
    return x;
  };
  const numbers = (x: Tensor | null): number[] => (x ? [...s.backend.read(x)] : []);
  const gradOf = (loss: Tensor, x: Tensor): number[] => {
    s.backward([{ tensor: loss, ct: null }], {
      retainGraph: false,
      createGraph: false,
      accumulate: true,
    });
    return numbers(x.grad);
  };
  const total = (x: Tensor): Tensor => s.call("sum", [x], { axes: null, keepdim: false });

  /** Each case runs in a scope of its own and must give all memory back. */
  const check = (name: string, body: () => void): void => {
    it(name, () => {
      const before = live();
      s.backend.scoped(() => {
        body();
        return null;
      });
      assert.equal(live(), before, "memory was not given back");
    });
  };

  check("a write to a view reaches the base's values and gradient", () => {
    const x = leaf([1, 2, 3, 4], [2, 2]);
    const y = s.k.mul(x, 2);
    const row = s.call("select", [y], { axis: 0, index: 1 });
    s.assign(row, s.k.mul(row, 10)); // y = 2x, its second row × 10
    assert.deepEqual(numbers(y), [2, 4, 60, 80]);
    assert.deepEqual(gradOf(total(y), x), [2, 2, 20, 20]);
  });

  check("a write to the base changes the gradient path of a view made before", () => {
    const x = leaf([1, 2, 3, 4], [2, 2]);
    const y = s.k.mul(x, 1);
    const row = s.call("select", [y], { axis: 0, index: 0 });
    s.assign(y, s.k.mul(y, 3));
    assert.deepEqual(numbers(row), [3, 6]);
    assert.deepEqual(gradOf(total(row), x), [3, 3, 0, 0]);
  });

  check("overwriting what a vjp saved is refused in PyTorch's words", () => {
    const x = leaf([1, 2]);
    const y = s.call("exp", [x]); // saves its output
    s.assign(y, s.k.mul(y, 2));
    assert.throws(
      () => gradOf(total(y), x),
      /has been modified by an inplace operation: \[torch\.DoubleTensor \[2\]\]/,
    );
  });

  check(
    "an in-place op writes where another's gradient reads the elements, and that is noticed",
    () => {
      const x = leaf([1, 2, 3]);
      const y = s.k.mul(x, 2);
      const before = y.storage;
      const cube = s.call("mul", [y, s.k.mul(y, y)]);
      s.assign(y, s.call("exp", [y]), true);
      assert.equal(y.storage, before);
      assert.throws(() => gradOf(total(cube), x), /is at version 1; expected version 0/);
    },
  );

  check("an in-place op's result becomes the elements; its own gradient reads the old ones", () => {
    const x = leaf([1, 2, 3]);
    const y = s.k.mul(x, 1);
    const before = y.storage;
    s.assign(y, s.call("mul", [y, s.k.mul(x, 3)]), true); // 3x²
    assert.notEqual(y.storage, before);
    assert.equal(y.storage?.version, 1);
    assert.deepEqual(numbers(y), [3, 12, 27]);
    assert.deepEqual(gradOf(total(y), x), [6, 12, 18]);
  });

  check("a tensor that is seen elsewhere, or whose place was told, keeps its place", () => {
    const [seen, told] = [s.backend.from([1, 2], [2], "float64"), s.backend.from([3], [1], "float64")]; // prettier-ignore
    const row = s.call("slice", [seen], { axis: 0, start: 1, length: 1, step: 1 });
    told.storage!.isNamed = true;
    for (const x of [seen, told]) {
      const before = x.storage;
      s.assign(x, s.k.mul(x, 10), true);
      assert.equal(x.storage, before);
    }
    assert.deepEqual([...numbers(seen), ...numbers(row), ...numbers(told)], [10, 20, 20, 30]);
  });

  check("an in-place write to a leaf that asks for a gradient is refused", () => {
    const x = leaf([1, 2]);
    assert.throws(
      () => s.assign(x, s.backend.full([2], "float64", 0)),
      /a leaf Variable that requires grad is being used in an in-place operation/,
    );
  });

  check("a second walk over a freed graph is refused", () => {
    const x = leaf([1, 2]);
    const y = total(s.call("exp", [x]));
    gradOf(y, x);
    assert.throws(() => gradOf(y, x), /Trying to backward through the graph a second time/);
  });

  check("gradients of two uses add up, and of two walks", () => {
    const x = leaf([3]);
    const y = s.k.add(s.k.mul(x, x), x);
    assert.deepEqual(gradOf(total(y), x), [7]);
    assert.deepEqual(gradOf(total(s.k.mul(x, 2)), x), [9]);
  });

  check("many slices of one tensor: their cotangents gather in one", () => {
    const x = leaf([1, 2, 3, 4, 5, 6]);
    const parts = [0, 1, 2, 3].map((start) =>
      s.call("slice", [x], { axis: 0, start, length: 3, step: 1 }),
    );
    const y = parts.reduce((a, b, i) => s.k.add(a, s.k.mul(b, i + 1)), s.k.mul(parts[3]!, 10));
    let scattered = 0;
    s.onResult = ({ name }) => {
      if (name === "stridedScatter") scattered++;
    };
    assert.deepEqual(gradOf(total(y), x), [1, 3, 6, 19, 17, 14]);
    s.onResult = null;
    assert.equal(scattered, 1);
  });

  check("a gradient penalty: the derivative of a derivative", () => {
    const x = leaf([2]);
    const y = total(s.k.pow(x, 3));
    const [g] = s.backward([{ tensor: y, ct: null }], {
      retainGraph: true,
      createGraph: true,
      accumulate: false,
      inputs: [x],
    });
    assert.deepEqual(numbers(g!), [12]); // 3x²
    assert.deepEqual(gradOf(total(s.k.mul(g!, g!)), x), [288]); // d/dx 9x⁴ = 36x³
  });

  check("a graph that nobody walks gives its memory back", () => {
    const x = leaf([1, 2, 3]);
    s.backend.scoped(() => {
      s.call("exp", [s.call("tanh", [s.k.mul(x, 2)])]);
      return null;
    });
  });

  check("a meta run finds shapes and walks back without a value", () => {
    const x = s.backend.meta([4, 8], "float32");
    x.requiresGradLeaf = true;
    const w = s.backend.meta([8, 2], "float32");
    const y = total(s.call("matmul", [x, w]));
    s.backward([{ tensor: y, ct: null }], {
      retainGraph: false,
      createGraph: false,
      accumulate: true,
    });
    assert.deepEqual([...x.grad!.shape], [4, 8]);
    assert.ok(x.grad!.isMeta);
  });
});
