import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Report } from "../../engine/report.ts";
import {
  analyze,
  codeOf,
  diagnostics,
  fileUri,
  hoverText,
  insertAt,
  lenses,
  open,
  until,
} from "./editor.ts";

const SIGMOID = "x = torch.sigmoid(layer(x))";

describe("the sample, a deep network of sigmoids", () => {
  let uri: vscode.Uri;
  let editor: vscode.TextEditor;
  let report: Report | undefined;

  /** Where a text first stands. */
  const find = (text: string): vscode.Position => {
    const { document } = editor;
    const offset = document.getText().indexOf(text);
    assert.ok(offset >= 0, text);
    return document.positionAt(offset);
  };

  before(async () => {
    uri = fileUri("sample.py");
    editor = await open("sample.py");
    await vscode.extensions.getExtension("chainrule.chainrule")?.activate();
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("has a lens before a run, and nothing else", async () => {
    const line = find("class DeepMLP").line + 1;
    assert.deepEqual(await lenses(uri), [`${line}: $(play) Analyze gradients`]);
    assert.deepEqual(diagnostics(uri), []);
  });

  it("is measured by one command", async () => {
    report = await analyze(uri);
    assert.equal(report?.subject?.entry, "DeepMLP");
    assert.equal(report?.layers.filter(({ type }) => type === "Linear").length, 13);
  });

  it("shows vanishing on the sigmoid, with its cause or victims", () => {
    const found = diagnostics(uri).filter((d) => codeOf(d) === "gradient-vanishing");
    assert.ok(found.length > 0, JSON.stringify(report?.findings));
    const at = find(SIGMOID).translate(0, "x = ".length);
    const onCall = found.find(({ range }) => range.start.isEqual(at));
    assert.ok(onCall, JSON.stringify(found.map(({ range }) => range)));
    assert.equal(editor.document.getText(onCall.range), "torch.sigmoid(layer(x))");
    assert.ok((onCall.relatedInformation ?? []).length > 0, "related information");
    assert.ok(typeof onCall.code === "object" && onCall.code.target.scheme === "https");
  });

  it("says in the lens what was run and what came out", async () => {
    const [chosen = "", said = ""] = await lenses(uri);
    assert.match(
      chosen,
      /DeepMLP\(.*\) · input \[\d+, 784\]|DeepMLP\(.*\) · input \[\d+, 1, 28, 28\]/,
    );
    assert.match(chosen, /cross-entropy/);
    assert.match(said, /\$\((warning|error)\) /);
  });

  it("names the layers' numbers in hovers", async () => {
    const built = await hoverText(uri, find("nn.Linear(width, width)").translate(0, 4));
    assert.match(built, /11 layers/);
    assert.match(built, /hidden\.0 · Linear/);
    const called = await hoverText(uri, find("self.outlet(x)").translate(0, 6));
    assert.match(called, /`outlet\.weight` gradient/);
  });

  const isMeasured = ({ title }: vscode.CodeAction): boolean => title.endsWith(", measured");

  it("offers fixes that were tried, and the best one cures", async () => {
    const at = find(SIGMOID).translate(0, "x = ".length);
    // Another text that is closed meanwhile has nothing to do with the trying.
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument());
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    editor = await open("sample.py");
    let fixes: vscode.CodeAction[] = [];
    for (const end = Date.now() + 100_000; !fixes.some(isMeasured) && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      fixes = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        uri,
        new vscode.Range(at, at),
      );
    }
    const titles = fixes.map(({ title }) => title);
    const best = fixes.find(isMeasured);
    assert.ok(best?.edit, titles.join("\n"));
    assert.match(best.title, /: gradient over depth .* → .*, measured$/);
    const text = editor.document.getText();
    assert.ok(await vscode.workspace.applyEdit(best.edit));
    const cured = await analyze(uri);
    assert.deepEqual(
      cured?.findings.filter(({ code }) => code === "gradient-vanishing"),
      [],
    );
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), text);
    await analyze(uri);
  });

  it("follows edits, and drops what was edited", async () => {
    const count = diagnostics(uri).length;
    const before = find(SIGMOID).line;
    const onSigmoid = (line: number): boolean =>
      diagnostics(uri).some(({ range }) => range.start.line === line);
    await insertAt(editor, 1, "# moved\n");
    await until("moved", () => onSigmoid(before + 1) && diagnostics(uri).length === count);
    await insertAt(editor, before + 2, "x = x  #");
    await until("dropped", () => !onSigmoid(before + 1));
    await vscode.commands.executeCommand("undo");
    await until("back", () => onSigmoid(before + 1));
  });
});
