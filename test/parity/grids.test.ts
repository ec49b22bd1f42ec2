/** numpy's index objects give numpy's grids; its scalars compute with lists as numpy's. */
import assert from "node:assert/strict";
import { Snippets } from "../support/snippets.ts";

const GRIDS: readonly string[] = [
  "np.ogrid[:3, :4]",
  "np.ogrid[1:5:2]",
  "np.ogrid[:2, :3, 1:3]",
  "np.mgrid[:3]",
  "np.mgrid[:2, 1:3]",
  "np.mgrid[0:1:3j]",
  "np.mgrid[-1:1:3j, 0:2:2j]",
  "np.r_[0:3, 5]",
  "np.r_[0:1:4j]",
  "np.c_[[1, 2], [3, 4]]",
  "[1.0, 2.0] / np.sum([1.0, 2.0])",
  "np.float32(3) - (1.0, 2.5)",
  "[1, 2] + np.int64(2)",
];

describe("numpy's grids and scalars", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  before(() => snippets.start());
  after(() => snippets.stop());

  it("agree", async () => {
    const { ours, theirs } = await snippets.both("grids.py", GRIDS);
    assert.deepEqual(ours, theirs);
  });
});
