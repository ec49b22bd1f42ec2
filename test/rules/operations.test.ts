/** What single operations do to a gradient's length, and optimizers to a weight: known exactly, or in the mean over a random gradient. */
import assert from "node:assert/strict";
import type { Layer, Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";
import { HEAD, near, ranModel } from "../support/theory.ts";

/** A model whose loss gives the output of `body` a gradient of independent normal numbers. */
const model = (made: string, body: string, input: string): string => `${HEAD}
# chainrule: Net(), input=${input}, loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(${input.match(/(\d+)\)$/)![1]!}, ${input.match(/(\d+)\)$/)![1]!})
        ${made}

    def forward(self, x):
        x = self.first(x)
        y = ${body}
        return (y * torch.randn(y.shape)).sum()
`;

const script = (body: string): string => `${HEAD}torch.manual_seed(0)\n${body}`;

describe("lengths of gradients through single operations", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const ran = (source: string): Promise<Report> => ranModel(analyst, source);
  const layer = (report: Report, type: string): Layer =>
    report.layers.find((l) => l.type === type)!;
  const passed = ({ inputGrad, outputGrad }: Layer): number => inputGrad!.l2 / outputGrad!.l2;

  const N = 256;
  for (const [name, made, body, type, theory, tolerance] of [
    [
      "max pooling keeps it: one input of each window has all",
      "self.op = nn.MaxPool1d(4)",
      "self.op(x)",
      "MaxPool1d",
      1,
      1e-6,
    ],
    [
      "mean pooling over k divides it by √k",
      "self.op = nn.AvgPool1d(4)",
      "self.op(x)",
      "AvgPool1d",
      0.5,
      1e-6,
    ],
    [
      "dropout of p multiplies it by 1/√(1 − p)",
      "self.op = nn.Dropout(0.75)",
      "self.op(x)",
      "Dropout",
      2,
      0.02,
    ],
    [
      "ReLU of a symmetric input passes 1/√2",
      "self.op = nn.ReLU()",
      "self.op(x)",
      "ReLU",
      Math.SQRT1_2,
      0.02,
    ],
    [
      "leaky ReLU of slope a passes √((1 + a²)/2)",
      "self.op = nn.LeakyReLU(0.5)",
      "self.op(x)",
      "LeakyReLU",
      Math.sqrt(0.625),
      0.02,
    ],
    [
      "a softmax over n near-even entries passes 1/n",
      "self.op = nn.Softmax(-1)",
      "self.op(1e-4 * x)",
      "Softmax",
      1 / N,
      0.02,
    ],
  ] as const)
    it(name, async () => {
      near(
        passed(layer(await ran(model(made, body, `(64, ${N})`)), type)),
        theory,
        tolerance,
        name,
      );
    });

  it("layer normalisation passes √((n − 2)/n) over the input's deviation: two directions are lost", async () => {
    const n = 8;
    const report = await ran(
      model(
        `self.op = nn.LayerNorm(${n}, eps=0)`,
        "self.op(torch.nn.functional.normalize(x - x.mean(-1, keepdim=True), dim=-1))",
        `(4000, ${n})`,
      ),
    );
    // Entries of unit vectors without a mean have a deviation of 1/√n.
    near(passed(layer(report, "LayerNorm")), Math.sqrt(n - 2), 0.02, "LayerNorm");
  });

  it("cross-entropy of even scores: each row's gradient has the length √(1 − 1/C) / N", async () => {
    const [C, rows] = [10, 32];
    const report = await ran(
      script(`model = nn.Linear(6, ${C})
nn.init.zeros_(model.weight)
nn.init.zeros_(model.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss = nn.functional.cross_entropy(model(torch.randn(${rows}, 6)), torch.randint(0, ${C}, (${rows},)))
loss.backward()
optimizer.step()
`),
    );
    near(layer(report, "Linear").outputGrad!.l2, Math.sqrt((1 - 1 / C) / rows), 1e-6, "∂L/∂scores");
    near(report.loss!, Math.log(C), 1e-6, "the loss");
  });

  it("tied embeddings of deviation σ behind a normalisation: the first loss is log C + σ² d / 2", async () => {
    const [C, d, sigma] = [2000, 256, 0.02];
    const report = await ran(
      script(`class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.norm = nn.Embedding(${C}, ${d}), nn.LayerNorm(${d})
        nn.init.normal_(self.table.weight, std=${sigma})

    def forward(self, words):
        return self.norm(torch.randn(*words.shape, ${d})) @ self.table.weight.t()

model = Tied()
optimizer = torch.optim.Adam(model.parameters())
loss = nn.functional.cross_entropy(model(torch.randint(0, ${C}, (256,))), torch.randint(0, ${C}, (256,)))
loss.backward()
optimizer.step()
`),
    );
    near(report.loss!, Math.log(C) + (sigma ** 2 * d) / 2, 0.005, "the first loss");
  });

  for (const [name, made, update] of [
    [
      "RMSprop's first step is lr / √(1 − α) in each element",
      "RMSprop(model.parameters(), lr=1e-3, eps=0)",
      1e-2,
    ],
    [
      "Adagrad's first step is lr in each element",
      "Adagrad(model.parameters(), lr=1e-3, eps=0)",
      1e-3,
    ],
    [
      "Adam's first step is lr whatever the betas",
      "Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.7), eps=0)",
      1e-3,
    ],
  ] as const)
    it(name, async () => {
      const report = await ran(
        script(`model = nn.Linear(12, 5)
optimizer = torch.optim.${made}
loss = model(torch.randn(32, 12)).square().mean()
loss.backward()
optimizer.step()
`),
      );
      const weight = report.parameters.find((p) => p.name === "weight")!;
      near(weight.updateRatio! * weight.value.rms, update, 1e-4, name);
    });

  it("a linear recurrence of orthogonal weights keeps the state's gradient over 60 steps", async () => {
    const report = await ran(`${HEAD}
# chainrule: Net(), input=(8, 60, 16), loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.keep = nn.Linear(16, 32), nn.Linear(32, 32, bias=False)
        nn.init.orthogonal_(self.keep.weight)

    def forward(self, x):
        h = self.enter(x[:, 0])
        for t in range(60):
            h = self.keep(h)
        return (h * torch.randn(h.shape)).sum()
`);
    const steps = report.layers.filter((l) => l.path === "keep");
    assert.equal(steps.length, 60);
    near(steps[0]!.inputGrad!.l2 / steps.at(-1).outputGrad!.l2, 1, 1e-4, "over 60 steps");
  });
});
