import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

const NET = `
from torch import nn
from .parts import WIDTH

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(WIDTH, 3)

    def forward(self, x):
        return self.fc(x)
`;
const SOURCES = {
  "pkg/__init__.py": "print('the package ran')\nfrom .net import Net\nHELP = 8\n",
  "pkg/parts.py": "WIDTH = 8\n",
  "pkg/net.py": NET,
  "pkg/needs.py": NET.replace("from .parts import WIDTH", "from pkg import HELP as WIDTH"),
  "pkg/module.py": NET.replace(
    "from .parts import WIDTH",
    "from pkg import parts\nWIDTH = parts.WIDTH",
  ),
};

describe("a file inside a package", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (file: string): Promise<Report> =>
    analyst.analyze({ file, sources: SOURCES, roots: [] });

  it("finds its siblings without running the package", async () => {
    const report = await run("pkg/net.py");
    assert.equal(report.subject?.entry, "Net", report.findings[0]?.message);
    assert.equal(report.log, "");
  });
  it("runs the package when it asks for a name of it", async () => {
    const report = await run("pkg/needs.py");
    assert.equal(report.subject?.entry, "Net", report.findings[0]?.message);
    assert.equal(report.log.trim(), "the package ran");
  });
  it("imports a module by the package's name without running the package", async () => {
    const report = await run("pkg/module.py");
    assert.equal(report.subject?.entry, "Net", report.findings[0]?.message);
    assert.equal(report.log, "");
  });
});

const ABSENT = `
import inflect
from ema_pytorch.sub import EMA, registry, TryAgain, option
try:
    import apex
except ImportError:
    apex = None
import importlib.util
from dataclasses import dataclass
from PIL import ExifTags
import torch.backends.cudnn as cudnn
from gym.spaces.box import Box
from gym.wrappers.clip_action import ClipAction
from lightning.pytorch.callbacks.finetuning import BaseFinetuning
from lightning.pytorch.demos.boring_classes import BoringModel
from timm.data.mixup import Mixup
from torch import nn
from torch._six import container_abcs, inf
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP
from torch.nn.parallel._functions import Broadcast
from torch.nn.parallel.data_parallel import DataParallel, data_parallel

@dataclass
class Inner:
    a: int = 1

@dataclass
class Outer:
    inner: Inner = Inner()

assert Outer().inner.a == 1 and ExifTags.TAGS[274] == "Orientation" and Box.__module__ == "gym.spaces"
cudnn.benchmark = True
assert apex is None and importlib.util.find_spec("xformers") is None
assert DataParallel is nn.DataParallel and callable(data_parallel)
assert nn.parallel.data_parallel(nn.Identity(), 3) == 3

class Wrapped(EMA):
    model: str

@option(Wrapped.model)
def model_of(c):
    return 1

@TryAgain(times=3)
def tried(x):
    return x

LIMIT = inflect.engine()
CONFIG = Wrapped()
inflect.TABLE["a"] = 1

@registry.register_module()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(x)
`;

describe("what a file imports and is not there", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (text: string): Promise<Report> =>
    analyst.analyze({ file: "/net.py", sources: { "/net.py": text }, roots: [] });

  it("is stood in for where the import is for good, and the report says so", async () => {
    const report = await run(ABSENT);
    assert.equal(report.subject?.entry, "Net", report.findings[0]?.message);
    assert.deepEqual(
      report.replaced.map(({ what, at }) => `${what} ${String(at?.startLine)}`),
      ["package inflect 2", "package ema_pytorch 3"],
    );
  });
  it("is named where it is used", async () => {
    for (const [use, name] of [
      ["inflect.engine(x)", "inflect.engine"],
      ["x + LIMIT", "inflect.engine"],
      ["Mixup(x)", "timm.data.mixup.Mixup"],
      ["tried(x)", "ema_pytorch.sub.TryAgain"],
      ["Wrapped()", "ema_pytorch.sub.EMA"],
      ["CONFIG + x", "ema_pytorch.sub.EMA"],
    ] as const) {
      const report = await run(ABSENT.replace("self.fc(x)", `self.fc(${use})`));
      assert.equal(report.unsupported[0]?.name, name, report.findings[0]?.message);
    }
  });
  it("stays an error where PyTorch has no such module, or the names are not known", async () => {
    for (const [line, message] of [
      ["import torch.nothing_of_that_name", "No module named 'torch.nothing_of_that_name'"],
      ["from inflect import *", "No module named 'inflect'"],
    ] as const) {
      const report = await run(`${line}\n${ABSENT}`);
      assert.match(report.findings[0]?.message ?? "", new RegExp(message));
    }
  });
});

