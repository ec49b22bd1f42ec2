/**
 * What runs inside the closed realm: CPython, the engine, the user's file. The outside hands over compiled
 * modules, bytes and strings, and takes back strings. The script's value is `room`; nothing of it is reachable
 * by a global name.
 */
import * as own from "../python/globals.ts";
import { connect, consoleNotes, fire, type Outside } from "../python/globals.ts";
import {
  bootPython,
  freshMemory,
  makeSnapshot,
  type Python,
  type PythonFiles,
} from "../python/host.ts";
import { analyzeInRoom, benchOf, prepare, type Bench } from "./run.ts";
import type { KernelParts } from "./start.ts";
import type { AnalyzeRequest, FromWorker, Preparation } from "../protocol.ts";

export interface RoomFiles {
  readonly wasm: WebAssembly.Module;
  /** Its head, and the bytes of memory that `Outside.restore` fills. */
  readonly snapshot: { readonly head: Uint8Array; readonly memoryBytes: number } | undefined;
  readonly kernels: KernelParts;
}

/** What the outside may call, as functions without `this`. Nothing here returns an object or throws. */
export interface Room {
  /** Boots CPython, then sends `ready` or `failed`. */
  readonly open: (outside: Outside, send: (json: string) => void, files: RoomFiles) => void;
  /** Does what an interpreter that waits can do before its request comes, then sends `prepared` or `failed`. */
  readonly prepare: (taskJson: string) => void;
  /** Runs one request, then sends `report` or `failed`. Its sources come beside it, path and text in turns: they may be megabytes. */
  readonly analyze: (requestJson: string, ...sources: string[]) => void;
  /** Wakes a timer. */
  readonly fire: (id: number) => void;
  /**
   * Boots without a snapshot and hands Pyodide's to `done`, with the memory that a boot from it will find and what went wrong; for
   * the build only.
   */
  readonly snapshot: (
    outside: Outside,
    files: RoomFiles,
    done: (snapshot: Uint8Array | undefined, fresh: Uint8Array | undefined, error: string) => void,
  ) => void;
}

let bench: Bench | undefined;
let sendText: (json: string) => void = () => undefined;

function send(message: FromWorker): void {
  const json = JSON.stringify(message);
  try {
    sendText(json);
  } catch {
    throw new Error("the message could not be sent");
  }
}

const pythonFiles = ({ wasm, snapshot }: RoomFiles): PythonFiles => ({
  wasm,
  snapshot: snapshot && { ...snapshot, restore: own.restore },
  library: own.library,
  packages: { names: own.packageNames, text: own.packageText },
});

/** A snapshot of another build is refused by Pyodide: then the slow way. */
const boot = (files: PythonFiles): Promise<Python> =>
  bootPython(files).catch((error: unknown) => {
    if (!files.snapshot) throw error;
    return bootPython({ ...files, snapshot: undefined });
  });

/** An EngineError keeps its code; what killed the interpreter is `worker-died`; the rest is a bug of ours. */
const fail = (error: unknown): void => {
  const { code, pyodide_fatal_error: isFatal } = (error ?? {}) as Record<string, unknown>;
  const text = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  if (isFatal === true) {
    send({ type: "failed", code: "worker-died", message: `the Python interpreter died: ${text}` });
  } else if (typeof code === "string") {
    send({ type: "failed", code, message: text });
  } else {
    const message = [stack ?? text, consoleNotes()].filter(Boolean).join("\n");
    send({ type: "failed", code: "internal", message });
  }
};

/** Path and text in turns as one record. */
const inPairs = (words: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    words.flatMap((path, i) => (i % 2 === 0 ? [[path, words[i + 1] ?? ""] as const] : [])),
  );

const makeOf = async (files: PythonFiles) => {
  const { bytes, failed } = await makeSnapshot(files);
  return { bytes, failed, fresh: await freshMemory(files, bytes) };
};

export const room: Room = {
  open(outside, sendOutside, files) {
    connect(outside);
    sendText = sendOutside;
    const start = performanceNow();
    boot(pythonFiles(files))
      .then((python) => {
        bench = benchOf(python, files.kernels);
        send({ type: "ready", ms: performanceNow() - start });
      })
      .catch(fail);
  },
  prepare(taskJson) {
    try {
      if (!bench) throw new Error("internal: the room is not open");
      send({ type: "prepared", ...prepare(bench, JSON.parse(taskJson) as Preparation) });
    } catch (error) {
      fail(error);
    }
  },
  analyze(requestJson, ...sources) {
    try {
      if (!bench) throw new Error("internal: the room is not open");
      const asked = JSON.parse(requestJson) as Omit<AnalyzeRequest, "sources">;
      const request: AnalyzeRequest = { ...asked, sources: inPairs(sources) };
      const outcome = analyzeInRoom(request, bench, {
        progress: (phase, detail) => send({ type: "progress", phase, detail }),
        measured: (report) => send({ type: "measured", report }),
      });
      send({ type: "report", ...outcome });
    } catch (error) {
      fail(error);
    }
  },
  fire,
  snapshot(outside, files, done) {
    connect(outside);
    makeOf(pythonFiles(files)).then(
      ({ bytes, fresh, failed }) => {
        done(bytes, fresh, failed);
      },
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        done(undefined, undefined, text);
      },
    );
  },
};

/** The realm's own clock, which `globals.ts` has made: the engine compiles without platform types. */
function performanceNow(): number {
  return (globalThis as unknown as { performance: { now(): number } }).performance.now();
}
