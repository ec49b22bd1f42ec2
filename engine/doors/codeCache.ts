/**
 * What V8 made of a script, kept in a folder of the user's own: compiling the room's anew takes some 30 ms of each start. The file's
 * name tells the script's size and time and the V8; V8 itself refuses code that another version or other flags made.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Files that the folder keeps: of other builds, or of another V8. */
const MOST = 4;

export class CodeCache {
  readonly #folder: string | undefined;
  readonly #path: string;

  /** `folder` undefined: nothing is read or written. */
  constructor(
    folder: string | undefined,
    script: string,
    { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
  ) {
    this.#folder = folder;
    const place = Buffer.from(script).toString("base64url").slice(-40);
    const name = [place, size, Math.round(mtimeMs), process.versions.v8, process.arch].join("-");
    this.#path = join(folder ?? "", `${name}.code`);
  }

  /** False without a folder. */
  get isKept(): boolean {
    return this.#folder !== undefined;
  }

  read(): Buffer | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      return readFileSync(this.#path);
    } catch {
      return undefined;
    }
  }

  /** In one step; where the folder cannot be written, the next start compiles again. */
  write(code: Uint8Array): void {
    if (this.#folder === undefined) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${this.#path}.${process.pid}`, code, { mode: 0o600 });
      renameSync(`${this.#path}.${process.pid}`, this.#path);
      this.#forgetOld(this.#folder);
    } catch {
      // A cache that cannot be kept is no error.
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