/** As pandas 2.2 documents it. */
const TABLES = `
import io, json
import pandas as pd
from torch import nn

def show(text, **options):
    try:
        made = pd.read_csv(io.StringIO(text), **options)
        print(json.dumps([list(made.columns), made.values.tolist(), list(made.index)]))
    except Exception as error:
        print(json.dumps(str(error).strip()))

show("a,b,c\\n1,2.5,x\\n3,4,y\\n")
show("1 2  3\\n4 5 6\\n", sep=r"\\s+", header=None)
show("# c\\na,b\\n1,2\\n3,?\\n", comment="#", na_values="?", nrows=1)
show("a,b\\nr1,1,2\\nr2,3,4\\n")
show("a,a,\\n1,2,3\\n")
show("x,y\\n1,2\\n3,4\\n", names=["p", "q"], header=0, skiprows=[1])
show("x,y\\n1,2\\n3,4\\n", usecols=["y"], dtype=float)
show('x;y\\n"1,5";2\\n', sep=";", decimal=",")
show("a,b\\n1,2\\n3,4,5\\n6,7\\n")
show("a\\n1\\n", chunksize=3)
rows = pd.DataFrame.from_dict({"p": [1, 2], "q": [3, 4]}, orient="index", columns=["a", "b"])
print(json.dumps([list(rows.columns), rows.values.tolist(), list(rows.index)]))
print(json.dumps(pd.DataFrame.from_dict({"a": [1, 2], "b": [3, 4]}).values.tolist()))

class Net(nn.Linear):
    def __init__(self):
        super().__init__(4, 3)
`;

describe("metadata of what Chainrule brings", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  it("tells versions to importlib.metadata and pkg_resources, and knows no others", async () => {
    const report = await analyst.analyze({
      file: "net.py",
      sources: {
        "net.py": `
import importlib.metadata
import pkg_resources
import torch

print(importlib.metadata.version("torch") == torch.__version__)
print(pkg_resources.parse_version(pkg_resources.get_distribution("tqdm").version).major)
try:
    pkg_resources.get_distribution("not-there")
except pkg_resources.DistributionNotFound as e:
    print("not found:", e)
`,
      },
      roots: [],
    });
    assert.equal(report.log, "True\n4\nnot found: not-there\n");
  });
});

describe("a table", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  it("is read as pandas does, and what is not known refuses", async () => {
    const { log } = await analyst.analyzeText("net.py", TABLES);
    const told = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(told, [
      [["a", "b", "c"], [[1, 2.5, "x"], [3, 4, "y"]], [0, 1]],
      [[0, 1, 2], [[1, 2, 3], [4, 5, 6]], [0, 1]],
      [["a", "b"], [[1, 2]], [0]],
      [["a", "b"], [[1, 2], [3, 4]], ["r1", "r2"]],
      [["a", "a.1", "Unnamed: 2"], [[1, 2, 3]], [0]],
      [["p", "q"], [[3, 4]], [0]],
      [["y"], [[2], [4]], [0, 1]],
      [["x", "y"], [[1.5, 2]], [0]],
      "Error tokenizing data. C error: Expected 2 fields in line 3, saw 3",
      "pandas.read_csv(chunksize=…)",
      [["a", "b"], [[1, 2], [3, 4]], ["p", "q"]],
      [[1, 3], [2, 4]],
    ]); // prettier-ignore
  });
});
