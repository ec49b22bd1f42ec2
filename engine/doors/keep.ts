/** Files that only save time: in a folder of the user's own, which need not be there nor open to us. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
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
