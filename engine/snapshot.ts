/**
 * Build step, `snapshot DIR [--strict]`: boots CPython in the room, imports the standard library and our packages, writes its
 * memory to DIR. A package that cannot be imported is left to the run with a warning, or with `--strict` ends the build.
 */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRoomParts, SNAPSHOT } from "./assets.ts";
import { openRealm } from "./realm.ts";

const [dir, mode] = process.argv.slice(2);
if (!dir) throw new Error("usage: snapshot DIR [--strict]");
const path = join(dir, SNAPSHOT);
const parts = await readRoomParts(dir);
const { room, files, outside } = openRealm({ ...parts, snapshot: undefined });
const { bytes, failed } = await new Promise<{ bytes: Uint8Array | undefined; failed: string }>(
  (resolve) => {
    room.snapshot(outside, files, (snapshot, error) => {
      resolve({ bytes: snapshot && new Uint8Array(snapshot), failed: error });
    });
  },
);
if (failed) process.stderr.write(`snapshot: ${failed}\n`);
if (!bytes || (failed && mode === "--strict")) {
  await rm(path, { force: true });
  process.exit(1);
}
// In one step: who reads the folder meanwhile finds a whole snapshot, the old or the new.
await writeFile(`${path}.new`, bytes);
await rename(`${path}.new`, path);
process.exit(0);
