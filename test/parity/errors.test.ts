/** Common mistakes raise what PyTorch raises, word for word. */
import assert from "node:assert/strict";
import { Snippets } from "../support/snippets.ts";
import { MISTAKES, NEWER } from "./errors.ts";

describe("mistakes raise what PyTorch raises", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  let ours: Record<string, string> = {};
  let theirs: typeof ours = {};
  before(async () => {
    await snippets.start();
    const both = await snippets.both("errors.py", MISTAKES);
    ours = both.ours as typeof ours;
    theirs = both.theirs as typeof theirs;
  });
  after(() => snippets.stop());

  for (const text of MISTAKES) {
    it(text.replaceAll("\n", "; "), () => {
      assert.notEqual(theirs[text], "no error");
      assert.notEqual(NEWER[text], theirs[text], "the witness is as new");
      assert.equal(ours[text], NEWER[text] ?? theirs[text]);
    });
  }
});
