import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Report } from "../../engine/report.ts";
import { Choices } from "../../extension/choices.ts";
import { isClosed } from "../../extension/choose.ts";
import { commentEdit, commentPlace } from "../../extension/comment.ts";
import {
  argumentName,
  argumentsOf,
  argumentValue,
  batchOf,
  commentOf,
  inputsOf,
  withBatch,
} from "../../extension/subjectText.ts";
import { analyze, codeOf, diagnostics, lenses, open } from "./editor.ts";
import { report } from "./reports.ts";

const HEAD = "import torch\nfrom torch import nn\n\n\n";
const NET = `${HEAD}@torch.no_grad
class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.fc = nn.Linear(width, 4)

    def forward(self, x):
        return self.fc(x)
`;
const SEVERAL = `${HEAD}class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.fc(x)

class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.block = Block(dim)

    def forward(self, x):
        return self.block(x)


def small(pretrained=False):
    return Net(16)
`;
/** No guess makes one of these. */
const NEEDS = `${HEAD}class Needs(nn.Module):
    def __init__(self, zqx):
        super().__init__()
        if zqx.licence != sum(range(7)):
            raise ValueError("no licence")
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x)
`;

/** A memento in memory. */
function memory(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, otherwise?: T) => (values.get(key) as T | undefined) ?? otherwise,
    update: (key: string, value: unknown) => Promise.resolve(void values.set(key, value)),
  };
}

describe("a subject as text", () => {
  it("is split into arguments with names and values", () => {
    const sources = argumentsOf("Net(3, sizes=(1, 2), act='a,b')");
    assert.deepEqual(sources, ["3", "sizes=(1, 2)", "act='a,b'"]);
    assert.deepEqual(sources.map(argumentName), ["argument 1", "sizes", "act"]);
    assert.deepEqual(sources.map(argumentValue), ["3", "(1, 2)", "'a,b'"]);
    assert.deepEqual(argumentsOf("Net()"), []);
    assert.deepEqual(argumentsOf("train.py"), []);
  });

  it("names its inputs as a comment does", () => {
    const { subject } = report({});
    assert.ok(subject);
    const inputs = [
      { kind: "randn", shape: [8, 3, 4] },
      { kind: "randn", shape: [8] },
      { kind: "randint", low: 0, high: 9, shape: [8, 5] },
      { kind: "zeros", shape: [8, 2] },
      { kind: "py", expr: "torch.eye(3)" },
    ];
    assert.deepEqual(inputsOf({ ...subject, case: { inputs } }), [
      "(8, 3, 4)",
      "(8,)",
      "randint(0, 9, (8, 5))",
      "zeros(8, 2)",
      "torch.eye(3)",
    ]);
    assert.deepEqual(inputsOf({ ...subject, case: {} }), []);
  });

  it("has a batch where all inputs share their first size", () => {
    const inputs = ["(8, 3)", "randint(0, 9, (8, 5))", "rand(8, 2)"];
    assert.equal(batchOf(inputs), 8);
    assert.deepEqual(withBatch(inputs, 2), ["(2, 3)", "randint(0, 9, (2, 5))", "rand(2, 2)"]);
    assert.equal(batchOf(["(8, 3)", "(4, 3)"]), undefined);
    assert.equal(batchOf(["(8, 3)", "torch.eye(3)"]), undefined);
    assert.equal(batchOf([]), undefined);
  });

  it("is written as a comment", () => {
    assert.equal(
      commentOf("Net(depth=2)", ["(8, 3)", "(8,)"], "mse"),
      "# chainrule: Net(depth=2), input=(8, 3), input=(8,), loss=mse",
    );
    assert.equal(commentOf("Net()", [], undefined), "# chainrule: Net()");
  });

  it("is Python with its brackets closed", () => {
    for (const text of ["(1, 2)", "f(')')", "[{'a': (1,)}]"]) assert.ok(isClosed(text), text);
    for (const text of ["(1, 2", "'a", "1)(", ")"]) assert.ok(!isClosed(text), text);
  });
});

