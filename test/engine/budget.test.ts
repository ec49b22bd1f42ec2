import assert from "node:assert/strict";
import { bytesOf, DEFAULT_BUDGET, heaviest } from "../../engine/budget.ts";
import type { Budget } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

const MIB = 2 ** 20;

/** Twelve layers with an activation between them, run as the comment says. */
const deep = (activation: string, comment: string): string => `
${comment}
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [layer for _ in range(12) for layer in (nn.Linear(32, 32), ${activation})]
        self.layers = nn.Sequential(*layers, nn.Linear(32, 10))

    def forward(self, x):
        return self.layers(x)
`;

const picture = (comment: string): string => `
${comment}
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.norm(self.conv(x)).relu().mean((2, 3)))
`;

describe("budget", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const analyze = (source: string, bytes?: number): Promise<Report> => {
    const budget: Budget = { ms: 60_000, bytes: bytes ?? 2 ** 30 };
    return analyst.analyzeText("net.py", source, { budget });
  };
  const verdicts = ({ findings }: Report): unknown[] =>
    findings.map((f) => [f.code, f.severity, f.at]);

  it("a double takes twice the bytes; parameters with their gradients take theirs", () => {
    const budget = { ms: 60_000, bytes: 1000 };
    assert.equal(heaviest(budget, 0, false).bytes, 600);
    assert.equal(heaviest(budget, 50, false).bytes, 200);
    assert.equal(heaviest(budget, 0, true).bytes, 300);
    const longer = { ...budget, ms: 600_000 };
    assert.equal(heaviest(longer, 0, false).flops, heaviest(budget, 0, false).flops);
  });

  it("plentiful memory raises the budget, up to half of it and 8 GiB", () => {
    const GIB = 2 ** 30;
    assert.equal(bytesOf(2 * GIB), DEFAULT_BUDGET.bytes);
    assert.equal(bytesOf(12 * GIB), 6 * GIB);
    assert.equal(bytesOf(64 * GIB), 8 * GIB);
  });

  for (const activation of ["nn.Sigmoid()", "nn.ReLU()", "nn.Tanh()", "nn.LayerNorm(32)"])
    it(`${activation}: fewer rows lead to the verdicts of all`, async () => {
      const source = deep(activation, "# chainrule: Net(), input=(4096, 32)");
      const full = await analyze(source);
      const less = await analyze(source, 4 * MIB);
      assert.equal(full.cost.reduced, undefined);
      assert.match(
        less.cost.reduced ?? "",
        /^input \[\d+, 32\] in place of \[4096, 32\], whose forward pass alone takes /,
      );
      assert.ok((less.subject?.inputs[0]?.shape[0] ?? 0) < 4096);
      assert.ok(less.cost.peakBytes < 4 * MIB);
      assert.deepEqual(verdicts(less), verdicts(full));
    });

  it("where batches are averaged over, the report says that rates may differ", async () => {
    const source = picture("# chainrule: Net(), input=(256, 3, 32, 32)");
    const less = await analyze(source, 32 * MIB);
    const { cost, subject } = less;
    assert.match(
      cost.reduced ?? "",
      /batch statistics are of fewer values, so that rates may differ$/,
    );
    assert.deepEqual(subject?.inputs[0]?.shape.slice(1), [3, 32, 32]);
    const full = await analyze(source);
    assert.equal(full.cost.reduced, undefined);
    assert.deepEqual(verdicts(less), verdicts(full));
  });

  it("a batch normalisation averages over one image where the model takes one size only", async () => {
    const source = picture("# chainrule: Net(), input=(8, 3, 128, 128)").replace(
      "return self",
      "assert x.shape[2] == 128\n        return self",
    );
    const { subject } = await analyze(source, 6 * MIB);
    assert.deepEqual(subject?.inputs[0]?.shape, [1, 3, 128, 128]);
  });

  it("an image that is too large for a batch of one becomes smaller", async () => {
    const source = picture("# chainrule: Net(), input=(1, 3, 1024, 1024)");
    const { subject, cost } = await analyze(source, 16 * MIB);
    assert.deepEqual(subject?.inputs[0]?.shape, [1, 3, 256, 256]);
    assert.ok(cost.peakBytes > 4 * MIB && cost.peakBytes < 16 * MIB);
  });

  it("a model just above the budget loses few of its rows", async () => {
    const source = deep("nn.ReLU()", "# chainrule: Net(), input=(4096, 32)");
    const { subject, cost } = await analyze(source, 20 * MIB);
    const rows = subject?.inputs[0]?.shape[0] ?? 0;
    assert.ok(rows > 3500 && rows < 4096, String(rows));
    assert.ok(cost.peakBytes > 8 * MIB && cost.peakBytes < 20 * MIB, String(cost.peakBytes));
  });

  it("a run that takes more memory than its forward pass lets expect is made smaller, then refused", async () => {
    const source = `
# chainrule: Net(), input=(4, 256, 32)
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(32, 64, num_layers=3, batch_first=True)
        self.head = nn.Linear(64, 5)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])
`;
    const { subject, findings } = await analyze(source, 0.48 * MIB);
    assert.equal(subject, null);
    assert.deepEqual([findings.length, findings[0]?.code], [1, "no-subject"]);
    assert.match(
      findings[0]?.message ?? "",
      /Net\(\) is too heavy: with input \[2, 16, 32\] its run takes more memory than the 0.48 MiB of the budget, and smaller inputs do not help\.$/,
    );
  });

  it("what has no room at all is refused with its figures, before it is run", async () => {
    const source = deep("nn.ReLU()", "# chainrule: Net(), input=(4, 32)");
    const { subject, findings, loss } = await analyze(source, 0.17 * MIB);
    assert.equal(subject, null);
    assert.equal(loss, null);
    assert.equal(findings[0]?.code, "no-subject");
    assert.match(
      findings[0].message,
      /Net\(\) is too heavy: its forward pass takes .* GFLOP and .* MiB beside 0.0130 M parameters, which take 0.099 MiB with their gradients, and the budget has room for /,
    );
    const { findings: full } = await analyze(source, 0.1 * MIB);
    assert.match(
      full[0]?.message ?? "",
      /its 0.0130 M parameters take 0.099 MiB with their gradients, which is more memory than the budget has/,
    );
  });
});
