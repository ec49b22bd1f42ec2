/** The panel in the side bar and, for large screens, as an editor: its pages, their states, the rows that the cursor selects. */
import {
  Disposable,
  env,
  l10n,
  Uri,
  ViewColumn,
  window,
  workspace,
  type TextEditor,
  type Webview,
  type WebviewPanel,
  type WebviewPanelSerializer,
  type WebviewView,
  type WebviewViewProvider,
} from "vscode";
import type { Span } from "../engine/report.ts";
import type { Notice, PanelState } from "../webview/protocol.ts";
import type { Result } from "./analysis.ts";
import { PANEL_EDITOR } from "./contributions.ts";
import type { History } from "./history.ts";
import { pageOf } from "./page.ts";
import { panelState } from "./panelState.ts";
import { answer, handlers, type Run } from "./serve.ts";
import type { Shown } from "./shown.ts";
import { baseName } from "./words.ts";

const PAUSE_MS = 120;

/** What the side bar and an editor share. */
type Place = Pick<WebviewView, "webview" | "visible" | "onDidDispose">;

export class Panel implements WebviewViewProvider, WebviewPanelSerializer, Disposable {
  readonly #shown: Shown;
  readonly #history: History;
  readonly #root: Uri;
  readonly #run: Run;
  readonly #subscriptions: Disposable;
  /** The pages that are open, the side bar's or an editor's; the last one used comes last. */
  #places: readonly Place[] = [];
  #editor: WebviewPanel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `root`: the folder with main.js and main.css. */
  constructor(shown: Shown, history: History, root: Uri, run: Run) {
    this.#shown = shown;
    this.#history = history;
    this.#root = root;
    this.#run = run;
    this.#subscriptions = Disposable.from(
      shown.onDidChange(() => {
        this.send();
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId !== "python" || !shown.state) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
          this.send();
        }, PAUSE_MS);
      }),
      window.onDidChangeTextEditorSelection(({ textEditor }) => {
        this.#select(textEditor);
      }),
    );
  }

  resolveWebviewView(view: WebviewView): void {
    view.webview.options = { enableScripts: true, localResourceRoots: [this.#root] };
    this.#open(view);
  }

  /** Whether it is in sight as an editor: then nothing need open the side bar. */
  get isEditor(): boolean {
    return this.#editor?.visible === true;
  }

  /** The panel as an editor of its own, beside the code; the one that is there already. */
  showEditor(): void {
    if (this.#editor) {
      this.#editor.reveal();
      return;
    }
    const editor = window.createWebviewPanel(PANEL_EDITOR, l10n.t("Gradients"), ViewColumn.Beside, {
      enableScripts: true,
      localResourceRoots: [this.#root],
    });
    this.#openEditor(editor);
  }

  /** After a restart of VS Code. */
  deserializeWebviewPanel(editor: WebviewPanel): Promise<void> {
    editor.webview.options = { enableScripts: true, localResourceRoots: [this.#root] };
    this.#openEditor(editor);
    return Promise.resolve();
  }

  /** Asks the page that was used last for its chart. False: none is open. */
  exportChart(kind: "svg" | "png"): boolean {
    const page = this.#places.findLast(({ visible }) => visible);
    void page?.webview.postMessage({ type: "export", kind } satisfies Notice);
    return page !== undefined;
  }

  /** Tells every page the state. */
  send(): void {
    this.#notify({ type: "state", state: this.#state() });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscriptions.dispose();
  }

  #openEditor(editor: WebviewPanel): void {
    this.#editor = editor;
    editor.iconPath = Uri.joinPath(this.#root, "..", "..", "extension", "media", "chainrule.svg");
    editor.onDidDispose(() => {
      this.#editor = undefined;
    });
    this.#open(editor);
  }

  #open(place: Place): void {
    const { webview } = place;
    webview.html = html(webview, this.#root);
    const serve = handlers(this.#shown, this.#run, () => this.#state());
    webview.onDidReceiveMessage(async (message: unknown) => {
      const reply = await answer(serve, message);
      if (reply) await webview.postMessage(reply);
    });
    this.#places = [...this.#places, place];
    place.onDidDispose(() => {
      this.#places = this.#places.filter((other) => other !== place);
    });
  }

  #state(): PanelState {
    const { state, active } = this.#shown;
    const target = state?.target ?? active;
    const name = target ? baseName(target.uri.path) : null;
    return panelState(state, name, (result) =>
      state ? this.#history.beside(state.target.uri, result) : result.view.result,
    );
  }

  #select(editor: TextEditor): void {
    const result = this.#shown.state?.result;
    if (!result || !this.#places.some(({ visible }) => visible)) return;
    const rowIds = rowsOnLine(result, editor.document.uri, editor.selection.active.line + 1);
    if (rowIds.length > 0) this.#notify({ type: "select", rowIds });
  }

  #notify(notice: Notice): void {
    for (const { webview } of this.#places) void webview.postMessage(notice);
  }
}

/** The rows whose place holds the line (from 1); of places within each other, the smallest ones. */
function rowsOnLine(result: Result, uri: Uri, line: number): string[] {
  let fewest = Infinity;
  let ids: string[] = [];
  for (const [id, spans] of result.view.rowSpans) {
    for (const analysed of spans) {
      const span = holds(analysed, result, uri, line);
      if (!span) continue;
      const lines = span.endLine - span.startLine;
      if (lines < fewest) ids = [];
      if (lines <= fewest) ids.push(id);
      fewest = Math.min(fewest, lines);
    }
  }
  return [...new Set(ids)];
}

function holds(analysed: Span, result: Result, uri: Uri, line: number): Span | undefined {
  if (result.uri(analysed.file).toString() !== uri.toString()) return undefined;
  const span = result.place(analysed);
  return span && span.startLine <= line && line <= span.endLine ? span : undefined;
}

function html(webview: Webview, root: Uri): string {
  const nonce = crypto.randomUUID();
  const uri = (name: string): string => webview.asWebviewUri(Uri.joinPath(root, name)).toString();
  const texts = JSON.stringify(l10n.bundle ?? {});
  const language = l10n.bundle ? env.language : "en";
  return pageOf({
    texts,
    language,
    nonce,
    source: webview.cspSource,
    script: uri("main.js"),
    style: uri("main.css"),
  });
}
