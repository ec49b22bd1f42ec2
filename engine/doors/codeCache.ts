/**
 * What V8 made of a script, kept in a folder of the user's own: compiling the room's anew takes some 30 ms of each start. The file's
 * name tells the script's size and time and the V8; V8 itself refuses code that another version or other flags made.
 */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { keep } from "./keep.ts";

/** Files that the folder keeps: of other builds, or of another V8. */
const MOST = 4;

export class CodeCache {
  readonly #folder: string | undefined;
  readonly #name: string;

  /** `folder` undefined: nothing is read or written. */
  constructor(
    folder: string | undefined,
    script: string,
    { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
  ) {
    this.#folder = folder;
    const place = Buffer.from(script).toString("base64url").slice(-40);
    const parts = [place, size, Math.round(mtimeMs), process.versions.v8, process.arch];
    this.#name = `${parts.join("-")}.code`;
  }

  /** False without a folder. */
  get isKept(): boolean {
    return this.#folder !== undefined;
  }

  read(): Buffer | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      return readFileSync(join(this.#folder, this.#name));
    } catch {
      return undefined;
    }
  }

  /** Where the folder cannot be written, the next start compiles again. */
  write(code: Uint8Array): void {
    if (this.#folder === undefined || !keep(this.#folder, this.#name, code)) return;
    try {
      this.#forgetOld(this.#folder);
    } catch {
      // Another process may have been first.
    }
  }

  #forgetOld(folder: string): void {
    const paths = readdirSync(folder)
      .filter((name) => name.endsWith(".code"))
      .map((name) => join(folder, name));
    const times = paths.map((path) => ({ path, time: statSync(path).mtimeMs }));
    times.sort((a, b) => b.time - a.time);
    for (const { path } of times.slice(MOST)) rmSync(path, { force: true });
  }
}
