/** Further constants of papers, in closed form or by quadrature, against what a run measures. */
import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { fixedPoint } from "../../engine/rules/meanField.ts";
import { startAnalyst } from "../support/analyst.ts";
import { asserting, deep, HEAD, near, ranModel, rate } from "../support/theory.ts";

const gaussian = (weight: number, bias: number): string =>
  `nn.init.normal_(layer.weight, std=(${weight} / layer.in_features) ** 0.5); nn.init.normal_(layer.bias, std=${bias} ** 0.5)`;
const HE = "nn.init.kaiming_normal_(layer.weight); nn.init.zeros_(layer.bias)";

describe("constants of papers", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (source: string): Promise<Report> => ranModel(analyst, source);

  it("erf: χ₁ = σw² (4/π) / √(1 + 4q) at q = σw² (2/π) asin(2q / (1 + 2q)) + σb²", async () => {
    // Williams 1998, the arcsine kernel; Schoenholz et al. 2017.
    const [w, b] = [2, 0.05];
    let q = 1;
    for (let i = 0; i < 500; i++) q = w * (2 / Math.PI) * Math.asin((2 * q) / (1 + 2 * q)) + b;
    const chi = (w * 4) / Math.PI / Math.sqrt(1 + 4 * q);
    const source = deep("Erf()", gaussian(w, b), 400, 24).replace(
      "# chainrule",
      "class Erf(nn.Module):\n    def forward(self, x):\n        return torch.erf(x)\n\n\n# chainrule",
    );
    near(rate(await run(source), 8), chi, 0.03, "χ₁ of erf");
  });

  // Hayou et al. 2019 and others: smooth activations at variances of their own; by quadrature at the fixed point.
  for (const [act, w, b] of [
    ["SiLU", 1.6, 0.2],
    ["GELU", 1.5, 0.2],
    ["ELU", 1.2, 0.1],
    ["Softplus", 0.5, 0.1],
    ["Mish", 1.7, 0.1],
    ["Softsign", 3, 0.1],
    ["Hardtanh", 1.5, 0.05],
  ] as const)
    it(`${act}, (σw², σb²) = (${w}, ${b}): χ₁ and q* by quadrature`, async () => {
      const theory = fixedPoint(act, w, b);
      assert.ok(theory, "no fixed point");
      const report = await run(deep(`nn.${act}()`, gaussian(w, b), 400, 30));
      near(rate(report, 14), theory.chi, 0.04, "χ₁");
      const last = report.layers.filter((l) => l.type === "Linear").slice(-8);
      const q = last.reduce((sum, l) => sum + l.output!.rms ** 2, 0) / last.length;
      near(q, theory.q, 0.15, "q*");
    });

  it("leaky ReLU with He's gain √(2 / (1 + a²)): E[δ²] stays", async () => {
    const init =
      "nn.init.kaiming_normal_(layer.weight, a=0.2, nonlinearity='leaky_relu'); nn.init.zeros_(layer.bias)";
    near(rate(await run(deep("nn.LeakyReLU(0.2)", init, 400, 24))), 1, 0.05, "factor of E[δ²]");
  });

  it("dropout multiplies E[δ²] by 1/keep", async () => {
    // Schoenholz et al. 2017, section 5.
    const source = deep("nn.ReLU(), nn.Dropout(0.2)", HE, 400, 20);
    near(rate(await run(source)), 1.25, 0.05, "factor of E[δ²]");
  });

  it("SELU with LeCun's weights: mean 0 and variance 1 after every layer", async () => {
    // Klambauer et al. 2017, theorem 1.
    const report = await run(deep("nn.SELU()", gaussian(1, 0), 400, 24));
    const outputs = report.layers.filter((l) => l.type === "SELU").slice(4);
    for (const { output } of outputs) {
      assert.ok(Math.abs(output!.mean) < 0.15, `mean ${output!.mean}`);
      near(output!.std, 1, 0.2, "standard deviation");
    }
  });

  it("residual branches: the variance doubles with each He block, and comes to e with 1/√L", async () => {
    // Hanin and Rolnick 2018; Zhang et al. 2019 (Fixup), section 2.
    const blocks = (scale: string): string => `${HEAD}
# chainrule: Net(), input=(64, 300), loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.ModuleList([nn.Linear(300, 300, bias=False) for _ in range(12)])
        self.two = nn.ModuleList([nn.Linear(300, 300, bias=False) for _ in range(12)])
        for m in self.one:
            nn.init.kaiming_normal_(m.weight)
        for m in self.two:
            nn.init.normal_(m.weight, std=300**-0.5 * 2**0.5)
        self.last = nn.Identity()

    def forward(self, x):
        for one, two in zip(self.one, self.two):
            x = x + ${scale} * two(torch.relu(one(x))) / 2**0.5
        return (self.last(x) * torch.randn(x.shape)).sum()
`;
    const size = async (scale: string): Promise<number> =>
      (await run(blocks(scale))).layers.findLast((l) => l.type === "Identity")!.output!.rms ** 2;
    // E[relu²] of He's layer is the input's square: each branch has the variance of what it is given.
    near(await size("1"), 2 ** 12, 0.35, "variance after twelve blocks");
    near(await size("12**-0.5"), (1 + 1 / 12) ** 12, 0.1, "variance with 1/√L");
  });

  it("kernels: He's ReLU layer maps a cosine c to (√(1 − c²) + c (π − arccos c)) / π", async () => {
    // Cho and Saul 2009, the arc-cosine kernel of degree 1.
    await run(
      asserting(`w = torch.randn(20000, 200) * (2 / 200) ** 0.5
for cosine in (0.0, 0.5, 0.9):
    x = torch.nn.functional.normalize(torch.randn(200), dim=0)
    y = torch.randn(200)
    y = torch.nn.functional.normalize(y - (y @ x) * x, dim=0)
    y = cosine * x + (1 - cosine**2) ** 0.5 * y
    a, b = torch.relu(w @ x), torch.relu(w @ y)
    found = torch.nn.functional.cosine_similarity(a, b, dim=0)
    near(found, ((1 - cosine**2) ** 0.5 + cosine * (math.pi - math.acos(cosine))) / math.pi, 0.03)
`),
    );
  });

  it("products of L Gaussian matrices: mean squared singular value 1, largest √((L + 1)^(L + 1) / L^L)", async () => {
    // Pennington, Schoenholz and Ganguli 2017, section 2.5: Fuss–Catalan; for L = 1 Marchenko and Pastur's 2.
    await run(
      asserting(`n = 160
for depth in (1, 2, 3):
    product = torch.eye(n)
    for _ in range(depth):
        product = torch.randn(n, n) / n**0.5 @ product
    values = torch.linalg.svdvals(product)
    near(values.square().mean(), 1, 0.1)
    near(values[0], ((depth + 1) ** (depth + 1) / depth**depth) ** 0.5, 0.08)
`),
    );
  });

  it("normalised weights: gradients are orthogonal to them, and fall as one over their length", async () => {
    // Salimans and Kingma 2016; van Laarhoven 2017; for batch normalisation Ioffe and Szegedy 2015, section 3.3.
    await run(
      asserting(`x, direction = torch.randn(64, 20).double(), torch.randn(64, 30).double()
def grad_of(weight):
    weight = weight.detach().requires_grad_()
    y = torch.nn.functional.batch_norm(x @ weight.t(), None, None, training=True, eps=0.0)
    (torch.tanh(y) * direction).sum().backward()
    return weight.grad

w = torch.randn(30, 20).double()
g = grad_of(w)
assert float(((g * w).sum(1).abs() / (g.norm(dim=1) * w.norm(dim=1))).max()) < 1e-12
near(grad_of(3 * w).norm() / g.norm(), 1 / 3, 1e-9)
layer = torch.nn.utils.weight_norm(nn.Linear(20, 30).double())
(torch.tanh(layer(x)) * direction).sum().backward()
v = layer.weight_v
assert float(((v.grad * v).sum(1).abs() / v.grad.norm(dim=1)).max()) < 1e-12
`),
    );
  });

  it("an LSTM's cell passes σ(b) per step: ½^T by default, 0.731^T with a forget bias of 1", async () => {
    // Jozefowicz, Zaremba and Sutskever 2015.
    await run(
      asserting(`for bias, kept in ((0.0, 0.5), (1.0, 1 / (1 + math.exp(-1)))):
    cell = nn.LSTMCell(4, 8).double()
    for p in cell.parameters():
        nn.init.zeros_(p)
    nn.init.constant_(cell.bias_ih[8:16], bias)
    c = start = torch.ones(2, 8, dtype=torch.float64, requires_grad=True)
    h = torch.zeros(2, 8, dtype=torch.float64)
    for _ in range(20):
        h, c = cell(torch.zeros(2, 4, dtype=torch.float64), (h, c))
    c.sum().backward()
    near(start.grad.mean(), kept**20, 1e-9)
`),
    );
  });

  it("linear regression: the curvature is 2 σmax²(X)/N, and Adam's first step is the learning rate", async () => {
    const script = (optimizer: string): string => `import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(100, 7), torch.randn(100, 1)
model = nn.Linear(7, 1, bias=False)
optimizer = torch.optim.${optimizer}
for _ in range(4):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
print(2 * float(torch.linalg.svdvals(x)[0]) ** 2 / 100)
`;
    const report = await run(script("SGD(model.parameters(), lr=0.1)"));
    near(report.curvature!.eigenvalue, Number(report.log?.trim()), 1e-4, "curvature");
    const adam = await run(script("Adam(model.parameters(), lr=0.003)"));
    const [weight] = adam.parameters;
    near(weight!.updateRatio!, 0.003 / weight!.value.rms, 1e-4, "update over weight");
  });
});
