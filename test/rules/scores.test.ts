/** Scores that are too large: the cause names what makes them so; statistics of a few values: only of a batch that the user gave. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startAnalyst } from "../support/analyst.ts";

const SICK = join(import.meta.dirname, "sick");
const read = (name: string): string => readFileSync(join(SICK, name), "utf8");

describe("scores and batch statistics", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const finding = async (code: string, source: string) =>
    (await analyst.analyzeText("scores.py", source)).findings.find((f) => f.code === code);

  for (const [name, code, text] of [
    ["attention_without_scale.py", "softmax-saturated", /nothing divides them by √d .* √256 = 16/],
    ["attention_unit_projections.py", "softmax-saturated", /q: weights .* σ√fan_in = 8\.04/],
    ["attention_temperature.py", "softmax-saturated", /what is done to them before the softmax/],
    ["tied_embedding_unit_variance.py", "initial-loss", /wte\.weight is .* σ√d = 16\./],
  ] as const)
    it(`${name}: the cause`, async () => {
      assert.match((await finding(code, read(name)))?.cause?.text ?? "", text);
    });

  for (const [factors, text] of [
    ["torch.zeros(6)", /^The weight of the normalisation is 0 here\.$/],
    ["torch.ones(6)", null],
  ] as const)
    it(`a normalisation by ${factors}: the cause`, async () => {
      const source = `import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 6)
        self.last = nn.Linear(6, 3)
        self.register_buffer("factors", ${factors})

    def forward(self, x):
        return self.last(F.layer_norm(self.first(x), (6,), self.factors))
`;
      const cause = (await finding("gradient-zero", source))?.cause ?? null;
      if (text) assert.match(cause?.text ?? "", text);
      else assert.equal(cause, null);
    });

  it("an untied output layer is named by its own weights", async () => {
    const untied = read("tied_embedding_unit_variance.py").replace(
      "self.lm_head.weight = self.wte.weight",
      "nn.init.normal_(self.lm_head.weight)",
    );
    const text = (await finding("initial-loss", untied))?.cause?.text ?? "";
    assert.match(text, /^lm_head: weights .* σ√fan_in = 16/);
  });

  it("the division finds its place in a function's argument and before a method", async () => {
    const source = read("attention_without_scale.py");
    const method = source
      .replace("F.softmax(self.q", "(self.q")
      .replace("(-2, -1), dim=-1)", "(-2, -1)).softmax(dim=-1)");
    for (const [text, wanted] of [
      [source, "(self.q(x) @ self.k(x).transpose(-2, -1)) / 256 ** 0.5"],
      [method, "((self.q(x) @ self.k(x).transpose(-2, -1)) / 256 ** 0.5)"],
    ] as const) {
      const { proposals } = await analyst.analyzeText("scores.py", text);
      const one = (proposals ?? []).find((p) => p.title === "Divide the scores by √256");
      assert.deepEqual(
        one?.edits.map((e) => e.newText),
        [wanted],
      );
    }
  });

  for (const [what, edit, isFound] of [
    ["two rows of the user's own", (s: string) => s, true],
    ["sixteen", (s: string) => s.replace("(2, 24)", "(16, 24)"), false],
    ["chosen rows", (s: string) => s.replace(", input=(2, 24)", ""), false],
  ] as const)
    it(`batch normalisation over ${what}: ${isFound ? "told" : "silent"}`, async () => {
      const found = await finding("batch-norm-few", edit(read("batch_norm_two_samples.py")));
      assert.equal(found !== undefined, isFound);
      if (found) assert.deepEqual(found.measured, { values: 2, batch: 2, lost: 1 });
    });
});
