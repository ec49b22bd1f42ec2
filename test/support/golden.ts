import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Compares text with a golden file. A missing file is written and the test fails once, so that nobody commits it unread; a difference
 * leaves NAME.actual beside it; UPDATE=1 rewrites it.
 */
export function checkGolden(path: string, text: string): void {
  if (process.env["UPDATE"] === "1") {
    writeFileSync(path, text);
    return;
  }
  if (!existsSync(path)) {
    writeFileSync(path, text);
    assert.fail(`${path} was missing and has been written: read it, then run again`);
  }
  const expected = readFileSync(path, "utf8");
  if (text !== expected) writeFileSync(`${path}.actual`, text);
  assert.equal(text, expected);
}

/** Four digits: what a person compares, and what does not flicker from host to host. */
export const digits = (x: number | null | undefined): string =>
  x === null || x === undefined ? "-" : x === 0 ? "0" : x.toExponential(3);
