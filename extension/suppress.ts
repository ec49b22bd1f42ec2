/** Quick fixes that silence a finding: on its line, in its file, by a setting. */
import {
  CodeAction,
  CodeActionKind,
  l10n,
  Position,
  WorkspaceEdit,
  type TextDocument,
} from "vscode";
import type { Finding } from "../engine/report.ts";
import { COMMANDS } from "./contributions.ts";

const COMMENT = /#\s*chainrule:\s*ignore\[([^\]]*)\]/;
/** What must stay above everything else in a Python file: PEP 263, and `#!`. */
const HEAD = /^#(?:!|.*coding[:=])/;

/** `document`: where the finding stands now, on lines `first` to `last` from 0. */
export function suppressActions(
  { code }: Finding,
  document: TextDocument,
  first: number,
  last: number,
): CodeAction[] {
  const onLine = lineEdit(code, document, first, last);
  return [
    ...(onLine ? [action(l10n.t("Ignore {0} on this line", code), onLine)] : []),
    action(l10n.t("Ignore {0} in this file", code), fileEdit(code, document)),
    turnOff(code),
  ];
}

function action(title: string, edit: WorkspaceEdit): CodeAction {
  const made = new CodeAction(title, CodeActionKind.QuickFix);
  made.edit = edit;
  return made;
}

function turnOff(code: string): CodeAction {
  const made = new CodeAction(
    l10n.t("Turn {0} off in the settings", code),
    CodeActionKind.QuickFix,
  );
  made.command = { title: made.title, command: COMMANDS.turnOff, arguments: [code] };
  return made;
}

/** A comment behind the code; undefined where none can stand: each line goes on behind a backslash. */
function lineEdit(
  code: string,
  document: TextDocument,
  first: number,
  last: number,
): WorkspaceEdit | undefined {
  for (const number of [first, last]) {
    const line = document.lineAt(number);
    if (line.text.trimEnd().endsWith("\\")) continue;
    const edit = new WorkspaceEdit();
    const known = COMMENT.exec(line.text);
    if (known) {
      const end = known.index + known[0].length - 1;
      edit.insert(document.uri, new Position(number, end), `, ${code}`);
    } else {
      const end = new Position(number, line.text.trimEnd().length);
      edit.insert(document.uri, end, `  # chainrule: ignore[${code}]`);
    }
    return edit;
  }
  return undefined;
}

function fileEdit(code: string, document: TextDocument): WorkspaceEdit {
  let line = 0;
  while (line < Math.min(2, document.lineCount) && HEAD.test(document.lineAt(line).text)) line++;
  const edit = new WorkspaceEdit();
  edit.insert(document.uri, new Position(line, 0), `# chainrule: ignore[${code}]\n`);
  return edit;
}
