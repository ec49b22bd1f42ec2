/**
 * What V8 made of a script, kept in a folder of the user's own: compiling the room's anew takes some 30 ms of each start. The file's
 * name tells the script's size and time and the V8; V8 itself refuses code that another version or other flags made, but runs what a full
 * disk or a lost power supply has spoilt: the code's sum stands behind it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { forgetOld, keep, keptName } from "./keep.ts";

/** Files that the folder keeps: of other builds, or of another V8. */
const MOST = 4;
const SUM_BYTES = 4;

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
      const content = readFileSync(join(this.#folder, this.#name));
      const code = content.subarray(0, -SUM_BYTES);
      return crc32(code) === content.readUInt32LE(code.length) ? code : undefined;
    } catch {
      return undefined; // also of a file without room for a sum
    }
  }

  /** Where the folder cannot be written, the next start compiles again. */
  write(code: Uint8Array): void {
    if (this.#folder === undefined) return;
    const sum = Buffer.alloc(SUM_BYTES);
    sum.writeUInt32LE(crc32(code));
    if (!keep(this.#folder, this.#name, Buffer.concat([code, sum]))) return;
    forgetOld(this.#folder, ".code", MOST);
  }
}
