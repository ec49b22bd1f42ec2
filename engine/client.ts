/**
 * The engine as its users see it: starts, watches and replaces the worker. One run at a time, each in a fresh
 * worker; a booted spare stands by. This thread computes nothing.
 */
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";
import { isGiven, KnownReports, type Remembered, type Told } from "./sources/again.ts";
import { isShort, PYTHON, readRoomParts, wasmFiles } from "./doors/assets.ts";
import { Bytecode } from "./doors/bytecode.ts";
import { NativeCode } from "./doors/nativeCode.ts";
import { bytesOf, DEFAULT_BUDGET } from "./budget.ts";
import type { Door } from "./sources/door.ts";
import { EngineError } from "./errors.ts";
import { withFixes } from "./fixes/try.ts";
import { Slot } from "./doors/slot.ts";
import { afterAll, unlessAborted } from "./doors/waiting.ts";
import type { AnalyzeRequest, Budget, EngineFiles, Outcome, Phase, RoomParts } from "./protocol.ts";
import type { Report } from "./report.ts";

export { EngineError } from "./errors.ts";
export { Door, type Disk, type Entry } from "./sources/door.ts";
export { environmentIn, packageFolders } from "./sources/environment.ts";
export { byCaller, insteadOf } from "./sources/callers.ts";
export { cellFile, joinNotebook } from "./sources/notebook.ts";
export type { JoinedNotebook } from "./sources/notebook.ts";
export type { AnalyzeRequest, EngineFiles } from "./protocol.ts";
export { OPTIMIZERS, isOptimizer, type OptimizerName } from "./optimizers.ts";
export { stableRate } from "./stableRate.ts";
export { median } from "./numeric/median.ts";
export { pytorchScript } from "./doors/pytorchScript.ts";
export { collectSources, foldersAround } from "./sources/sources.ts";
export { splitTop } from "./subject/directive.ts";

export interface AnalyzeOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (phase: Phase, detail: string) => void;
  /** Gets the report as soon as it lacks only what the file's other classes would be run with; not where there are none. */
  readonly onMeasured?: (report: Report) => void;
  /** True: what is known of an earlier run that was asked the same is its answer (`again.ts`). */
  readonly again?: boolean;
  /** Answers what the run asks for; without it the run sees the request's sources alone. */
  readonly door?: Door;
}

/** Beyond these memory is what kernels wait for. */
const MOST_THREADS = 4;
/** Resident bytes that a run may take beside its tensors and Python's heap: code, files, sources, report. */
const OVERHEAD_BYTES = 512 * 2 ** 20;
const WATCH_MS = 250;
/** Steps in which a spare learns our code: each some 50 ms, for which a run that comes meanwhile waits. */
const WARM_ROUNDS = 2;
/** Memory that a spare takes ahead, in steps of some 15 ms: what the last run's tensors took, and no more than this. */
const [MEMORY_STEP, MOST_MEMORY] = [32 * 2 ** 20, 256 * 2 ** 20];
/** Files that a spare compiles ahead. */
const MOST_COMPILED = 300;

const cancelled = (): EngineError => new EngineError("cancelled", "the analysis was cancelled");

const tooLarge = (bytes: number): EngineError =>
  new EngineError(
    "memory",
    `the run needs more memory than its budget of ${Math.round(bytes / 2 ** 20)} MiB`,
  );

/** What a run was at when it was stopped: `timeout` names it. */
interface Doing {
  phase: Phase;
  detail: string;
}

/** Measured once, so that what is asked again is the same request. */
const BYTES_HERE = bytesOf(freemem());

/** The budget of a run of `ms` milliseconds on this machine. */
export const budgetHere = (ms: number): Budget => ({ ms, bytes: BYTES_HERE });

/** What the run has looked at, of its own sources and of what its door has told. */
function lookedAt(
  { sources }: AnalyzeRequest,
  read: readonly string[],
  told: readonly Told[],
): Map<string, string> {
  const own = read.filter((path) => Object.hasOwn(sources, path));
  const looked = new Map(own.map((path) => [path, sources[path] ?? ""]));
  for (const { question, text } of told)
    if (question.kind === "read" && question.path.endsWith(".py") && text !== null)
      looked.set(question.path, text);
  return looked;
}

