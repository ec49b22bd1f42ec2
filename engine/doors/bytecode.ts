/**
 * What CPython made of Python sources, kept between runs as `__pycache__` is: compiling a library's files takes longer than running
 * what they define. In a folder of the user's own; in memory without one.
 *
 * What is kept may only be made by an interpreter that has run nobody's code (`Preparation`): a run tells which files it imported, a
 * later interpreter compiles them before its own run begins, and from then on they are loaded. A file's name tells the place and the text
 * that it was made of; one that is cut, or another program's, is not taken: its digest is wrong.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { drop, keep } from "./keep.ts";

/** Bytes that are kept at most; what was made first goes first. */
const MOST_BYTES = 32 * 2 ** 20;
/** Bytes written after which the folder is measured again. */
const TRIM_BYTES = 4 * 2 ** 20;
const DIGEST_BYTES = 32;
/** Files that are looked up before others have their turn: some 5 ms. */
const AT_ONCE = 100;
const NAME = /^([0-9a-f]{32})-([0-9a-f]{32})\.pyc$/;

/** What is known of one place: of the latest of its texts only. */
interface Entry {
  /** The text's digest. */
  readonly text: string;
  /** Where they could not be written. */
  readonly bytes?: Uint8Array;
}

const nameOf = (place: string, { text }: Entry): string => `${place}-${text}.pyc`;

type Digest = (data: string | Uint8Array) => Buffer;

export class Bytecode {
  readonly #digest: Digest;
  readonly #folder: string | undefined;
  readonly #interpreter: string;
  /** By the digest of the place; the latest last. */
  readonly #entries = new Map<string, Entry>();
  readonly #wanted = new Map<string, readonly string[]>();
  #untrimmed = Infinity;

  private constructor(digest: Digest, folder: string | undefined, interpreter: string) {
    this.#digest = digest;
    this.#folder = folder;
    this.#interpreter = interpreter;
    for (const name of folder === undefined ? [] : namesIn(folder)) {
      const [, place, text] = NAME.exec(name) ?? [];
      if (place && text) this.#entries.set(place, { text });
    }
  }

  /** `folder` undefined: nothing is read or written. `interpreter`: the file that it is made of. */
  static async open(folder: string | undefined, interpreter: string): Promise<Bytecode> {
    // Loading it takes 5 ms, and who opens this has the time.
    const { createHash } = await import("node:crypto");
    const { size = 0, mtimeMs = 0 } = statSync(interpreter, { throwIfNoEntry: false }) ?? {};
    const digest: Digest = (data) => createHash("sha256").update(data).digest();
    return new Bytecode(digest, folder, `${size} ${mtimeMs}`);
  }

  has(path: string, text: string): boolean {
    const entry = this.#entries.get(this.#placeOf(path));
    return entry !== undefined && entry.text === this.#short(text);
  }

  /** Made of that text in that place. Undefined: not known. Empty: only the import can compile it, since it has something to say. */
  of(path: string, text: string): Uint8Array | undefined {
    const place = this.#placeOf(path);
    const entry = this.#entries.get(place);
    if (!entry || entry.text !== this.#short(text)) return undefined;
    const bytes = entry.bytes ?? this.#read(nameOf(place, entry));
    if (!bytes) this.#entries.delete(place);
    return bytes;
  }

  /** Of those of these sources of which it is known. In parts: the thread may be an editor's. */
  async allOf(sources: Readonly<Record<string, string>>): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (const [i, [path, text]] of Object.entries(sources).entries()) {
      if (i % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
      const bytes = this.of(path, text);
      if (bytes) found.set(path, bytes);
    }
    return found;
  }

  /** `bytes`: made by an interpreter that has run nobody's code; empty: it refuses, or warns. */
  keep(path: string, text: string, bytes: Uint8Array): void {
    const place = this.#placeOf(path);
    const before = this.#entries.get(place);
    const entry = { text: this.#short(text) };
    this.#entries.delete(place);
    const isWritten = this.#write(nameOf(place, entry), bytes);
    this.#entries.set(place, isWritten ? entry : { ...entry, bytes });
    if (!isWritten) this.#forgetOld();
    if (before && before.text !== entry.text) this.#remove(nameOf(place, before));
  }

  /** Paths that the last run of `file` imported and nobody had compiled. */
  wanted(file: string): readonly string[] {
    const known = this.#wanted.get(file);
    if (known || this.#folder === undefined) return known ?? [];
    const bytes = this.#read(`${this.#placeOf(file)}.wanted`);
    return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as string[]) : [];
  }

  /** Of what a run has looked at, what a later one is to compile. */
  want(file: string, looked: ReadonlyMap<string, string>): void {
    const paths = [...looked].flatMap(([path, text]) => (this.has(path, text) ? [] : [path]));
    if (paths.length === 0 && this.wanted(file).length === 0) return;
    this.#wanted.set(file, paths);
    const name = `${this.#placeOf(file)}.wanted`;
    if (paths.length === 0) this.#remove(name);
    else this.#write(name, Buffer.from(JSON.stringify(paths)));
  }

  #short(text: string): string {
    return this.#digest(text).toString("hex").slice(0, 32);
  }

  #placeOf(path: string): string {
    return this.#short(`${this.#interpreter}\0${path}`);
  }

  #forgetOld(): void {
    let sum = 0;
    for (const [place, { bytes }] of [...this.#entries].reverse()) {
      sum += bytes?.length ?? 0;
      if (sum > MOST_BYTES) this.#entries.delete(place);
    }
  }

  #read(name: string): Uint8Array | undefined {
    let content: Buffer;
    try {
      content = readFileSync(join(this.#folder ?? "", name));
    } catch {
      return undefined;
    }
    // A copy: Node's small buffers lie in one that they share.
    const bytes = new Uint8Array(content.subarray(DIGEST_BYTES));
    return this.#digest(bytes).equals(content.subarray(0, DIGEST_BYTES)) ? bytes : undefined;
  }

  /** False where it could not be kept. */
  #write(name: string, bytes: Uint8Array): boolean {
    const content = Buffer.concat([this.#digest(bytes), bytes]);
    if (this.#folder === undefined || !keep(this.#folder, name, content)) return false;
    this.#untrimmed += content.length;
    if (this.#untrimmed >= TRIM_BYTES) {
      this.#untrimmed = 0;
      trim(this.#folder);
    }
    return true;
  }

  #remove(name: string): void {
    if (this.#folder !== undefined) drop(this.#folder, name);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing has been kept so far
  }
}

function trim(folder: string): void {
  const files = namesIn(folder).map((name) => {
    const { size = 0, mtimeMs = 0 } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {};
    return { name, size, mtimeMs };
  });
  let sum = 0;
  for (const { name, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    sum += size;
    if (sum > MOST_BYTES) drop(folder, name);
  }
}
