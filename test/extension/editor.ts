/** What tests inside VS Code do again and again. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Report } from "../../engine/report.ts";

/** A file of the open folder. */
export function fileUri(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, "a folder is open");
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Opens the file in the editor, written anew where a text is given. */
export async function open(name: string, text?: string): Promise<vscode.TextEditor> {
  const uri = fileUri(name);
  if (text !== undefined) await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
}

/** Runs the command as the lens does. Result: the report; undefined: it failed or was cancelled. */
export const analyze = (uri: vscode.Uri, entry?: string): Thenable<Report | undefined> =>
  vscode.commands.executeCommand<Report | undefined>("chainrule.analyze", uri, entry);

export const diagnostics = (uri: vscode.Uri): vscode.Diagnostic[] =>
  vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "Chainrule");

export function codeOf({ code }: vscode.Diagnostic): string {
  return typeof code === "object" ? String(code.value) : String(code);
}

/** Code lenses as `LINE: TITLE`, lines from 1. */
export async function lenses(uri: vscode.Uri): Promise<string[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    "vscode.executeCodeLensProvider",
    uri,
  );
  return found.map(({ range, command }) => `${range.start.line + 1}: ${command?.title ?? ""}`);
}

export async function hoverText(uri: vscode.Uri, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    "vscode.executeHoverProvider",
    uri,
    position,
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === "string" ? content : content.value))
    .join("\n");
}

/** Waits until `fact` holds. Throws with its name after half a minute. */
export async function until(name: string, fact: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !fact();) {
    assert.ok(Date.now() < end, `in time: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Inserts text at the start of a line (from 1). */
export async function insertAt(
  editor: vscode.TextEditor,
  line: number,
  text: string,
): Promise<void> {
  assert.ok(await editor.edit((edit) => edit.insert(new vscode.Position(line - 1, 0), text)));
}
