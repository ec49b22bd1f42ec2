/**
 * The closed room's wall, seen from outside: a `vm` realm of its own, without Node's globals and without code from
 * strings. Strict code throughout, so that a stack frame of this side shows no function to the inside.
 *
 * Rules of the border. Nothing of this realm is handed in but: functions, which the room's own code keeps in
 * closures and never passes on; strings and numbers; and memory or compiled modules whose prototype
 * is changed to the room's. Nothing is called that the user could have made: only the three functions of `room`, which were
 * there before the user's code. No promise of the room is awaited, no object of it looked at.
 */
import { readFileSync, readvSync } from "node:fs";
import { join } from "node:path";
import { types } from "node:util";
import vm from "node:vm";
import type { Outside } from "../python/globals.ts";
import type { AnalyzeRequest, Question, RoomParts } from "../protocol.ts";
import type { Room, RoomFiles } from "../room/room.ts";
import type { SnapshotFile } from "../room/snapshotFile.ts";

/**
 * Takes the way back from any object of this realm to code from strings: `x.constructor.constructor` is then
 * `Object`. A second wall, should an object of this realm ever stand inside.
 */
export function dropFunctionConstructors(): void {
  const kinds: object[] = [
    () => undefined,
    async () => Promise.resolve(),
    function* () {
      yield 0;
    },
    async function* () {
      yield await Promise.resolve(0);
    },
  ];
  for (const kind of kinds) {
    Reflect.deleteProperty(Object.getPrototypeOf(kind) as object, "constructor");
  }
}

function newContext(): vm.Context {
  const options = { name: "room", codeGeneration: { strings: false, wasm: true } };
  // An ordinary global, without interceptors that make every look-up slow; absent before Node 20.18 and 22.8.
  const plain = (vm.constants as { DONT_CONTEXTIFY?: unknown }).DONT_CONTEXTIFY;
  const make = vm.createContext as (object: unknown, options: object) => vm.Context;
  return make(plain ?? (Object.create(null) as object), options);
}

/** Made inside, since its buffers are frozen objects of the realm that makes them. */
const SHARED_MEMORY = "new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true })";

/** Reads the snapshot's runs to their places. Throws where the file is shorter than its table says. */
export function restore({ file, runs, start }: SnapshotFile, memory: ArrayBufferLike): void {
  const bytes = new Uint8Array(memory);
  let places = runs.map(({ place, length }) => bytes.subarray(place, place + length));
  for (let at = start; places.length > 0;) {
    // A system gives as much at once as it likes, of as many places.
    let got = readvSync(file, places, at);
    if (got === 0) throw new Error("the snapshot is cut");
    at += got;
    const partly = places.findIndex(({ length }) => (got -= length) < 0);
    const [cut, ...others] = partly < 0 ? [] : places.slice(partly);
    places = cut ? [cut.subarray(cut.length + got), ...others] : [];
  }
}

/** Our packages' sources by path. */
const readTexts = (dir: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(join(dir, "site-packages.json"), "utf8")) as Record<string, string>;

/** A request as `Room.analyze` takes it. */
export const wordsOf = ({ sources, ...asked }: AnalyzeRequest): [string, ...string[]] => [
  JSON.stringify(asked),
  ...Object.entries(sources).flat(),
];

export interface Realm {
  /** What V8 has made of the room's script so far, for a next start. */
  readonly compiled: () => Uint8Array;
  /** False where the given code was another script's or another V8's. */
  readonly isCompiled: boolean;
  /** An object of the inside: call it, nothing else. */
  readonly room: Room;
  readonly outside: Outside;
  /**
   * The parts as the room takes them. Once: they hold the right to fill one memory from the snapshot. The caller starts `helpers`
   * threads over the kernels' memory; it is an object of the inside, there to be posted, not to be looked at.
   */
  readonly filesOf: (parts: RoomParts, helpers?: number) => RoomFiles;
}

/** What the outside has for a realm. */
export interface Given {
  /** The door: gets questions as the room has put them and answers with a string or not at all. */
  readonly ask?: (question: Question) => string | undefined;
  /** Bytecode of a source, by its path. */
  readonly bytecodeOf?: (path: string) => Uint8Array | undefined;
  /** What `compiled` gave at an earlier start. */
  readonly cachedData?: Buffer | undefined;
}

