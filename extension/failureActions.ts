/** Quick fixes where nothing could be run: the comment that says what was missing, the scripts that call the file, and the quick pick. */
import { l10n, workspace, CodeAction, CodeActionKind } from "vscode";
import type { Finding } from "../engine/report.ts";
import type { Analyzed } from "./analysis.ts";
import { commentEdit, commentPlace } from "./comment.ts";
import { COMMANDS } from "./contributions.ts";

/** The comment that a sentence ends with: what was inferred, and `…` for what is missing. */
const SUGGESTED = /(# chainrule: ([\p{L}_][\p{L}\p{N}_.]*).*?)\.?$/su;

/** For a finding of a run without a subject; empty otherwise. */
export function failureActions(finding: Finding, { target, result }: Analyzed): CodeAction[] {
  if (!result || result.report.subject) return [];
  const actions: CodeAction[] = [];
  const [, comment, entry] = SUGGESTED.exec(finding.message) ?? [];
  const place = comment && entry ? commentPlace(target, entry) : undefined;
  if (place && comment) {
    const action = new CodeAction(l10n.t("Write {0}", comment), CodeActionKind.QuickFix);
    action.edit = commentEdit(place, comment);
    action.isPreferred = true;
    actions.push(action);
  }
  const callers = finding.code === "no-subject" ? (finding.related ?? []) : [];
  for (const { at } of callers) {
    const uri = result.uri(at.file);
    const title = l10n.t("Analyze {0}", workspace.asRelativePath(uri));
    const analyze = new CodeAction(title, CodeActionKind.QuickFix);
    analyze.command = { title, command: COMMANDS.analyze, arguments: [uri] };
    analyze.isPreferred = callers.length === 1;
    actions.push(analyze);
  }
  const choose = new CodeAction(l10n.t("Choose what to analyze…"), CodeActionKind.QuickFix);
  choose.command = {
    title: choose.title,
    command: COMMANDS.choose,
    arguments: [target.uri, entry],
  };
  return [...actions, choose];
}
