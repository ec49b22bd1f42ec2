/** A `# chainrule: …` comment above a class, in place of the one that stands there. */
import { Range, SnippetString, SnippetTextEdit, WorkspaceEdit, workspace } from "vscode";
import type { TextDocument } from "vscode";
import { models } from "./classes.ts";
import { isNotebook, pythonCells, type Target } from "./target.ts";

const COMMENT = /^\s*#\s*chainrule:(?!\s*ignore\b)/;

/** Where the class's comment stands or would stand: above its decorators. */
export interface CommentPlace {
  readonly document: TextDocument;
  readonly range: Range;
}

/** The place for `entry`'s comment; the first line where the file has no such class. */
export function commentPlace(target: Target, entry: string): CommentPlace | undefined {
  const documents = isNotebook(target)
    ? pythonCells(target).map(({ document }) => document)
    : [target];
  for (const document of documents) {
    const model = models(document.getText()).find(({ name }) => name === entry);
    if (model) return above(document, model.line);
  }
  const [first] = documents;
  return first && above(first, 0);
}

function above(document: TextDocument, line: number): CommentPlace {
  let first = line;
  while (first > 0 && document.lineAt(first - 1).text.startsWith("@")) first--;
  const isThere = first > 0 && COMMENT.test(document.lineAt(first - 1).text);
  return { document, range: new Range(isThere ? first - 1 : first, 0, first, 0) };
}

/** The edit that puts `comment` there; `…` in it becomes a place to type in. */
export function commentEdit({ document, range }: CommentPlace, comment: string): WorkspaceEdit {
  const edit = new WorkspaceEdit();
  const parts = comment.split("…");
  if (parts.length === 1) edit.replace(document.uri, range, `${comment}\n`);
  else {
    const snippet = new SnippetString();
    parts.forEach((part, i) => {
      if (i > 0) snippet.appendPlaceholder("…", i);
      snippet.appendText(part);
    });
    snippet.appendText("\n");
    edit.set(document.uri, [SnippetTextEdit.replace(range, snippet)]);
  }
  return edit;
}

/** Writes it and, in a text of its own, leaves the file unsaved, as edits do. */
export async function writeComment(target: Target, entry: string, comment: string): Promise<void> {
  const place = commentPlace(target, entry);
  if (place) await workspace.applyEdit(commentEdit(place, comment));
}
