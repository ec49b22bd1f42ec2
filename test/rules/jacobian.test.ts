/** Singular values by products with vectors, against PyTorch's whole Jacobians and their decomposition. */
import assert from "node:assert/strict";
import { startBoth } from "../support/bothSides.ts";

const SOURCE = `import torch
from torch import nn


# chainrule: Net(), input=(4, 16)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for _ in range(8):
            layers += [nn.Linear(16, 16), nn.Sigmoid()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(16, 16)

    def forward(self, x):
        return self.head(self.body(x))
`;
const CODE = `space = {}
exec(data, space)
torch.manual_seed(0)
net = space["Net"]()
x = torch.randn(4, 16)
def spectrum(f, x):
    j = torch.autograd.functional.jacobian(f, x)
    values = torch.linalg.svdvals(j.reshape(-1, x.numel()).double())
    return [float(values.square().mean().sqrt()), float(values.max())]
result = {"whole": spectrum(net, x)}
for name, module in net.named_modules():
    if not list(module.children()):
        result[name] = spectrum(module, x)
        x = module(x).detach()
`;

describe("Jacobians", function () {
  this.timeout(120_000);
  const { analyst, witness } = startBoth();

  it("of the network and of each layer, where gradients vanish: PyTorch's singular values", async () => {
    const report = await analyst.analyzeText("net.py", SOURCE);
    const real = (await witness.ask({ verb: "eval", data: SOURCE, code: CODE })) as Record<
      string,
      [number, number]
    >;
    const { jacobians } = report;
    assert.ok(jacobians?.whole);
    const rows = [{ path: "whole", ...jacobians.whole }, ...jacobians.layers];
    assert.deepEqual(rows.map((r) => r.path).sort(), Object.keys(real).sort());
    for (const { path, rms, largest } of rows) {
      const [meanSquare, most] = real[path]!;
      const tolerance = path === "whole" ? 0.02 : 0.15; // of random vectors
      assert.ok(
        Math.abs(rms / meanSquare - 1) < tolerance,
        `${path}: rms ${rms}, PyTorch ${meanSquare}`,
      );
      assert.ok(largest < most * 1.001 && largest > 0.995 * most, `${path}: ${largest} of ${most}`);
    }
    const text = report.findings.find((f) => f.code === "gradient-vanishing")?.cause?.text;
    assert.match(text ?? "", /Singular values of ∂output\/∂input: root mean square/);
  });

  it("are not computed where nothing is found", async () => {
    const report = await analyst.analyzeText("net.py", SOURCE.replace("range(8)", "range(2)"));
    assert.equal(report.jacobians, undefined);
  });
});
