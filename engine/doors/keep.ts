/** Files that only save time: in a folder of the user's own, which need not be there nor open to us. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What is written until it is whole ends so. */
const PART = ".part";
/** After that time nobody writes it any more: its process was ended, or its thread. */
const LOST_MS = 24 * 3_600_000;

/** In one step, since others may be reading, or writing the same. False where there is no folder, or it cannot be written. */
export function keep(folder: string | undefined, name: string, bytes: Uint8Array): boolean {
  if (folder === undefined) return false;
  // Neither its process nor its thread tells a writer from others: the folder may be shared by machines.
  const part = `${name}.${Math.random().toString(36).slice(2)}${PART}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, part), bytes, { mode: 0o600, flag: "wx" });
    renameSync(join(folder, part), join(folder, name));
    return true;
  } catch {
    drop(folder, part); // of a full disk
    return false;
  }
}

/** Where it cannot go now it goes when the folder is full. */
export function drop(folder: string, name: string): void {
  try {
    rmSync(join(folder, name), { force: true });
  } catch {
    // Another process holds it.
  }
}

/** A name for what this V8 makes of one file, without its ending. */
export function keptName(
  path: string,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
): string {
  const place = Buffer.from(path).toString("base64url").slice(-40);
  return [place, size, Math.round(mtimeMs), process.versions.v8, process.arch].join("-");
}

/** Leaves the `most` youngest of the folder's files that end so: the others are of other builds, or of another V8. And none that was never whole. */
export function forgetOld(folder: string, ending: string, most: number): void {
  try {
    const names = readdirSync(folder);
    const those = (end: string): { name: string; time: number }[] =>
      names
        .filter((name) => name.endsWith(end))
        .map((name) => ({ name, time: statSync(join(folder, name)).mtimeMs }));
    const old = those(ending)
      .sort((a, b) => b.time - a.time)
      .slice(most);
    const lost = those(PART).filter(({ time }) => time < Date.now() - LOST_MS);
    for (const { name } of [...old, ...lost]) drop(folder, name);
  } catch {
    // Another process may have been first.
  }
}
