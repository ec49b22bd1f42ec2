/** Runs that nobody asks for: on save, and as one types. */
import { Disposable, workspace, type Memento, type TextDocument } from "vscode";
import type { Analysis } from "./analysis.ts";
import { moduleClasses } from "./classes.ts";
import type { Shown } from "./shown.ts";
import { pythonCells, targetOf, textOf, type Target } from "./target.ts";

/** Workspace state: the user has run an analysis here, so a save or a pause may start one too. */
const ASKED = "asked";

type When = "onSave" | "onType";

export class Automatic implements Disposable {
  readonly #analysis: Analysis;
  readonly #shown: Shown;
  readonly #memory: Memento;
  readonly #subscriptions: Disposable;
  /** Pauses that are waited for, by document. */
  readonly #pauses = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(analysis: Analysis, shown: Shown, memory: Memento) {
    this.#analysis = analysis;
    this.#shown = shown;
    this.#memory = memory;
    this.#subscriptions = Disposable.from(
      workspace.onDidSaveTextDocument((document) => {
        if (document.languageId === "python") void this.#run(document, ["onSave", "onType"]);
      }),
      workspace.onDidSaveNotebookDocument((notebook) => {
        if (pythonCells(notebook).length > 0) void this.#run(notebook, ["onSave", "onType"]);
      }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document.languageId === "python" && contentChanges.length > 0) this.#typed(document);
      }),
      workspace.onDidChangeConfiguration((event) => {
        const run = workspace.getConfiguration().get<string>("chainrule.run");
        if (event.affectsConfiguration("chainrule.run") && run !== "manual") this.consent();
      }),
    );
  }

  /** The user has asked for a run in this workspace. */
  consent(): void {
    void this.#memory.update(ASKED, true);
  }

  dispose(): void {
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    this.#subscriptions.dispose();
  }

  #typed(document: TextDocument): void {
    const target = targetOf(document);
    if (!target || !this.#may(target, ["onType"])) return;
    const key = target.uri.toString();
    clearTimeout(this.#pauses.get(key));
    const ms = workspace.getConfiguration(undefined, target.uri).get<number>("chainrule.run.delay");
    const pause = setTimeout(() => {
      this.#pauses.delete(key);
      void this.#run(target, ["onType"]);
    }, ms ?? 0);
    this.#pauses.set(key, pause);
  }

  #may({ uri }: Target, when: readonly When[]): boolean {
    const run = workspace.getConfiguration(undefined, uri).get<string>("chainrule.run");
    const isWanted = when.some((each) => each === run);
    return isWanted && workspace.isTrusted && this.#memory.get(ASKED) === true;
  }

  async #run(target: Target, when: readonly When[]): Promise<void> {
    if (!this.#may(target, when)) return;
    const own = this.#analysis.get(target.uri);
    const hasModels = moduleClasses(textOf(target)).length > 0;
    // A file without a model of its own may be imported by the one that is shown.
    const state = own ?? (hasModels ? undefined : this.#shown.state);
    if (!own && !hasModels && state?.result?.stale() !== true) return;
    if (own?.result?.stale() === false) return;
    await this.#analysis.analyze(state?.target ?? target, state?.entry);
  }
}
