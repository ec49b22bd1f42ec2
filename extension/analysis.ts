/**
 * Runs. One per document at a time: asking again for the same text joins the run under way, for a newer
 * text replaces it. Owns the engine, which is started at the first run.
 */
import { EventEmitter, workspace, type Disposable, type Uri } from "vscode";
import {
  budgetHere,
  byCaller,
  Engine,
  insteadOf,
  type AnalyzeRequest,
  type Door,
  type EngineFiles,
  pytorchScript,
} from "../engine/client.ts";
import type { Report } from "../engine/report.ts";
import type { Choices } from "./choices.ts";
import type { Settings } from "./contributions.ts";
import type { Places } from "./convert.ts";
import { Environment } from "./environment.ts";
import { codeOf, log, messageOf } from "./log.ts";
import { failureText } from "./failureText.ts";
import { Placement } from "./placement.ts";
import { Files } from "./sources.ts";
import { versionOf, type Target } from "./target.ts";
import { Trials } from "./trials.ts";
import { view, type View } from "./view.ts";
import { baseName, count, verdict } from "./words.ts";

/** Cells of a notebook that may stop a run before nothing of it is analyzed. */
const MOST_STOPS = 3;

/** A request and what the engine made of it. */
interface Asked {
  readonly files: Files;
  readonly request: AnalyzeRequest;
  /** What its run might ask for. */
  readonly door: Door | undefined;
  /** As the engine gave it: a notebook's places are those of its one source. */
  readonly measured: Report;
}

/** A finished run, with its places followed through later edits. */
export interface Result extends Places, Asked {
  /** The class that the user chose by its lens; undefined: Chainrule chose. */
  readonly entry: string | undefined;
  /** As the user knows the places: a notebook's lie in its cells. */
  readonly report: Report;
  /** The same run with another report of it, such as one with fixes. */
  readonly told: (measured: Report) => Result;
  /** The text differs from what was analysed. */
  readonly stale: () => boolean;
  readonly view: View;
}

export interface Analyzed {
  readonly target: Target;
  readonly entry: string | undefined;
  readonly result: Result | null;
  readonly running: { readonly phase: string; readonly detail: string } | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

interface Underway {
  readonly version: string;
  readonly entry: string | undefined;
  readonly abort: AbortController;
  readonly done: Promise<Result | undefined>;
}

const setting = <K extends keyof Settings>(key: K, { uri }: Target): Settings[K] | undefined =>
  workspace.getConfiguration(undefined, uri).get<Settings[K]>(key);

/** What a run is heard by. */
interface Listening<T = Result> {
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, detail: string) => void;
  /** Gets what lacks only the lenses of the file's other classes. */
  readonly onMeasured: (measured: T) => void;
}

function resultOf(asked: Asked, entry: string | undefined, milliseconds: number): Result {
  const { files, request, measured } = asked;
  const placement = new Placement(files.texts(request.sources), (path) => files.current(path));
  const told = (now: Report): Result => {
    const report = files.told(now);
    return {
      ...asked,
      entry,
      measured: now,
      report,
      told,
      uri: (path) => files.uri(path),
      place: (span) => placement.place(span),
      stale: () => placement.stale || files.isReordered,
      view: view(report, files.name, milliseconds),
    };
  };
  return told(measured);
}

/** The setting as a request has it: float32 is the run that is made anyway. */
const halfOf = (said: string | null | undefined): Pick<AnalyzeRequest, "precision"> =>
  said === "float16" || said === "bfloat16" ? { precision: said } : {};

/** VS Code gives a setting's object as a proxy, which no worker can be sent. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** The time that one run may take. */
const seconds = (target: Target): number => setting("chainrule.budget.seconds", target) ?? 60;

export class Analysis implements Disposable {
  readonly #files: EngineFiles;
  readonly #choices: Choices | undefined;
  readonly #environment = new Environment();
  readonly #states = new Map<string, Analyzed>();
  readonly #underway = new Map<string, Underway>();
  readonly #changed = new EventEmitter<Uri>();
  #engine: Engine | undefined;
  readonly #trials = new Trials(() => this.#underway.size === 0);

