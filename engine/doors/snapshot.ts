/**
 * Build step, `snapshot DIR [--strict]`: boots CPython in the room, imports the standard library and our packages, writes its
 * memory to DIR. A package that cannot be imported is left to the run with a warning, or with `--strict` ends the build.
 */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRoomParts, SNAPSHOT } from "./assets.ts";
import { openRealm } from "./realm.ts";
import { writeSnapshot } from "../room/snapshotFile.ts";

const [dir, mode] = process.argv.slice(2);
if (!dir) throw new Error("usage: snapshot DIR [--strict]");
const path = join(dir, SNAPSHOT);
const parts = await readRoomParts({ dir });
const code = await readFile(join(dir, "room.js"), "utf8");
const { room, filesOf, outside } = openRealm(code, dir);
const { parts: made, failed } = await new Promise<{ parts?: Uint8Array[]; failed: string }>(
  (resolve) => {
    room.snapshot(outside, filesOf({ ...parts, snapshot: undefined }), (bytes, fresh, error) => {
      const outer = (inner: Uint8Array): Uint8Array => new Uint8Array(inner);
      resolve({
        failed: error,
        ...(bytes && fresh && { parts: writeSnapshot(outer(bytes), outer(fresh)) }),
      });
    });
  },
);
if (failed) process.stderr.write(`snapshot: ${failed}\n`);
if (!made || (failed && mode === "--strict")) {
  await rm(path, { force: true });
  process.exit(1);
}
// In one step: who reads the folder meanwhile finds a whole snapshot, the old or the new.
await writeFile(`${path}.new`, made);
await rename(`${path}.new`, path);
process.exit(0);
