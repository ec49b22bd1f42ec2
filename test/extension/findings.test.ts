import assert from "node:assert/strict";
import * as vscode from "vscode";
import { analyze, codeOf, diagnostics, fileUri, hoverText, lenses, open, until } from "./editor.ts";

const NET = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inlet = nn.Linear(20, 32)
        self.hidden = nn.ModuleList(nn.Linear(32, 32) for _ in range(10))

    def forward(self, x):
        x = torch.sigmoid(self.inlet(x))
        for layer in self.hidden:
            x = torch.sigmoid(layer(x))
        return x
`;
const CODE = "gradient-vanishing";

describe("what the light bulb, the hover and a pause in typing offer", () => {
  let uri: vscode.Uri;
  let editor: vscode.TextEditor;
  const settings = (): vscode.WorkspaceConfiguration =>
    vscode.workspace.getConfiguration("chainrule");

  const found = (): vscode.Diagnostic[] => diagnostics(uri).filter((d) => codeOf(d) === CODE);

  const actions = (kind?: vscode.CodeActionKind): Thenable<vscode.CodeAction[]> => {
    const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
    const range = found()[0]?.range ?? whole;
    return vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      ...[uri, range, kind?.value],
    );
  };

  const take = async (title: string): Promise<void> => {
    const action = (await actions()).find((each) => each.title === title);
    assert.ok(action?.edit, title);
    assert.ok(await vscode.workspace.applyEdit(action.edit));
  };

  const write = (text: string): Thenable<boolean> =>
    editor.edit((edit) => {
      edit.replace(new vscode.Range(0, 0, editor.document.lineCount, 0), text);
    });

  before(async () => {
    uri = fileUri("actions.py");
    await vscode.extensions.getExtension("chainrule.chainrule")?.activate();
    await settings().update("fixes.enabled", false, vscode.ConfigurationTarget.Global);
  });

  beforeEach(async () => {
    editor = await open("actions.py", NET);
    await write(NET);
    await analyze(uri);
    await until("the finding", () => found().length > 0);
  });

  after(async () => {
    for (const name of ["run", "run.delay", "fixes.enabled"])
      await settings().update(name, undefined, vscode.ConfigurationTarget.Global);
    await settings().update("rules", undefined, vscode.ConfigurationTarget.Workspace);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("a comment silences a finding on its lines", async () => {
    for (let left = 3; found().length > 0 && left > 0; left--) {
      await take(`Ignore ${CODE} on this line`);
      await analyze(uri);
    }
    assert.deepEqual(found(), []);
    assert.match(editor.document.getText(), /\)\) {2}# chainrule: ignore\[gradient-vanishing\]\n/);
  });

  it("a comment silences a rule in the file", async () => {
    await take(`Ignore ${CODE} in this file`);
    assert.ok(editor.document.getText().startsWith(`# chainrule: ignore[${CODE}]\nimport torch\n`));
    await analyze(uri);
    assert.deepEqual(found(), []);
  });

  it("a setting turns a rule off", async () => {
    const action = (await actions()).find(({ title }) => title.startsWith("Turn "));
    assert.ok(action?.command);
    const { command, arguments: given = [] } = action.command;
    await vscode.commands.executeCommand(command, ...(given as unknown[]));
    assert.deepEqual(settings().get("rules"), { [CODE]: "off" });
    await settings().update("rules", undefined, vscode.ConfigurationTarget.Workspace);
  });

  it("hints show every layer's gradient, only troubled ones, or nothing", async () => {
    const text = `${NET}        return self.healthy(x)\n`
      .replace("        return x\n", "")
      .replace(
        "\n\n    def forward",
        "\n        self.healthy = nn.Linear(32, 4)\n\n    def forward",
      );
    await write(text);
    await analyze(uri);
    const hinted = async (which: string): Promise<string[]> => {
      await settings().update("inlayHints", which, vscode.ConfigurationTarget.Global);
      const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        "vscode.executeInlayHintProvider",
        ...[uri, whole],
      );
      return hints.map(({ label, position }) => {
        assert.ok(typeof label === "string");
        assert.match(label, /^∇ [\d.e-]+( … [\d.e-]+)?$/);
        return /self\.(\w+)/.exec(editor.document.lineAt(position.line).text)?.[1] ?? "";
      });
    };
    assert.deepEqual(await hinted("on"), ["inlet", "hidden", "healthy"]);
    const troubled = await hinted("trouble");
    assert.ok(troubled.includes("inlet") && !troubled.includes("healthy"), String(troubled));
    assert.deepEqual(await hinted("off"), []);
    await settings().update("inlayHints", undefined, vscode.ConfigurationTarget.Global);
  });

  it("the hover draws exponents and depth, and leads to panel and help", async () => {
    const line = NET.split("\n").findIndex((text) => text.includes("self.inlet ="));
    const text = await hoverText(uri, new vscode.Position(line, 25));
    const [, picture = ""] = /data:image\/svg\+xml;base64,([\w+/=]+)\)/.exec(text) ?? [];
    const svg = Buffer.from(picture, "base64").toString();
    assert.match(svg, /^<svg .*<rect .*<polyline .*<circle .*<\/svg>$/);
    assert.match(text, /\(command:chainrule\.showPanel\)/);
  });

  it("unsaved text is run after a pause in typing, the latest", async () => {
    await settings().update("run.delay", 150, vscode.ConfigurationTarget.Global);
    await settings().update("run", "onType", vscode.ConfigurationTarget.Global);
    for (const size of [21, 22, 23]) await write(NET.replace("(20,", `(${size},`));
    assert.ok(editor.document.isDirty);
    let seen = "";
    for (const end = Date.now() + 30_000; !seen.includes(", 23]") && Date.now() < end;) {
      seen = (await lenses(uri)).join("\n");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.match(seen, /input \[\d+, 23\]/);
  });
});