  /** A document's run started, moved on, ended or was forgotten. */
  readonly onDidChange = this.#changed.event;

  /** `choices`: what the user chose to run. */
  constructor(files: EngineFiles, choices?: Choices) {
    this.#files = files;
    this.#choices = choices;
  }

  get(uri: Uri): Analyzed | undefined {
    return this.#states.get(uri.toString());
  }

  get all(): Analyzed[] {
    return [...this.#states.values()];
  }

  /** Settles when the run has ended. Result: undefined where it failed, as the state says, or was cancelled. */
  analyze(target: Target, entry?: string): Promise<Result | undefined> {
    this.#trials.pause(); // a run that somebody waits for goes before the trying of fixes
    const key = target.uri.toString();
    const version =
      versionOf(target) +
      JSON.stringify([this.#choices?.of(target.uri, entry), this.#choices?.runWith(target.uri)]);
    const current = this.#underway.get(key);
    // One that was cancelled may still be ending.
    const isGoingOn = current?.abort.signal.aborted === false;
    if (isGoingOn && current.version === version && current.entry === entry) return current.done;
    current?.abort.abort();
    const abort = new AbortController();
    // The run's first step waits, so that the record stands before the run can end.
    const done = Promise.resolve().then(() => this.#run(target, entry, abort.signal));
    this.#underway.set(key, { version, entry, abort, done });
    return done;
  }

  /** Ends the document's run, or every run; what was known before stays. */
  cancel(uri?: Uri): void {
    this.#trials.drop(uri?.toString());
    for (const [key, run] of this.#underway) {
      if (uri === undefined || key === uri.toString()) run.abort.abort();
    }
  }

  /** Drops what is known of a document. */
  forget(uri: Uri): void {
    this.cancel(uri);
    if (this.#states.delete(uri.toString())) this.#changed.fire(uri);
  }

  async dispose(): Promise<void> {
    this.cancel();
    this.#changed.dispose();
    await this.#engine?.dispose();
  }

  async #run(
    target: Target,
    entry: string | undefined,
    signal: AbortSignal,
  ): Promise<Result | undefined> {
    const key = target.uri.toString();
    const before = this.#states.get(key);
    let shown = before?.result ?? null;
    const set = (part: Partial<Analyzed>): void => {
      if (this.#underway.get(key)?.abort.signal !== signal) return; // a newer run speaks for the document
      const state = { target, entry, result: shown, running: null, failure: null, ...part };
      this.#states.set(key, state);
      this.#changed.fire(target.uri);
    };
    let phase = "reading";
    try {
      set({ running: { phase, detail: "" } });
      const result = await this.#measure(target, entry, {
        signal,
        onProgress: (now, detail) => {
          phase = now;
          set({ running: { phase, detail } });
        },
        onMeasured: (measured) => {
          shown = measured;
          set({});
        },
      });
      set({ result });
      if (
        result.measured.proposals.length > 0 &&
        setting("chainrule.fixes.enabled", target) !== false
      )
        this.#trials.add(key, (aborted) => this.#tryFixes(key, result, aborted));
      return result;
    } catch (error) {
      const code = codeOf(error);
      const failure = {
        code,
        message: failureText(code, messageOf(error), {
          file: baseName(target.uri.path),
          phase,
          seconds: seconds(target),
        }),
      };
      if (failure.code === "cancelled") {
        log.info(`${target.uri.toString()}: cancelled`);
        set({ entry: shown === (before?.result ?? null) ? before?.entry : entry });
      } else {
        log.error(error instanceof Error ? error : failure.message); // the whole: the panel has one line
        set({ failure });
      }
      return undefined;
    } finally {
      if (this.#underway.get(key)?.abort.signal === signal) this.#underway.delete(key);
      this.#trials.resume();
    }
  }

  /** Tries out, unseen, what may help against the findings; the fixes appear when all were tried. */
  async #tryFixes(key: string, result: Result, signal: AbortSignal): Promise<void> {
    const isShown = (): boolean => this.#states.get(key)?.result === result && !result.stale();
    if (!this.#engine || !isShown()) return;
    const options = { signal, ...(result.door && { door: result.door }) };
    const fixed = await this.#engine.fixes(result.request, result.measured, options);
    const state = this.#states.get(key);
    if (!state || !isShown()) return;
    this.#states.set(key, { ...state, result: result.told(fixed) });
    this.#changed.fire(state.target.uri);
  }

  /** The run as a script for the user's own PyTorch, that will stand in `folder`. */
  script({ request, measured }: Result, folder: string): Promise<string> {
    return pytorchScript(this.#files.dir, request, measured, folder);
  }

  async #measure(
    target: Target,
    entry: string | undefined,
    { signal, onProgress, onMeasured }: Listening,
  ): Promise<Result> {
    const start = performance.now();
    let milliseconds: number | undefined;
    const listening = {
      signal,
      onProgress,
      onMeasured: (asked: Asked) => {
        milliseconds = performance.now() - start;
        onMeasured(resultOf(asked, entry, milliseconds));
      },
    };
    const all = await this.#ask(target, new Files(target), entry, listening);
    let some = all;
    for (let tries = 0; !some.measured.subject && tries < MOST_STOPS; tries++) {
      const before = some.files.before(some.measured);
      if (!before) break;
      some = await this.#ask(target, before, entry, listening);
    }
    const asked = some.measured.subject ? some : await this.#instead(all, entry, listening);
    milliseconds ??= performance.now() - start;
    const { files, request, measured } = asked;
    const result = resultOf(asked, entry, milliseconds);
    log.info(
      `${files.name}: ${verdict(result.report).text} (${count(measured.findings.length, "finding")}, ` +
        `${count(Object.keys(request.sources).length, "file")}, ${milliseconds.toFixed(0)} ms)`,
    );
    if (measured.log !== "") log.debug(`${files.name} printed:\n${measured.log}`);
    return result;
  }

  /** Of a file that trains what others give it the first script that calls it; else what is there. */
  async #instead(
    all: Asked,
    entry: string | undefined,
    listening: Listening<Asked>,
  ): Promise<Asked> {
    if (entry !== undefined) return all;
    const called = await byCaller(all.measured, async (path) => {
      const caller = await workspace.openTextDocument(all.files.uri(path));
      const onMeasured = (): void => undefined; // it may turn out not to train
      const ran = await this.#ask(caller, new Files(caller), entry, { ...listening, onMeasured });
      const measured = insteadOf(all.files.name, ran.measured);
      return measured && { ...ran, measured };
    });
    return called ?? all;
  }

  /** One request to the engine, with everything that it may read. */
  async #ask(
    target: Target,
    files: Files,
    entry: string | undefined,
    { signal, onProgress, onMeasured }: Listening<Asked>,
  ): Promise<Asked> {
    const { sources, outer } = await files.collect();
    const door = await this.#environment.door(target, files);
    this.#engine ??= new Engine(this.#files);
    const { mixed, optimizer, lr, steps, ...runWith } = this.#choices?.runWith(target.uri) ?? {};
    const request = {
      file: files.entry,
      sources,
      roots: files.roots,
      outer,
      ...(this.#choices?.of(target.uri, entry) ?? (entry === undefined ? {} : { entry })),
      seed: setting("chainrule.seed", target) ?? 0,
      ...halfOf(mixed === undefined ? setting("chainrule.precision", target) : mixed),
      rules: plain(setting("chainrule.rules", target) ?? {}),
      ...runWith,
      ...(optimizer && { optimizer, ...(lr && { lr }), ...(steps && { steps }) }),
      budget: budgetHere(1000 * seconds(target)),
    };
    const measured = await this.#engine.analyze(request, {
      signal,
      again: true,
      ...(door && { door }),
      onProgress: (phase, detail) => {
        onProgress(phase, files.named(detail));
      },
      onMeasured: (report) => onMeasured({ files, request, door, measured: report }),
    });
    return { files, request, door, measured };
  }
}
