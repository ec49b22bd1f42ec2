/**
 * Machine code that V8 has made of CPython's module and of the kernels, kept between processes of the command line: V8 keeps none of its own, so that each would
 * begin in the first, slow code and have its second compiler run beside the kernels.
 *
 * It is what a run has left, written when its report is out, by functions of V8's own runtime that a flag opens for a moment. Only modules of our files
 * are written, which nobody's code can change. V8 refuses what another version, another processor or other flags made; the name tells our files, and
 * two sums their bytes and what is kept. Read it is only where nobody but the user can have written it.
 */
import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import vm from "node:vm";
import { Heap, instantiate, SHARED_MEMORY, type KernelModules } from "../kernels/index.ts";
import { drop, forgetOld, keep, keptName } from "./keep.ts";

/** Whose runtime functions these are: another V8's might take other arguments, and end the process over it. */
const V8_OF_NATIVE = /^13\.6\./;
/** Numbers before the code: the runs that have added to it, the two sums, and each module's bytes. */
const HEAD = 6;
/** So many runs add to the code, then each eighth: another kind of model has other hot functions. It takes some 10 ms. */
const LEARNING = 8;
/** What is larger is not added to: reading it would cost what it saves. */
const MOST_BYTES = 3 * 2 ** 20;
/** Files that the folder keeps: of other builds, or of another V8. */
const MOST = 4;

/** The modules' bytes as they are compiled, in the order of their code in the file. */
export interface WasmFiles {
  readonly python: Uint8Array<ArrayBuffer>;
  readonly kernels: Uint8Array<ArrayBuffer>;
  readonly wide: Uint8Array<ArrayBuffer>;
}

export interface NativeModules {
  readonly wasm: WebAssembly.Module;
  readonly kernels: KernelModules;
}

interface Natives {
  readonly serialize: (module: WebAssembly.Module) => ArrayBuffer;
  /** Undefined where V8 refuses. */
  readonly deserialize: (code: ArrayBuffer, bytes: Uint8Array) => WebAssembly.Module | undefined;
  readonly optimize: (kernel: unknown) => void;
  readonly isGuarded: () => boolean;
}

const NATIVES = `({
  serialize(module) { return module && %SerializeWasmModule(module); },
  deserialize(code, bytes) { return code && %DeserializeWasmModule(code, bytes); },
  optimize(kernel) { if (kernel) %WasmTierUpFunction(kernel); },
  isGuarded() { return %IsWasmTrapHandlerEnabled(); },
})`;

/**
 * For now: what was not called for long V8 forgets, and it would not know the words again. What is kept tells the flags, so that they must
 * be as usual when these are called.
 */
function nativesOf(): Natives {
  setFlagsFromString("--allow-natives-syntax");
  try {
    const natives = vm.runInThisContext(NATIVES) as Natives;
    // The first call compiles a function.
    for (const native of Object.values(natives) as (() => void)[]) native();
    return natives;
  } finally {
    setFlagsFromString("--no-allow-natives-syntax");
  }
}

/** V8's head: the word with the features that were on when the module was compiled, and the one that reads hints. */
const [FEATURES, READS_HINTS] = [4, 1 << 1];

/** The section of the module that python/hints.mjs writes. */
export const HINTS = "compilationHints";

const hasHints = (python: WebAssembly.Module): boolean =>
  WebAssembly.Module.customSections(python, HINTS).length > 0;

/** As if compiled without hints, which say when to compile and not what: they are off when it is read. A head of another form is refused then. */
function withoutHints(code: ArrayBuffer): Uint8Array {
  const words = new Uint32Array(code, 0, FEATURES + 1);
  words[FEATURES]! &= ~READS_HINTS;
  return new Uint8Array(code);
}