/** Compiled by a worker whose run has not begun, and kept. */
async function compile(slot: Slot, bytecode: Bytecode, path: string, text: string) {
  const { code } = await slot.prepare({ kind: "compile", path, text });
  if (code !== undefined) bytecode.keep(path, text, Buffer.from(code, "base64"));
}

/** What a run is given beside its request, and what it tells. */
interface Visit {
  /** Of its sources, by path. */
  readonly compiled: ReadonlyMap<string, Uint8Array>;
  readonly bytecode: Bytecode;
  /** Gets what the run asks its door. */
  readonly told: Told[];
}

/** Resolves with the worker's report; rejects with an EngineError. Does not end the worker. */
function run(
  slot: Slot,
  request: AnalyzeRequest,
  options: AnalyzeOptions,
  { compiled, bytecode, told }: Visit,
): Promise<Outcome> {
  // A signal that was given a moment ago tells no listener.
  if (options.signal?.aborted) return Promise.reject(cancelled());
  const ms = request.budget?.ms ?? DEFAULT_BUDGET.ms;
  const bytes = request.budget?.bytes ?? DEFAULT_BUDGET.bytes;
  const answer = options.door?.visit();
  const doing: Doing = { phase: "boot", detail: request.file };
  return new Promise<Outcome>((resolve, reject) => {
    const before = process.memoryUsage.rss();
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() - before > 2 * bytes + OVERHEAD_BYTES) fail(tooLarge(bytes));
    }, WATCH_MS);
    const heard = afterAll(ms, () => {
      const where = `${doing.phase}${doing.detail ? ` (${doing.detail})` : ""}`;
      fail(
        new EngineError("timeout", `the run took longer than ${ms / 1000} s; it was at: ${where}`),
      );
    });
    const abort = (): void => {
      fail(cancelled());
    };
    const settle = (): void => {
      clearInterval(watch);
      heard();
      options.signal?.removeEventListener("abort", abort);
    };
    const fail = (error: EngineError): void => {
      settle();
      reject(error);
    };
    options.signal?.addEventListener("abort", abort, { once: true });
    slot.listen((message) => {
      if (message.type === "progress") {
        doing.phase = message.phase;
        doing.detail = message.detail;
        options.onProgress?.(message.phase, message.detail);
      } else if (message.type === "measured") options.onMeasured?.(message.report);
      else if (message.type === "report") {
        settle();
        resolve(message);
      } else if (message.type === "failed") {
        fail(new EngineError(message.code, message.message));
      } else if (message.type === "ask") {
        const { id, question } = message;
        // What cannot be read is not there: Python then says so in its own words.
        void (answer?.(question) ?? Promise.resolve(null))
          .catch(() => null)
          .then((text) => {
            told.push({ question, text });
            const isSource = question.kind === "read" && question.path.endsWith(".py");
            const code = isSource && text !== null ? bytecode.of(question.path, text) : undefined;
            slot.answer(id, text, code);
          });
      }
    }, fail);
    slot.post({ type: "analyze", request, bytecode: compiled });
  });
}

export class Engine {
  readonly #files: EngineFiles;
  readonly #native: NativeCode | undefined;
  #parts: Promise<RoomParts> | undefined;
  #spare: Slot | undefined;
  #running: Slot | undefined;
  /** Ends when every run before has ended. */
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;
  /** The end of the last run's worker: nobody waits for it but the next run and who disposes. */
  #ending: Promise<unknown> = Promise.resolve();
  /** What the last run has looked at: the next one will likely import it again. */
  #looked: ReadonlyMap<string, string> = new Map();
  /** Bytes of tensors that the last run held at most. */
  #held = 0;
  #preparing: Promise<void> = Promise.resolve();
  #prepares: Slot | undefined;
  readonly #known = new KnownReports();
  #bytecode: Promise<Bytecode> | undefined;

  constructor(files: EngineFiles) {
    this.#files = files;
    const { dir, cache } = files;
    this.#native = isShort(files) ? NativeCode.of(cache, join(dir, PYTHON)) : undefined;
  }

