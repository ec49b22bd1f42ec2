/** A notebook's cells as one run saw them, and where they are now. */
import { workspace, type NotebookCell, type NotebookDocument, type Uri } from "vscode";
import { cellFile, joinNotebook, type JoinedNotebook } from "../engine/client.ts";
import type { CurrentText } from "./placement.ts";

/** A cell that is there no more: no place of it is left. */
const GONE: CurrentText = { version: -2, text: "" };

export class NotebookRun {
  readonly joined: JoinedNotebook;
  /** Each cell's text at the run, by the name that spans give it. */
  readonly texts: Readonly<Record<string, string>>;
  readonly #notebook: NotebookDocument;
  readonly #cells = new Map<string, { readonly cell: NotebookCell; readonly index: number }>();

  /** `path`: what the run calls the notebook. `joined`: its cells where not all of them are run. */
  constructor(notebook: NotebookDocument, path: string, joined?: JoinedNotebook) {
    this.#notebook = notebook;
    const cells = notebook.getCells();
    // A cell's language decides: Markdown cells are of the language `markdown`.
    this.joined =
      joined ??
      joinNotebook(
        path,
        cells.map(({ document }) => ({
          isCode: document.languageId !== "markdown",
          language: document.languageId,
          text: document.getText(),
        })),
      );
    const texts: Record<string, string> = {};
    cells.forEach((cell, index) => {
      const name = cellFile(path, index);
      this.#cells.set(name, { cell, index });
      texts[name] = cell.document.getText();
    });
    this.texts = texts;
  }

  /** The cell's own document, or that of the cell in its place where the notebook was closed and opened again. */
  uri(name: string): Uri | undefined {
    const known = this.#cells.get(name);
    return known && (this.#now(known)?.document.uri ?? known.cell.document.uri);
  }

  /** A cell's text as it is now; undefined: the notebook is closed, or this is no cell. */
  current(name: string): CurrentText | undefined {
    const known = this.#cells.get(name);
    if (!known || !this.#open) return undefined;
    const document = this.#now(known)?.document;
    return document ? { version: document.version, text: document.getText() } : GONE;
  }

  /** Whether Python cells were added, moved or removed since the run. */
  get isReordered(): boolean {
    const open = this.#open;
    if (!open) return false;
    const matters = ({ document: { languageId } }: NotebookCell): boolean =>
      languageId === "python";
    const before = [...this.#cells.values()].map(({ cell }) => cell).filter(matters);
    const now = open.getCells().filter(matters);
    if (open !== this.#notebook) return before.length !== now.length;
    return before.length !== now.length || before.some((cell, i) => cell !== now[i]);
  }

  get #open(): NotebookDocument | undefined {
    const uri = this.#notebook.uri.toString();
    return workspace.notebookDocuments.find((notebook) => notebook.uri.toString() === uri);
  }

  #now({ cell, index }: { cell: NotebookCell; index: number }): NotebookCell | undefined {
    const open = this.#open;
    if (open !== this.#notebook) return open?.getCells()[index];
    return open.getCells().includes(cell) ? cell : undefined;
  }
}
