/**
 * What V8 made of a script, kept in a folder of the user's own: compiling the room's anew takes some 30 ms of each start. The file's
 * name tells the script's size and time and the V8; V8 itself refuses code that another version or other flags made.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { forgetOld, keep, keptName } from "./keep.ts";

/** Files that the folder keeps: of other builds, or of another V8. */
const MOST = 4;

export class CodeCache {
  readonly #folder: string | undefined;
  readonly #name: string;

  /** `folder` undefined: nothing is read or written. */
  constructor(
    folder: string | undefined,
    script: string,
    found: { readonly size: number; readonly mtimeMs: number },
  ) {
    this.#folder = folder;
    this.#name = `${keptName(script, found)}.code`;
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
    forgetOld(this.#folder, ".code", MOST);
  }
}
