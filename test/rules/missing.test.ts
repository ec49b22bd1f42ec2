/** Why a parameter gets no gradient, and where it lost its way. PyTorch leaves `grad` None in each of these. */
import assert from "node:assert/strict";
import { startAnalyst } from "../support/analyst.ts";

const HEAD = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
`;
const TRAINING = `

if __name__ == "__main__":
    net = Net()
    BEFORE
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = nn.functional.cross_entropy(net(torch.randn(16, 8)), torch.randint(0, 3, (16,)))
    print(loss.item())
    loss.backward()
    optimizer.step()
`;

describe("gradients that are missing", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  // Line 12 is the first of forward.
  for (const [body, message, line] of [
    ["        return self.head(x)\n", /never uses them/, null],
    ["        return self.head(self.encoder(x).detach())\n", /without its history/, 12],
    ["        return self.head(self.encoder(x).data)\n", /without its history/, 12],
    [
      "        with torch.no_grad():\n            h = self.encoder(x)\n        return self.head(h)\n",
      /no_grad\(\) is on/,
      13,
    ],
    [
      "        h = self.encoder(x)\n        return self.head(h.argmax(-1, keepdim=True) + x)\n",
      /argmax, which has no derivative/,
      13,
    ],
    [
      "        h = self.encoder(x)\n        self.seen = h.mean()\n        return self.head(x)\n",
      /does not depend/,
      null,
    ],
  ] as const)
    for (const end of ["", TRAINING.replace("BEFORE", "pass")])
      it(`${body.trim()}${end ? ", in a script" : ""}`, async () => {
        const { findings } = await analyst.analyzeText("net.py", HEAD + body + end);
        const found = findings.filter(({ code }) => code === "gradient-missing");
        assert.equal(found.length, 1, findings.map((f) => f.message).join("\n"));
        assert.match(found[0]!.message, /^encoder\.weight and encoder\.bias get no gradient/);
        assert.match(found[0]!.message, message);
        assert.equal(found[0]!.cause?.at.startLine ?? null, line);
      });

  it("frozen, and yet given to the optimizer", async () => {
    const freeze = "net.encoder.requires_grad_(False)";
    const body = "        return self.head(self.encoder(x))\n";
    const source = HEAD + body + TRAINING.replace("BEFORE", freeze);
    const { findings } = await analyst.analyzeText("net.py", source);
    const found = findings.filter(({ code }) => code === "gradient-missing");
    assert.deepEqual(
      found.map((f) => [f.severity, f.message]),
      [
        [
          "information",
          "encoder.weight and 1 more parameters are given to the optimizer but frozen (requires_grad is False): no step changes them.",
        ],
      ],
    );
  });
});
