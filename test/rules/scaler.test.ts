/** The user's own autocast and GradScaler, followed as they run on a GPU. */
import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

/** A script of 12 steps; the expressions of the scaler, of the loss and what stands before the step. */
const script = (scaler: string, loss = "F.cross_entropy(model(x), y)", before = ""): string =>
  `import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
scaler = ${scaler}
for step in range(12):
    x, y = torch.randn(16, 32), torch.randint(0, 10, (16,))
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = ${loss}
    scaler.scale(loss).backward()
    ${before || "pass"}
    scaler.step(optimizer)
    scaler.update()
`;
const codes = ({ findings }: Report): string[] =>
  findings.filter(({ severity }) => severity !== "information").map(({ code }) => code);

describe("GradScaler of a script", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (source: string) => analyst.analyzeText("train.py", source);

  it("steps at its first scale where nothing overflows, and the gradients are float32's but for rounding", async () => {
    const report = await run(script("torch.cuda.amp.GradScaler()"));
    const { mixed, parameters } = report;
    assert.deepEqual(codes(report), []);
    assert.equal(mixed?.skipped, 0);
    assert.deepEqual(
      mixed.scaler?.steps.map((step) => step.scale),
      mixed.scaler?.steps.map(() => 65536),
    );
    assert.equal(mixed.parameters.length, parameters.length);
    for (const { name, error } of mixed.parameters)
      assert.ok(error !== null && error > 1e-6 && error < 1e-2, `${name}: ${String(error)}`);
  });

  it("halves its scale until the largest gradient fits, and skips the steps on the way", async () => {
    const report = await run(
      script("torch.amp.GradScaler('cuda')", "100 * F.cross_entropy(model(x), y)"),
    );
    const { mixed } = report;
    // Weights do not change while steps are skipped, but each batch is another: the count may be one off.
    const largest = Math.max(...report.parameters.map((p) => p.grad?.absMax ?? 0));
    const wanted = Math.ceil(Math.log2((65536 * largest) / 65520));
    assert.ok(wanted >= 2 && Math.abs((mixed?.skipped ?? 0) - wanted) <= 2, `${mixed?.skipped}`);
    assert.equal(mixed?.scale, 65536 / 2 ** (mixed?.skipped ?? 0));
    for (const { error } of mixed?.parameters ?? []) assert.ok(error !== null && error < 1e-2);
    const [told] = report.findings.filter(({ code }) => code === "grad-scaler");
    assert.equal(told?.severity, "information");
    assert.equal(told.at.startLine, 8);
  });

  it("doubles its scale after as many steps as growth_interval says", async () => {
    const { mixed } = await run(
      script("torch.cuda.amp.GradScaler(init_scale=8.0, growth_interval=2)"),
    );
    assert.deepEqual(
      mixed?.scaler?.steps.slice(0, 6).map((step) => step.scale),
      [8, 8, 16, 16, 32, 32],
    );
  });

  it("a gradient that is infinite at every scale: every step is skipped", async () => {
    const report = await run(
      script("torch.cuda.amp.GradScaler()", "F.cross_entropy(model(x) * 1e4 * 1e4, y)"),
    );
    assert.ok(codes(report).includes("grad-scaler"), codes(report).join());
  });

  it("refuses what PyTorch's refuses, in its words", async () => {
    for (const [before, words] of [
      ["scaler.unscale_(optimizer); scaler.unscale_(optimizer)", /unscale_\(\) has already been/],
      ["scaler.step(optimizer)", /step\(\) has already been called since the last update\(\)/],
    ] as const) {
      const { findings } = await run(script("torch.cuda.amp.GradScaler()", undefined, before));
      const [told] = findings.filter(({ code }) => code === "grad-scaler");
      assert.match(told?.message ?? "", words);
    }
  });

  it("is not asked where it is switched off", async () => {
    const report = await run(
      script("torch.cuda.amp.GradScaler(enabled=False)").replace(
        "float16)",
        "float16, enabled=False)",
      ),
    );
    assert.equal(report.mixed, undefined);
    assert.deepEqual(codes(report), []);
  });

  /** The same script as people write it for both kinds of machine: autocast and scaler where there is a GPU, and what only that has. */
  const conditional = (flag: string): string =>
    script(`torch.cuda.amp.GradScaler(enabled=${flag})`, "100 * F.cross_entropy(model(x), y)")
      .replace('"cuda", dtype=torch.float16', `device.type, dtype=torch.float16, enabled=${flag}`)
      .replace(
        "torch.manual_seed(0)",
        "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\nisOn = device.type == 'cuda'\ntorch.manual_seed(0)",
      )
      .replace("    x, y", "    torch.cuda.get_device_name(0) if isOn else None\n    x, y");

  it("a script that is in half precision only where it finds a GPU is followed as there", async () => {
    const [one, other] = [
      await run(script("torch.cuda.amp.GradScaler()", "100 * F.cross_entropy(model(x), y)")),
      await run(conditional("isOn")),
    ];
    assert.deepEqual(other.mixed?.parameters, one.mixed?.parameters);
    assert.deepEqual(other.mixed?.scaler?.steps, one.mixed?.scaler?.steps);
    assert.deepEqual(other.parameters.map((p) => p.gradFirst), one.parameters.map((p) => p.gradFirst)); // prettier-ignore
    const told = other.subject?.choices.find(({ what }) => what === "torch.cuda.is_available()");
    assert.match(told?.why ?? "", /half precision alone/);
  });

  it("one that leaves autocast off on a GPU as well has no run in half precision", async () => {
    const report = await run(conditional("False"));
    assert.equal(report.mixed, undefined);
    assert.deepEqual(report.subject?.choices, []);
  });
});
