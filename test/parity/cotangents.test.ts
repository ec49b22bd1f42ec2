/** Infinite gradients and NaN pass an operation as they do in PyTorch, or are kept out where it keeps them out. */
import assert from "node:assert/strict";
import { Snippets, unlike } from "../support/snippets.ts";
import { EXPRESSIONS } from "./cotangents.ts";

/** As many as one log has room for. */
const AT_ONCE = 60;

describe("gradients that are not finite pass as in PyTorch", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  let ours: Record<string, string[][]> = {};
  let theirs: typeof ours = {};
  before(async () => {
    await snippets.start();
    for (let i = 0; i < EXPRESSIONS.length; i += AT_ONCE) {
      const both = await snippets.both("cotangents.py", EXPRESSIONS.slice(i, i + AT_ONCE));
      ours = { ...ours, ...(both.ours as typeof ours) };
      theirs = { ...theirs, ...(both.theirs as typeof theirs) };
    }
  });
  after(() => snippets.stop());

  for (const text of EXPRESSIONS)
    it(text, () => {
      assert.equal(unlike(ours[text], theirs[text], 1e-6), null);
    });
});
