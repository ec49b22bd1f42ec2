import assert from "node:assert/strict";
import * as vscode from "vscode";
import { analyze, codeOf, diagnostics, fileUri, hoverText, lenses, until } from "./editor.ts";

const IMPORTS = "%matplotlib inline\n!pip install torch\nimport torch\nfrom torch import nn";
const MODEL = `class Net(nn.Module):
    def __init__(self, width=32, depth=12):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        return self.head(x)
`;
const TRAIN = `%%time
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(3):
    loss = net(torch.randn(8, 32)).pow(2).mean()
    loss.backward()
    optimizer.step()
`;

const cell = (text: string, language?: string): object =>
  language === "markdown"
    ? { cell_type: "markdown", metadata: {}, source: text }
    : {
        cell_type: "code",
        metadata: language ? { vscode: { languageId: language } } : {},
        source: text,
        outputs: [],
        execution_count: null,
      };

/** Writes the notebook and shows it. */
async function open(name: string, cells: readonly object[]): Promise<vscode.NotebookDocument> {
  const kernelspec = { name: "python3", language: "python", display_name: "Python 3" };
  const metadata = { kernelspec, language_info: { name: "python" } };
  const json = JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });
  await vscode.workspace.fs.writeFile(fileUri(name), new TextEncoder().encode(json));
  const notebook = await vscode.workspace.openNotebookDocument(fileUri(name));
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}

const textOf = (notebook: vscode.NotebookDocument, index: number): vscode.TextDocument =>
  notebook.cellAt(index).document;

/** Codes and lines (from 1) of a cell's diagnostics. */
const found = (document: vscode.TextDocument): string[] =>
  diagnostics(document.uri).map((d) => `${codeOf(d)} ${d.range.start.line + 1}`);

async function edit(document: vscode.TextDocument, at: vscode.Range, text: string): Promise<void> {
  const change = new vscode.WorkspaceEdit();
  change.replace(document.uri, at, text);
  assert.ok(await vscode.workspace.applyEdit(change));
}

