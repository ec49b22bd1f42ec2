import assert from "node:assert/strict";
import * as vscode from "vscode";
import { analyze, codeOf, diagnostics, fileUri, insertAt, open, until } from "./editor.ts";

const RAISES = `"""A file that cannot be imported."""


def build(width):
    raise ValueError(f"no network of width {width}")


build(3)
`;
const ENDLESS = "while True:\n    pass\n";

/** The one diagnostic of a file: its line (from 1), code and message. */
function only(uri: vscode.Uri): [number, string, string] {
  const found = diagnostics(uri);
  assert.equal(found.length, 1, JSON.stringify(found));
  const [first] = found;
  assert.ok(first);
  return [first.range.start.line + 1, codeOf(first), first.message];
}

const set = (key: string, value: unknown): Thenable<void> =>
  vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Workspace);

describe("a file that cannot be run", () => {
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("says why on the line that raised", async () => {
    const { document } = await open("raises.py", RAISES);
    const report = await analyze(document.uri);
    assert.equal(report?.subject, null);
    const [line, code, message] = only(document.uri);
    assert.deepEqual([line, code], [5, "python-error"]);
    assert.match(message, /no network of width 3/);
  });

  it("is read from the editor, not from the disk", async () => {
    const editor = await open("unsaved.py", RAISES);
    await insertAt(editor, 1, "# one line more\n");
    await analyze(editor.document.uri);
    assert.equal(only(editor.document.uri)[0], 6);
  });

  it("is told from the imported file that raises, unsaved too", async () => {
    const parts = await open("parts.py", "WIDTH = 8\n");
    await insertAt(parts, 2, '\nraise ValueError("unsaved")\n');
    const { document } = await open("uses_parts.py", "from parts import WIDTH\n");
    await analyze(document.uri);
    const [line, code, message] = only(fileUri("parts.py"));
    assert.deepEqual([line, code], [3, "python-error"]);
    assert.match(message, /unsaved/);
    await vscode.window.showTextDocument(parts.document);
  });

  it("keeps its diagnostic beside the line through edits", async () => {
    const editor = await open("moves.py", RAISES);
    const { uri } = editor.document;
    await analyze(uri);
    await insertAt(editor, 1, "# one\n# two\n");
    await until("moved down", () => diagnostics(uri)[0]?.range.start.line === 6);
    await insertAt(editor, 7, "# ");
    await until("dropped", () => diagnostics(uri).length === 0);
    await vscode.commands.executeCommand("undo");
    await until("back", () => diagnostics(uri)[0]?.range.start.line === 6);
  });

  it("moves a result that arrives after an edit", async () => {
    const slow = `for _ in range(20_000_000):\n    pass\n\n${RAISES.replace('"""A file that cannot be imported."""', "")}`;
    const editor = await open("slow.py", slow);
    const { uri } = editor.document;
    const line = slow.split("\n").findIndex((text) => text.includes("raise ")) + 1;
    const run = analyze(uri);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await insertAt(editor, 1, "# while it runs\n");
    await run;
    assert.equal(only(uri)[0], line + 1);
  });

  it("can be cancelled, and the next run works", async () => {
    const { document } = await open("endless.py", ENDLESS);
    const run = analyze(document.uri);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await vscode.commands.executeCommand("chainrule.cancel");
    assert.equal(await run, undefined);
    assert.deepEqual(diagnostics(document.uri), []);
    const { document: next } = await open("raises.py", RAISES);
    await analyze(next.uri);
    assert.equal(only(next.uri)[0], 5);
  });

  it("gives way to a newer text", async () => {
    const editor = await open("endless.py", ENDLESS);
    const first = analyze(editor.document.uri);
    await editor.edit((edit) => {
      edit.replace(new vscode.Range(0, 0, 2, 0), RAISES);
    });
    await analyze(editor.document.uri);
    await first;
    assert.equal(only(editor.document.uri)[0], 5);
  });

  it("ends when its time is up", async () => {
    await set("chainrule.budget.seconds", 2);
    const { document } = await open("endless.py", ENDLESS);
    assert.equal(await analyze(document.uri), undefined);
    await set("chainrule.budget.seconds", undefined);
  });

  it("is run on save where the user wants that", async () => {
    await set("chainrule.run", "onSave");
    const name = "saved.py";
    const text = `import torch.nn as nn\n\n\nclass Net(nn.Module):\n    pass\n\n\n${RAISES}`;
    const editor = await open(name, text);
    await insertAt(editor, 1, "# more\n");
    await editor.document.save();
    await until("a diagnostic", () => diagnostics(editor.document.uri).length > 0);
    await set("chainrule.run", undefined);
  });

  it("is not run before it was asked for", async () => {
    const { document } = await open("untouched.py", RAISES);
    await document.save();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(diagnostics(document.uri), []);
  });
});
