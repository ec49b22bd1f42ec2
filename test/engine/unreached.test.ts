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

/** A subject with a base, a part, and what runs when it is derived. */
const BASED = `${HEAD}class Base(nn.Module):
    def __init_subclass__(cls):
        cls.noise = torch.rand(2)

    def more(self, x):
        return x + 1


class Part(nn.Module):
    def forward(self, x):
        return x * 2


# chainrule: Net(), input=(3, 4), loss=mse
class Net(Base):
    def __init__(self):
        super().__init__()
        self.fc, self.part = nn.Linear(4, 2), Part()

    def forward(self, x):
        return self.part(self.fc(x))
`;
const based = (part: string, by: string): [string, string] => [BASED, BASED.replace(part, by)];

/** A part that the subject finds without its name. */
const LISTED = `${HEAD}FOUND = []


class Listed:
    def __init_subclass__(cls):
        FOUND.append(cls)


class Part(Listed):
    def size(self):
        return 2


# chainrule: Net(), input=(3, 4), loss=mse
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, FOUND[0]().size())

    def forward(self, x):
        return self.fc(x)
`;

const GIVEN = `${HEAD}# chainrule: Net(), input=(3, 4), loss=mse\n${NET}`;
const GUESSED = `${HEAD}${NET}`;

const request = (text: string): AnalyzeRequest => ({
  ...{ file: "a.py", sources: { "a.py": text }, roots: [] },
});
/** Without times and what depends on them. */
const said = ({ cost: _cost, ...rest }: Report): unknown => rest;

type Cost = "nothing" | "others" | "run";

/** The answer to a question, and what it took: nothing, a look at other classes, or a run. */
async function ask(engine: Engine, text: string): Promise<{ report: Report; cost: Cost }> {
  const phases = new Set<string>();
  const report = await engine.analyze(request(text), {
    again: true,
    onProgress: (phase) => phases.add(phase),
  });
  const isRun = phases.has("forward") || !report.subject;
  return { report, cost: phases.size === 0 ? "nothing" : isRun ? "run" : "others" };
}

/** What the edit costs. Where that is no run, the answer is that of a run from nothing. */
async function costOf(before: string, after: string): Promise<Cost> {
  assert.notEqual(after, before);
  const engine = new Engine({ dir: DIST });
  try {
    const first = await ask(engine, before);
    assert.ok(first.report.subject, first.report.findings[0]?.message);
    const second = await ask(engine, after);
    const fresh = await engine.analyze(request(after));
    assert.deepEqual(said(second.report), said(fresh));
    // What was put together is known, too.
    const third = await ask(engine, `# Above.\n${after}`);
    if (second.cost === "others") assert.equal(third.cost, "nothing");
    return second.cost;
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
      assert.equal(await costOf(before, after), "nothing");
    });

  const beside = (part: string, by: string, head = GIVEN, tail = ""): [string, string] => [
    head + OTHER + tail,
    (head + OTHER + tail).replace(part, by),
  ];
  const others: readonly (readonly [string, readonly [string, string]])[] = [
    ["its constructor", beside("3, 4, 3", "3, 8, 3")],
    ["its constructor, beside a guessed subject", beside("3, 4, 3", "3, 8, 3", HEAD, NET)],
    ["its forward pass", beside("return self.conv(x)", "y = self.conv(x)\n\n        return y")],
    ["its forward pass, which then fails", beside("return self.conv(x)", "return self.conw(x)")],
    [
      "an old call of super()",
      beside(
        "super().__init__()\n        self.conv",
        "super(Other, self).__init__()\n        self.conv",
      ),
    ],
  ];
  for (const [what, [before, after]] of others)
    it(`costs a look at the other classes: ${what}`, async () => {
      assert.equal(await costOf(before, after), "others");
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
    ["another class's attributes", ...beside("    def __init__(self):\n", "    SIZE = 3\n\n    def __init__(self):\n", HEAD, NET)], // prettier-ignore
    ["another class's signature", ...beside("forward(self, x):\n        return self.conv", "forward(self, x, y=2):\n        return self.conv")], // prettier-ignore
    ["another class's decorated method", ...beside("def forward(self, x):\n        return self.conv(x)", "@torch.no_grad()\n    def forward(self, x):\n        return self.conv(x)")], // prettier-ignore
    ["a class that the subject's derives from", ...based("x + 1", "x + 2")],
    ["a class that the subject is made of", ...based("x * 2", "x * 3")],
    ["what runs where a class is derived from", ...based("torch.rand(2)", "torch.rand(3)")],
    ["a class that is named elsewhere", `${GIVEN}${OTHER}\nALL = [Other]\n`, `${GIVEN}${OTHER}\nALL = [Other]\n`.replace("3, 4, 3", "3, 8, 3")], // prettier-ignore
    ["a class that is used without its name", LISTED, LISTED.replace("return 2", "return 3")],
    ["a line more that is code", GIVEN, `${GIVEN}\nx = 1\n`],
  ];
  for (const [what, before, after] of dear)
    it(`costs one: ${what}`, async () => {
      assert.equal(await costOf(before, after), "run");
    });
});
