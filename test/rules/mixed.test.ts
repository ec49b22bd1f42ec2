import assert from "node:assert/strict";
import { startBoth } from "../support/bothSides.ts";

const MODEL = `import torch
from torch import nn
import torch.nn.functional as F

# chainrule: Net(), input=(8, 16, 64), loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(64, 64)
        self.norm = nn.LayerNorm(64)
        self.conv = nn.Conv1d(16, 16, 3, padding=1)
        self.f = nn.Sequential(nn.Linear(64, 128), nn.GELU(), nn.Linear(128, 10))

    def forward(self, x):
        CONTEXT
            q = self.q(self.norm(x))
            a = (q @ x.transpose(1, 2) / 8).softmax(-1)
            x = x + a @ self.q(x)
            x = F.relu(self.conv(x))
            y = self.f(x.mean(1))
            return F.mse_loss(y, torch.zeros_like(y)) * 100
`;
const under = (context: string): string => MODEL.replace("CONTEXT", context);

describe("autocast", function () {
  this.timeout(120_000);
  const { analyst, witness } = startBoth();
  const norms = async (source: string): Promise<Map<string, number>> => {
    const report = await analyst.analyzeText("net.py", source);
    assert.ok(report.subject, report.findings.map((f) => f.message).join());
    return new Map(report.parameters.map((p) => [p.name, p.grad!.l2]));
  };
  const theirs = async (source: string): Promise<Record<string, number>> =>
    (await witness.ask({
      verb: "eval",
      data: source,
      code: [
        "import warnings",
        "warnings.simplefilter('ignore')",
        "space = {}",
        "exec(data, space)",
        "torch.manual_seed(0)",
        "net = space['Net']()",
        "with once_rounded():",
        "    net(torch.randn(8, 16, 64)).backward()",
        "result = {n: float(p.grad.norm()) for n, p in net.named_parameters()}",
      ].join("\n"),
    })) as Record<string, number>;

  const BRAIN = 'with torch.autocast("cpu", dtype=torch.bfloat16):';
  it("of the CPU in bfloat16: the gradients of PyTorch, within the rounding of one operation", async () => {
    const [ours, real, plain] = [
      await norms(under(BRAIN)),
      await theirs(under(BRAIN)),
      await norms(under("if True:")),
    ];
    let moved = 0;
    for (const [name, norm] of ours) {
      assert.ok(Math.abs(norm / real[name]! - 1) < 2 ** -8, `${name}: ${norm} ≠ ${real[name]!}`);
      moved = Math.max(moved, Math.abs(norm / plain.get(name)! - 1));
    }
    assert.ok(moved > 1e-4, "the same as in float32");
  });

  for (const context of [
    'with torch.autocast("cuda", dtype=torch.float16):',
    "with torch.cuda.amp.autocast():",
    'with torch.autocast("cpu", enabled=False):',
  ])
    it(`is off without a GPU: ${context}`, async () => {
      const [ours, real] = [await norms(under(context)), await theirs(under(context))];
      for (const [name, norm] of ours)
        assert.ok(Math.abs(norm / real[name]! - 1) < 1e-5, `${name}: ${norm} ≠ ${real[name]!}`);
    });

  it("beside a float32 run, in float16 and bfloat16: errors of their roundings", async () => {
    for (const [precision, least, most] of [
      ["float16", 1e-5, 1e-2],
      ["bfloat16", 1e-4, 1e-1],
    ] as const) {
      const report = await analyst.analyzeText("net.py", under("if True:"), { precision });
      const { mixed } = report;
      assert.ok(mixed);
      assert.equal(mixed.parameters.length, report.parameters.length);
      for (const { name, error } of mixed.parameters)
        assert.ok(error !== null && error > least && error < most, `${name}: ${String(error)}`);
      assert.deepEqual(
        report.findings.filter(({ severity }) => severity !== "information"),
        [],
      );
    }
  });

  it("tells the steps that GradScaler skips, and what float16 does not hold", async () => {
    const source = `import torch
from torch import nn

# chainrule: Net(), input=(8, 32), loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(32, 32)
        self.two = nn.Linear(32, 32)

    def forward(self, x):
        return (self.two(torch.tanh(self.one(x))) * FACTOR).sum()
`;
    const run = (factor: string) =>
      analyst.analyzeText("net.py", source.replace("FACTOR", factor), { precision: "float16" });
    const { mixed, parameters, findings } = await run("30.0");
    const largest = Math.max(...parameters.map((p) => p.grad!.absMax));
    assert.equal(mixed?.skipped, Math.ceil(Math.log2((65536 * largest) / 65520)));
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [["mixed-precision", "information"]],
    );
    const lost = await run("1e6");
    assert.equal(lost.findings.find(({ code }) => code === "mixed-precision")?.severity, "warning");
  });

  it("refuses BCELoss under CUDA's autocast in PyTorch's words", async () => {
    const source = `import torch
from torch import nn

# chainrule: Net(), input=(8, 32), loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(32, 1)
        self.loss = nn.BCELoss()

    def forward(self, x):
        return self.loss(torch.sigmoid(self.one(x)), torch.ones(8, 1))
`;
    const { findings } = await analyst.analyzeText("net.py", source, { precision: "float16" });
    const [finding] = findings.filter(({ code }) => code === "mixed-precision");
    assert.equal(finding?.at.startLine, 12);
    assert.match(
      finding.message,
      /RuntimeError: .*binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast/,
    );
  });
});
