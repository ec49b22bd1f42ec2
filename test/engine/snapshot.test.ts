/** The snapshot's file, read to its places. */
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { restore } from "../../engine/doors/realm.ts";
import type { SnapshotFile } from "../../engine/room/snapshotFile.ts";

const START = 24;
const PAGE = 4096;
/** More than Linux reads to at once. */
const RUNS = 2500;

describe("the snapshot", () => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-"));
  after(() => rmSync(folder, { recursive: true }));

  /** Pages `1, 2, …` of the file, each at twice its number in memory. */
  function restored(bytes: number): Uint8Array {
    const path = join(folder, "snapshot");
    const content = Buffer.alloc(START + bytes);
    for (let i = 0; i < RUNS; i++) content.fill(1 + (i % 250), START + i * PAGE);
    writeFileSync(path, content.subarray(0, START + bytes));
    const file = openSync(path, "r");
    const runs = Array.from({ length: RUNS }, (_, i) => ({ place: 2 * i * PAGE, length: PAGE }));
    const memory = new Uint8Array(2 * RUNS * PAGE);
    try {
      const snapshot: SnapshotFile = {
        ...{ file, runs, start: START, head: new Uint8Array(), memoryBytes: memory.length },
      };
      restore(snapshot, memory.buffer);
    } finally {
      closeSync(file);
    }
    return memory;
  }

  it("is read whole, however little the system gives at once", () => {
    const expected = Buffer.alloc(2 * RUNS * PAGE);
    for (let i = 0; i < RUNS; i++) expected.fill(1 + (i % 250), 2 * i * PAGE, (2 * i + 1) * PAGE);
    assert.ok(expected.equals(restored(RUNS * PAGE)));
  });

  it("is refused where it is cut", () => {
    assert.throws(() => restored(RUNS * PAGE - 1), /the snapshot is cut/);
  });
});
