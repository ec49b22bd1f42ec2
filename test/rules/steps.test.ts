/** Steps of a chosen optimizer on one batch, and what followed scripts tell of clipping, clearing and curvature. */
import assert from "node:assert/strict";
import { OPTIMIZERS, type OptimizerName } from "../../engine/optimizers.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Finding, Report } from "../../engine/report.ts";
import { startBoth } from "../support/bothSides.ts";
import { testimony } from "../support/testimony.ts";

const MODEL = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(12, 24, bias=False)
        self.norm = nn.BatchNorm1d(24)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(24, 4)

    def forward(self, x):
        return self.last(self.drop(torch.tanh(self.norm(self.first(x)))))
`;

/** A target far below the outputs: too large a step throws the units below zero for all inputs. */
const SHIFTED = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.second = nn.Linear(64, 64)
        self.last = nn.Linear(64, 1)

    def forward(self, x):
        x = torch.relu(self.first(x.abs()))
        x = torch.relu(self.second(x))
        return ((self.last(x) + 5.0) ** 2).mean()
`;

const script = (lines: readonly string[]): string =>
  [
    "import torch",
    "from torch import nn",
    "import torch.nn.functional as F",
    "torch.manual_seed(0)",
    "model = nn.Sequential(nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 4))",
    "inputs, targets = torch.randn(32, 12), torch.randint(0, 4, (32,))",
    ...lines,
    "",
  ].join("\n");

type Measured = number | null | undefined;
const near = (ours: Measured, theirs: Measured, off: number, what: string): void => {
  const [a, b] = [ours ?? null, theirs ?? null];
  if (a === null || b === null || b === 0) assert.equal(a, b, what);
  else
    assert.ok(Math.abs(Number(a) / Number(b) - 1) <= off, `${what}: ${String(a)} ≠ ${String(b)}`);
};

