/** The built files that a room is made of: read and compiled once, shared by every worker. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RoomParts } from "./realm.ts";

const shared = async (path: string): Promise<SharedArrayBuffer> => {
  const bytes = await readFile(path);
  const memory = new SharedArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return memory;
};

/** Kernels that this host cannot compile (relaxed SIMD before V8 11.4) are left out. */
async function compileKernels(dir: string): Promise<Record<string, WebAssembly.Module>> {
  const kernels: Record<string, WebAssembly.Module> = {};
  for (const name of (await readdir(dir)).sort()) {
    if (!/^kernels.*\.wasm$/.test(name)) continue;
    const bytes = await readFile(join(dir, name));
    if (WebAssembly.validate(bytes)) kernels[name] = await WebAssembly.compile(bytes);
  }
  return kernels;
}

export const SNAPSHOT = "python.snapshot";

/** Reads `dir`. Without the snapshot's file workers boot slowly and do the same. Throws where another file is missing. */
export async function readRoomParts(dir: string): Promise<RoomParts> {
  const [code, packages, stdlib, wasm, kernels, snapshot] = await Promise.all([
    readFile(join(dir, "room.js"), "utf8"),
    readFile(join(dir, "site-packages.json"), "utf8"),
    shared(join(dir, "python_stdlib.zip")),
    readFile(join(dir, "pyodide.asm.wasm")).then((bytes) => WebAssembly.compile(bytes)),
    compileKernels(dir),
    shared(join(dir, SNAPSHOT)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }),
  ]);
  return { code, packages, stdlib, wasm, kernels, snapshot };
}
