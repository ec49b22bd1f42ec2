import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

const HEAD = "import torch\nfrom torch import nn\n";

/** The body of a deep square network; `init` is run on each weight, `act` after each layer. */
const deep = (act: string, init: string, width = 400, depth = 12): string => `${HEAD}
# chainrule: Net(), input=(64, ${width}), loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for _ in range(${depth}):
            layer = nn.Linear(${width}, ${width})
            ${init}
            layers += [layer, ${act}]
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return (self.body(x) * torch.randn(${width})).sum()
`;

const near = (measured: number, theory: number, tolerance: number, what: string): void =>
  assert.ok(
    Math.abs(measured / theory - 1) <= tolerance,
    `${what}: ${measured}, theory says ${theory}`,
  );

/** Factor of E[δ²] per layer, from the Linears' output gradients; the ends are left out. */
function rate(report: Report): number {
  const rms = report.layers.filter((l) => l.type === "Linear").map((l) => l.outputGrad!.rms);
  const inner = rms.slice(1, -1);
  return (inner[0]! / inner.at(-1)) ** (2 / (inner.length - 1));
}

describe("numbers that theory gives", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = async (source: string): Promise<Report> => {
    const report = await analyst.analyzeText("theory.py", source);
    assert.notEqual(report.subject, null, report.findings.map((f) => f.message).join());
    return report;
  };

  it("unit normal input and gradient through Linear, ReLU, Linear: closed forms of both ways", async () => {
    // Unit scaling's example (1024-4096-1024) at batch 256; a gradient summed over the batch has std ∝ √batch.
    const report = await run(`${HEAD}
# chainrule: Net(), input=(256, 1024)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(1024, 4096)
        self.act = nn.ReLU()
        self.two = nn.Linear(4096, 1024)

    def forward(self, x):
        y = self.two(self.act(self.one(x)))
        return (y * torch.randn(256, 1024)).sum()
`);
    const [one, act, two] = report.layers;
    near(one!.output!.std, 0.5776, 0.01, "std of the first layer's output");
    near(act!.output!.std, 0.3372, 0.01, "std after ReLU");
    near(two!.output!.std, 0.236, 0.02, "std of the output");
    near(act!.outputGrad!.std, 0.2887, 0.01, "std of the gradient at ReLU's output");
    near(one!.outputGrad!.std, 0.2041, 0.01, "std of the gradient at ReLU's input");
    const grad = (name: string): number =>
      report.parameters.find((p) => p.name === name)!.grad!.std;
    near(grad("one.weight"), 6.53 / 2, 0.02, "one.weight.grad");
    near(grad("one.bias"), 6.53 / 2, 0.05, "one.bias.grad");
    near(grad("two.weight"), 13.07 / 2, 0.02, "two.weight.grad");
    near(grad("two.bias"), 16, 0.1, "two.bias.grad");
  });

  // Glorot and Bengio 2010, eq. 13; He et al. 2015; mean-field theory (Schoenholz et al. 2017).
  for (const [name, act, init, theory, tolerance] of [
    ["default Linear alone: 1/3", "nn.Identity()", "pass", 1 / 3, 0.05],
    ["ReLU after default Linear: 1/6", "nn.ReLU()", "pass", 1 / 6, 0.08],
    [
      "ReLU after Xavier: 1/2",
      "nn.ReLU()",
      "nn.init.xavier_normal_(layer.weight); nn.init.zeros_(layer.bias)",
      1 / 2,
      0.08,
    ],
    [
      "ReLU after He: 1",
      "nn.ReLU()",
      "nn.init.kaiming_normal_(layer.weight); nn.init.zeros_(layer.bias)",
      1,
      0.08,
    ],
    ["default sigmoid: χ₁ = 0.0200", "nn.Sigmoid()", "pass", 0.020008, 0.05],
  ] as const)
    it(`E[δ²] per layer, ${name}`, async () => {
      near(rate(await run(deep(act, init))), theory, tolerance, name);
    });

  it("float16 rounds as IEEE 754 says", async () => {
    await run(`${HEAD}
def half(x):
    return torch.tensor(x, dtype=torch.float64).to(torch.float16).double().item()

assert half(2.0**-24) == 2.0**-24 and half(2.0**-25) == 0.0
assert half(2.0**-25 * (1 + 2.0**-20)) == 2.0**-24
assert half(65519.0) == 65504.0 and half(65520.0) == float("inf")
assert half(1 + 2.0**-11) == 1.0 and half(2049.0) == 2048.0

# chainrule: Net(), input=(4, 3)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x)
`);
  });
});
