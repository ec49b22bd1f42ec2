/**
 * Runs. One per document at a time: asking again for the same text joins the run under way, for a newer
 * text replaces it. Owns the engine, which is started at the first run.
 */
import { EventEmitter, workspace, type Disposable, type TextDocument, type Uri } from "vscode";
import { Engine, type AnalyzeRequest } from "../engine/client.ts";
import type { Report } from "../engine/report.ts";
import type { Settings } from "./contributions.ts";
import type { Places } from "./convert.ts";
import { codeOf, log, messageOf } from "./log.ts";
import { failureText } from "./failureText.ts";
import { Placement } from "./placement.ts";
import { Files } from "./sources.ts";
import { view, type View } from "./view.ts";
import { baseName, count, verdict } from "./words.ts";

/** A finished run, with its places followed through later edits. */
export interface Result extends Places {
  /** The class that the user chose by its lens; undefined: Chainrule chose. */
  readonly entry: string | undefined;
  readonly request: AnalyzeRequest;
  readonly report: Report;
  /** The text differs from what was analysed. */
  readonly stale: () => boolean;
  readonly view: View;
}

export interface Analyzed {
  readonly document: TextDocument;
  readonly entry: string | undefined;
  readonly result: Result | null;
  readonly running: { readonly phase: string; readonly detail: string } | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

interface Underway {
  readonly version: number;
  readonly entry: string | undefined;
  readonly abort: AbortController;
  readonly done: Promise<Result | undefined>;
}

const setting = <K extends keyof Settings>(
  key: K,
  document: TextDocument,
): Settings[K] | undefined => workspace.getConfiguration(undefined, document).get<Settings[K]>(key);

/** The time that one run may take. */
const seconds = (document: TextDocument): number =>
  setting("chainrule.budget.seconds", document) ?? 60;

export class Analysis implements Disposable {
  readonly #dir: string;
  readonly #states = new Map<string, Analyzed>();
  readonly #underway = new Map<string, Underway>();
  readonly #changed = new EventEmitter<Uri>();
  #engine: Engine | undefined;
  #trying: AbortController | undefined;

  /** A document's run started, moved on, ended or was forgotten. */
  readonly onDidChange = this.#changed.event;

  /** `dir`: the folder with the worker and its files. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  get(uri: Uri): Analyzed | undefined {
    return this.#states.get(uri.toString());
  }

  get all(): Analyzed[] {
    return [...this.#states.values()];
  }

  /** Settles when the run has ended. Result: undefined where it failed, as the state says, or was cancelled. */
  analyze(document: TextDocument, entry?: string): Promise<Result | undefined> {
    const key = document.uri.toString();
    this.#trying?.abort(); // a run that somebody waits for goes before the trying of fixes
    const current = this.#underway.get(key);
    if (current?.version === document.version && current.entry === entry) return current.done;
    current?.abort.abort();
    const abort = new AbortController();
    // The run's first step waits, so that the record stands before the run can end.
    const done = Promise.resolve().then(() => this.#run(document, entry, abort.signal));
    this.#underway.set(key, { version: document.version, entry, abort, done });
    return done;
  }

  /** Ends the document's run, or every run; what was known before stays. */
  cancel(uri?: Uri): void {
    this.#trying?.abort();
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
    document: TextDocument,
    entry: string | undefined,
    signal: AbortSignal,
  ): Promise<Result | undefined> {
    const key = document.uri.toString();
    const before = this.#states.get(key);
    const set = (part: Partial<Analyzed>): void => {
      if (this.#underway.get(key)?.abort.signal !== signal) return; // a newer run speaks for the document
      const result = before?.result ?? null;
      const state = { document, entry, result, running: null, failure: null, ...part };
      this.#states.set(key, state);
      this.#changed.fire(document.uri);
    };
    let phase = "reading";
    try {
      set({ running: { phase, detail: "" } });
      const result = await this.#measure(document, entry, signal, (now, detail) => {
        phase = now;
        set({ running: { phase, detail } });
      });
      set({ result });
      void this.#tryFixes(document, result);
      return result;
    } catch (error) {
      const code = codeOf(error);
      const failure = {
        code,
        message: failureText(code, messageOf(error), {
          file: baseName(document.uri.path),
          phase,
          seconds: seconds(document),
        }),
      };
      if (failure.code === "cancelled") {
        log.info(`${document.uri.toString()}: cancelled`);
        set({ entry: before?.entry });
      } else {
        log.error(error instanceof Error ? error : failure.message); // the whole: the panel has one line
        set({ failure });
      }
      return undefined;
    } finally {
      if (this.#underway.get(key)?.abort.signal === signal) this.#underway.delete(key);
    }
  }

  /** Tries out, unseen, what may help against the findings; the fixes appear when all were tried. */
  async #tryFixes(document: TextDocument, result: Result): Promise<void> {
    const engine = this.#engine;
    if (!engine || result.report.proposals.length === 0) return;
    if (!(setting("chainrule.fixes.enabled", document) ?? true)) return;
    const trying = (this.#trying = new AbortController());
    try {
      const { signal } = trying;
      const report = await engine.fixes(result.request, result.report, { signal });
      const key = document.uri.toString();
      const state = this.#states.get(key);
      if (state?.result !== result || result.stale()) return;
      this.#states.set(key, { ...state, result: { ...result, report } });
      this.#changed.fire(document.uri);
    } catch (error) {
      if (codeOf(error) !== "cancelled") log.warn(messageOf(error));
    }
  }

  async #measure(
    document: TextDocument,
    entry: string | undefined,
    signal: AbortSignal,
    onProgress: (phase: string, detail: string) => void,
  ): Promise<Result> {
    const start = performance.now();
    const files = new Files(document);
    const sources = await files.collect();
    this.#engine ??= new Engine({ dir: this.#dir });
    const request = {
      file: files.entry,
      sources,
      roots: files.roots,
      ...(entry === undefined ? {} : { entry }),
      seed: setting("chainrule.seed", document) ?? 0,
      budget: {
        ms: 1000 * seconds(document),
        bytes: 2 ** 31,
      },
    };
    const report = await this.#engine.analyze(request, { signal, onProgress });
    const milliseconds = performance.now() - start;
    log.info(
      `${files.entry}: ${verdict(report).text} (${count(report.findings.length, "finding")}, ` +
        `${count(Object.keys(sources).length, "file")}, ${milliseconds.toFixed(0)} ms)`,
    );
    if (report.log !== "") log.debug(`${files.entry} printed:\n${report.log}`);
    const placement = new Placement(sources, (path) => {
      const open = files.document(path);
      return open && { version: open.version, text: open.getText() };
    });
    return {
      entry,
      request,
      report,
      uri: (path) => files.uri(path),
      place: (span) => placement.place(span),
      stale: () => placement.stale,
      view: view(report, files.entry, milliseconds),
    };
  }
}
