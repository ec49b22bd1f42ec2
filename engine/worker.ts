/** The analysis thread: opens a closed room, passes requests in and messages out. One run per thread. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  parentPort,
  receiveMessageOnPort,
  threadId,
  Worker,
  workerData,
} from "node:worker_threads";
import { CodeCache } from "./doors/codeCache.ts";
import type { HelperParts } from "./doors/helper.ts";
import { dropFunctionConstructors, openRealm, wordsOf } from "./doors/realm.ts";
import type { FromWorker, Question, ToWorker } from "./protocol.ts";
import type { KernelParts } from "./room/start.ts";

export interface WorkerParts {
  readonly dir: string;
  /** The worker sleeps on it while it waits for an answer. */
  readonly bell: Int32Array<SharedArrayBuffer>;
  /** Threads that share the kernels' work. */
  readonly helpers: number;
  /** Folder for what V8 makes of the room's script; undefined: it is compiled at every start. */
  readonly cache: string | undefined;
}

/** Times as much code is worth a write. */
const MORE_CODE = 1.01;
/** Megabytes of objects that a helper may need; its tensors lie in the shared memory. */
const HELPER_HEAP_MB = 64;

/** Threads over the kernels' memory. One that cannot start or dies idle is not missed: its share is taken by the others. */
function startHelpers(): void {
  const { module, wide, memory } = (!areHelping && kernels) || {};
  if (!module || !memory) return;
  areHelping = true;
  try {
    for (let index = 1; index <= helpers; index++) startHelper({ module, wide, memory, index });
  } catch {
    // The system has no thread to give.
  }
}

function startHelper(helper: HelperParts): void {
  const thread = new Worker(join(dir, "helper.cjs"), {
    name: "chainrule-helper",
    workerData: helper,
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HELPER_HEAP_MB },
  });
  thread.on("error", () => undefined);
  thread.unref();
  threads.push(thread);
}

/** Ends the helpers before this thread: Node's main thread keeps a port of each thread whose own parent has not seen its end. */
async function leave(): Promise<never> {
  await Promise.all(threads.map((thread) => thread.terminate()));
  process.exit();
}

const port = parentPort;
if (!port) throw new Error("internal: the worker needs a parent");

const post = (message: FromWorker): void => {
  port.postMessage(message);
};

/** Never looks at the value: it may be the user's, and looking would call its code with objects of this realm. */
const giveUp = (): void => {
  post({ type: "failed", code: "worker-died", message: "an error escaped from the room" });
};
process.on("uncaughtException", giveUp);
process.on("unhandledRejection", giveUp);

const { dir, bell, helpers, cache } = workerData as WorkerParts;
let lastQuestion = 0;
/** Of the run's sources, by path. */
const bytecode = new Map<string, Uint8Array>();

/** Sleeps until the client has answered: a file that is there must not be absent because a machine is slow. The run's budget ends it. Undefined: refused. */
function ask(question: Question): string | undefined {
  const id = ++lastQuestion;
  post({ type: "ask", id, question });
  for (;;) {
    Atomics.wait(bell, 0, 0);
    Atomics.store(bell, 0, 0);
    for (let got = receiveMessageOnPort(port!); got; got = receiveMessageOnPort(port!)) {
      const message = got.message as ToWorker;
      if (message.type !== "answer" || message.id !== id) continue;
      if (message.code) bytecode.set(question.path, message.code);
      return message.text ?? undefined;
    }
  }
}

dropFunctionConstructors();
// The script is ASCII (esbuild.mjs). Meanwhile the client's thread reads and compiles what the room opens with.
const path = join(dir, "room.js");
const known = new CodeCache(cache, path, statSync(path));
const before = known.read();
const { room, outside, filesOf, isCompiled, compiled } = openRealm(
  ...[readFileSync(path, "latin1"), dir],
  { ask, bytecodeOf: (source) => bytecode.get(source), cachedData: before },
);
const { open, prepare, analyze } = room;
/** Another kind of model needs other functions: each eighth run looks whether it has compiled more than is kept, which takes some 5 ms. */
const mayLearn = (process.pid + threadId) % 8 === 0;
function keepCode(): void {
  const code = compiled();
  if (!isCompiled || code.length > MORE_CODE * (before?.length ?? 0)) known.write(code);
}
const send = (json: string): void => {
  if (typeof json !== "string") return;
  const message = JSON.parse(json) as FromWorker;
  // What is prepared may outlive this run: nobody's code has had a part in it.
  if (message.type === "prepared" && hasBegun) return;
  // Now the functions are compiled that a run needs; after its report the worker is ended.
  if (message.type === "report" && known.isKept && (!isCompiled || mayLearn)) keepCode();
  post(message);
};
let kernels: KernelParts | undefined;
let areHelping = false;
const threads: Worker[] = [];
let hasBegun = false;
port.on("message", (message: ToWorker) => {
  if (message.type === "open") {
    const files = filesOf(message.parts, helpers);
    kernels = files.kernels;
    open(outside, send, files);
  } else if (message.type === "prepare") {
    // A thread takes some 20 ms to start: those of a run that nobody foresaw start while its file is imported.
    startHelpers();
    prepare(JSON.stringify(message.task));
  } else if (message.type === "analyze") {
    startHelpers();
    for (const [source, code] of message.bytecode) bytecode.set(source, code);
    hasBegun = true;
    analyze(...wordsOf(message.request));
  } else if (message.type === "leave") void leave();
});
