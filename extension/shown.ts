/** Which document the panel and the status bar speak about: the active one if it was analysed, else the last that was. */
import { Disposable, EventEmitter, window, workspace, type Uri } from "vscode";
import type { Analysis, Analyzed } from "./analysis.ts";
import { activeTarget, visibleTarget, type Target } from "./target.ts";

export class Shown implements Disposable {
  readonly #analysis: Analysis;
  readonly #changed = new EventEmitter<void>();
  readonly #subscriptions: Disposable;
  #uri: Uri | undefined;

  /** Another document is shown, or its state is another. */
  readonly onDidChange = this.#changed.event;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    this.#subscriptions = Disposable.from(
      this.#changed,
      analysis.onDidChange((uri) => {
        if (analysis.get(uri)) this.#show(uri);
        this.#changed.fire();
      }),
      window.onDidChangeActiveTextEditor(() => {
        this.#follow();
      }),
      window.onDidChangeActiveNotebookEditor(() => {
        this.#follow();
      }),
      workspace.onDidCloseNotebookDocument(({ uri }) => {
        if (uri.toString() !== this.#uri?.toString()) analysis.forget(uri);
      }),
      workspace.onDidCloseTextDocument(({ uri }) => {
        // A click in the panel may replace the entry's preview tab: what is shown stays.
        if (uri.toString() !== this.#uri?.toString()) analysis.forget(uri);
      }),
      workspace.onDidDeleteFiles(({ files }) => {
        for (const uri of files) analysis.forget(uri);
      }),
      workspace.onDidRenameFiles(({ files }) => {
        for (const { oldUri } of files) analysis.forget(oldUri);
      }),
    );
  }

  get state(): Analyzed | undefined {
    return this.#uri && this.#analysis.get(this.#uri);
  }

  /** The active Python text or notebook, else what is shown, else what is in sight: what the command means without further words. */
  get active(): Target | undefined {
    return activeTarget() ?? this.state?.target ?? visibleTarget();
  }

  #follow(): void {
    const uri = activeTarget()?.uri;
    if (uri && this.#analysis.get(uri)) this.#show(uri);
    this.#changed.fire();
  }

  #show(uri: Uri): void {
    const { state } = this;
    this.#uri = uri;
    if (state?.target.isClosed && state.target.uri.toString() !== uri.toString()) {
      this.#analysis.forget(state.target.uri);
    }
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }
}
