/** Random draws, and the first weights of every kind of layer, are PyTorch's to the bit. */
import assert from "node:assert/strict";
import { Snippets, unlike } from "../support/snippets.ts";
import { DRAWS, LAYERS } from "./draws.ts";

/** For sums, and for float64, whose last digits differ between C libraries; float32 is compared to the bit. */
const TOLERANCE = 1e-13;

describe("draws are PyTorch's", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  before(() => snippets.start());
  after(() => snippets.stop());

  for (const [family, texts] of Object.entries({ "random calls": DRAWS, layers: LAYERS })) {
    describe(family, () => {
      let ours: Record<string, { readonly value?: unknown }> = {};
      let theirs: typeof ours = {};
      before(async () => {
        const both = await snippets.both("draws.py", texts);
        ours = both.ours as typeof ours;
        theirs = both.theirs as typeof theirs;
      });

      for (const text of texts) {
        it(text, () => {
          assert.ok(theirs[text]?.value !== undefined, JSON.stringify(theirs[text]));
          assert.equal(unlike(ours[text], theirs[text], TOLERANCE), null);
        });
      }
    });
  }
});
