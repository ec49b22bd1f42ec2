/** The side panel: its page, the states it is sent and the rows that the cursor selects. */
import {
  Disposable,
  Uri,
  window,
  workspace,
  type TextEditor,
  type Webview,
  type WebviewView,
  type WebviewViewProvider,
} from "vscode";
import type { Span } from "../engine/report.ts";
import type { Notice, PanelState } from "../webview/protocol.ts";
import type { Result } from "./analysis.ts";
import { panelState } from "./panelState.ts";
import { answer, handlers, type Run } from "./serve.ts";
import type { Shown } from "./shown.ts";
import { baseName } from "./words.ts";

const PAUSE_MS = 120;

export class Panel implements WebviewViewProvider, Disposable {
  readonly #shown: Shown;
  readonly #root: Uri;
  readonly #run: Run;
  readonly #subscriptions: Disposable;
  #view: WebviewView | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `root`: the folder with main.js and main.css. */
  constructor(shown: Shown, root: Uri, run: Run) {
    this.#shown = shown;
    this.#root = root;
    this.#run = run;
    this.#subscriptions = Disposable.from(
      shown.onDidChange(() => {
        this.#send();
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId !== "python" || !shown.state) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
          this.#send();
        }, PAUSE_MS);
      }),
      window.onDidChangeTextEditorSelection(({ textEditor }) => {
        this.#select(textEditor);
      }),
    );
  }

  resolveWebviewView(view: WebviewView): void {
    this.#view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [this.#root] };
    view.webview.html = html(view.webview, this.#root);
    const serve = handlers(this.#shown, this.#run, () => this.#state());
    view.webview.onDidReceiveMessage(async (message: unknown) => {
      const reply = await answer(serve, message);
      if (reply) await view.webview.postMessage(reply);
    });
    view.onDidDispose(() => {
      this.#view = undefined;
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscriptions.dispose();
  }

  #state(): PanelState {
    const { state, active } = this.#shown;
    const target = state?.target ?? active;
    return panelState(state, target ? baseName(target.uri.path) : null);
  }

  #send(): void {
    this.#notify({ type: "state", state: this.#state() });
  }

  #select(editor: TextEditor): void {
    const result = this.#shown.state?.result;
    if (!result || !this.#view?.visible) return;
    const rowIds = rowsOnLine(result, editor.document.uri, editor.selection.active.line + 1);
    if (rowIds.length > 0) this.#notify({ type: "select", rowIds });
  }

  #notify(notice: Notice): void {
    void this.#view?.webview.postMessage(notice);
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
  const script = webview.asWebviewUri(Uri.joinPath(root, "main.js")).toString();
  const style = webview.asWebviewUri(Uri.joinPath(root, "main.css")).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join("; ");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${style}" />
    <title>Chainrule</title>
  </head>
  <body>
    <div id="root"></div>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>`;
}
