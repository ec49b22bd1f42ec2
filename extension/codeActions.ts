/** Quick fixes at findings: those of a finding were tried before they are offered, and their titles say what they did. */
import { CodeAction, CodeActionKind, l10n, WorkspaceEdit, type CodeActionProvider } from "vscode";
import type { TextDocument } from "vscode";
import type { Finding, Fix, Span } from "../engine/report.ts";
import type { Analysis, Result } from "./analysis.ts";
import { toDiagnostic, toLocation, toWorkspaceEdit } from "./convert.ts";
import { failureActions } from "./failureActions.ts";
import { suppressActions } from "./suppress.ts";
import { titleOf } from "./said.ts";

/** `source.fixAll.chainrule`: the first safe fix of every finding of a file. */
export const FIX_ALL = CodeActionKind.SourceFixAll.append("chainrule");

export function codeActions(analysis: Analysis): CodeActionProvider {
  return {
    provideCodeActions(document, range, context) {
      if (context.only?.intersects(CodeActionKind.Source) === true) {
        return fixAll(document, analysis);
      }
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
          const actions = [
            ...fixes(finding, result),
            ...failureActions(finding, state),
            ...(result.report.subject
              ? suppressActions(finding, document, place.start.line, place.end.line)
              : []),
          ];
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
    const action = new CodeAction(titleOf(fix), CodeActionKind.QuickFix);
    action.edit = edit;
    action.isPreferred = i === 0 && fix.kind === "safe";
    return [action];
  });
}

/** Each finding's best safe fix; of two that touch the same text, the first. */
function fixAll(document: TextDocument, analysis: Analysis): CodeAction[] {
  const edit = new WorkspaceEdit();
  const taken: Span[] = [];
  for (const { result } of analysis.all) {
    for (const finding of result?.report.findings ?? []) {
      const fix = finding.fixes.find(({ kind }) => kind === "safe");
      if (!result || !fix || !isFree(fix, taken)) continue;
      const places = fix.edits.map(({ at }) => toLocation(at, result));
      const isHere = places.every((at) => at?.uri.toString() === document.uri.toString());
      if (!isHere) continue;
      fix.edits.forEach(({ newText }, i) => {
        const at = places[i];
        if (at) edit.replace(at.uri, at.range, newText);
      });
      taken.push(...fix.edits.map(({ at }) => at));
    }
  }
  if (taken.length === 0) return [];
  const action = new CodeAction(l10n.t("Apply all safe fixes of Chainrule"), FIX_ALL);
  action.edit = edit;
  return [action];
}

const isFree = (fix: Fix, taken: readonly Span[]): boolean =>
  fix.edits.every(({ at }) => taken.every((other) => !overlap(at, other)));

function overlap(a: Span, b: Span): boolean {
  const before = (x: Span, y: Span): boolean =>
    x.endLine < y.startLine || (x.endLine === y.startLine && x.endColumn < y.startColumn);
  return a.file === b.file && !before(a, b) && !before(b, a);
}
