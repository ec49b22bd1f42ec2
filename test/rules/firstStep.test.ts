/** The rate up to which an optimizer's first step brings the loss down, by its curvature along that step: PyTorch has the same. */
import assert from "node:assert/strict";
import { startBoth } from "../support/bothSides.ts";

const MODEL = `import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(30, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 5))
rows, kinds = torch.randn(40, 30), torch.randint(0, 5, (40,))
optimizer = torch.optim.OPTIMIZER
`;
const LOOP = `for _ in range(20):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(rows), kinds)
    loss.backward()
    optimizer.step()
`;
/** −2 g·Δ / (Δ·HΔ), by PyTorch's own step. */
const STABLE = `
held = list(model.parameters())
before = [p.detach().clone() for p in held]
loss = nn.functional.cross_entropy(model(rows), kinds)
loss.backward()
optimizer.step()
delta = [p.detach() - old for p, old in zip(held, before)]
with torch.no_grad():
    for p, old in zip(held, before):
        p.copy_(old)
grads = torch.autograd.grad(nn.functional.cross_entropy(model(rows), kinds), held, create_graph=True)
products = torch.autograd.grad(grads, held, grad_outputs=delta)
dot = lambda a, b: sum(float((x.detach() * y).sum()) for x, y in zip(a, b))
stable = -2 * dot(grads, delta) / dot(products, delta)
`;

describe("the first step of optimizers that scale each element", function () {
  this.timeout(120_000);
  const { analyst, witness } = startBoth();

  for (const optimizer of [
    "Adam(model.parameters(), lr=0.5)",
    "AdamW(model.parameters(), lr=0.5, weight_decay=0.1)",
    "RMSprop(model.parameters(), lr=0.05)",
    "Adagrad(model.parameters(), lr=0.3)",
  ])
    it(optimizer, async () => {
      const head = MODEL.replace("OPTIMIZER", optimizer);
      const { findings } = await analyst.analyzeText("step.py", head + LOOP);
      const found = findings.find(({ code }) => code === "rate-unstable");
      const { lr = NaN, stable = NaN } = found?.measured ?? {};
      const theirs = await witness.ask({
        verb: "eval",
        data: head + STABLE,
        code: "space = {}\nexec(data, space)\nresult = space['stable']",
      });
      assert.ok(
        Math.abs(stable / lr / Number(theirs) - 1) < 1e-4,
        `${stable / lr}, ${String(theirs)}`,
      );
    });

  it("is no trouble at a rate that they are usually given", async () => {
    const head = MODEL.replace("OPTIMIZER", "Adam(model.parameters(), lr=1e-3)");
    const { findings } = await analyst.analyzeText("step.py", head + LOOP);
    assert.deepEqual(
      findings.filter(({ code }) => code === "rate-unstable"),
      [],
    );
  });
});
