/** The built files that a room is made of. What every worker shares is read and compiled once. */
import { openSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { overSharedMemory } from "./kernels/index.ts";
import type { RoomParts } from "./protocol.ts";
import { readIndex, type SnapshotFile } from "./snapshotFile.ts";

/** The faster of the two builds that this host can compile (relaxed SIMD since V8 11.4), over memory that threads share. */
async function compileKernels(dir: string): Promise<WebAssembly.Module> {
  const relaxed = overSharedMemory(await readFile(join(dir, "kernels-relaxed.wasm")));
  if (WebAssembly.validate(relaxed)) return WebAssembly.compile(relaxed);
  return WebAssembly.compile(overSharedMemory(await readFile(join(dir, "kernels.wasm"))));
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

/** Reads `dir`. Without the snapshot's file workers boot slowly and do the same. Throws where another file is missing. */
export async function readRoomParts(dir: string): Promise<RoomParts> {
  const compiled = readFile(join(dir, "pyodide.asm.wasm")).then((bytes) =>
    WebAssembly.compile(bytes),
  );
  const [wasm, kernels] = await Promise.all([compiled, compileKernels(dir)]);
  return { wasm, kernels, snapshot: openSnapshot(dir) };
}
