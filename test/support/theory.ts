/** Deep square networks whose rates theory gives, and how near a measured number is. */
import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import type { Analyst } from "./analyst.ts";

export const HEAD = "import torch\nfrom torch import nn\n";

/** The body of a deep square network; `init` is run on each weight, `act` after each layer. */
export const deep = (act: string, init: string, width = 400, depth = 12): string => `${HEAD}
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
        y = self.body(x)
        return (y * torch.randn(y.shape)).sum()
`;

export const near = (measured: number, theory: number, tolerance: number, what: string): void =>
  assert.ok(
    Math.abs(measured / theory - 1) <= tolerance,
    `${what}: ${measured}, theory says ${theory}`,
  );

/** Factor of E[δ²] per layer, from the Linears' output gradients; the last and the first `from` are left out. */
export function rate(report: Report, from = 1): number {
  const rms = report.layers.filter((l) => l.type === "Linear").map((l) => l.outputGrad!.rms);
  const inner = rms.slice(from, -1);
  return (inner[0]! / inner.at(-1)) ** (2 / (inner.length - 1));
}

/** A model of nothing, behind the lines that assert. */
export const asserting = (lines: string): string => `${HEAD}
import math

torch.manual_seed(0)
def near(found, wanted, tolerance):
    assert abs(float(found) / wanted - 1) < tolerance, (float(found), wanted)

${lines}
# chainrule: Net(), input=(4, 3)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x)
`;

/** The report of a file's model. Fails where nothing was run, as behind an assertion of the file's own. */
export async function ranModel(analyst: Analyst, source: string): Promise<Report> {
  const report = await analyst.analyzeText("theory.py", source);
  assert.notEqual(report.subject, null, report.findings.map((f) => f.message).join());
  return report;
}