/** Whether nobody else can have written what lies there. */
const isOwn = ({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean =>
  process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);

type Sum = (bytes: Uint8Array, before?: number) => number;

const sumOf = (sum: Sum, { python, kernels, wide }: WasmFiles): number =>
  [python, kernels, wide].reduce((before, bytes) => sum(bytes, before), 0);

export class NativeCode {
  // Made before a worker starts, which must see no flag change.
  readonly #natives = nativesOf();
  readonly #folder: string;
  readonly #name: string;
  /** Runs that have added to what was read. */
  #runs = 0;
  /** What could not be read was compiled as usual, perhaps without a function that is optimised. */
  #canKeep = true;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  /** Undefined without a folder of the user's alone, or with a V8 whose functions are not known. `python`: CPython's module. */
  static of(folder: string | undefined, python: string): NativeCode | undefined {
    const found = statSync(python, { throwIfNoEntry: false });
    if (folder === undefined || !found || !V8_OF_NATIVE.test(process.versions.v8)) return undefined;
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there && !isOwn(there)) return undefined;
    const native = new NativeCode(folder, `${keptName(python, found)}.native`);
    // Code for memory behind guard pages checks no bounds, and V8 does not ask where it is: `node --disable-wasm-trap-handler` has none.
    return native.#natives.isGuarded() ? native : undefined;
  }

  /** Whether there is something to read. */
  get isThere(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false }) !== undefined;
  }

  /** The modules as runs before have left them. Undefined where that is broken, of other files, or not the user's own: then it goes. */
  async read(files: WasmFiles): Promise<NativeModules | undefined> {
    // Whatever goes wrong here costs time and nothing else.
    const found = await this.#read(files).catch(() => undefined);
    if (!found) drop(this.#folder, this.#name);
    this.#runs = found?.runs ?? 0;
    this.#canKeep = found !== undefined;
    return found;
  }

  async #read(files: WasmFiles): Promise<(NativeModules & { readonly runs: number }) | undefined> {
    const { crc32 } = await import("node:zlib");
    const content = this.#content();
    if (!content || content.length < 4 * HEAD) return undefined;
    const head = new Uint32Array(new Uint8Array(content.subarray(0, 4 * HEAD)).buffer);
    const [runs = 0, sources, code, ...sizes] = head;
    const rest = content.subarray(4 * HEAD);
    if (code !== crc32(rest) || sources !== sumOf(crc32, files)) return undefined;
    let at = 0;
    const [wasm, module, wide] = [files.python, files.kernels, files.wide].map((bytes, i) => {
      // A copy: V8 takes a buffer from its beginning.
      const part = new Uint8Array(rest.subarray(at, (at += sizes[i] ?? 0)));
      return part.length > 0 ? this.#natives.deserialize(part.buffer, bytes) : undefined;
    });
    if (!wasm || !module || (!wide && sizes[2])) return undefined;
    return { wasm, kernels: { module, wide }, runs };
  }

  /** Keeps what these runs have made of the modules, for as long as a run is likely to add to it. To be called when nobody waits. */
  async keep({ wasm, kernels }: NativeModules, files: () => WasmFiles): Promise<void> {
    const isLearning = this.#runs < LEARNING || process.pid % 8 === 0;
    if (!this.#canKeep || !isLearning || !hasHints(wasm)) return;
    const { crc32 } = await import("node:zlib");
    // V8 ends the process over a module without optimised code. CPython's hints have one function compiled so at once.
    const { serialize, optimize } = nativesOf();
    const heap = new Heap({ memory: new WebAssembly.Memory(SHARED_MEMORY) });
    optimize(instantiate(heap, kernels)["heapBase"]);
    const parts = [wasm, kernels.module, kernels.wide].map((module) =>
      module ? withoutHints(serialize(module)) : new Uint8Array(),
    );
    const code = Buffer.concat(parts);
    if (code.length > MOST_BYTES) return;
    const sizes = parts.map(({ length }) => length);
    const head = Uint32Array.of(this.#runs + 1, sumOf(crc32, files()), crc32(code), ...sizes);
    if (keep(this.#folder, this.#name, Buffer.concat([new Uint8Array(head.buffer), code])))
      forgetOld(this.#folder, ".native", MOST);
  }

  get #path(): string {
    return join(this.#folder, this.#name);
  }

  #content(): Buffer | undefined {
    let file: number | undefined;
    try {
      file = openSync(this.#path, "r");
      return isOwn(fstatSync(file)) ? readFileSync(file) : undefined;
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
