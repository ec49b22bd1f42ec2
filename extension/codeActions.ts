/** A finding's fixes as quick fixes. Each was tried before it was offered; its title says what it did. */
import { CodeAction, CodeActionKind, type CodeActionProvider } from "vscode";
import type { Analysis } from "./analysis.ts";
import { toDiagnostic, toWorkspaceEdit } from "./convert.ts";

export function codeActions(analysis: Analysis): CodeActionProvider {
  return {
    provideCodeActions(document, range, context) {
      const actions: CodeAction[] = [];
      for (const { result } of analysis.all) {
        for (const finding of result?.report.findings ?? []) {
          if (!result || finding.fixes.length === 0) continue;
          const made = toDiagnostic(finding, result);
          if (made?.uri.toString() !== document.uri.toString()) continue;
          if (!made.diagnostic.range.intersection(range)) continue;
          const shown = context.diagnostics.filter(
            (d) => d.source === "Chainrule" && d.range.isEqual(made.diagnostic.range),
          );
          finding.fixes.forEach((fix, i) => {
            const edit = toWorkspaceEdit(fix, result);
            if (!edit) return;
            const action = new CodeAction(fix.title, CodeActionKind.QuickFix);
            action.edit = edit;
            action.diagnostics = shown;
            action.isPreferred = i === 0 && fix.kind === "safe";
            actions.push(action);
          });
        }
      }
      return actions;
    },
  };
}
