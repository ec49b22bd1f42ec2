/** One worker with its closed room: booting, waiting for its only request, running it, gone. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { EngineError } from "../errors.ts";
import type {
  EngineFiles,
  FromWorker,
  Preparation,
  Prepared,
  RoomParts,
  ToWorker,
} from "../protocol.ts";
import type { WorkerParts } from "../worker.ts";
import { afterAll } from "./waiting.ts";

/** A boot takes 0.3 s from a snapshot and 3 s without; the rest is for a machine under load. */
const BOOT_MS = 60_000;
/** JavaScript heap of a worker, MiB: tape, report and the room's code. Tensors and Python lie outside of it. */
const HEAP_MB = 2048;
/** Stack of the thread, MiB: Python's own recursion limit must be met before its end. */
const STACK_MB = 16;

/** Within which a worker that has answered ends by itself. */
const LEAVE_MS = 1000;

type Listener = (message: FromWorker) => void;
type Mourner = (error: EngineError) => void;

export class Slot {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #gone: Promise<void>;
  /** The worker sleeps on it while it waits for an answer. */
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  #onMessage: Listener = () => undefined;
  #onDeath: Mourner = () => undefined;
  #onPrepared: (prepared: Prepared) => void = () => undefined;
  #prepared: Promise<unknown> = Promise.resolve();
  #death: EngineError | undefined;

  /** Starts booting; its run has `helpers` threads that share the kernels' work. The room opens when its parts are there. `gone` is told when the worker has ended, for whatever reason. */
  constructor(
    { dir, cache }: EngineFiles,
    parts: Promise<RoomParts>,
    helpers: number,
    gone: (slot: Slot) => void,
  ) {
    this.#worker = new Worker(join(dir, "worker.cjs"), {
      name: "chainrule",
      workerData: { dir, bell: this.#bell, helpers, cache } satisfies WorkerParts,
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, stackSizeMb: STACK_MB },
    });
    this.#worker.unref();
    this.ready = new Promise<void>((resolve, reject) => {
      const heard = afterAll(BOOT_MS, () => {
        void this.end(new EngineError("worker-died", "the engine did not start in time"));
      });
      this.#onDeath = (error) => {
        heard();
        reject(error);
      };
      this.#onMessage = (message) => {
        heard();
        if (message.type === "ready") resolve();
        else if (message.type === "failed") {
          const told = `the engine did not start: ${message.message}`;
          void this.end(new EngineError("worker-died", told));
        }
      };
    });
    // A spare that cannot start tells the run that asks for it, not the process.
    this.ready.catch(() => undefined);
    parts.then(
      (read) => {
        const open: ToWorker = { type: "open", parts: read };
        this.#worker.postMessage(open);
      },
      (cause: unknown) => {
        const told = `the engine's files cannot be read: ${String(cause)}`;
        void this.end(new EngineError("worker-died", told, { cause }));
      },
    );
    this.#worker.on("message", (message: FromWorker) => {
      if (message.type === "prepared") this.#onPrepared(message);
      else this.#onMessage(message);
    });
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      this.#die(
        error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? new EngineError("memory", `the run needs more than ${HEAP_MB} MiB of objects`)
          : new EngineError("worker-died", `the analysis thread died: ${error.message}`),
      );
    });
    this.#gone = new Promise<void>((resolve) => {
      this.#worker.on("exit", (code) => {
        this.#die(new EngineError("worker-died", `the analysis thread ended with code ${code}`));
        gone(this);
        resolve();
      });
    });
  }

  /** From now on messages go to `message`; the worker's end, also one that has been, to `died`. */
  listen(message: Listener, died: Mourner): void {
    this.#onMessage = message;
    this.#onDeath = died;
    if (this.#death) died(this.#death);
  }

  /**
   * Lets the worker that waits do something for its run, one thing after the other; a run that is posted meanwhile begins then. Not `ok` where
   * it could not be done.
   */
  prepare(task: Preparation): Promise<Prepared> {
    const done = this.#prepared.then(
      () =>
        new Promise<Prepared>((resolve) => {
          if (this.#death) resolve({ ok: false });
          this.#onPrepared = resolve;
          const message: ToWorker = { type: "prepare", task };
          this.#worker.postMessage(message);
        }),
    );
    this.#prepared = done;
    return done;
  }

  post(message: ToWorker): void {
    // While it runs it keeps the process alive; a spare does not.
    this.#worker.ref();
    this.#worker.postMessage(message);
  }

  /** Answers a question for which the worker has stopped its run. */
  answer(id: number, text: string | null, code: Uint8Array | undefined): void {
    const answer: ToWorker = { type: "answer", id, text, code };
    this.#worker.postMessage(answer);
    Atomics.store(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  /** Ends the worker that has answered, its helpers first; at once where user's code keeps it from that. */
  async leave(why: EngineError): Promise<void> {
    this.#die(why);
    const message: ToWorker = { type: "leave" };
    this.#worker.postMessage(message);
    let late: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      late = setTimeout(resolve, LEAVE_MS);
    });
    await Promise.race([this.#gone, waited]);
    clearTimeout(late);
    await this.#worker.terminate();
  }

  /** Ends the worker at once, in whatever loop it is. Who still waits for it is told `why`. */
  async end(why: EngineError): Promise<void> {
    this.#die(why);
    await this.#worker.terminate();
  }

  #die(error: EngineError): void {
    if (this.#death) return;
    this.#death = error;
    this.#onPrepared({ ok: false });
    this.#onDeath(error);
  }
}