describe("a notebook", () => {
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("that defines a model has lenses, squiggles, hovers and hints on its cells", async () => {
    const notebook = await open("net.ipynb", [
      cell("# A net", "markdown"),
      cell(IMPORTS),
      cell("ls -l", "shellscript"),
      cell(MODEL),
    ]);
    const model = textOf(notebook, 3);
    assert.deepEqual(await lenses(model.uri), ["1: $(play) Analyze gradients"]);
    assert.deepEqual(await lenses(textOf(notebook, 1).uri), []);
    const report = await analyze(notebook.uri);
    assert.equal(report?.subject?.entry, "Net");
    assert.equal(report?.subject?.at?.file, `${notebook.uri.path}#cell-4`);
    assert.deepEqual(found(model), ["gradient-vanishing 9"]);
    const [vanishing] = diagnostics(model.uri);
    assert.equal(vanishing?.relatedInformation?.[0]?.location.uri.toString(), model.uri.toString());
    assert.match((await lenses(model.uri)).join("\n"), /^1: \$\(play\) Net\(\) · input \[/);
    assert.match(await hoverText(model.uri, new vscode.Position(4, 22)), /\*\*head\*\* · Linear/);
    const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
      "vscode.executeInlayHintProvider",
      model.uri,
      new vscode.Range(0, 0, model.lineCount, 0),
    );
    assert.deepEqual(
      hints.map(({ position }) => position.line + 1),
      [4, 5],
    );
  });

  it("keeps its squiggles beside the lines through edits, unsaved cells too", async () => {
    const notebook = await open("edited.ipynb", [cell(IMPORTS), cell(MODEL)]);
    const model = textOf(notebook, 1);
    await edit(model, new vscode.Range(0, 0, 0, 0), "# unsaved\n");
    await analyze(model.uri); // as a cell's lens asks
    assert.deepEqual(found(model), ["gradient-vanishing 10"]);
    await edit(model, new vscode.Range(0, 0, 0, 0), "# one more\n");
    await until("moved", () => found(model).join() === "gradient-vanishing 11");
    await edit(model, new vscode.Range(10, 0, 10, 0), "# ");
    await until("dropped", () => found(model).length === 0);
  });

  const isMeasured = ({ title }: vscode.CodeAction): boolean => title.endsWith(", measured");

  it("offers its fixes on the cell, and they edit the cell", async () => {
    const notebook = await open("fixed.ipynb", [cell(IMPORTS), cell(MODEL)]);
    const model = textOf(notebook, 1);
    await analyze(notebook.uri);
    const [at] = diagnostics(model.uri);
    assert.ok(at);
    let actions: vscode.CodeAction[] = [];
    for (const end = Date.now() + 100_000; !actions.some(isMeasured) && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        model.uri,
        at.range,
        vscode.CodeActionKind.QuickFix.value,
      );
    }
    const fix = actions.find(isMeasured);
    assert.ok(fix?.edit, JSON.stringify(actions));
    for (const [uri] of fix.edit.entries()) assert.equal(uri.toString(), model.uri.toString());
    const before = model.getText();
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.notEqual(model.getText(), before);
  });

  it("that trains is run as a script, its model from another cell", async () => {
    const notebook = await open("train.ipynb", [cell(IMPORTS), cell(MODEL), cell(TRAIN)]);
    const report = await analyze(notebook.uri);
    assert.equal(report?.subject?.from, "script");
    assert.equal(report?.subject?.entry, "train.ipynb");
    assert.deepEqual(found(textOf(notebook, 1)), ["gradient-vanishing 9"]);
    assert.match((await lenses(textOf(notebook, 2).uri)).join("\n"), /^6: \$\(play\) train\.ipynb/);
  });

  it("says on the cell why it cannot be run", async () => {
    const notebook = await open("broken.ipynb", [
      cell("import torch"),
      cell("if torch:\n    # nothing"),
      cell("y = 2"),
    ]);
    await analyze(notebook.uri);
    assert.deepEqual(found(textOf(notebook, 1)), ["python-error 2"]);
    assert.deepEqual(found(textOf(notebook, 2)), []);
  });

  it("is analyzed up to a cell that stops it", async () => {
    const notebook = await open("stops.ipynb", [cell(IMPORTS), cell(MODEL), cell("net = Net(\n")]);
    const report = await analyze(notebook.uri);
    assert.equal(report?.subject?.entry, "Net");
    assert.deepEqual(found(textOf(notebook, 1)), ["gradient-vanishing 9"]);
    assert.deepEqual(found(textOf(notebook, 2)), ["python-error 1"]);
  });

  it("brings what it imports from beside it", async () => {
    const text = MODEL.replace("class Net", "class Part");
    const file = fileUri("beside.py");
    const source = `import torch\nfrom torch import nn\n\n\n${text}`;
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(source));
    const notebook = await open("uses.ipynb", [
      cell("import torch\nfrom torch import nn\nfrom beside import Part"),
      cell(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.part = Part()\n\n    def forward(self, x):\n        return self.part(x)",
      ),
    ]);
    const report = await analyze(notebook.uri);
    assert.equal(report?.subject?.entry, "Net");
    assert.deepEqual(diagnostics(file).map(codeOf), ["gradient-vanishing"]);
  });

  it("runs again for the panel after a cell was added", async () => {
    const notebook = await open("grows.ipynb", [cell(IMPORTS), cell(MODEL)]);
    const first = await analyze(notebook.uri);
    assert.equal(first?.subject?.call, "Net()");
    const more = new vscode.NotebookCellData(
      vscode.NotebookCellKind.Code,
      "net = Net(depth=3)\nnet(torch.randn(8, 32))",
      "python",
    );
    const change = new vscode.WorkspaceEdit();
    change.set(notebook.uri, [vscode.NotebookEdit.insertCells(2, [more])]);
    assert.ok(await vscode.workspace.applyEdit(change));
    const second = await analyze(notebook.uri);
    assert.equal(second?.subject?.call, "Net(depth=3)");
  });
});
