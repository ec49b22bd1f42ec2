/** The built files that a room is made of. What every worker shares is read and compiled once. */
import { openSync, readFileSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import {
  compileWide,
  isJoined,
  overSharedMemory,
  V8_OF_WIDE,
  type KernelModules,
} from "../kernels/index.ts";
import type { EngineFiles, RoomParts } from "../protocol.ts";
import { HINTS, type NativeCode, type NativeModules, type WasmFiles } from "./nativeCode.ts";
import { readIndex, type SnapshotFile } from "../room/snapshotFile.ts";

export const PYTHON = "pyodide.asm.wasm";
const [RELAXED, WIDE] = ["kernels-relaxed.wasm", "kernels-wide.wasm"];

type Bytes = Uint8Array<ArrayBuffer>;

/** The faster of the two builds that this host can compile (relaxed SIMD since V8 11.4), over memory that threads share. */
async function compileKernels(
  dir: string,
  wide: WebAssembly.Module | undefined,
): Promise<KernelModules> {
  const relaxed = overSharedMemory(await readFile(join(dir, RELAXED)));
  if (WebAssembly.validate(relaxed)) {
    const module = await WebAssembly.compile(relaxed);
    return {
      module,
      wide: wide && isJoined(module, wide, () => performance.now()) ? wide : undefined,
    };
  }
  const plain = overSharedMemory(await readFile(join(dir, "kernels.wasm")));
  return { module: await WebAssembly.compile(plain) };
}

/** The bytes of which V8's code is kept. */
export function wasmFiles(dir: string): WasmFiles {
  const [python, kernels, wide] = [PYTHON, RELAXED, WIDE].map(
    (name) => new Uint8Array(readFileSync(join(dir, name))),
  ) as [Bytes, Bytes, Bytes];
  return { python, kernels: overSharedMemory(kernels), wide: overSharedMemory(wide) };
}

/** The products' loops for 256-bit registers. Before anything else is compiled: V8's flags hold for all that is compiled meanwhile. */
function wideKernels(dir: string): WebAssembly.Module | undefined {
  if (!V8_OF_WIDE.test(process.versions.v8)) return undefined;
  const bytes = new Uint8Array(readFileSync(join(dir, WIDE)));
  return compileWide(overSharedMemory(bytes), setFlagsFromString);
}

/** Whose flags these are, and whose form of hints (python/hints.mjs): another V8 would compile all of CPython at once. */
const V8_OF_HINTS = /^13\.6\./;

/**
 * Of CPython's functions a run calls about a tenth, for a second or two. Those that the module names are compiled at once, by all of V8's threads, and not
 * one by one where the interpreter waits for each. The others are checked when they are called, and the compiler that optimises waits for what stays hot.
 * Nobody compiles the module twice: its bytes need no hash.
 */
const SHORT_RUN = [
  ...["--experimental-wasm-compilation-hints", "--no-wasm-lazy-compilation"],
  ...["--wasm-lazy-validation", "--wasm-tiering-budget=100000000", "--no-wasm-native-module-cache"],
];
const USUAL = [
  ...["--no-experimental-wasm-compilation-hints", "--wasm-lazy-compilation"],
  ...["--no-wasm-lazy-validation", "--wasm-tiering-budget=13000000", "--wasm-native-module-cache"],
];

/** CPython's module. `short`: for one run, in a process of our own, where V8's flags may be changed for a moment. */
async function compilePython(dir: string, short: boolean): Promise<WebAssembly.Module> {
  const path = join(dir, PYTHON);
  if (!short || !V8_OF_HINTS.test(process.versions.v8))
    return WebAssembly.compile(await readFile(path));
  const bytes = readFileSync(path);
  // While the build looks which functions are called there are no hints: all would be compiled at once.
  if (!bytes.includes(HINTS)) return WebAssembly.compile(bytes);
  for (const flag of SHORT_RUN) setFlagsFromString(flag);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    for (const flag of USUAL) setFlagsFromString(flag);
  }
}

export const SNAPSHOT = "python.snapshot";

/**
 * Opens the snapshot; it stays open, so that every worker reads the same file. Undefined where there is none, or one of another
 * layout.
 */
function openSnapshot(dir: string): SnapshotFile | undefined {
  let file: number;
  try {
    file = openSync(join(dir, SNAPSHOT), "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const index = readIndex((place, length) => {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, place));
  });
  return index ? { ...index, file } : undefined;
}

/** Whether the process is ours and for one run: then V8's flags may be changed, and its functions called. */
export const isShort = ({ wide = false, spare }: EngineFiles): boolean => wide && spare === false;

/**
 * Reads the files of `dir`. Without the snapshot's file workers boot slowly and do the same. Throws where another file is missing. Where V8's flags
 * are changed they are changed back when it returns: a worker that starts must not see it.
 */
export async function readRoomParts(files: EngineFiles, native?: NativeCode): Promise<RoomParts> {
  const { dir } = files;
  if (native?.isThere) {
    await Promise.resolve(); // the first worker starts meanwhile
    const modules = await native.read(wasmFiles(dir));
    return { ...(modules ?? (await compile({ dir }))), snapshot: openSnapshot(dir) };
  }
  const modules = await compile(files);
  return { ...modules, snapshot: openSnapshot(dir) };
}

async function compile(files: EngineFiles): Promise<NativeModules> {
  const { dir, wide } = files;
  const loops = wide ? wideKernels(dir) : undefined;
  const [wasm, kernels] = await Promise.all([
    compilePython(dir, isShort(files)),
    compileKernels(dir, loops),
  ]);
  return { wasm, kernels };
}
