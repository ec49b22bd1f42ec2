import assert from "node:assert/strict";
import * as vscode from "vscode";
import { analyze, diagnostics, fileUri, open, until } from "./editor.ts";

const DEEP = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(12))

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        return x
`;
const raising = (words: string): string => `raise ValueError("${words}")\n`;

describe("several runs", () => {
  before(async () => {
    await vscode.extensions.getExtension("chainrule.chainrule")?.activate();
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("of several files at once are queued, and each has its own result", async () => {
    const names = ["one.py", "two.py", "three.py"];
    for (const name of names) await open(name, raising(name));
    await Promise.all(names.map((name) => analyze(fileUri(name))));
    for (const name of names) {
      const [first] = diagnostics(fileUri(name));
      assert.match(first?.message ?? "", new RegExp(name.replace(".", "\\.")), name);
    }
  });

  it("of one file at once are one run, and the latest text's", async () => {
    const { document } = await open("same.py", raising("early"));
    const [first, second] = [analyze(document.uri), analyze(document.uri)];
    assert.equal(await first, await second);
    const runs: Thenable<unknown>[] = [];
    for (const word of ["a", "b", "c"]) {
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), raising(word));
      await vscode.workspace.applyEdit(edit);
      runs.push(analyze(document.uri));
    }
    await Promise.all(runs);
    assert.match(diagnostics(document.uri)[0]?.message ?? "", /: c$/);
  });

  it("that are asked for while a cancelled one ends are made", async () => {
    const { document } = await open("again.py", raising("again"));
    for (const turns of [0, 1, 2, 4, 8, 16, 32]) {
      const first = analyze(document.uri);
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      const cancelled = vscode.commands.executeCommand("chainrule.cancel");
      const second = analyze(document.uri);
      await Promise.all([first, cancelled]);
      assert.ok(await second, `after ${turns} turns`);
    }
  });

  it("go before the trying of fixes, which is taken up again afterwards", async () => {
    const { document } = await open("deep.py", DEEP);
    const report = await analyze(document.uri);
    assert.ok(report && report.proposals.length > 0);
    const other = await open("other.py", raising("other"));
    await analyze(other.document.uri);
    const [place] = diagnostics(document.uri);
    assert.ok(place);
    let titles: string[] = [];
    const look = async (): Promise<void> => {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        ...[document.uri, place.range],
      );
      titles = actions.map(({ title }) => title);
    };
    const timer = setInterval(() => void look(), 250);
    try {
      await until("fixes that were measured", () => titles.some((t) => t.endsWith(", measured")));
    } finally {
      clearInterval(timer);
    }
  });
});

describe("fixes that change no behaviour", () => {
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("are preferred, and applied together by the source action", async () => {
    const { document } = await open(
      "relu.py",
      DEEP.replace("(16, 16)", "(32, 32)")
        .replace("torch.sigmoid", "torch.relu")
        .replace("range(12)", "range(20)"),
    );
    await analyze(document.uri);
    const [place] = diagnostics(document.uri);
    assert.ok(place);
    const actions = (kind: vscode.CodeActionKind): Thenable<vscode.CodeAction[]> =>
      vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        ...[document.uri, place.range, kind.value],
      );
    const all = vscode.CodeActionKind.SourceFixAll.append("chainrule");
    let [fixAll] = await actions(all);
    for (const end = Date.now() + 60_000; !fixAll && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      [fixAll] = await actions(all);
    }
    const preferred = (await actions(vscode.CodeActionKind.QuickFix)).filter((a) => a.isPreferred);
    assert.deepEqual(preferred.length, 1);
    assert.match(preferred[0]?.title ?? "", /^Initialise as He et al\.: .*, measured$/);
    assert.ok(fixAll?.edit);
    assert.ok(await vscode.workspace.applyEdit(fixAll.edit));
    const cured = await analyze(document.uri);
    assert.deepEqual(
      cured?.findings.filter(({ code }) => code === "gradient-vanishing"),
      [],
    );
  });
});
