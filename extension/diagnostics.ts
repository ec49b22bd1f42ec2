/** Findings as diagnostics, in the file of the cause, moving with edits. */
import { Disposable, languages, workspace, type Diagnostic, type Uri } from "vscode";
import type { Analysis } from "./analysis.ts";
import { toDiagnostic } from "./convert.ts";

/** Pause after an edit before places are followed; VS Code moves the squiggles itself meanwhile. */
const PAUSE_MS = 120;

export function registerDiagnostics(analysis: Analysis): Disposable {
  const collection = languages.createDiagnosticCollection("chainrule");
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Two entries may import one file, so its diagnostics are those of all runs, each once. */
  const refresh = (): void => {
    const files = new Map<string, { uri: Uri; diagnostics: Map<string, Diagnostic> }>();
    for (const { result } of analysis.all) {
      for (const finding of result?.report.findings ?? []) {
        const made = result && toDiagnostic(finding, result);
        if (!made) continue;
        const key = made.uri.toString();
        const file = files.get(key) ?? { uri: made.uri, diagnostics: new Map() };
        const { range, message } = made.diagnostic;
        file.diagnostics.set(
          JSON.stringify([range.start, range.end, finding.code, message]),
          made.diagnostic,
        );
        files.set(key, file);
      }
    }
    collection.forEach((uri) => {
      if (!files.has(uri.toString())) collection.delete(uri);
    });
    for (const { uri, diagnostics } of files.values())
      collection.set(uri, [...diagnostics.values()]);
  };

  return Disposable.from(
    collection,
    analysis.onDidChange((uri) => {
      if (!analysis.get(uri)?.running) refresh();
    }),
    workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId !== "python" || analysis.all.length === 0) return;
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE_MS);
    }),
    new Disposable(() => {
      clearTimeout(timer);
    }),
  );
}
