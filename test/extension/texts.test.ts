/** Texts as they come: line ends, encodings, lengths, and files that are gone before their run has ended. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { analyze, codeOf, diagnostics, fileUri, hoverText, lenses, until } from "./editor.ts";

const NET = `import torch
from torch import nn


class Größe(nn.Module):
\tdef __init__(self):
\t\tsuper().__init__()
\t\tself.breite = "ä" * 3; self.fc = nn.Linear(16, 10)

\tdef forward(self, x):
\t\tx, λ = torch.softmax(self.fc(x), 1), "𝛛"
\t\treturn x
`;

const CODE = "softmax-twice";
const CALL = "torch.softmax(self.fc(x), 1)";
const SLOW = `import time\n${NET}\nfor _ in range(8_000_000):\n\tpass\n`;

/** Writes these bytes and opens the file. */
async function opened(name: string, bytes: Uint8Array): Promise<vscode.TextDocument> {
  await vscode.workspace.fs.writeFile(fileUri(name), bytes);
  const document = await vscode.workspace.openTextDocument(fileUri(name));
  await vscode.window.showTextDocument(document);
  return document;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Runs it, and its finding stands on the call. */
async function checkFound(document: vscode.TextDocument): Promise<void> {
  const report = await analyze(document.uri);
  assert.ok(report?.subject, "it was run");
  const found = diagnostics(document.uri).find((each) => codeOf(each) === CODE);
  assert.equal(found && document.getText(found.range), CALL);
  const at = document.getText().indexOf("nn.Linear");
  assert.match(await hoverText(document.uri, document.positionAt(at + 4)), /fc\.weight/);
  assert.match((await lenses(document.uri)).join("\n"), /Größe\(\)/);
}

describe("texts of every kind", () => {
  before(async () => {
    await vscode.extensions.getExtension("chainrule.chainrule")?.activate();
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  for (const [name, text] of [
    ["tabs and letters beyond ASCII", NET],
    ["Windows' line ends", NET.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\ufeff${NET.replaceAll("\n", "\r\n")}`],
    ["no line end at its end", NET.trimEnd()],
    ["a form feed and a line separator", NET.replace("\n\n\n", '\n\f\nnote = "\u2028"\n')],
  ] as const) {
    it(`a file with ${name}`, async () => {
      await checkFound(await opened(`${name.replaceAll(/\W/g, "")}.py`, utf8(text)));
    });
  }

  it("a file in Latin-1 that says so", async () => {
    const text = `# -*- coding: latin-1 -*-\n${NET.replace("Größe", "Net").replace("λ", "s").replace("𝛛", "d")}`;
    const document = await opened("latin.py", Buffer.from(text, "latin1"));
    const report = await analyze(document.uri);
    assert.equal(report?.subject?.entry, "Net");
    const found = diagnostics(document.uri).find((each) => codeOf(each) === CODE);
    assert.equal(found && document.getText(found.range), CALL);
  });

  it("a text that was never saved", async () => {
    const document = await vscode.workspace.openTextDocument({ language: "python", content: NET });
    await vscode.window.showTextDocument(document);
    await checkFound(document);
  });

  it("a line of a hundred thousand characters", async () => {
    const table = `TABLE = [${"0.125, ".repeat(16_000)}]; `;
    await checkFound(await opened("wide.py", utf8(NET.replace("\n\n\n", `\n${table}\n\n`))));
  });

  it("a file of five thousand lines", async () => {
    const rest = Array.from({ length: 2_500 }, (_, i) => `def f${i}(x):\n\treturn x + ${i}\n`);
    await checkFound(await opened("long.py", utf8(NET + rest.join(""))));
  });

  it("a file that is renamed while it is run has no marks left behind, and can be run again", async () => {
    const { uri } = await opened("before.py", utf8(SLOW));
    const run = analyze(uri);
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(uri, fileUri("after.py"));
    assert.ok(await vscode.workspace.applyEdit(edit));
    await run;
    await until("no marks on the old name", () => diagnostics(uri).length === 0);
    const document = await vscode.workspace.openTextDocument(fileUri("after.py"));
    await checkFound(document);
    await vscode.workspace.fs.delete(fileUri("after.py"));
  });

  it("a file that is deleted leaves no marks", async () => {
    const { uri } = await opened("gone.py", utf8(NET));
    await analyze(uri);
    assert.ok(diagnostics(uri).length > 0);
    const edit = new vscode.WorkspaceEdit();
    edit.deleteFile(uri);
    assert.ok(await vscode.workspace.applyEdit(edit));
    await until("no marks", () => diagnostics(uri).length === 0);
  });
});
