import assert from "node:assert/strict";
import * as vscode from "vscode";

const ID = "chainrule.chainrule";

describe("VS Code", () => {
  it("is the floor version or newer", () => {
    const [major = 0, minor = 0] = vscode.version.split(".").map(Number);
    assert.ok(major === 1 && minor >= 100, vscode.version);
  });

  it("activates Chainrule when a Python file is opened", async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder, "a folder is open");
    const uri = vscode.Uri.joinPath(folder.uri, "sample.py");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension, `${ID} is installed`);
    await extension.activate();
    const commands = await vscode.commands.getCommands(true);
    assert.ok(commands.includes("chainrule.analyze"));
  });
});