  /** Boots the spare now, so that the first run need not wait for it. */
  async warm(): Promise<void> {
    await this.#takeOrBoot(false).ready;
  }

  /** The same, and waits only until the spare has what it is made of: its boot needs nothing more of this thread. */
  async begin(): Promise<void> {
    this.#takeOrBoot(false);
    await this.#parts?.catch(() => undefined);
  }

  /** As `warm`, and waits until the spare has nothing more to prepare. */
  async prepared(): Promise<void> {
    await this.warm();
    await this.#preparing;
  }

  /**
   * Runs one request. Rejects with an EngineError: `cancelled`, `timeout`, `memory`, `worker-died`, or the
   * code of what the engine itself refused. Runs queue: one at a time.
   */
  analyze(request: AnalyzeRequest, options: AnalyzeOptions = {}): Promise<Report> {
    const before = this.#queue;
    const turn = unlessAborted(before, options.signal, cancelled);
    const result = turn.then(() => this.#analyze(request, options));
    this.#queue = Promise.all([before, result.catch(() => undefined)]);
    return result;
  }

  /** The report with those of its proposals as fixes that help when tried. Queued behind other runs. */
  fixes(request: AnalyzeRequest, report: Report, options: AnalyzeOptions = {}): Promise<Report> {
    return withFixes((changed) => this.analyze(changed, options), request, report);
  }

  /** Keeps what V8 has made of the modules for a next process, in a command that has printed. */
  async keepCode(): Promise<void> {
    const parts = await this.#parts;
    if (parts) await this.#native?.keep(parts, () => wasmFiles(this.#files.dir));
  }

  /** Ends the workers. A run under way rejects with `cancelled`. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const spare = this.#spare;
    this.#spare = undefined;
    await Promise.all([this.#running?.end(cancelled()), spare?.end(cancelled()), this.#ending]);
  }

  async #analyze(asked: AnalyzeRequest, options: AnalyzeOptions): Promise<Report> {
    const { door } = options;
    // What is open to a run is part of what was asked: the same sources in another environment are another run.
    const request = door ? { ...asked, open: door.folders } : asked;
    if (this.#disposed || options.signal?.aborted) throw cancelled();
    if (options.again) {
      const finding = this.#known.find(request, door?.visit(), (path, text) =>
        this.#compiles(path, text),
      );
      const known = await unlessAborted(finding, options.signal, cancelled);
      if (known?.found === null) return known.report;
      if (known) return this.#withOthers(request, options, known);
    }
    const { outcome, told } = await this.#run(request, options);
    if (options.again) this.#known.keep(request, told, outcome);
    return outcome.report;
  }

  /** The known report with what is now told of the file's other classes; of another subject a whole one. */
  async #withOthers(
    request: AnalyzeRequest,
    options: AnalyzeOptions,
    { report, found, told: before }: Remembered,
  ): Promise<Report> {
    const asked = { ...request, known: found ?? "" };
    if (isGiven(report)) options.onMeasured?.(report);
    const { outcome, told } = await this.#run(asked, options);
    if (!outcome.isKnown) {
      this.#known.keep(request, told, outcome);
      return outcome.report;
    }
    const whole = { ...report, candidates: outcome.report.candidates };
    const known = { report: whole, idle: [], unmeasured: [], found: null };
    this.#known.keep(request, [...before, ...told], known);
    return whole;
  }