describe("what the user chose", () => {
  const [one, two] = [vscode.Uri.file("/w/a.py"), vscode.Uri.file("/w/b.py")];

  it("is kept by file and class", async () => {
    const choices = new Choices(memory());
    assert.deepEqual(choices.of(one), {});
    assert.deepEqual(choices.of(one, "Net"), { entry: "Net" });
    await choices.keep(one, { entry: "Net", inputs: ["(2, 3)"] });
    await choices.keep(one, { entry: "Other", loss: "mse" });
    assert.deepEqual(choices.of(one), { entry: "Other", loss: "mse" });
    assert.deepEqual(choices.of(one, "Net"), { entry: "Net", inputs: ["(2, 3)"] });
    assert.deepEqual(choices.of(two), {});
    await choices.reset(one);
    assert.deepEqual(choices.of(one, "Net"), { entry: "Net" });
  });
});

describe("the comment above a class", () => {
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("stands above its decorators, in place of the one before", async () => {
    const { document } = await open("commented.py", NET);
    for (const text of ["# chainrule: Net(width=4)", "# chainrule: Net(width=6)"]) {
      const place = commentPlace(document, "Net");
      assert.ok(place);
      assert.ok(await vscode.workspace.applyEdit(commentEdit(place, text)));
      assert.equal(document.getText(), NET.replace("@torch", `${text}\n@torch`));
    }
    await document.save();
  });

  it("is offered where something could not be inferred", async () => {
    const { document } = await open("needs.py", NEEDS);
    await analyze(document.uri, "Needs");
    assert.match((await lenses(document.uri)).join("\n"), /^5: .*\n5: \$\(circle-slash\) /);
    const [at] = diagnostics(document.uri);
    assert.ok(at);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      at.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const titles = actions.map(({ title }) => title);
    assert.ok(titles.includes("Choose what to analyze…"), titles.join("; "));
    assert.equal(codeOf(at), "no-subject");
    const write = actions.find(({ title }) => title.startsWith("Write # chainrule: Needs("));
    assert.ok(write?.edit, titles.join("; "));
    assert.ok(await vscode.workspace.applyEdit(write.edit));
    assert.match(document.lineAt(4).text, /^# chainrule: Needs\(.*input=/);
  });
});

describe("a file that trains what others give it", () => {
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  const LOOP = `def fit(model, x, optimizer):
    model(x).pow(2).mean().backward()
    optimizer.step()
`;
  const MODEL = NET.replace("@torch.no_grad\n", "");
  const TRAINED = "fit(net, torch.randn(8, 8), torch.optim.SGD(net.parameters(), 0.1))";

  it("is run by the script that calls it", async () => {
    const call = `net = Net()\n${TRAINED}\n`;
    await open("choose_calls.py", `from choose_loop import fit\n${MODEL}\n\n${call}`);
    const { document } = await open("choose_loop.py", LOOP);
    const report = await analyze(document.uri);
    assert.equal(report?.subject?.entry, "choose_calls.py");
    assert.match(report.subject.choices[0]?.why ?? "", /^choose_loop\.py trains what others/);
  });
  it("leads to a script that calls it and does not run by itself", async () => {
    const call = `def main(net):\n    ${TRAINED}\n`;
    await open("choose_asks.py", `from choose_given import fit\n${MODEL}\n\n${call}`);
    const { document } = await open("choose_given.py", LOOP);
    await analyze(document.uri);
    const [at] = diagnostics(document.uri);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      at?.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const go = actions.find(({ title }) => title === "Analyze choose_asks.py")?.command;
    assert.ok(go, actions.map(({ title }) => title).join("; "));
    const [uri] = (go.arguments ?? []) as vscode.Uri[];
    const found: unknown = await vscode.commands.executeCommand(go.command, uri);
    assert.equal((found as Report).subject?.entry, "Net");
  });
});

describe("lenses of a file with several models", () => {
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("say for each what would be run, for functions that the run alone could know too", async () => {
    const { document } = await open("several.py", SEVERAL);
    const before = await lenses(document.uri);
    assert.deepEqual(before, ["5: $(play) Analyze gradients", "13: $(play) Analyze gradients"]);
    const report = await analyze(document.uri);
    const lines = await lenses(document.uri);
    const shown = (name: string): string | undefined =>
      lines.find((line) => line.includes(`$(play) ${name}(`));
    for (const name of ["Block", "Net", "small"])
      assert.match(shown(name) ?? lines.join("\n"), / · inputs? \[\d+, \d+\]/);
    const main = report?.subject?.entry ?? "";
    const own = lines.filter((line) => line.startsWith((shown(main) ?? "").split(":")[0] ?? "-"));
    assert.match(own.at(-1) ?? "", /Change…$/);
  });
});