describe("steps", function () {
  this.timeout(240_000);
  const { analyst, witness } = startBoth();

  const analyzed = (
    text: string,
    more: Partial<AnalyzeRequest> = {},
  ): Promise<Report> & { request?: AnalyzeRequest } =>
    analyst.analyze({ file: "net.py", sources: { "net.py": text }, roots: [], ...more });
  const find = (report: Report, code: string): Finding | undefined =>
    report.findings.find((finding) => finding.code === code);

  for (const name of Object.keys(OPTIMIZERS) as OptimizerName[])
    it(`${name}: losses, gradients, weights and updates of eight steps are PyTorch's`, async () => {
      const request = { file: "net.py", sources: { "net.py": MODEL }, roots: [] };
      const wish = { optimizer: name, steps: 8, dtype: "float64" } as const;
      const report = await analyst.analyze({ ...request, ...wish });
      assert.equal(report.steps?.length, 8);
      assert.deepEqual(report.settings.optimizer?.type, OPTIMIZERS[name].type);
      const theirs = await testimony(witness, request, report);
      report.steps.forEach((step, i) => {
        const other = theirs.steps?.[i];
        near(step.loss, other?.loss, 1e-9, `loss ${i}`);
        near(step.gradNorm, other?.gradNorm, 1e-9, `gradient ${i}`);
        for (const key of ["grads", "values", "updates"] as const) {
          assert.equal(step[key]?.length, report.parameters.length);
          report.parameters.forEach((p, j) => {
            near(step[key]?.[j], other?.[key]?.[j], 1e-7, `${key} ${i} of ${p.name}`);
          });
        }
      });
      near(report.loss, report.steps[0]?.loss, 1e-12, "the first loss is the run's");
    });

  it("a learning rate that diverges on the batch is found, and its steps end with the numbers", async () => {
    const report = await analyzed(MODEL, { optimizer: "sgd", lr: 1e6, steps: 20 });
    assert.ok(find(report, "loss-diverges") ?? find(report, "update-too-large"));
    const healthy = await analyzed(MODEL, { optimizer: "sgd", steps: 20 });
    assert.deepEqual(healthy.findings, []);
    const losses = (healthy.steps ?? []).map(({ loss }) => loss ?? NaN);
    assert.ok((losses.at(-1) ?? NaN) < (losses[0] ?? NaN), "the loss falls");
  });

  it("units that die in the first steps are found behind them", async () => {
    const report = await analyzed(SHIFTED, { optimizer: "sgd", lr: 0.1, steps: 6 });
    const found = find(report, "units-dead");
    assert.match(found?.message ?? "", /^After 6 steps of SGD at a learning rate of 0\.1: /);
    assert.equal(found?.measured["steps"], 6);
    const slower = await analyzed(SHIFTED, { optimizer: "sgd", lr: 0.01, steps: 6 });
    assert.deepEqual(slower.findings, []);
  });

  it("the largest curvature is the Hessian's largest eigenvalue", async () => {
    const request = {
      file: "net.py",
      sources: { "net.py": MODEL.replace("0.2", "0.0") },
      roots: [],
    };
    const report = await analyst.analyze({
      ...request,
      optimizer: "sgd",
      steps: 1,
      dtype: "float64",
      inputs: ["(32, 12)"],
    });
    const theirs = Number(
      await witness.ask({
        verb: "eval",
        data: request.sources["net.py"],
        code: [
          "space = {}",
          "exec(data, space)",
          "torch.manual_seed(0)",
          "net = space['Net']()",
          "x = torch.randn(32, 12)",
          "net, x = net.double(), x.double()",
          "target = torch.randint(0, 4, (32,))",
          "ps = list(net.parameters())",
          "grads = torch.autograd.grad(F.cross_entropy(net(x), target), ps, create_graph=True)",
          "flat = torch.cat([g.reshape(-1) for g in grads])",
          "row = lambda g: torch.cat([h.reshape(-1) for h in torch.autograd.grad(g, ps, retain_graph=True)])",
          "found = torch.linalg.eigvalsh(torch.stack([row(g) for g in flat]))",
          "result = float(found[found.abs().argmax()])",
        ].join("\n"),
      }),
    );
    near(report.curvature?.eigenvalue, theirs, 1e-4, "eigenvalue");
  });

  const LOOP = ["for _ in range(20):", "    optimizer.zero_grad()"];
  const BACK = ["    loss = F.cross_entropy(model(inputs), targets)", "    loss.backward()"];

  it("a rate far above 2/λ is found, with the rate that is stable", async () => {
    const made = (lr: number): string =>
      script([
        `optimizer = torch.optim.SGD(model.parameters(), lr=${lr}, momentum=0.9)`,
        ...LOOP,
        ...BACK,
        "    optimizer.step()",
      ]);
    const found = find(await analyzed(made(300)), "rate-unstable");
    assert.equal(found?.severity, "warning");
    const { stable = NaN, curvature = NaN } = found.measured;
    near(stable, (2 * 1.9) / curvature, 1e-12, "stable rate");
    assert.equal(find(await analyzed(made(0.01)), "rate-unstable"), undefined);
  });

  it("clipping that always acts, and one that never does", async () => {
    const made = (limit: number): string =>
      script([
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)",
        ...LOOP,
        ...BACK,
        `    nn.utils.clip_grad_norm_(model.parameters(), ${limit})`,
        "    optimizer.step()",
      ]);
    const always = await analyzed(made(0.01));
    assert.match(find(always, "gradient-clipping")?.message ?? "", /acts at each of 11 steps/);
    assert.equal(always.clipping?.at?.startLine, 12);
    near(always.steps?.[0]?.gradNorm, 0.01, 1e-4, "the gradient that is stepped with");
    const never = await analyzed(made(1000));
    assert.match(find(never, "gradient-clipping")?.message ?? "", /acts at none of 11 steps/);
    assert.equal(find(await analyzed(made(0.5)), "gradient-clipping"), undefined);
  });

  it("clipping behind the step is code that does nothing, clipping that acts is not", async () => {
    const clip = "    nn.utils.clip_grad_norm_(model.parameters(), 0.01)";
    const made = (...lines: readonly string[]): string =>
      script([
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)",
        ...LOOP,
        ...BACK,
        ...lines,
      ]);
    const late = find(await analyzed(made("    optimizer.step()", clip)), "gradient-clipping");
    assert.equal(late?.isUnnecessary, true);
    const acts = find(await analyzed(made(clip, "    optimizer.step()")), "gradient-clipping");
    assert.ok(acts && acts.isUnnecessary === undefined);
  });

  it("gradients that nobody clears are found, and cleared by a fix", async () => {
    const made = (clear: string): string =>
      script([
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)",
        "for _ in range(20):",
        ...BACK,
        "    optimizer.step()",
        ...(clear ? [`    ${clear}`] : []),
      ]);
    const request = { file: "net.py", sources: { "net.py": made("") }, roots: [] };
    const report = await analyst.analyze(request);
    assert.equal(find(report, "gradient-kept")?.severity, "warning");
    assert.deepEqual(
      report.proposals.filter(({ code }) => code === "gradient-kept").map(({ title }) => title),
      ["Clear the gradients after each step"],
    );
    for (const clear of [
      "optimizer.zero_grad()",
      "model.zero_grad()",
      "for p in model.parameters(): p.grad = None",
    ])
      assert.equal(find(await analyzed(made(clear)), "gradient-kept"), undefined, clear);
  });

  it("weight decay that outweighs the gradient is told", async () => {
    const made = (decay: number): string =>
      script([
        `optimizer = torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=${decay})`,
        ...LOOP,
        ...BACK,
        "    optimizer.step()",
      ]);
    assert.match(
      find(await analyzed(made(1)), "weight-decay")?.message ?? "",
      /weight decay of 1 makes up/,
    );
    assert.equal(find(await analyzed(made(1e-4)), "weight-decay"), undefined);
  });
});
