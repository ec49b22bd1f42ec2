import assert from "node:assert/strict";
import { RECURRENCE, RECURRENT_GATES } from "../../engine/kernels/kernels.ts";
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

  // Likewise recurrent layers and their states.
  for (const mode of RECURRENCE)
    for (const reverse of [false, true]) {
      const attrs = { mode, steps: 3, reverse };
      const op = ops.get("recurrentWhole")!;
      const G = 2 * RECURRENT_GATES[mode];
      const [c0, bh] = [mode === "LSTM" && { c0: [2, 2] }, mode === "GRU" && { bh: [G] }];
      const shapes = { gates: [6, G], h0: [2, 2], ...c0, wh: [G, 2], ...bh };
      const inputs = ["gates", "h0", "c0", "wh", "bh"];
      const range = mode === "relu" ? ([0.1, 2] as const) : ([-2, 2] as const);
      it(`${mode} with its states${reverse ? ", backwards" : ""}`, () => {
        const alone = { ...op, inputs, def: { ...op.def, inputs } };
        checkGradient(s, alone, { shapes, attrs, range }, (given) =>
          s.call("recurrentWhole", [...given, s.call("recurrentStates", given, attrs)], attrs),
        );
      });
    }
});
