/**
 * The few globals that CPython's JavaScript part needs in a realm that has none, made of the realm's own
 * objects. Imported first: Pyodide looks at its surroundings while it loads and must see a plain shell.
 *
 * What the outside offers is a handful of functions that take and give numbers and strings. Each is called
 * by a function of this realm which drops whatever the outside throws (an error carries its realm's
 * `Function`, and a stack overflow can happen inside a function of the outside).
 */

/** Functions of the outer realm. None of them may be handed on: they stay in this module's closures. */
export interface Outside {
  readonly now: () => number;
  /** Calls `fire(id)` of this module after `ms` milliseconds. */
  readonly wake: (id: number, ms: number) => void;
  /** The door: a file's text or a folder's names; undefined where it refuses. */
  readonly ask: (kind: "list" | "read", path: string) => string | undefined;
  /** Bytecode of one of the run's sources, an array of this realm; undefined where none is known. */
  readonly bytecode: (path: string) => Uint8Array | undefined;
  /** Paths of our packages' files, by line. */
  readonly packageNames: () => string;
  /** The text of one; undefined where there is none. */
  readonly packageText: (path: string) => string | undefined;
  /** Bytes of `python_stdlib.zip`, an array of this realm. */
  readonly library: () => Uint8Array;
  /** Fills a memory from the snapshot; false where that has been done, or there is none. */
  readonly restore: (memory: ArrayBufferLike) => boolean;
  /** Text to UTF-8, an array of this realm. */
  readonly encode: (text: string) => Uint8Array;
  /** Bytes to text; undefined where `fatal` is set and the bytes are not valid. */
  readonly decode: (
    bytes: Uint8Array,
    label: string,
    fatal: boolean,
    ignoreBOM: boolean,
  ) => string | undefined;
}

let outside: Outside | undefined;

/** Connects this realm with the outside; once, before anything of the user runs. */
export function connect(functions: Outside): void {
  outside = functions;
}

function now(): number {
  try {
    return outside?.now() ?? 0;
  } catch {
    throw new Error("the clock failed");
  }
}

/** Asks the door for a file's text or a folder's names; undefined where it refuses. */
export function ask(kind: "list" | "read", path: string): string | undefined {
  try {
    const answer: unknown = outside?.ask(kind, path);
    return typeof answer === "string" ? answer : undefined;
  } catch {
    return undefined;
  }
}

const fromBuild = <T>(name: string, read: (functions: Outside) => T): T => {
  try {
    if (outside) return read(outside);
  } catch {
    // What the outside throws is dropped.
  }
  throw new Error(`${name} cannot be read`);
};

/** See `Outside`. Each throws an error of this realm where the file cannot be read. */
export const packageNames = (): readonly string[] =>
  fromBuild("site-packages-names.txt", (from) => from.packageNames()).split("\n");
export const packageText = (path: string): string | undefined =>
  fromBuild("site-packages.json", (from) => from.packageText(path));
export const bytecode = (path: string): Uint8Array | undefined =>
  fromBuild("bytecode", (from) => from.bytecode(path));
export const library = (): Uint8Array => fromBuild("python_stdlib.zip", (from) => from.library());
export function restore(memory: ArrayBufferLike): void {
  if (!fromBuild("the snapshot", (from) => from.restore(memory)))
    throw new Error("the snapshot has been taken");
}

const timers = new Map<number, () => void>();
let lastTimer = 0;

function setTimer(callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): number {
  const id = ++lastTimer;
  timers.set(id, () => callback(...args));
  try {
    outside?.wake(id, Number(ms));
  } catch {
    throw new Error("the timer failed");
  }
  return id;
}

/** Runs a timer's callback. Whatever it throws ends here: the outside never sees an object of the user. */
export function fire(id: number): void {
  const callback = timers.get(id);
  timers.delete(id);
  try {
    callback?.();
  } catch {
    note("a timer's callback failed");
  }
}

/** Bytes to text by the outside's decoder; each call stands alone. Throws TypeError for what it does not decode. */
export class Decoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    this.encoding = String(label);
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }
  decode(input?: ArrayBuffer | ArrayBufferView): string {
    if (input === undefined) return "";
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    let text: string | undefined;
    try {
      text = outside?.decode(bytes, this.encoding, this.fatal, this.ignoreBOM);
    } catch {
      text = undefined;
    }
    if (text === undefined) throw new TypeError(`the bytes are no valid ${this.encoding}`);
    return text;
  }
}

export class Encoder {
  readonly encoding = "utf-8";
  encode(text = ""): Uint8Array {
    try {
      if (outside && typeof text === "string") return outside.encode(text);
    } catch {
      // What the outside throws is dropped.
    }
    const room = new Uint8Array(text.length * 3);
    return room.slice(0, this.encodeInto(text, room).written);
  }
  /** UTF-8, lone surrogates as U+FFFD; stops before a character that does not fit. */
  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    let written = 0;
    let read = 0;
    while (read < text.length) {
      const point = text.codePointAt(read) ?? 0;
      const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
      const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (written + length > into.length) break;
      if (length === 1) into[written++] = code;
      else {
        into[written++] = ((0xf00 >> length) & 0xff) | (code >> (6 * (length - 1)));
        for (let i = length - 2; i >= 0; i--) into[written++] = 0x80 | ((code >> (6 * i)) & 63);
      }
      read += point > 0xffff ? 2 : 1;
    }
    return { read, written };
  }
}

const NOTES_KEPT = 50;
const notes: string[] = [];

function note(...parts: unknown[]): void {
  if (notes.length < NOTES_KEPT) notes.push(parts.map((part) => String(part)).join(" "));
}

/** What CPython's JavaScript part wrote to its console: the only trace of a boot that fails. */
export function consoleNotes(): string {
  return notes.join("\n");
}

/** Fixed start, so that `os.urandom` gives the same bytes on every run: a run is repeatable to the bit. */
let randomState = 0x9e3779b9;

/** Bytes from splitmix32, in base64. */
function randomBase64(bytes: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const groups = Math.ceil(bytes / 3);
  let text = "";
  for (let i = 0; i < groups; i++) {
    randomState = (randomState + 0x9e3779b9) | 0;
    let z = Math.imul(randomState ^ (randomState >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    z ^= z >>> 15;
    for (let j = 0; j < 4; j++) text += alphabet.charAt((z >>> (6 * j)) & 63);
  }
  const extra = groups * 3 - bytes;
  return text.slice(0, text.length - extra) + "=".repeat(extra);
}

/** The shell's `os.system`, asked by Pyodide for nothing but `head -cN /dev/urandom | base64`. */
function system(_shell: string, args: readonly string[]): string {
  const bytes = /head -c(\d+) /.exec(args[1] ?? "")?.[1];
  if (bytes === undefined) throw new Error("there is no system here");
  return randomBase64(Number(bytes));
}

function noFile(path: unknown): never {
  throw new Error(`there is no file ${String(path)}`);
}

const quiet = { log: note, warn: note, error: note, info: note, debug: note };
Object.assign(globalThis, {
  read: noFile,
  readbuffer: noFile,
  load: noFile,
  os: { system },
  performance: { now },
  setTimeout: setTimer,
  clearTimeout: (id: number) => void timers.delete(id),
  TextDecoder: Decoder,
  TextEncoder: Encoder,
  console: quiet,
});

// A function that formats stacks would be called by the outside, with arguments of the outside.
Object.defineProperty(Error, "prepareStackTrace", { value: undefined });
Object.defineProperty(globalThis, "Error", { value: Error, writable: false, configurable: false });
