/** Single elements, read and written: values, versions, gradient paths and errors are PyTorch's and numpy's. */
import assert from "node:assert/strict";
import { Snippets } from "../support/snippets.ts";

const PROGRAMS: readonly string[] = [
  "table_of_quotients",
  "views_and_steps",
  "kinds",
  "shared",
  "written_after_it_was_saved",
  "written_within_a_graph",
  "written_to_a_leaf",
  "beyond",
  "beyond_an_array",
];

describe("single elements", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  before(() => snippets.start());
  after(() => snippets.stop());

  it("are read and written as PyTorch and numpy do", async () => {
    const { ours, theirs } = await snippets.both("elements.py", PROGRAMS);
    assert.deepEqual(ours, theirs);
  });
});
