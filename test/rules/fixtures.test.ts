import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";
import { expectations, placed } from "../support/fixture.ts";

const FOLDER = join(import.meta.dirname, "fixtures");

describe("rules, by fixture: carets under the code, absent carets mean silence", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");
  const analyze = (name: string, source = read(name)): Promise<Report> =>
    analyst.analyzeText(name, source);

  for (const name of readdirSync(FOLDER).filter((f) => f.endsWith(".py")))
    it(name, async () => {
      const source = read(name);
      const report = await analyze(name);
      const about = report.findings.map((f) => `${f.code}: ${f.message}`).join("\n");
      assert.deepEqual(placed(report.findings, source), expectations(source), about);
    });

  it("a sigmoid MLP's bars fall by about 0.1415 per layer, as theory says", async () => {
    // χ₁ = 0.020008 for PyTorch's default initialisation: std × 0.14145 per layer (mean-field theory, computed).
    const report = await analyze("sigmoid_deep.py");
    const grads = report.layers.filter((l) => l.type === "Linear").map((l) => l.outputGrad!.rms);
    const inner = grads.slice(1, 12);
    const rate = (inner[0]! / inner.at(-1)) ** (1 / (inner.length - 1));
    assert.ok(Math.abs(rate - 0.1415) < 0.01, `measured ${rate} per layer`);
    const finding = report.findings[0]!;
    assert.ok(finding.cause, "no cause");
    assert.match(finding.message, /sigmoid passes ×0\.24/);
  });

  for (const [what, edit] of [
    [
      "the loss is summed",
      (s: string) => `# chainrule: DeepNet(), input=(32, 256), loss=sum\n${s}`,
    ],
    ["the batch doubles", (s: string) => `# chainrule: DeepNet(), input=(64, 256)\n${s}`],
    ["the width doubles", (s: string) => s.replace("width=256", "width=512")],
  ] as const)
    for (const name of ["sigmoid_deep.py", "relu_he.py"])
      it(`${name}: the verdict stays when ${what}`, async () => {
        const plain = await analyze(name);
        const changed = await analyze(name, edit(read(name)));
        assert.notEqual(changed.loss, plain.loss);
        assert.deepEqual(
          changed.findings.map((f) => f.code),
          plain.findings.map((f) => f.code),
        );
      });

  it("a shape error is PyTorch's own sentence", async () => {
    const report = await analyze("shape_error.py");
    assert.equal(
      report.findings[0]!.message,
      "RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x10 and 12x5)",
    );
  });
  it("what is lacking is named", async () => {
    const report = await analyze("unsupported.py");
    assert.deepEqual(
      report.unsupported.map((u) => u.name),
      ["torch.quantize_per_tensor"],
    );
  });
  it("both kinds of zero are recognised", async () => {
    const norm = await analyze("bias_before_norm.py");
    const biases = norm.parameters.filter(
      (p) => p.layerType === "Conv2d" && p.name.endsWith("bias"),
    );
    assert.deepEqual(
      biases.map((p) => p.gradIsStructurallyZero),
      [true, true, true],
    );
    assert.ok(
      norm.parameters
        .filter((p) => p.name.endsWith("weight"))
        .every((p) => !p.gradIsStructurallyZero),
    );
    const gates = await analyze("zero_at_start.py");
    assert.ok(gates.parameters.find((p) => p.name === "layers.0.weight")!.gradIsZeroAtStart);
    assert.ok(!gates.parameters.find((p) => p.name === "head.weight")!.gradIsZeroAtStart);
  });
});
