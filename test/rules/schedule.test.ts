/** Learning rate schedules: by epoch and stepped by batch, before the optimizer, and as they are meant. */
import assert from "node:assert/strict";
import { startAnalyst } from "../support/analyst.ts";

const script = (schedule: string, body: readonly string[]): string =>
  [
    "import torch",
    "from torch import nn, optim",
    "from torch.utils.data import DataLoader, TensorDataset",
    "torch.manual_seed(0)",
    "loader = DataLoader(TensorDataset(torch.randn(320, 6), torch.randn(320, 1)), batch_size=16)",
    "model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))",
    "optimizer = optim.SGD(model.parameters(), lr=0.01)",
    `plan = optim.lr_scheduler.${schedule}`,
    ...body,
    "",
  ].join("\n");

const BY_BATCH = [
  "for x, y in loader:",
  "    optimizer.zero_grad()",
  "    nn.functional.mse_loss(model(x), y).backward()",
  "    optimizer.step()",
  "    plan.step()",
];
const BY_EPOCH = [
  "for epoch in range(9):",
  ...BY_BATCH.slice(0, -1).map((line) => `    ${line}`),
  "    plan.step()",
];
const EARLY = ["for epoch in range(9):", "    plan.step()", ...BY_EPOCH.slice(1, -1)];
const FULL_BATCH = [
  "x, y = loader.dataset.tensors",
  ...BY_BATCH.map((line) => line.replace("for x, y in loader", "for epoch in range(200)")),
];

describe("schedules of the learning rate", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  for (const [what, schedule, body, wanted] of [
    ["StepLR by batch", "StepLR(optimizer, 5)", BY_BATCH, "warning"],
    ["ExponentialLR by batch", "ExponentialLR(optimizer, 0.9)", BY_BATCH, "warning"],
    ["MultiStepLR by batch", "MultiStepLR(optimizer, [5, 9, 20])", BY_BATCH, "warning"],
    ["a slow decay by batch", "ExponentialLR(optimizer, 0.999)", BY_BATCH, null],
    ["one that tells its length", "OneCycleLR(optimizer, 0.1, total_steps=200)", BY_BATCH, null],
    ["StepLR by epoch", "StepLR(optimizer, 5)", BY_EPOCH, null],
    ["one batch an epoch", "StepLR(optimizer, 30)", FULL_BATCH, null],
    ["before the optimizer", "StepLR(optimizer, 5)", EARLY, "information"],
  ] as const)
    it(`${what}: ${wanted ?? "silence"}`, async () => {
      const { findings } = await analyst.analyzeText("plan.py", script(schedule, body));
      const found = findings.filter(({ code }) => code === "rate-schedule");
      assert.deepEqual(
        found.map(({ severity }) => severity),
        wanted === null ? [] : [wanted],
      );
    });

  it("says after how many batches the rate is gone: 0.9^66 < 0.001", async () => {
    const source = script("ExponentialLR(optimizer, 0.9)", BY_BATCH);
    const { findings } = await analyst.analyzeText("plan.py", source);
    const found = findings.find(({ code }) => code === "rate-schedule");
    assert.deepEqual(found?.measured, { batches: 66 });
  });
});
