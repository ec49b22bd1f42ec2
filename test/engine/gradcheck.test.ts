import assert from "node:assert/strict";
import type { Op } from "../../engine/op.ts";
import { ops } from "../../engine/ops/index.ts";
import { checkGradient } from "../support/gradcheck.ts";
import { referenceSession } from "../support/session.ts";

describe("every differentiable op agrees with central differences, twice", () => {
  const s = referenceSession();
  for (const op of ops.values())
    op.def.gradcheck.forEach((c, i) =>
      it(`${op.name} ${i}`, () => {
        const live = (s.backend.memory as unknown as { live: number }).live;
        checkGradient(s, op, c);
        assert.equal(
          (s.backend.memory as unknown as { live: number }).live,
          live,
          "memory was not given back",
        );
      }),
    );

  // `standardize` takes moments(x) for granted, so its rule is checked with them.
  for (const [A, B, C] of [
    [2, 3, 4],
    [1, 5, 6],
    [6, 3, 1],
  ] as const) {
    const groups = { A, B, C };
    const op = ops.get("standardize")!;
    const x: Op = { ...op, inputs: ["x"], def: { ...op.def, inputs: ["x"] } };
    it(`standardize with its moments ${A} ${B} ${C}`, () => {
      checkGradient(s, x, { shapes: { x: [A, B, C] }, attrs: groups }, ([given]) => {
        const m = s.call("moments", [given!], { ...groups, eps: 0.1 });
        return s.call("standardize", [given!, m], groups);
      });
    });
  }

  // Likewise `lstm` and its states.
  for (const reverse of [false, true]) {
    const attrs = { steps: 3, reverse };
    const op = ops.get("lstm")!;
    const inputs = ["gates", "h0", "c0", "wh"];
    it(`lstm with its states${reverse ? ", backwards" : ""}`, () => {
      const shapes = { gates: [6, 8], h0: [2, 2], c0: [2, 2], wh: [8, 2] };
      checkGradient(s, { ...op, inputs, def: { ...op.def, inputs } }, { shapes, attrs }, (given) =>
        s.call("lstm", [...given, s.call("lstmStates", given, attrs)], attrs),
      );
    });
  }
});
