import assert from "node:assert/strict";
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
});
