import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";
import { asserting, deep, HEAD, near, ranModel, rate } from "../support/theory.ts";

/** Unit scaling's example at batch 256: unit normal input, and a unit normal gradient at the output. */
const unitMlp = (act: string): string => `${HEAD}
# chainrule: Net(), input=(256, 1024)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(1024, 4096)
        self.act = nn.${act}()
        self.two = nn.Linear(4096, 1024)

    def forward(self, x):
        y = self.two(self.act(self.one(x)))
        return (y * torch.randn(256, 1024)).sum()
`;

describe("numbers that theory gives", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (source: string): Promise<Report> => ranModel(analyst, source);

  it("unit normal input and gradient through Linear, ReLU, Linear: closed forms of both ways", async () => {
    // Unit scaling's example (1024-4096-1024) at batch 256; a gradient summed over the batch has std ∝ √batch.
    const report = await run(unitMlp("ReLU"));
    const [one, act, two] = report.layers;
    near(one!.output!.std, 0.5776, 0.01, "std of the first layer's output");
    near(act!.output!.std, 0.3372, 0.01, "std after ReLU");
    near(two!.output!.std, 0.236, 0.02, "std of the output");
    near(act!.outputGrad!.std, 0.2887, 0.01, "std of the gradient at ReLU's output");
    near(one!.outputGrad!.std, 0.2041, 0.01, "std of the gradient at ReLU's input");
    const grad = (name: string): number =>
      report.parameters.find((p) => p.name === name)!.grad!.std;
    near(grad("one.weight"), 6.53 / 2, 0.02, "one.weight.grad");
    near(grad("one.bias"), 6.53 / 2, 0.05, "one.bias.grad");
    near(grad("two.weight"), 13.07 / 2, 0.02, "two.weight.grad");
    near(grad("two.bias"), 16, 0.1, "two.bias.grad");
  });

  // Glorot and Bengio 2010, eq. 13; He et al. 2015; mean-field theory (Schoenholz et al. 2017).
  for (const [name, act, init, theory, tolerance] of [
    ["default Linear alone: 1/3", "nn.Identity()", "pass", 1 / 3, 0.05],
    ["ReLU after default Linear: 1/6", "nn.ReLU()", "pass", 1 / 6, 0.08],
    [
      "ReLU after Xavier: 1/2",
      "nn.ReLU()",
      "nn.init.xavier_normal_(layer.weight); nn.init.zeros_(layer.bias)",
      1 / 2,
      0.08,
    ],
    [
      "ReLU after He: 1",
      "nn.ReLU()",
      "nn.init.kaiming_normal_(layer.weight); nn.init.zeros_(layer.bias)",
      1,
      0.08,
    ],
    ["default sigmoid: χ₁ = 0.0200", "nn.Sigmoid()", "pass", 0.020008, 0.05],
  ] as const)
    it(`E[δ²] per layer, ${name}`, async () => {
      near(rate(await run(deep(act, init))), theory, tolerance, name);
    });

  // Schoenholz et al. 2017: χ₁ = σw² ∫ φ'² at the fixed point of the variance; Klambauer et al. 2017 for SELU.
  const gaussian = (w: number, b: number): string =>
    `nn.init.normal_(layer.weight, std=(${w} / ${400}) ** 0.5); nn.init.normal_(layer.bias, std=${b} ** 0.5)`;
  for (const [name, act, init, theory] of [
    ["tanh, (σw², σb²) = (1.0, 0.05)", "nn.Tanh()", gaussian(1, 0.05), 0.75903],
    ["tanh, (1.3, 0.05)", "nn.Tanh()", gaussian(1.3, 0.05), 0.88016],
    ["tanh, critical (1.76095, 0.05)", "nn.Tanh()", gaussian(1.76095, 0.05), 1],
    ["tanh, (2.5, 0.05)", "nn.Tanh()", gaussian(2.5, 0.05), 1.13352],
    ["tanh, (4, 0.05)", "nn.Tanh()", gaussian(4, 0.05), 1.3424],
    ["tanh, gain 5/3", "nn.Tanh()", gaussian(25 / 9, 0), 1.2098],
    ["SELU", "nn.SELU()", gaussian(1, 0), 1.07158],
  ] as const)
    it(`χ₁: ${name}: ${theory}`, async () => {
      // The input has variance 1: some layers until it is at its fixed point.
      near(rate(await run(deep(act, init, 400, 24)), 8), theory, 0.03, name);
    });

  // Yang et al. 2019, theorem 8, eq. 25; toward π/(π − 1) = 1.467 for large batches; (B − 2)/(B − 3) without an activation.
  for (const [batch, act, theory] of [
    [64, "nn.BatchNorm1d(300), nn.ReLU()", 1.493],
    [32, "nn.BatchNorm1d(300), nn.ReLU()", 1.522],
    [128, "nn.BatchNorm1d(300), nn.ReLU()", 1.48],
    [16, "nn.BatchNorm1d(300)", 14 / 13],
  ] as const)
    it(`E[δ²] per layer, ${act} over a batch of ${batch}: ${theory}`, async () => {
      const source = deep(act, "pass", 300, 24).replace("(64, 300)", `(${batch}, 300)`);
      near(rate(await run(source)), theory, 0.03, "rate of batch normalisation");
    });

  it("Linear, GELU, Linear: the forms of both ways", async () => {
    // Unit scaling's second example at batch 256.
    const report = await run(unitMlp("GELU"));
    const [one, act, two] = report.layers;
    near(one!.output!.std, 0.578, 0.01, "std of the first layer's output");
    near(act!.output!.std, 0.322, 0.01, "std after GELU");
    near(two!.output!.std, 0.198, 0.02, "std of the output");
    near(act!.outputGrad!.std, 0.289, 0.01, "std of the gradient at GELU's output");
    near(one!.outputGrad!.std, 0.177, 0.01, "std of the gradient at GELU's input");
    const grad = (name: string): number =>
      report.parameters.find((p) => p.name === name)!.grad!.std;
    near(grad("one.weight"), 2.83, 0.02, "one.weight.grad");
    near(grad("two.weight"), 5.48, 0.02, "two.weight.grad");
    near(grad("two.bias"), 16.1, 0.1, "two.bias.grad");
  });

  it("orthogonal weights without an activation keep every length: dynamical isometry", async () => {
    const init = "nn.init.orthogonal_(layer.weight); nn.init.zeros_(layer.bias)";
    near(rate(await run(deep("nn.Identity()", init, 200, 24))), 1, 1e-4, "factor of E[δ²]");
  });

  for (const [name, act, init, root] of [
    ["default sigmoid", "nn.Sigmoid()", "pass", 0.1415],
    ["default tanh", "nn.Tanh()", "pass", 0.577],
    ["small GELU", "nn.GELU()", "nn.init.normal_(layer.weight, std=0.02)", 0.2],
  ] as const)
    it(`the finding says √χ₁ beside what was measured: ${name}`, async () => {
      const report = await run(deep(act, init, 400, 24));
      const found = report.findings.find((f) => f.code === "gradient-vanishing")!;
      const told = /√χ₁ = ([\d.e-]+) a layer/.exec(found.cause?.text ?? "");
      assert.ok(told, found.cause?.text);
      near(Number(told[1]), root, 0.05, "√χ₁ of the text");
      near(Number(told[1]), found.measured["ratePerLayer"]!, 0.08, "√χ₁ against the measured rate");
    });

  it("the width-depth measure: log ‖grad‖² of He's ReLU networks is normal with mean −β/2, variance β", async () => {
    // Hanin 2018; Hanin and Nica 2019: β = 5 Σ 1/n, here 1.
    const report = await run(`${HEAD}
import math

torch.manual_seed(0)
logs = []
for _ in range(300):
    x = torch.randn(1, 100, requires_grad=True)
    y = x
    for _ in range(20):
        y = torch.relu(y @ (torch.randn(100, 100) * math.sqrt(2 / 100)))
    direction = torch.randn(1, 100) / 10
    (y * direction).sum().backward()
    logs.append(math.log(float(x.grad.square().sum())))
mean = sum(logs) / len(logs)
variance = sum((v - mean) ** 2 for v in logs) / len(logs)

# chainrule: Net(), input=(4, 3)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Parameter(torch.tensor([mean]))
        self.variance = nn.Parameter(torch.tensor([variance]))

    def forward(self, x):
        return (x.sum() * (self.mean + self.variance)).sum()
`);
    const value = (name: string): number =>
      report.parameters.find((p) => p.name === name)!.value.mean;
    assert.ok(Math.abs(value("mean") + 0.5) < 0.2, `mean ${value("mean")}`);
    assert.ok(Math.abs(value("variance") - 1) < 0.25, `variance ${value("variance")}`);
  });

  it("the mean singular value of a layer's Jacobian is 8/(3π) σ: 0.490 for the default, 0.849 normalised", async () => {
    // Glorot and Bengio 2010, section 4.2.2, in the linear regime.
    await run(
      asserting(`n = 160
for std, expected in ((1 / (3 * n) ** 0.5, 0.490), (1 / n**0.5, 0.849)):
    w = (torch.rand(n, n) * 2 - 1) * std * 3**0.5
    jacobian = torch.autograd.functional.jacobian(lambda x: torch.tanh(w @ x), torch.zeros(n))
    found = torch.linalg.svdvals(jacobian).mean().item()
    assert abs(found / expected - 1) < 0.02, (found, expected)
`),
    );
  });

  it("shares of a normal gradient that float16 flushes to zero", async () => {
    // P(|x| ≤ 2⁻²⁵) = erf(2⁻²⁵ / (σ√2)).
    const report = await run(`${HEAD}
# chainrule: Net(), input=(1, 1)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(torch.zeros(200000)) for _ in range(4)])

    def forward(self, x):
        parts = zip(self.weights, (-20, -22, -24, -26))
        return sum((w * (torch.randn(200000) * 2.0**e)).sum() for w, e in parts)
`);
    const flushed = report.parameters.map((p) => p.grad!.float16.flushed);
    [0.0249, 0.0995, 0.3829, 0.9545].forEach((share, i) => {
      assert.ok(Math.abs(flushed[i]! - share) < 0.004, `${flushed[i]}, theory says ${share}`);
    });
  });

  it("float16 rounds as IEEE 754 says", async () => {
    await run(
      asserting(`def half(x):
    return torch.tensor(x, dtype=torch.float64).to(torch.float16).double().item()

assert half(2.0**-24) == 2.0**-24 and half(2.0**-25) == 0.0
assert half(2.0**-25 * (1 + 2.0**-20)) == 2.0**-24
assert half(65519.0) == 65504.0 and half(65520.0) == float("inf")
assert half(1 + 2.0**-11) == 1.0 and half(2049.0) == 2048.0
`),
    );
  });
});
