/** Build step: boots CPython in the room, imports the standard library and our packages, writes its memory to `dir`. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRoomParts, SNAPSHOT } from "./assets.ts";
import { openRealm } from "./realm.ts";

const dir = process.argv[2];
if (!dir) throw new Error("usage: snapshot DIR");
await rm(join(dir, SNAPSHOT), { force: true });
const { room, files, outside } = openRealm(await readRoomParts(dir));
const bytes = await new Promise<Uint8Array>((resolve, reject) => {
  room.snapshot(outside, files, (snapshot, error) => {
    if (snapshot) resolve(new Uint8Array(snapshot));
    else reject(new Error(error));
  });
});
await writeFile(join(dir, SNAPSHOT), bytes);
process.exit(0);
