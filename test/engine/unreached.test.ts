/** Edits of code that the subject does not reach cost no run; any other does. */
import assert from "node:assert/strict";
import { Engine } from "../../engine/client.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";
import { DIST } from "../hostile/room.ts";

const HEAD = `import torch
from torch import nn
from torch.nn import functional as F

SIZE = 4


`;
const NET = `class Net(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.fc = nn.Linear(SIZE, hidden)
        self.out = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.out(halved(self.fc(x)))

    def extra(self, x):
        return x


def halved(x):
    return x / 2


def plot(values, scale=2):
    total = 0
    for value in values:
        total += scale * value
    return total


@torch.no_grad()
def silent(x):
    return x


print(SIZE)
`;
const OTHER = `

class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv(x)
`;

const GIVEN = `${HEAD}# chainrule: Net(), input=(3, 4), loss=mse\n${NET}`;
const GUESSED = `${HEAD}${NET}`;

const request = (text: string): AnalyzeRequest => ({
  ...{ file: "a.py", sources: { "a.py": text }, roots: [] },
});
/** Without times and what depends on them. */
const said = ({ cost: _cost, ...rest }: Report): unknown => rest;

/** What a second question is answered with, and whether that took a run. */
async function ask(engine: Engine, text: string): Promise<{ report: Report; isRun: boolean }> {
  let isRun = false;
  const report = await engine.analyze(request(text), {
    again: true,
    onProgress: () => {
      isRun = true;
    },
  });
  return { report, isRun };
}

/** True where the edit costs a run. Where it does not, the answer is that of a run from nothing. */
async function costsRun(before: string, after: string): Promise<boolean> {
  assert.notEqual(after, before);
  const engine = new Engine({ dir: DIST });
  try {
    const first = await ask(engine, before);
    assert.ok(first.report.subject, first.report.findings[0]?.message);
    const second = await ask(engine, after);
    const fresh = await engine.analyze(request(after));
    assert.deepEqual(said(second.report), said(fresh));
    return second.isRun;
  } finally {
    await engine.dispose();
  }
}

describe("an edit of code that was not reached", () => {
  const free: readonly (readonly [string, string, string])[] = [
    ["a helper's body", GIVEN, GIVEN.replace("total += scale", "total -= scale")],
    [
      "a helper's body, which grows",
      GIVEN,
      GIVEN.replace("    total = 0\n", "    total = 0\n\n    scale = 3\n"),
    ],
    ["a helper beside a guessed subject", GUESSED, GUESSED.replace("scale * value", "value")],
    ["a helper beside another class", GIVEN + OTHER, (GIVEN + OTHER).replace("scale * value", "value")], // prettier-ignore
  ];
  for (const [what, before, after] of free)
    it(`costs no run: ${what}`, async () => {
      assert.equal(await costsRun(before, after), false);
    });

  const dear: readonly (readonly [string, string, string])[] = [
    ["a default", GIVEN, GIVEN.replace("scale=2", "scale=3")],
    ["a decorated function", GIVEN, GIVEN.replace("def silent(x):\n    return x", "def silent(x):\n    return -x")], // prettier-ignore
    ["a function that ran", GIVEN, GIVEN.replace("x / 2", "x / 3")],
    ["a method of the subject", GIVEN, GIVEN.replace("x):\n        return x\n", "x):\n        return -x\n")], // prettier-ignore
    ["the module's own code", GIVEN, GIVEN.replace("print(SIZE)", "print(-SIZE)")],
    ["what does not compile", GIVEN, GIVEN.replace("    return total", "    return = total")],
    ["what Python warns of", GIVEN, GIVEN.replace("    return total", '    return "\\d"')],
    ["a call of the subject's class", GIVEN, GIVEN.replace("total = 0", "total = Net(hidden=3)")],
    [
      "a helper that is named elsewhere",
      `${GIVEN}\nFOUND = [plot]\n`,
      `${GIVEN}\nFOUND = [plot]\n`.replace("total = 0", "total = 1"),
    ],
    ["a helper that would make a module", GIVEN, GIVEN.replace("return total", "return nn.Linear(2, 2)")], // prettier-ignore
    ["another class, which has a row of its own", GIVEN + OTHER, GIVEN + OTHER.replace("3, 4, 3", "3, 8, 3")], // prettier-ignore
    ["a line more that is code", GIVEN, `${GIVEN}\nx = 1\n`],
  ];
  for (const [what, before, after] of dear)
    it(`costs one: ${what}`, async () => {
      assert.equal(await costsRun(before, after), true);
    });
});
