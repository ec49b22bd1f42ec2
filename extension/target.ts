/** What a run analyses: a Python text, or a notebook, whose cells are one source. */
import {
  Uri,
  window,
  workspace,
  type NotebookCell,
  type NotebookDocument,
  type TextDocument,
} from "vscode";
import { NOTEBOOK_CELL } from "./contributions.ts";

/** What VS Code calls a webview that is an editor, as its title bar's buttons hand it on. */
const PANEL_SCHEME = "webview-panel";

export type Target = TextDocument | NotebookDocument;

export const isNotebook = (target: Target): target is NotebookDocument => "cellCount" in target;

const isPython = (document: TextDocument): boolean => document.languageId === "python";

/** The cells that hold Python, in order. */
export const pythonCells = (notebook: NotebookDocument): NotebookCell[] =>
  notebook.getCells().filter(({ document }) => isPython(document));

/** All Python of it. */
export const textOf = (target: Target): string =>
  isNotebook(target)
    ? pythonCells(target)
        .map(({ document }) => document.getText())
        .join("\n")
    : target.getText();

/** Changes with the text, and with a notebook's cells. */
export function versionOf(target: Target): string {
  if (!isNotebook(target)) return String(target.version);
  const cells = pythonCells(target).map(({ document }) => document);
  return cells.map(({ uri, version }) => `${uri.fragment}:${version}`).join();
}

/** The notebook that a cell's text belongs to; undefined: the text is no cell, or its notebook is closed. */
export const notebookOf = (document: TextDocument): NotebookDocument | undefined =>
  document.uri.scheme === NOTEBOOK_CELL
    ? workspace.notebookDocuments.find((notebook) =>
        notebook.getCells().some((cell) => cell.document === document),
      )
    : undefined;

/** What Run means in this text; undefined: it is not Python. */
export function targetOf(document: TextDocument): Target | undefined {
  if (document.uri.scheme === NOTEBOOK_CELL) return notebookOf(document);
  return isPython(document) ? document : undefined;
}

/** What the active editor shows, where that is Python: a text, or a notebook with a Python cell. */
export function activeTarget(): Target | undefined {
  const text = window.activeTextEditor && targetOf(window.activeTextEditor.document);
  if (text) return text;
  const notebook = window.activeNotebookEditor?.notebook;
  return notebook && pythonCells(notebook).length > 0 ? notebook : undefined;
}

/** Beside a panel that is the active editor: the first Python in sight. undefined: a text or a notebook is active. */
export function visibleTarget(): Target | undefined {
  if (window.activeTextEditor ?? window.activeNotebookEditor) return undefined;
  const [text] = window.visibleTextEditors.flatMap(({ document }) => targetOf(document) ?? []);
  return (
    text ??
    window.visibleNotebookEditors.find(({ notebook }) => pythonCells(notebook).length > 0)?.notebook
  );
}

/** Opens what a place, a cell or a button of a notebook's toolbar stands for; undefined: none of them. */
export async function openTarget(at: unknown): Promise<Target | undefined> {
  if (!(at instanceof Uri)) {
    const { notebookEditor } = (at ?? {}) as { notebookEditor?: { notebookUri?: unknown } };
    return notebookEditor?.notebookUri instanceof Uri
      ? openTarget(notebookEditor.notebookUri)
      : undefined;
  }
  if (at.scheme === PANEL_SCHEME) return undefined;
  const open = workspace.notebookDocuments.find(({ uri }) => uri.toString() === at.toString());
  if (open) return open;
  if (at.scheme !== NOTEBOOK_CELL && at.path.endsWith(".ipynb"))
    return workspace.openNotebookDocument(at);
  const document = await workspace.openTextDocument(at);
  return targetOf(document) ?? document;
}
