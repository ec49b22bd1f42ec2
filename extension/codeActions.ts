/** Quick fixes at findings: those of a finding were tried before they are offered, and their titles say what they did. */
import { CodeAction, CodeActionKind, type CodeActionProvider } from "vscode";
import type { Finding } from "../engine/report.ts";
import type { Analysis, Result } from "./analysis.ts";
import { toDiagnostic, toWorkspaceEdit } from "./convert.ts";
import { failureActions } from "./failureActions.ts";

export function codeActions(analysis: Analysis): CodeActionProvider {
  return {
    provideCodeActions(document, range, context) {
      return analysis.all.flatMap((state) => {
        const { result } = state;
        if (!result) return [];
        return result.report.findings.flatMap((finding) => {
          const made = toDiagnostic(finding, result);
          if (made?.uri.toString() !== document.uri.toString()) return [];
          const { range: place } = made.diagnostic;
          if (!place.intersection(range)) return [];
          const shown = context.diagnostics.filter(
            (d) => d.source === "Chainrule" && d.range.isEqual(place),
          );
          const actions = [...fixes(finding, result), ...failureActions(finding, state)];
          for (const action of actions) action.diagnostics = shown;
          return actions;
        });
      });
    },
  };
}

function fixes(finding: Finding, result: Result): CodeAction[] {
  return finding.fixes.flatMap((fix, i) => {
    const edit = toWorkspaceEdit(fix, result);
    if (!edit) return [];
    const action = new CodeAction(fix.title, CodeActionKind.QuickFix);
    action.edit = edit;
    action.isPreferred = i === 0 && fix.kind === "safe";
    return [action];
  });
}
