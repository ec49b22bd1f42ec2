/** Whole models under the CPU's autocast in bfloat16: each gradient beside PyTorch's. */
import assert from "node:assert/strict";
import { comparedResults } from "../support/bothSides.ts";

const SOURCE = `import json
import torch
from torch import nn
import torch.nn.functional as F


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 16)
        self.cell = nn.GRUCell(16, 24)
        self.head = nn.Linear(24, 5)

    def forward(self, x):
        h = torch.zeros(x.shape[0], 24)
        for step in range(4):
            h = self.cell(self.words((x.abs() * 10).long().clamp(max=19)[:, step]), h)
        return self.head(h)


class Residual(nn.Module):
    def __init__(self, groups=1):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.one = nn.Conv2d(8, 8, 3, padding=1, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = x + F.silu(self.norm(self.one(x)))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(16, 48), nn.Linear(16, 5)
        self.norm = nn.LayerNorm(16)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        a = (q @ k.transpose(-2, -1) / 4).softmax(-1)
        return self.out((x + a @ v).mean(1))


class Upsampling(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.Conv2d(8, 3, 3, padding=1)
        self.head = nn.Linear(3 * 64, 5)

    def forward(self, x):
        x = F.interpolate(F.gelu(self.down(x)), scale_factor=2, mode="nearest")
        return self.head(torch.tanh(self.up(x)).flatten(1))


def mlp(*hidden):
    layers = [m for a, b in zip((16, *hidden), hidden) for m in (nn.Linear(a, b), nn.GELU())]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], 5))


MODELS = {
    "mlp": (lambda: mlp(32, 32), (8, 16)),
    "deep mlp": (lambda: mlp(*[32] * 6), (8, 16)),
    "residual": (Residual, (4, 3, 8, 8)),
    "depthwise": (lambda: Residual(8), (4, 3, 8, 8)),
    "grouped": (lambda: Residual(2), (4, 3, 8, 8)),
    "attention": (Attention, (4, 6, 16)),
    "recurrent": (Recurrent, (6, 4)),
    "upsampling": (Upsampling, (4, 3, 8, 8)),
}


def results(modes):
    """Per model and mode of autocast: the first elements of each gradient."""
    made = {}
    for name, (build, shape) in MODELS.items():
        torch.manual_seed(0)
        model, x = build(), torch.randn(*shape)
        y = torch.arange(shape[0]) % 5
        grads = []
        for on in modes:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=on):
                loss = F.cross_entropy(model(x), y)
            model.zero_grad()
            loss.backward()
            grads.append({n: [float(f'{v:.6g}') for v in p.grad.reshape(-1)[:60].tolist()] for n, p in model.named_parameters()})
        made[name] = grads
    return made


# chainrule: Net(), input=(2, 2), loss=sum
class Net(nn.Linear):
    def __init__(self):
        super().__init__(2, 2)

    def forward(self, x):
        if not x.is_meta:
            print(json.dumps(results([True])))
        return super().forward(x)
`;

/** Per model: gradients under autocast, and in float32. */
type Results = Readonly<
  Record<string, readonly [Readonly<Record<string, number[]>>, Readonly<Record<string, number[]>>]>
>;
/** One gradient's distance over its own rounding error; PyTorch's CPU rounds within its products, too. */
const MOST = 3;
const length = (x: readonly number[]): number => Math.hypot(...x);
const apart = (a: readonly number[], b: readonly number[]): number =>
  length(a.map((x, i) => x - b[i]!)) / length(b);

describe("autocast of the CPU in bfloat16, whole models", function () {
  this.timeout(120_000);
  const results = comparedResults<Results>(SOURCE, "[True, False]");

  it("gradients are no farther from PyTorch's than roundings of bfloat16 move PyTorch's own", () => {
    const ratios: number[] = [];
    for (const [model, [half, wide]] of Object.entries(results.theirs))
      for (const [name, g] of Object.entries(half)) {
        if (length(g) < 1e-6) continue; // noise around 0: a bias before a normalisation
        const ratio =
          apart(results.ours[model]![0][name]!, g) / Math.max(apart(g, wide[name]!), 2 ** -8);
        assert.ok(ratio < MOST, `${model} ${name}: ${ratio}`);
        ratios.push(ratio);
      }
    assert.ok(ratios.length > 40);
    assert.ok(ratios.reduce((a, b) => a + b) / ratios.length < 1, ratios.join());
  });
});
