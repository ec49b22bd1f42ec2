/** Files that only save time: in a folder of the user's own, which need not be there nor open to us. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In one step, since another process may be reading. False where there is no folder, or it cannot be written. */
export function keep(folder: string | undefined, name: string, bytes: Uint8Array): boolean {
  if (folder === undefined) return false;
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.${process.pid}`, bytes, { mode: 0o600 });
    renameSync(`${path}.${process.pid}`, path);
    return true;
  } catch {
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

/** Leaves the `most` youngest of the folder's files that end so: the others are of other builds, or of another V8. */
export function forgetOld(folder: string, ending: string, most: number): void {
  try {
    const paths = readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => join(folder, name));
    const times = paths.map((path) => ({ path, time: statSync(path).mtimeMs }));
    times.sort((a, b) => b.time - a.time);
    for (const { path } of times.slice(most)) rmSync(path, { force: true });
  } catch {
    // Another process may have been first.
  }
}