  /** One run in a worker of its own. */
  async #run(
    request: AnalyzeRequest,
    options: AnalyzeOptions,
  ): Promise<{ readonly outcome: Outcome; readonly told: readonly Told[] }> {
    const { signal, door } = options;
    options.onProgress?.("boot", "");
    // Whatever a run waits for before it begins, a cancelled one does not.
    const until = <T>(work: Promise<T>): Promise<T> => unlessAborted(work, signal, cancelled);
    await until(this.#ending);
    const slot = this.#takeOrBoot(true);
    this.#running = slot;
    let hasAnswered = false;
    try {
      const bytecode = await until(this.#openBytecode());
      const compiled = await until(bytecode.allOf(request.sources));
      await until(slot.ready);
      for (const [path, text] of await until(this.#wanted(request, door))) {
        await until(compile(slot, bytecode, path, text));
        const code = bytecode.of(path, text);
        if (code) compiled.set(path, code);
      }
      const told: Told[] = [];
      const outcome = await run(slot, request, options, { compiled, bytecode, told });
      hasAnswered = true;
      this.#looked = lookedAt(request, outcome.read, told);
      bytecode.want(request.file, this.#looked);
      if (!outcome.isKnown) this.#held = outcome.report.cost.peakBytes;
      return { outcome, told };
    } finally {
      this.#running = undefined;
      this.#ending = hasAnswered ? slot.leave(cancelled()) : slot.end(cancelled());
      this.#bootSpare();
    }
  }

  async #compiles(path: string, text: string): Promise<boolean> {
    const slot = this.#takeOrBoot(false);
    await slot.ready;
    return (await slot.prepare({ kind: "compile", path, text })).ok;
  }

  #openBytecode(): Promise<Bytecode> {
    const { dir, cache } = this.#files;
    return (this.#bytecode ??= Bytecode.open(cache && join(cache, "python"), join(dir, PYTHON)));
  }

  /** What the last run of the file imported and nobody has compiled since. */
  async #wanted({ file, sources }: AnalyzeRequest, door?: Door): Promise<[string, string][]> {
    const bytecode = await this.#openBytecode();
    const ask = door?.visit();
    const found: [string, string][] = [];
    for (const path of bytecode.wanted(file)) {
      const text = sources[path] ?? (await ask?.({ kind: "read", path }).catch(() => null));
      if (typeof text === "string" && !bytecode.has(path, text)) found.push([path, text]);
    }
    return found.slice(0, MOST_COMPILED);
  }

  /** Where no thread can be had now, the run that needs one is told. */
  #bootSpare(): void {
    if (this.#files.spare === false || this.#disposed) return;
    try {
      this.#takeOrBoot(false);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }

  /** The spare, or a new worker. Taken: the next one who asks gets another. */
  #takeOrBoot(take: boolean): Slot {
    const slot = (this.#spare ??= this.#boot());
    if (take) this.#spare = undefined;
    else if (this.#files.spare !== false) this.#preparing = this.#prepare(slot);
    return slot;
  }

  /** Step by step, for as long as nobody takes the spare: a run waits for the step under way. */
  async #prepare(slot: Slot): Promise<void> {
    if (this.#prepares === slot) return this.#preparing;
    this.#prepares = slot;
    await slot.ready.catch(() => undefined);
    const warm = Array.from({ length: WARM_ROUNDS }, () => ({ kind: "warm" }) as const);
    const held = Math.min(this.#held, MOST_MEMORY);
    const memory = Array.from({ length: Math.ceil(held / MEMORY_STEP) }, (_, i) => {
      return { kind: "memory", bytes: Math.min(held, (i + 1) * MEMORY_STEP) } as const;
    });
    for (const task of [...warm, ...memory]) {
      if (this.#spare !== slot) return;
      await slot.prepare(task);
    }
    const bytecode = await this.#openBytecode();
    for (const [path, text] of [...this.#looked].slice(0, MOST_COMPILED)) {
      if (this.#spare !== slot) return;
      if (!bytecode.has(path, text)) await compile(slot, bytecode, path, text);
    }
  }

  #boot(): Slot {
    if (this.#disposed) throw cancelled();
    this.#parts ??= readRoomParts(this.#files, this.#native).catch((error: unknown) => {
      this.#parts = undefined;
      throw error;
    });
    const threads = this.#files.threads ?? Math.min(availableParallelism(), MOST_THREADS);
    try {
      return new Slot(this.#files, this.#parts, threads - 1, (failed) => {
        // A spare that did not start or died waiting must not be handed out.
        if (this.#spare === failed) this.#spare = undefined;
      });
    } catch (cause) {
      const told = `no analysis thread can be started: ${(cause as Error).message}`;
      throw new EngineError("worker-died", told, { cause });
    }
  }
}
