/** Which operation made the first NaN or infinity, and on which line of a script too. */
import assert from "node:assert/strict";
import type { Finding } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

const HEAD = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        h = self.fc(x)
`;
const TRAINING = `

if __name__ == "__main__":
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = model(torch.randn(16, 8)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
`;

describe("the first operation that is not finite", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const found = async (body: string, end = ""): Promise<Finding> => {
    const report = await analyst.analyzeText("net.py", HEAD + body + end);
    const own = report.findings.filter(({ code }) => code === "non-finite");
    assert.equal(own.length, 1, report.findings.map((f) => f.message).join("\n"));
    return own[0]!;
  };

  // Line 12 is the first of the body. What PyTorch's anomaly mode names is the same operation.
  for (const [what, body, line, pattern] of [
    ["a division by zero", "        return h / torch.relu(h)\n", 12, /^div .*divides by 0/],
    ["the slope of a root", "        return (h - h + 1e-30 * 0).sqrt()\n", 12, /gradient of sqrt/],
    [
      "an exponential that overflows, where the NaN comes later",
      "        e = torch.exp(200 + h)\n        return e - e\n",
      12,
      /^exp .*infinity/,
    ],
    [
      "0 × ∞ on the way back through a branch not taken",
      "        return torch.where(h > 0, torch.log(h * (h > 0)), torch.zeros_like(h))\n",
      12,
      /gradient of .* is the first/,
    ],
    [
      "a row of a mask",
      '        s = h.masked_fill(torch.ones(8) > 0, float("-inf"))\n        return s.softmax(-1)\n',
      13,
      /^softmax .*no finite entry/,
    ],
  ] as const)
    for (const [kind, end] of [
      ["a module", ""],
      ["a script", TRAINING],
    ] as const)
      it(`${what}, in ${kind}`, async () => {
        const { at, message } = await found(body, end);
        assert.equal(at.startLine, line, message);
        assert.match(message, pattern);
      });

  it("is information where loss and gradients are finite all the same: a rectifier masks the slope", async () => {
    const { at, severity, message } = await found("        return torch.sqrt(torch.relu(h))\n");
    assert.deepEqual([at.startLine, severity], [12, "information"]);
    assert.match(message, /finite all the same/);
  });
});
