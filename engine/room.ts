/**
 * What runs inside the closed realm: CPython, the engine, the user's file. The outside hands over compiled
 * modules, bytes and strings, and takes back strings. The script's value is `room`; nothing of it is reachable
 * by a global name.
 */
import { connect, consoleNotes, fire, type Outside } from "./python/globals.ts";
import { bootPython, makeSnapshot, type Python, type PythonFiles } from "./python/host.ts";
import { analyzeInRoom } from "./run.ts";
import type { AnalyzeRequest, FromWorker } from "./protocol.ts";

export interface RoomFiles {
  readonly wasm: WebAssembly.Module;
  readonly stdlib: Uint8Array;
  readonly snapshot: Uint8Array | undefined;
  /** JSON of the packages' texts by path. */
  readonly packages: string;
  /** Kernel modules by file name, those that this host could compile. */
  readonly kernels: Readonly<Record<string, WebAssembly.Module>>;
}

/** What the outside may call, as functions without `this`. Nothing here returns an object or throws. */
export interface Room {
  /** Boots CPython, then sends `ready` or `failed`. */
  readonly open: (outside: Outside, send: (json: string) => void, files: RoomFiles) => void;
  /** Runs one request, then sends `report` or `failed`. */
  readonly analyze: (requestJson: string) => void;
  /** Wakes a timer. */
  readonly fire: (id: number) => void;
  /** Boots without a snapshot and hands its bytes to `done`, with what went wrong; for the build only. */
  readonly snapshot: (
    outside: Outside,
    files: RoomFiles,
    done: (snapshot: Uint8Array | undefined, error: string) => void,
  ) => void;
}

let python: Python | undefined;
let kernels: RoomFiles["kernels"] = {};
let sendText: (json: string) => void = () => undefined;

function send(message: FromWorker): void {
  const json = JSON.stringify(message);
  try {
    sendText(json);
  } catch {
    throw new Error("the message could not be sent");
  }
}

const pythonFiles = (files: RoomFiles): PythonFiles => ({
  wasm: files.wasm,
  stdlib: files.stdlib,
  snapshot: files.snapshot,
  packages: JSON.parse(files.packages) as Record<string, string>,
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

export const room: Room = {
  open(outside, sendOutside, files) {
    connect(outside);
    sendText = sendOutside;
    kernels = files.kernels;
    const start = performanceNow();
    boot(pythonFiles(files)).then((booted) => {
      python = booted;
      send({ type: "ready", ms: performanceNow() - start });
    }, fail);
  },
  analyze(requestJson) {
    try {
      if (!python) throw new Error("internal: the room is not open");
      const request = JSON.parse(requestJson) as AnalyzeRequest;
      const report = analyzeInRoom(request, python, kernels, (phase, detail) => {
        send({ type: "progress", phase, detail });
      });
      send({ type: "report", report });
    } catch (error) {
      fail(error);
    }
  },
  fire,
  snapshot(outside, files, done) {
    connect(outside);
    makeSnapshot(pythonFiles(files)).then(
      ({ bytes, failed }) => {
        done(bytes, failed);
      },
      (error: unknown) => {
        done(undefined, error instanceof Error ? (error.stack ?? error.message) : String(error));
      },
    );
  },
};

/** The realm's own clock, which `globals.ts` has made: the engine compiles without platform types. */
function performanceNow(): number {
  return (globalThis as unknown as { performance: { now(): number } }).performance.now();
}
