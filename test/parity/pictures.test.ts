/** Pictures and transforms give Pillow's bytes and torchvision's numbers, and draw what torchvision draws. */
import assert from "node:assert/strict";
import { Snippets, unlike } from "../support/snippets.ts";
import { PICTURES, TRANSFORMS } from "./pictures.ts";

/** Of checksums of float32 values in 0..1. */
const TOLERANCE = 1e-6;

describe("pictures are Pillow's, transforms torchvision's", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  before(() => snippets.start());
  after(() => snippets.stop());

  for (const [family, texts] of Object.entries({ pictures: PICTURES, transforms: TRANSFORMS })) {
    describe(family, () => {
      let ours: Record<string, unknown> = {};
      let theirs: Record<string, unknown> = {};
      before(async () => {
        const both = await snippets.both("pictures.py", texts);
        ours = both.ours as typeof ours;
        theirs = both.theirs as typeof theirs;
      });

      for (const text of texts) {
        it(text, () => {
          assert.ok(theirs[text], "PyTorch has no answer");
          assert.equal(unlike(ours[text], theirs[text], TOLERANCE), null);
        });
      }
    });
  }
});
