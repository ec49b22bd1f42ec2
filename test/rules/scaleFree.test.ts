/** A verdict does not depend on the loss's factor or reduction, on the batch, on the width or on names. */
import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

interface Model {
  readonly name: string;
  /** One layer's parts after its Linear. */
  readonly act: string;
  readonly init: string;
  readonly depth: number;
  readonly residual?: boolean;
  /** What must be found, whatever the scale. */
  readonly codes: readonly string[];
}
interface Scale {
  readonly factor: string;
  readonly reduction: "mean" | "sum";
  readonly batch: number;
  readonly width: number;
  readonly layer: string;
}
const PLAIN: Scale = { factor: "1", reduction: "mean", batch: 16, width: 64, layer: "layers" };

const HE = "nn.init.kaiming_normal_(fc.weight); nn.init.zeros_(fc.bias)";
const XAVIER =
  'nn.init.xavier_normal_(fc.weight, nn.init.calculate_gain("tanh")); nn.init.zeros_(fc.bias)';
const MODELS: readonly Model[] = [
  { name: "He and ReLU", act: "nn.ReLU()", init: HE, depth: 8, codes: [] },
  { name: "Xavier and tanh", act: "nn.Tanh()", init: XAVIER, depth: 10, codes: [] },
  { name: "a GELU network", act: "nn.GELU()", init: "pass", depth: 3, codes: [] },
  {
    name: "residual blocks with LayerNorm",
    act: "nn.LayerNorm(WIDTH), nn.GELU()",
    init: "pass",
    depth: 12,
    residual: true,
    codes: [],
  },
  {
    name: "sigmoids",
    act: "nn.Sigmoid()",
    init: "pass",
    depth: 10,
    codes: ["gradient-vanishing"],
  },
  {
    name: "default ReLU, deep",
    act: "nn.ReLU()",
    init: "pass",
    depth: 24,
    codes: ["gradient-vanishing"],
  },
  {
    name: "orthogonal with a gain of 3",
    act: "nn.ReLU()",
    init: "nn.init.orthogonal_(fc.weight, 3.0)",
    depth: 14,
    codes: ["gradient-exploding"],
  },
  {
    name: "biases far below zero",
    act: "nn.ReLU()",
    init: "nn.init.constant_(fc.bias, -30.0)",
    depth: 3,
    codes: ["gradient-zero", "units-dead"],
  },
  {
    name: "constant weights",
    act: "nn.ReLU()",
    init: "nn.init.constant_(fc.weight, 1 / fc.in_features)",
    depth: 3,
    codes: ["weights-constant"],
  },
  {
    name: "a root of zeros",
    act: "Root()",
    init: "pass",
    depth: 3,
    codes: ["non-finite"],
  },
];
const CHANGES: readonly (readonly [string, Partial<Scale>])[] = [
  ["the loss is multiplied by 1000", { factor: "1000" }],
  ["the loss is summed", { reduction: "sum" }],
  ["the batch is four times as large", { batch: 64 }],
  ["the width doubles", { width: 128 }],
  ["layers have other names", { layer: "zz_branch" }],
];

const sourceOf = (m: Model, s: Scale): string => `import torch
from torch import nn
import torch.nn.functional as F


class Root(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return torch.sqrt(self.scale * torch.relu(x))


# chainrule: Net(), input=(${s.batch}, ${s.width})
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        blocks = []
        for _ in range(${m.depth}):
            fc = nn.Linear(${s.width}, ${s.width})
            ${m.init}
            blocks.append(nn.Sequential(fc, ${m.act.replace("WIDTH", String(s.width))}))
        self.${s.layer} = nn.ModuleList(blocks)
        self.head = nn.Linear(${s.width}, 10)

    def forward(self, x):
        for block in self.${s.layer}:
            x = ${m.residual ? "x + block(x)" : "block(x)"}
        target = torch.arange(x.shape[0]) % 10
        return ${s.factor} * F.cross_entropy(self.head(x), target, reduction="${s.reduction}")
`;

describe("scale-free verdicts", function () {
  this.timeout(240_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = async (m: Model, change: Partial<Scale> = {}): Promise<Report> => {
    const report = await analyst.analyzeText("net.py", sourceOf(m, { ...PLAIN, ...change }));
    assert.ok(report.subject, report.findings.map((f) => f.message).join());
    return report;
  };
  // Of float16 the loss's scale is the very point.
  const verdicts = ({ findings }: Report): string[] =>
    [...new Set(findings.filter((f) => f.severity !== "information").map((f) => f.code))]
      .filter((code) => !code.startsWith("float16"))
      .sort();

  for (const m of MODELS)
    it(`${m.name}: ${m.codes.join(", ") || "silent"}, at every scale`, async () => {
      assert.deepEqual(verdicts(await run(m)), m.codes, "as it is");
      for (const [what, change] of CHANGES)
        assert.deepEqual(verdicts(await run(m, change)), m.codes, what);
    });

  it("with batch normalisation the rate is the batch's, and the finding names it", async () => {
    const model: Model = {
      name: "",
      act: "nn.BatchNorm1d(WIDTH), nn.ReLU()",
      init: "pass",
      depth: 60,
      codes: [],
    };
    for (const batch of [16, 32]) {
      const { findings } = await run(model, { batch });
      const found = findings.find((f) => f.code === "gradient-exploding");
      assert.match(found?.cause?.text ?? "", new RegExp(`batch of ${batch}: ×1\\.\\d+ a layer`));
    }
  });
});
