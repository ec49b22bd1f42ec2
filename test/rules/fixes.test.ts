import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { edited } from "../../engine/fixes/apply.ts";
import { withFixes } from "../../engine/fixes/try.ts";
import type { Edit, Fix, Report } from "../../engine/report.ts";
import { startBoth } from "../support/bothSides.ts";

const FOLDER = join(import.meta.dirname, "fixtures");
const edit = (line: number, from: number, to: number, newText: string): Edit => ({
  at: { file: "a.py", startLine: line, startColumn: from, endLine: line, endColumn: to },
  newText,
});

describe("edits", () => {
  it("apply from the end, an insertion before what is replaced at the same place", () => {
    const text = "x = f(x)\ny = 1\n";
    const edits = [edit(1, 4, 5, "g"), edit(1, 4, 4, "x + "), edit(2, 4, 5, "22")];
    assert.equal(edited(text, edits), "x = x + g(x)\ny = 22\n");
  });
});

describe("fixes, tried: applied, run again, nothing found", function () {
  this.timeout(240_000);
  const { analyst, witness } = startBoth();

  /** The report with fixes of a fixture. */
  const fixed = async (name: string, source: string): Promise<Report> => {
    const request = { file: name, sources: { [name]: source }, roots: [] };
    return withFixes(
      (changed) => analyst.analyze(changed),
      request,
      await analyst.analyze(request),
    );
  };
  const fixesOf = (report: Report, code: string): readonly Fix[] =>
    report.findings.find((finding) => finding.code === code)?.fixes ?? [];

  for (const [name, code, title] of [
    ["sigmoid_modules.py", "gradient-vanishing", /^Replace Sigmoid by ReLU and initialise/],
    ["sigmoid_deep.py", "gradient-vanishing", /^Replace sigmoid by ReLU and initialise/],
    ["exploding.py", "gradient-exploding", /^Initialise as He et al\./],
    ["units_dead.py", "units-dead", /^Initialise as He et al\./],
    ["saturated.py", "activation-saturated", /^Initialise as Glorot and Bengio/],
    ["softmax_saturated.py", "softmax-saturated", /^Divide the scores by √64 and initialise/],
    ["weights_constant.py", "weights-constant", /^Initialise/],
    ["initial_loss.py", "initial-loss", /^Initialise with a standard deviation of 0\.02/],
    ["softmax_twice.py", "softmax-twice", /^Remove Softmax: cured, measured/],
    ["overflow.py", "float16-overflow", /^Initialise/],
  ] as const)
    it(`${name}: ${code} is cured`, async () => {
      const source = readFileSync(join(FOLDER, name), "utf8");
      const fixes = fixesOf(await fixed(name, source), code);
      assert.ok(fixes.length > 0, "no fix was offered");
      assert.ok(
        fixes.some((fix) => title.test(fix.title)),
        fixes.map((f) => f.title).join("\n"),
      );
      for (const fix of fixes) {
        const cured = await analyst.analyzeText(name, edited(source, fix.edits));
        assert.deepEqual(
          cured.findings.filter((finding) => finding.code === code),
          [],
          fix.title,
        );
      }
    });

  it("PyTorch sees the cure too: the first layer's gradient against the last one's", async () => {
    const source = readFileSync(join(FOLDER, "sigmoid_deep.py"), "utf8");
    const [fix] = fixesOf(await fixed("sigmoid_deep.py", source), "gradient-vanishing");
    assert.ok(fix);
    const ratio = async (text: string): Promise<number> =>
      Number(
        await witness.ask({
          verb: "eval",
          data: text,
          code: [
            "space = {}",
            "exec(data, space)",
            "torch.manual_seed(0)",
            "net = space['DeepNet']()",
            "F.cross_entropy(net(torch.randn(8, 256)), torch.randint(0, 10, (8,))).backward()",
            "result = float(net.layers[0].weight.grad.norm() / net.layers[-1].weight.grad.norm())",
          ].join("\n"),
        }),
      );
    assert.ok((await ratio(source)) < 1e-6);
    assert.ok((await ratio(edited(source, fix.edits))) > 1e-2, fix.title);
  });

  it("is silent where nothing is found, and where an edit has no place", async () => {
    const healthy = await fixed("relu_he.py", readFileSync(join(FOLDER, "relu_he.py"), "utf8"));
    assert.deepEqual(healthy.proposals, []);
    const hidden = [
      "import torch",
      "from torch import nn",
      "f = getattr(torch, 'sig' + 'moid')",
      "class Net(nn.Module):",
      "    def __init__(self):",
      "        super().__init__()",
      "        self.layers = nn.ModuleList([nn.Linear(64, 64) for _ in range(12)])",
      "    def forward(self, x):",
      "        for layer in self.layers:",
      "            x = f(layer(x))",
      "        return x",
      "",
    ].join("\n");
    const report = await fixed("hidden.py", hidden);
    assert.ok(report.findings.some((finding) => finding.code === "gradient-vanishing"));
    assert.deepEqual(
      report.proposals.filter((proposal) => /Replace/.test(proposal.title)),
      [],
    );
  });
});
