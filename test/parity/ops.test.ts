/** Every call of ops.ts in float64, under both: values, gradients, and gradients of a penalty on these. */
import assert from "node:assert/strict";
import { Snippets, unlike } from "../support/snippets.ts";
import { FIRST_ORDER, OPS } from "./ops.ts";

const TOLERANCE = 1e-9;

interface Outcome {
  readonly value?: unknown;
  readonly grads?: unknown;
  readonly second?: unknown;
  readonly refused?: string;
  readonly error?: string;
}

describe("ops under PyTorch and under Chainrule, in float64", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  before(() => snippets.start());
  after(() => snippets.stop());

  for (const [family, texts] of Object.entries(OPS)) {
    describe(family, () => {
      let ours: Record<string, Outcome> = {};
      let theirs: Record<string, Outcome> = {};
      before(async () => {
        const both = await snippets.both("evaluate.py", texts);
        ours = both.ours as typeof ours;
        theirs = both.theirs as typeof theirs;
      });

      for (const text of texts) {
        it(text, () => {
          const [mine, expected] = [ours[text] ?? {}, theirs[text] ?? {}];
          assert.ok("value" in expected, JSON.stringify(expected));
          assert.ok("value" in mine, JSON.stringify(mine));
          assert.equal(unlike(mine.value, expected.value, TOLERANCE, "value"), null);
          assert.equal(unlike(mine.grads, expected.grads, TOLERANCE, "grads"), null);
          // Where PyTorch itself has no second derivative there is nothing to compare.
          if (expected.refused !== undefined || FIRST_ORDER.has(text)) return;
          assert.equal(unlike(mine.second, expected.second, TOLERANCE, "second"), null);
        });
      }
    });
  }
});
