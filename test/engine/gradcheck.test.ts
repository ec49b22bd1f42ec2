import assert from "node:assert/strict";
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
});
