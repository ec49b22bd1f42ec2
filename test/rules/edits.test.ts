/** Remedies as edits: what the sources say afterwards, and that PyTorch takes them. */
import assert from "node:assert/strict";
import { edited } from "../../engine/fixes/apply.ts";
import { joined } from "../../engine/fixes/together.ts";
import type { Edit, Proposal } from "../../engine/report.ts";
import { startBoth } from "../support/bothSides.ts";

const RESIDUAL = `import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.one = nn.Linear(width, width)
        self.two = nn.Linear(width, width)
        for layer in (self.one, self.two):
            nn.init.kaiming_normal_(layer.weight)

    def forward(self, x):
        y = torch.relu(self.one(x))
        x = x + self.two(y)  # the branch
        return x


class Net(nn.Module):
    def __init__(self, depth=25, width=64):
        super().__init__()
        self.blocks = nn.ModuleList([Block(width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)
`;

const LSTM = `import torch
from torch import nn


class Copy(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.hidden = hidden
        self.cell = nn.LSTMCell(4, hidden)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x):
        h = c = torch.zeros(x.size(0), self.hidden)
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
        return self.out(h)


if __name__ == "__main__":
    print(Copy()(torch.randn(8, 120, 4)).shape)
`;

const SUMMED = `import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 1)).float()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(506, 13)
y = x @ torch.randn(13, 1)
for epoch in range(100):
    loss = ((model(x) - y) ** 2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
`;

describe("remedies as edits", function () {
  this.timeout(240_000);
  const { analyst, witness } = startBoth();

  /** The source with the first proposal of that title applied. */
  const changed = async (source: string, title: string): Promise<string> => {
    const request = { file: "net.py", sources: { "net.py": source }, roots: [] };
    const { proposals, findings } = await analyst.analyze(request);
    const found = proposals.find((proposal) => proposal.title === title);
    assert.ok(
      found,
      `${findings.map(({ code }) => code).join()}: ${proposals.map((p) => p.title).join("; ")}`,
    );
    return edited(source, found.edits);
  };
  const inPyTorch = (source: string, result: string): Promise<unknown> =>
    witness.ask({
      verb: "eval",
      data: source,
      code: `space = {}\nexec(data, space)\nresult = ${result}`,
    });

  it("a residual branch is scaled by 1/√ of how many there are", async () => {
    const source = await changed(RESIDUAL, "Scale residual branches by depth");
    assert.equal(
      source,
      RESIDUAL.replace("x + self.two(y)  #", "x + 0.2 * self.two(y)  #"),
      "one place, nothing else",
    );
    const size = "float(space['Net']()(torch.randn(4, 64)).std())";
    assert.ok(Number(await inPyTorch(RESIDUAL, size)) > 50);
    assert.ok(Number(await inPyTorch(source, size)) < 5);
  });

  it("an LSTM's forget gate starts at 1, and no other gate", async () => {
    const source = await changed(LSTM, "Start the forget gates open");
    const biases = "space['Copy'](8).cell.bias_ih.view(4, 8)";
    const gates = (await inPyTorch(source, `(${biases} == 1).all(1).tolist()`)) as boolean[];
    assert.deepEqual(gates, [false, true, false, false]);
  });

  it("a sum of squares in brackets becomes their mean", async () => {
    const source = await changed(SUMMED, "Average the loss over the batch");
    assert.equal(source, SUMMED.replace("** 2).sum()", "** 2).mean()"));
  });

  it("a model that a function builds is initialised where a variable takes it", async () => {
    const script = SUMMED.replace(/nn\.Sequential\(.*\)\.float\(\)/, "build()").replace(
      "torch.manual_seed",
      [
        "def build():",
        "    layers = [nn.Sequential(nn.Linear(13, 13), nn.Sigmoid()) for _ in range(12)]",
        "    return nn.Sequential(*layers, nn.Linear(13, 1))",
        "",
        "torch.manual_seed",
      ].join("\n"),
    );
    const source = await changed(script, "Initialise as Glorot and Bengio");
    assert.match(
      source,
      /^model = build\(\)\nfor module in model\.modules\(\):\n {4}if isinstance\(module, nn\.Linear\):\n {8}nn\.init\.xavier/m,
    );
  });
});

describe("fixes together", () => {
  const at = (line: number, from: number, to = from): Edit["at"] => ({
    file: "a.py",
    startLine: line,
    startColumn: from,
    endLine: line,
    endColumn: to,
  });
  const proposal = (title: string, ...edits: Edit[]): Proposal => ({
    code: "c",
    title,
    kind: "safe",
    edits,
  });
  const rate = proposal("Set the rate", { at: at(3, 4, 8), newText: "0.1" });
  const init = proposal("Initialise", { at: at(9, 0), newText: "x" });

  it("are joined where they stand apart, and say each other's words", () => {
    const both = joined([rate, init]);
    assert.equal(both?.title, "Set the rate; initialise");
    assert.equal(both.edits.length, 2);
    assert.equal(joined([rate, { ...init, kind: "behaviour" }])?.kind, "behaviour");
  });

  it("are not joined where they change the same text, or are the same", () => {
    assert.equal(joined([rate, proposal("Other", { at: at(3, 6, 9), newText: "1" })]), null);
    assert.equal(joined([init, proposal("Other", { at: at(9, 0), newText: "y" })]), null);
    assert.equal(joined([rate, { ...rate, title: "Again" }]), null);
  });
});
