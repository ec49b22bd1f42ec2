/** Scripts are run as they stand: their own loop up to its first steps, with what is not there stood in for and named. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";
import { relative } from "../support/allclose.ts";
import { startBoth } from "../support/bothSides.ts";

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");
/** Of a gradient's norm in float32. */
const TOLERANCE = 1e-5;

describe("scripts", function () {
  this.timeout(60_000);
  const { analyst, witness } = startBoth();
  const analyze = (name: string, more: Partial<AnalyzeRequest> = {}): Promise<Report> =>
    analyst.analyzeText(name, read(`scripts/${name}`), more);
  const messages = ({ findings }: Report): string => findings.map((f) => f.message).join("\n");

  /** The norms under PyTorch, optimizer by optimizer. */
  async function firstSteps(data: string): Promise<number[][]> {
    const code = `${read("../parity/snippets/steps.py")}\nresult = evaluate(data)`;
    return (await witness.ask({ verb: "eval", code, data })) as number[][];
  }
  function assertNorms(report: Report, expected: readonly number[], prefix: string): void {
    const ours = report.parameters.filter((p) => p.name.startsWith(prefix));
    assert.equal(ours.length, expected.length, messages(report));
    ours.forEach((p, i) => {
      assert.ok(relative(p.grad?.l2 ?? NaN, expected[i] ?? NaN) < TOLERANCE, p.name);
    });
  }

  it("each optimizer's first step is measured, and models go by their variables", async () => {
    const [report, expected] = [await analyze("gan.py"), await firstSteps(read("scripts/gan.py"))];
    assert.equal(report.subject?.from, "script", messages(report));
    assertNorms(report, expected[0] ?? [], "generator.net.");
    assertNorms(report, expected[1] ?? [], "critic.net.");
    assert.equal(report.parameters.length, 8);
  });
  it("a second optimizer's first step is waited for; without it nothing is said of its gradients", async () => {
    const source = read("scripts/policy_value.py");
    const [report, expected] = [await analyze("policy_value.py"), await firstSteps(source)];
    assertNorms(report, expected[0] ?? [], "policy.");
    assertNorms(report, expected[1] ?? [], "value.");
    const never = await analyst.analyzeText("never.py", source.replace("opt_v.step()", "pass"));
    assert.equal(never.subject?.from, "script", messages(never));
    assert.doesNotMatch(messages(never), /get no gradient/);
  });
  it("a step with a closure is measured when the closure has run", async () => {
    assertNorms(
      await analyze("closure.py"),
      (await firstSteps(read("scripts/closure.py")))[0] ?? [],
      "",
    );
  });
  it("without an optimizer the gradients count where they are first read", async () => {
    const report = await analyze("bare.py");
    // 2 (w·x + b − y) = 2 (2 − 3 − 5) = −12, times x = (1, 3) and 1
    const gradients = report.parameters.map((p) => [p.name, p.gradFirst]);
    assert.deepEqual(Object.fromEntries(gradients), { w: [-12, -36], b: [-12] }, messages(report));
    assert.equal(report.loss, 36);
  });
  it("steps before anything was differentiated are no training", async () => {
    const report = await analyze("schedule.py");
    assert.equal(report.subject?.from, "script", messages(report));
    assert.ok(report.loss !== null && report.loss > 0);
    const taught = report.parameters.filter((p) => p.grad !== null).map((p) => p.name);
    assert.deepEqual(taught, ["weight", "bias"]);
  });
  it("what is not there is replaced, and every replacement is named", async () => {
    const report = await analyze("absent.py");
    assert.equal(report.subject?.from, "script", messages(report));
    assert.deepEqual(
      report.replaced.map((r) => [r.what, r.at?.startLine]),
      [
        ["corpus/train.txt", 22],
        ["data/houses.csv", 23],
        ["numbers.csv", 25],
        ["best.pth", 33],
        ["torchvision.datasets.MNIST", 34],
      ],
    );
    assert.deepEqual(
      report.subject.choices.map((c) => [c.what, c.value]),
      [
        ["--data", "'data'"],
        ["--net", "'small'"],
        ["--epochs", "1"],
        ["input()", "'1'"],
      ],
    );
  });
  it("a table is as wide as the first layer asks for; a GPU that is asserted is there in name", async () => {
    const report = await analyze("wide.py");
    assert.equal(report.subject?.from, "script", messages(report));
    assert.match(report.replaced[0]?.by ?? "", /1000 × 13/);
    assert.deepEqual(report.layers[0]?.outputShape, [1000, 4]);
    assert.deepEqual(
      report.subject.choices.map((c) => c.what),
      ["torch.cuda.is_available()"],
    );
  });
  it("digits of TensorFlow's, and columns of some rows of a table, are made up", async () => {
    const report = await analyze("digits.py");
    assert.equal(report.subject?.from, "script", messages(report));
    assert.deepEqual(report.parameters[0]?.shape, [10, 784]);
    const told = report.replaced.map(({ what, by }) => `${what}: ${by}`).join("; ");
    assert.match(told, /MNIST_data: synthetic digits/);
    assert.match(told, /reviews\.csv: a synthetic table of \d+ rows, columns .*verdict.*text/);
  });
  it("a loop without end stops at its share of the time, in its line; the model is analysed", async () => {
    const report = await analyze("endless.py", { budget: { ms: 8000, bytes: 2 ** 30 } });
    assert.equal(report.subject?.call, "Net()", messages(report));
    const stopped = report.findings.find((f) => f.code === "script-stopped");
    assert.match(stopped?.message ?? "", /still in line 1[6-9]/);
    assert.match(report.subject.choices[0]?.why ?? "", /as a script it stops in line 1[6-9]/);
  });
  const little = { ms: 8000, bytes: 2 ** 30 };
  it("where a step takes too long, batches are smaller, and that is said", async () => {
    const report = await analyze("triplets.py", { budget: little });
    assert.equal(report.subject?.from, "script", messages(report));
    assert.match(report.cost.reduced ?? "", /^batches of 32 rows in place of 256, .* more time/);
    assert.equal(report.subject.case["rows"], 32);
    assert.notEqual(report.layers.length, 0);
    const smaller = read("scripts/triplets.py").replace("batch_size=256", "batch_size=32");
    assertNorms(report, (await firstSteps(smaller))[0] ?? [], "");
  });
  it("where smaller batches take too much memory as well, they are made smaller still", async () => {
    const text = `import torch
from torch.utils.data import DataLoader, TensorDataset

net = torch.nn.Linear(16, 1)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for (x,) in DataLoader(TensorDataset(torch.rand(512, 16)), batch_size=512):
    copies = net(x.repeat(1, 4096).view(-1, 16))
    copies.pow(2).mean().backward()
    optimizer.step()
`;
    const budget = { ms: 60_000, bytes: 12 * 2 ** 20 };
    const report = await analyst.analyzeText("copies.py", text, { budget });
    assert.equal(report.subject?.from, "script", messages(report));
    assert.match(report.cost.reduced ?? "", /^batches of 8 rows in place of 512, .* more memory/);
    assert.deepEqual(report.layers[0]?.outputShape, [8 * 4096, 1]);
  });
  it("a script that fails shows PyTorch's error beside its model's gradients", async () => {
    const report = await analyze("broken.py");
    assert.equal(report.subject?.call, "Net()", messages(report));
    const stopped = report.findings.find((f) => f.code === "script-stopped");
    assert.match(
      stopped?.message ?? "",
      /mat1 and mat2 shapes cannot be multiplied \(3x5 and 4x2\)/,
    );
  });
  /** The script's norms in both, each within its own harness. */
  async function assertSame(file: string): Promise<Report> {
    const report = await analyze(file);
    assert.equal(report.subject?.from, "script", messages(report));
    const asked = { id: file, script: true, each: true, lend: true, file };
    const root = join(import.meta.dirname, "scripts");
    const theirs = await witness.ask({ verb: "case", case: asked, root, sources: [file] });
    assert.ok(relative(report.loss ?? NaN, theirs.loss) < TOLERANCE);
    assertNorms(
      report,
      theirs.parameters.map((p) => p.l2 ?? NaN),
      "",
    );
    return report;
  }
  it("with synthetic data the gradients are PyTorch's on the same data", async () => {
    assert.equal((await assertSame("pictures.py")).replaced.length, 2);
  });
  it("folders of pictures have as many classes as the loss asks for; the second run's layers are all there", async () => {
    const report = await assertSame("folders.py");
    assert.match(report.replaced[0]?.by ?? "", /label 0\.\.1$/);
    assert.deepEqual(
      report.layers.map((l) => l.type),
      ["Linear", "Tanh", "Linear", "CrossEntropyLoss"],
    );
  });
  it("a script that fails behind its backward pass shows what that has left", async () => {
    const report = await assertSame("old.py");
    assert.deepEqual(report.layers.length, 3);
    const stopped = report.findings.find((f) => f.code === "script-stopped");
    assert.match(stopped?.message ?? "", /invalid index of a 0-dim tensor/);
    assert.equal(stopped?.at.startLine, 11);
  });
  it("a notebook's cells may await, mount and upload", async () => {
    const text = `import asyncio, io, os
from google.colab import drive, files
import pandas
import torch
drive.mount("/content/drive")
os.chdir("/content/drive/MyDrive")
async def learned():
    await asyncio.sleep(60)
    return pandas.read_csv(io.BytesIO(files.upload()["points.csv"]))
table = await learned()
w = torch.Tensor(size=(2,)).zero_().requires_grad_()
optimizer = torch.optim.SGD([w], lr=0.1)
((w - len(table)) ** 2).sum().backward()
optimizer.step()
`;
    const report = await analyst.analyzeText("colab.ipynb.py", text);
    assert.equal(report.subject?.from, "script", messages(report));
    assert.deepEqual(report.parameters[0]?.gradFirst, [-1998, -1998]); // 2 (0 − 999), a header and 999 rows
    assert.deepEqual(
      report.replaced.map((r) => r.what),
      ["points.csv"],
    );
  });
  it("of a file that only trains what others give it, that is said", async () => {
    const text = `def train_epoch(model, loader, optimizer):
    for x, y in loader:
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
`;
    const report = await analyst.analyzeText("engine.py", text);
    assert.equal(report.findings[0]?.code, "no-subject");
    assert.match(
      messages(report),
      /: train_epoch trains a model given by another file; analyze the/,
    );
  });
  it("a Trainer runs a Lightning module's loop", async () => {
    const report = await analyze("lightning_fit.py");
    assert.equal(report.subject?.from, "script", messages(report));
    assert.deepEqual(
      report.parameters.map((p) => [p.name, p.grad !== null]),
      ["net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"].map((name) => [name, true]),
    );
    assert.equal(report.layers[0]?.outputShape[0], 4);
  });
  it("a Lightning module without data gets a batch of the form that it takes apart", async () => {
    const { subject, ...report } = await analyze("lightning_step.py");
    assert.equal(subject?.from, "lightning", messages({ subject, ...report }));
    const batch = subject.choices.find((c) => c.what === "batch");
    assert.equal(batch?.value, "(torch.randn(8, 3), torch.randint(0, 2, (8,)))");
    assert.equal(subject.loss, "self");
  });
});
