/** Where one seed is no evidence, several are run, and the verdict carries an error bar. */
import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

const source = (width: number, depth: number, gain: number): string => `import torch
from torch import nn


# chainrule: Net(), input=(32, ${width})
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(${width}, ${width}) for _ in range(${depth}))
        for layer in self.layers:
            nn.init.normal_(layer.weight, std=(${gain} / ${width}) ** 0.5)
            nn.init.zeros_(layer.bias)
        self.head = nn.Linear(${width}, 2)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)
`;

describe("seeds", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (width: number, depth: number, gain: number, seed = 0): Promise<Report> =>
    analyst.analyzeText("net.py", source(width, depth, gain), { seed });

  it("a wide network is run once", async () => {
    const { findings } = await run(256, 8, 2);
    assert.deepEqual(findings, []);
  });

  it("a narrow one is run five times: the verdict on its depth is the seeds' geometric mean", async () => {
    const { findings } = await run(16, 16, 0.5);
    const found = findings.find(({ code }) => code === "gradient-vanishing");
    const told = /Over 5 seeds it is ([\d.e-]+), ×\/÷ ([\d.]+)\./.exec(found?.message ?? "");
    assert.ok(told, findings.map((f) => f.message).join("\n"));
    const [mean, deviation] = [Number(told[1]), Number(told[2])];
    const own = found!.measured["ratioOverDepth"]!;
    assert.ok(Math.abs(Math.log(own / mean)) < 3 * Math.log(deviation), found!.message);
  });

  it("He's variance in a narrow network is no vanishing, whatever the seed", async () => {
    for (const seed of [0, 1, 2]) {
      const { findings } = await run(16, 16, 2, seed);
      assert.ok(
        findings.every(({ severity }) => severity === "information"),
        findings.map((f) => f.message).join("\n"),
      );
    }
  });
});
