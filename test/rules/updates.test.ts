import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startBoth } from "../support/bothSides.ts";

const script = (optimizer: string): string => `import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 4))
inputs, targets = torch.randn(32, 12), torch.randint(0, 4, (32,))
optimizer = torch.optim.${optimizer}
for _ in range(STEPS):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.step()
`;

describe("a script's first steps", function () {
  this.timeout(240_000);
  const { analyst, witness } = startBoth();

  for (const optimizer of [
    "SGD(model.parameters(), lr=0.1)",
    "SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)",
    "RMSprop(model.parameters(), lr=0.003)",
    "Adam(model.parameters(), lr=0.003, eps=1e-6)",
    "AdamW(model.parameters(), lr=0.003, weight_decay=0.1)",
  ])
    it(`${optimizer}: update over weight and the losses of ten steps as under PyTorch`, async () => {
      const source = script(optimizer);
      const report = await analyst.analyzeText("train.py", source.replace("STEPS", "100"));
      assert.equal(report.subject?.from, "script");
      const theirs = (await witness.ask({
        verb: "eval",
        data: source,
        code: [
          "space = {}",
          "exec(data.replace('STEPS', '1'), space)",
          "after = [p.detach().double() for p in space['model'].parameters()]",
          "exec(data.replace('STEPS', '0'), space)",
          "before = [p.detach().double() for p in space['model'].parameters()]",
          "ratios = [float((a - b).norm() / b.norm()) for a, b in zip(after, before)]",
          "losses = []",
          "for n in range(1, 12):",
          "    exec(data.replace('STEPS', str(n)), space)",
          "    losses.append(space['loss'].item())",
          "result = [ratios, losses]",
        ].join("\n"),
      })) as [number[], number[]];
      const near = (a: number | null | undefined, b: number, what: string): void =>
        assert.ok(Math.abs((a ?? NaN) / b - 1) < 1e-4, `${what}: ${String(a)} ≠ ${String(b)}`);
      assert.equal(report.parameters.length, theirs[0].length);
      report.parameters.forEach((p, i) => {
        near(p.updateRatio, theirs[0][i]!, p.name);
      });
      const steps = report.steps ?? [];
      assert.ok(steps.length > 2 && steps.length <= 11, `${steps.length} steps`);
      steps.forEach(({ loss }, i) => {
        near(loss, theirs[1][i]!, `step ${i}`);
      });
      assert.equal(report.optimizers?.[0]?.at?.startLine, 8);
      assert.deepEqual(report.findings, []);
    });

  it("a weight that starts near zero may grow by many times its size, as long as the loss falls", async () => {
    const line = (lr: number, epochs = 20): string => `import torch
x = torch.tensor([[1.0], [2.0], [3.0]])
model = torch.nn.Linear(1, 1)
torch.nn.init.constant_(model.weight, 0.001)
optimizer = torch.optim.SGD(model.parameters(), lr=${lr})
for _ in range(${epochs}):
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(model(x), 2 * x).backward()
    optimizer.step()
`;
    const judged = async (lr: number, epochs?: number): Promise<string[]> =>
      (await analyst.analyzeText("train.py", line(lr, epochs))).findings
        .filter(({ code }) => code === "update-too-large")
        .map(({ severity }) => severity);
    assert.deepEqual(await judged(0.02), ["information"]);
    assert.deepEqual(await judged(0.02, 1), ["information"]);
    assert.deepEqual(await judged(0.4), ["warning"]);
  });

  it("what fails after the first step is no finding, and the loss is the first one", async () => {
    const source = script("SGD(model.parameters(), lr=0.1)").replace("STEPS", "3");
    const plain = await analyst.analyzeText("train.py", source);
    const failing = `${source}raise RuntimeError("later")\n`;
    const report = await analyst.analyzeText("train.py", failing);
    assert.deepEqual(report.findings, []);
    assert.equal(report.loss, plain.loss);
    assert.equal(report.loss, report.steps?.[0]?.loss);
    assert.equal(report.steps?.length, 3);
  });

  it("a schedule that warms up from 0 is left alone", async () => {
    const source = script("SGD(model.parameters(), lr=0.1)")
      .replace("STEPS", "3")
      .replace(
        "for _",
        "schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step / 10)\nfor _",
      );
    const report = await analyst.analyzeText("train.py", source);
    assert.equal(report.optimizers?.[0]?.warmsUp, true);
    assert.deepEqual(report.findings, []);
  });

  const close = (found: number | undefined, wanted: number, what: string): void =>
    assert.ok(Math.abs((found ?? NaN) / wanted - 1) < 1e-5, `${what}: ${found} ≠ ${wanted}`);

  it("each term of a loss: what it makes up of each gradient, as under PyTorch", async () => {
    const terms = `import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 12), torch.randint(0, 4, (32,))
body, heads = nn.Linear(12, 24), nn.ModuleList([nn.Linear(24, 4), nn.Linear(24, 12)])
model = nn.ModuleList([body, heads])


def losses():
    hidden = torch.tanh(body(x))
    decay = sum(p.pow(2).sum() for p in model.parameters())
    return F.cross_entropy(heads[0](hidden), y), -0.3 * ((heads[1](hidden) - x) ** 2).mean(), 0.01 * decay

`;
    const train = `optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    a, b, c = losses()
    loss = (a - b + c) / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
`;
    const report = await analyst.analyzeText("terms.py", terms + train);
    const theirs = (await witness.ask({
      verb: "eval",
      data: terms,
      code: [
        "space = {}",
        "exec(data, space)",
        "import torch",
        "weights = list(space['model'].parameters())",
        "a, b, c = space['losses']()",
        "grad = lambda t: torch.autograd.grad(t / 2, weights, retain_graph=True, allow_unused=True)",
        "parts = [[torch.zeros_like(p) if g is None else g for p, g in zip(weights, grad(t))] for t in (a, -b, c)]",
        "share = lambda part, others: float(part.norm() / (part.norm() + sum(others).norm()))",
        "result = [[share(parts[i][j], [parts[k][j] for k in range(3) if k != i]) for j in range(len(weights))] for i in range(3)]",
      ].join("\n"),
    })) as number[][];
    const ours = [...(report.terms ?? [])].sort(
      (a, b) => Number(a.isPenalty) - Number(b.isPenalty) || a.at.startColumn - b.at.startColumn,
    );
    assert.deepEqual(ours.map((term) => term.isPenalty), [false, false, true]); // prettier-ignore
    ours.forEach((term, i) => {
      const named = new Map(term.shares.map((one) => [one.name, one.share]));
      report.parameters.forEach((p, j) => {
        const wanted = theirs[i]![j]!;
        if (wanted > 0) close(named.get(p.name), wanted, `term ${i}, ${p.name}`);
        else assert.ok((named.get(p.name) ?? 0) < 1e-6, p.name);
      });
    });
  });

  it("gradients of many passes in bfloat16: what their sum loses, as under PyTorch", async () => {
    const source = readFileSync(
      join(import.meta.dirname, "sick/accumulation_in_bfloat16.py"),
      "utf8",
    );
    const { accumulation } = await analyst.analyzeText("passes.py", source);
    // PyTorch 1.13.1: p.grad of the 256 passes against their sum in float64.
    assert.equal(accumulation?.passes, 256);
    assert.equal(accumulation.factor, 1 / 256);
    assert.ok(Math.abs(accumulation.lost! / 0.0610559 - 1) < 1e-2, String(accumulation.lost));
  });
});