/**
 * Builds the realm, runs the room's code in it. `dir` holds the built files; of them the room is given the standard library and our
 * packages when it asks.
 */
export function openRealm(
  code: string,
  dir: string,
  { ask, bytecodeOf, cachedData }: Given = {},
): Realm {
  const context = newContext();
  const script = new vm.Script(code, { filename: "room.js", ...(cachedData && { cachedData }) });
  const room = script.runInContext(context) as Room;
  // Taken before the user's code runs, like the worker's own.
  const { fire } = room;
  const prototypeOf = (name: string): object =>
    vm.runInContext(`${name}.prototype`, context) as object;
  const [ofModule, ofBuffer, ofBytes] = [
    prototypeOf("WebAssembly.Module"),
    prototypeOf("ArrayBuffer"),
    prototypeOf("Uint8Array"),
  ];
  // An object of this realm with the room's prototype leads to nothing of this realm.
  const wasmModule = (module: WebAssembly.Module) =>
    Object.setPrototypeOf(module, ofModule) as WebAssembly.Module;
  const copy = (given: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(new ArrayBuffer(given.length));
    bytes.set(given);
    Object.setPrototypeOf(bytes.buffer, ofBuffer);
    return Object.setPrototypeOf(bytes, ofBytes) as Uint8Array;
  };
  const encoder = new TextEncoder();
  const own = vm.runInContext("() => Object.create(null)", context) as () => Record<
    string,
    unknown
  >;
  let snapshot: SnapshotFile | undefined;
  const filesOf = (parts: RoomParts, helpers = 0): RoomFiles => {
    const kernels = Object.assign(own(), {
      module: wasmModule(parts.kernels.module),
      wide: parts.kernels.wide && wasmModule(parts.kernels.wide),
      memory: vm.runInContext(SHARED_MEMORY, context) as WebAssembly.Memory,
      helpers,
    });
    snapshot = parts.snapshot;
    return Object.assign(own(), {
      wasm: wasmModule(parts.wasm),
      snapshot:
        snapshot &&
        Object.assign(own(), { head: copy(snapshot.head), memoryBytes: snapshot.memoryBytes }),
      kernels,
    });
  };
  let texts: Readonly<Record<string, string>> | undefined;
  const outside: Outside = Object.assign(own(), {
    now: () => performance.now(),
    wake: (id: number, ms: number) => {
      if (typeof id !== "number" || typeof ms !== "number") return;
      setTimeout(() => {
        fire(id);
      }, ms);
    },
    packageNames: () => readFileSync(join(dir, "site-packages-names.txt"), "utf8"),
    packageText: (path: string) => {
      if (typeof path !== "string") return undefined;
      texts ??= readTexts(dir);
      return Object.hasOwn(texts, path) ? texts[path] : undefined;
    },
    library: () => copy(readFileSync(join(dir, "python_stdlib.zip"))),
    restore: (memory: ArrayBufferLike) => {
      if (!snapshot || !types.isArrayBuffer(memory)) return false;
      const once = snapshot;
      snapshot = undefined;
      restore(once, memory);
      return true;
    },
    ask: (kind: string, path: string) => {
      if ((kind !== "list" && kind !== "read") || typeof path !== "string") return undefined;
      return ask?.({ kind, path });
    },
    bytecode: (path: string) => {
      const bytes = typeof path === "string" ? bytecodeOf?.(path) : undefined;
      return bytes && copy(bytes);
    },
    encode: (text: string) => copy(encoder.encode(typeof text === "string" ? text : "")),
    decode: (bytes: Uint8Array, label: string, fatal: boolean, ignoreBOM: boolean) => {
      // Node describes a wrong argument in its error, and asks the argument itself how.
      if (!ArrayBuffer.isView(bytes) || typeof label !== "string") return undefined;
      try {
        return new TextDecoder(label, {
          fatal: fatal === true,
          ignoreBOM: ignoreBOM === true,
        }).decode(bytes);
      } catch {
        return undefined;
      }
    },
  });
  const isCompiled = cachedData !== undefined && script.cachedDataRejected !== true;
  return { room, outside, filesOf, isCompiled, compiled: () => script.createCachedData() };
}
