/** Packages of the user's environment and siblings that no statement names, in the editor. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { analyze, fileUri, open } from "./editor.ts";

const SITE = ".venv/lib/python3.11/site-packages";
const NET = `
import importlib
import torch
from torch import nn
from einops import WIDTH

DEPTH = importlib.import_module("plug" + "in").DEPTH


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(WIDTH, DEPTH)

    def forward(self, x):
        return self.fc(x)
`;

const put = (path: string, text: string): Thenable<void> =>
  vscode.workspace.fs.writeFile(fileUri(path), new TextEncoder().encode(text));

const set = (key: string, value: unknown): Thenable<void> =>
  vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Workspace);

describe("the user's environment", () => {
  before(async () => {
    await put(".venv/pyvenv.cfg", "");
    await put(`${SITE}/einops/__init__.py`, "WIDTH = 5\n");
    await put(`${SITE}/einops-9.1.dist-info/METADATA`, "Name: einops\nVersion: 9.1\n");
    await put("plugin.py", "DEPTH = 3\n");
  });
  afterEach(async () => {
    await set("chainrule.environment", undefined);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });
  after(() => vscode.workspace.fs.delete(fileUri(".venv"), { recursive: true }));

  it("is found in the workspace and read, its packages before Chainrule's", async () => {
    const { document } = await open("with_environment.py", NET);
    const report = await analyze(document.uri);
    assert.deepEqual(report?.packages, [{ name: "einops", version: "9.1", from: "environment" }]);
    assert.deepEqual(report.parameters[0]?.shape, [3, 5]);
  });

  it("is seen as it is after a package was installed anew", async () => {
    await put(`${SITE}/einops/__init__.py`, "WIDTH = 6\n");
    await vscode.workspace.fs.delete(fileUri(`${SITE}/einops-9.1.dist-info`), { recursive: true });
    await put(`${SITE}/einops-9.2.dist-info/METADATA`, "Name: einops\nVersion: 9.2\n");
    const { document } = await open("with_environment.py", NET);
    const report = await analyze(document.uri);
    assert.equal(report?.packages[0]?.version, "9.2");
    assert.deepEqual(report.parameters[0]?.shape, [3, 6]);
  });

  it("is left alone where the setting says so", async () => {
    await set("chainrule.environment", "off");
    const { document } = await open("with_environment.py", NET);
    const report = await analyze(document.uri);
    assert.equal(report?.packages.find(({ name }) => name === "einops")?.from, "chainrule");
    assert.match(String(report.findings[0]?.message), /cannot import name 'WIDTH' from 'einops'/);
  });

  it("is the one that the setting names", async () => {
    await set("chainrule.environment", "${workspaceFolder}/.venv/bin/python");
    const { document } = await open("with_environment.py", NET);
    const report = await analyze(document.uri);
    assert.equal(report?.packages[0]?.from, "environment");
  });
});
