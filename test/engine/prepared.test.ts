/** The spare prepares itself while it waits: what it learned must not be seen, only be faster. */
import assert from "node:assert/strict";
import path from "node:path";
import { Engine } from "../../engine/client.ts";
import type { Report } from "../../engine/report.ts";
import { ROOT } from "../support/host.ts";

const FILE = "net.py";
const NET = `import random
import torch
from torch import nn
import part

print(random.random(), torch.rand(1).item(), torch.initial_seed(), part.WORD, len(torch.nn.Linear(2, 2).state_dict()))


# chainrule: Net(), input=(4, 3, 8, 8), loss=cross_entropy
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(), nn.Linear(288, 5))

    def forward(self, x):
        return self.net(x)
`;

/** Everything that is not a time. */
const said = ({ cost, ...rest }: Report): unknown => ({ ...rest, peak: cost.peakBytes });

describe("a prepared spare", () => {
  const engine = new Engine({ dir: path.join(ROOT, "dist") });
  after(() => engine.dispose());
  const run = (word: string, part = `WORD = ${JSON.stringify(word)}\n`): Promise<Report> =>
    engine.analyze({ file: FILE, sources: { [FILE]: NET, "part.py": part }, roots: [] });

  it("reports what an unprepared one reports", async () => {
    const first = await run("one");
    assert.ok(first.subject, first.findings[0]?.message);
    for (let i = 0; i < 2; i++) {
      await engine.prepared();
      assert.deepEqual(said(await run("one")), said(first));
    }
  });

  it("runs a module's text of now, not the one that it compiled", async () => {
    await run("before");
    await engine.prepared();
    assert.match((await run("after")).log, /\bafter\b/);
  });

  it("still tells what is wrong with a module, and its warnings", async () => {
    const wrong = "def f(:\n";
    const stops = await run("", wrong);
    await engine.prepared();
    assert.deepEqual(said(await run("", wrong)), said(stops));
    const warns = 'WORD = "\\d"\n';
    const warned = await run("", warns);
    assert.match(warned.log, /SyntaxWarning/);
    await engine.prepared();
    assert.deepEqual(said(await run("", warns)), said(warned));
  });
});
