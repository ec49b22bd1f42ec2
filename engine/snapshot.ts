/**
 * Build step, `snapshot DIR [--strict]`: boots CPython in the room, imports the standard library and our packages, writes its
 * memory to DIR. A package that cannot be imported is left to the run with a warning, or with `--strict` ends the build.
 */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRoomParts, SNAPSHOT } from "./assets.ts";
import { openRealm } from "./realm.ts";

const [dir, mode] = process.argv.slice(2);
if (!dir) throw new Error("usage: snapshot DIR [--strict]");
await rm(join(dir, SNAPSHOT), { force: true });
const { room, files, outside } = openRealm(await readRoomParts(dir));
const { bytes, failed } = await new Promise<{ bytes: Uint8Array | undefined; failed: string }>(
  (resolve) => {
    room.snapshot(outside, files, (snapshot, error) => {
      resolve({ bytes: snapshot && new Uint8Array(snapshot), failed: error });
    });
  },
);
if (failed) process.stderr.write(`snapshot: ${failed}\n`);
if (!bytes || (failed && mode === "--strict")) process.exit(1);
await writeFile(join(dir, SNAPSHOT), bytes);
process.exit(0);
