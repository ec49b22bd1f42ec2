import assert from "node:assert/strict";
import { median } from "../../engine/numeric/median.ts";

describe("median", () => {
  it("is the middle value, or the mean of the middle two", () => {
    assert.equal(median([3, 10, 2]), 3);
    assert.equal(median([4, 1, 30, 2]), 3);
    assert.equal(median([0.0458, 1.8028])?.toFixed(4), "0.9243");
    assert.equal(median([1, Infinity, Infinity]), Infinity);
    assert.equal(median([]), null);
  });
});
