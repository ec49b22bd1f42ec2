/** One recurrent layer: derivatives against central differences; a batch of sequences against each one alone. */
import assert from "node:assert/strict";
import type { RecurrentAttrs } from "../../engine/recurrent.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { numbers, referenceSession } from "../support/session.ts";

const INPUT = 2;
const HIDDEN = 3;
const GATES = { tanh: 1, relu: 1, GRU: 3, LSTM: 4 };
const STEP = 1e-6;
type Mode = RecurrentAttrs["mode"];
type Values = readonly (readonly number[] | null)[];

describe("a recurrent layer", () => {
  const s = referenceSession();
  const live = (): number => (s.backend.memory as unknown as { live: number }).live;

  /** x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr; null where the mode has none. */
  function shapesOf(mode: Mode, sizes: readonly number[], projected: number): (number[] | null)[] {
    const rows = sizes.reduce((a, b) => a + b, 0);
    const [n, wide, out] = [Math.max(...sizes), GATES[mode] * HIDDEN, projected || HIDDEN];
    const cell = mode === "LSTM" ? [n, HIDDEN] : null;
    const hr = projected ? [projected, HIDDEN] : null;
    return [[rows, INPUT], [n, out], cell, [wide, INPUT], [wide, out], [wide], [wide], hr];
  }
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const pointOf = (shapes: readonly (number[] | null)[]): (number[] | null)[] => {
    const next = numbers(7);
    return shapes.map((shape) => shape && Array.from({ length: size(shape) }, next));
  };
  const run = (
    values: Values,
    shapes: readonly (number[] | null)[],
    attrs: RecurrentAttrs,
    use: (out: Tensor, inputs: readonly (Tensor | null)[]) => void,
  ): void => {
    s.backend.scoped(() => {
      const inputs = values.map((v, i) => {
        const x = v && s.backend.from([...v], shapes[i]!, "float64");
        if (x) x.requiresGradLeaf = true;
        return x;
      });
      use(s.call("recurrent", inputs, { ...attrs }), inputs);
      return null;
    });
  };
  const outputs = (
    values: Values,
    shapes: readonly (number[] | null)[],
    attrs: RecurrentAttrs,
  ): number[] => {
    let found: number[] = [];
    run(values, shapes, attrs, (out) => {
      found = [...s.backend.read(out)];
    });
    return found;
  };

  function checkDerivative(attrs: RecurrentAttrs, projected: number): void {
    const before = live();
    const shapes = shapesOf(attrs.mode, attrs.sizes, projected);
    const point = pointOf(shapes);
    const next = numbers(21);
    const direction = point.map((v) => v && v.map(next));
    const at = (h: number): number[] =>
      outputs(
        point.map((v, i) => v && v.map((x, j) => x + h * direction[i]![j]!)),
        shapes,
        attrs,
      );
    const up = at(STEP);
    const down = at(-STEP);
    const ct = up.map(next);
    const numeric = ct.reduce((sum, c, i) => sum + (c * (up[i]! - down[i]!)) / (2 * STEP), 0);
    let exact = 0;
    run(point, shapes, attrs, (out, inputs) => {
      const seed = s.backend.from(ct, out.shape, "float64");
      const leaves = inputs.filter((x) => x !== null);
      const found = s.backward([{ tensor: out, ct: seed }], {
        retainGraph: false,
        createGraph: false,
        accumulate: false,
        inputs: leaves,
      });
      const along = direction.filter((d) => d !== null);
      found.forEach((g, i) => {
        if (g) s.backend.read(g).forEach((v, j) => (exact += v * along[i]![j]!));
      });
    });
    assert.ok(
      Math.abs(numeric - exact) < 1e-6 * Math.max(1, Math.abs(numeric)),
      `${exact} instead of ${numeric}`,
    );
    assert.equal(live(), before, "memory was not given back");
  }

  /** Sequence i of a batch with these sizes: its rows of x and of the outputs. */
  const rowsOf = (sizes: readonly number[], i: number): number[] => {
    let start = 0;
    const rows: number[] = [];
    for (const n of sizes) {
      if (i < n) rows.push(start + i);
      start += n;
    }
    return rows;
  };
  const picked = (values: readonly number[], rows: readonly number[], width: number): number[] =>
    rows.flatMap((r) => values.slice(r * width, (r + 1) * width));

  function checkEachAlone(attrs: RecurrentAttrs): void {
    const { sizes } = attrs;
    const shapes = shapesOf(attrs.mode, sizes, 0);
    const point = pointOf(shapes);
    const all = outputs(point, shapes, attrs);
    const total = sizes.reduce((a, b) => a + b, 0);
    for (let i = 0; i < sizes[0]!; i++) {
      const rows = rowsOf(sizes, i);
      const own = { ...attrs, sizes: rows.map(() => 1) };
      const alone = [...point];
      alone[0] = picked(point[0]!, rows, INPUT);
      for (const k of [1, 2]) alone[k] = point[k] ? picked(point[k], [i], HIDDEN) : null;
      const one = outputs(alone, shapesOf(attrs.mode, own.sizes, 0), own);
      const places = [
        ...rows,
        total + i,
        ...(attrs.mode === "LSTM" ? [total + sizes[0]! + i] : []),
      ];
      const expected = picked(all, places, HIDDEN);
      assert.ok(
        one.every((v, j) => Math.abs(v - expected[j]!) < 1e-12),
        `sequence ${i}`,
      );
      assert.equal(one.length, expected.length);
    }
  }

  for (const mode of ["tanh", "relu", "GRU", "LSTM"] as const)
    for (const reverse of [false, true]) {
      const name = `${mode}${reverse ? ", backwards" : ""}`;
      it(`${name}: derivative`, () => {
        checkDerivative({ mode, sizes: [2, 2, 2], reverse }, 0);
        checkDerivative({ mode, sizes: [3, 2, 2, 1], reverse }, 0);
      });
      it(`${name}: sequences of different lengths`, () => {
        checkEachAlone({ mode, sizes: [4, 3, 3, 1], reverse });
      });
    }
  it("LSTM with a projection: derivative", () => {
    checkDerivative({ mode: "LSTM", sizes: [3, 2], reverse: false }, 2);
    checkDerivative({ mode: "LSTM", sizes: [3, 2], reverse: true }, 2);
  });
});
