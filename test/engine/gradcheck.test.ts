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

  // `standardize` takes moments(x) for granted, so its rule is checked with them: batch, layer and group normalisation.
  for (const [A, B, C, W, S] of [
    [2, 3, 4, 3, 4],
    [1, 5, 6, 6, 1],
    [6, 3, 1, 3, 1],
    [1, 4, 6, 6, 2],
  ] as const)
    for (const factors of [[], ["w"], ["b"], ["w", "b"]]) {
      const groups = { A, B, C, W, S };
      const op = ops.get("standardize")!;
      const inputs = ["x", ...factors];
      const alone: Op = { ...op, inputs, def: { ...op.def, inputs } };
      const shapes = Object.fromEntries(
        inputs.map((name) => [name, name === "x" ? [A, B, C] : [W]]),
      );
      it(`standardize with its moments ${inputs.join()} ${A} ${B} ${C}, ${W} channels`, () => {
        checkGradient(s, alone, { shapes, attrs: groups }, ([x, ...given]) => {
          const m = s.call("moments", [x!], { ...groups, eps: 0.1 });
          const [w, b] = ["w", "b"].map((name) => given[factors.indexOf(name)] ?? null);
          return s.call("standardize", [x!, m, w!, b!], groups);
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
