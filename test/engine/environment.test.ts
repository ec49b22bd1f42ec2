/** The user's environment and project as a run sees them by its door: real folders, the real worker. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { jobOf } from "../../engine/cli/request.ts";
import { readCommand } from "../../engine/cli/options.ts";
import { packagesText } from "../../engine/cli/table.ts";
import { Engine, environmentIn, packageFolders } from "../../engine/client.ts";
import { disk } from "../../engine/cli/disk.ts";
import type { Report } from "../../engine/report.ts";
import { DIST } from "../support/analyst.ts";

const SITE = "venv/lib/python3.11/site-packages";
const NET = `
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(WIDTH, 3)
    def forward(self, x):
        return self.fc(x)
`;

const FILES: Readonly<Record<string, string>> = {
  "venv/pyvenv.cfg": "",
  [`${SITE}/einops/__init__.py`]: "from .widths import WIDTH\nfrom missing_name_ok import N",
  [`${SITE}/einops/widths.py`]: "WIDTH = 5\ndef fail(): raise ValueError('by its own')\n",
  [`${SITE}/missing_name_ok.py`]: "N = 1\n",
  [`${SITE}/einops-9.1.dist-info/METADATA`]: "Metadata-Version: 2.1\nName: einops\nVersion: 9.1\n",
  [`${SITE}/tqdm/__init__.py`]: "from .compiled import tqdm\n",
  [`${SITE}/numpy/__init__.py`]: "raise ImportError('the real numpy')\n",
  [`${SITE}/PIL/__init__.py`]: "raise ImportError('the real Pillow')\n",
  [`${SITE}/PIL/_imaging.cpython-311-x86_64-linux-gnu.so`]: "",
  [`${SITE}/lazy/__init__.py`]:
    "import importlib\ndef __getattr__(name): return importlib.import_module('lazy.' + name)\n",
  [`${SITE}/lazy/deep.py`]: "WIDTH = 6\n",
  "p/pyproject.toml": "",
  "p/utils.py": "WIDTH = 1\n",
  "p/plugins/first.py": "WIDTH = 4\n",
  "p/bare/parts.py": "WIDTH = 3\n",
};

describe("a user's environment and project", function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), "chainrule-environment-"));
  const engine = new Engine({ dir: DIST });
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  before(() => {
    for (const [path, text] of Object.entries(FILES)) put(path, text);
  });
  after(async () => {
    await engine.dispose();
    rmSync(dir, { recursive: true });
  });

  /** Runs the file with that head, which gives WIDTH. */
  async function run(path: string, head: string, environment = true): Promise<Report> {
    put(path, `${head}\n${NET}`);
    const named = environment ? ["--site-packages", join(dir, "venv")] : [];
    const { request, door } = await jobOf(readCommand(["analyze", join(dir, path), ...named]));
    return engine.analyze(request, { door });
  }

  it("a configuration's fields have the values of the project's settings file that holds them all", async () => {
    put("p/speech/other.json", JSON.stringify({ width: 9, classes: 2 }));
    put("p/speech/v1.json", JSON.stringify({ width: 6, classes: 5, slopes: [0.1, 0.2], rate: 1 }));
    const lines = [
      "from torch import nn",
      "class Net(nn.Module):",
      "    def __init__(self, h):",
      "        super().__init__()",
      "        self.slopes = h.slopes",
      "        self.fc = nn.Linear(h.width, h.classes)",
      "    def forward(self, x):",
      "        return nn.functional.leaky_relu(self.fc(x), self.slopes[0])",
    ];
    put("p/speech/net.py", lines.join("\n"));
    const command = readCommand(["analyze", join(dir, "p/speech/net.py")]);
    const { request, door } = await jobOf(command);
    const { subject: s } = await engine.analyze(request, { door });
    assert.equal(s?.call, "Net(h=types.SimpleNamespace(slopes=[0.1, 0.2], width=6, classes=5))");
    const why = s.choices.find((c) => c.what === "h")?.why;
    assert.equal(why, "the fields that the code reads, as v1.json sets them");
  });

  async function checkWidth(path: string, head: string, width: number): Promise<Report> {
    const report = await run(path, head);
    const shape = report.parameters[0]?.shape;
    assert.deepEqual(shape, [3, width], report.findings[0]?.message);
    return report;
  }

  it("gives a package of the environment before Chainrule's own, with its version", async () => {
    const report = await checkWidth("p/a.py", "from einops import WIDTH\nimport numpy", 5);
    assert.deepEqual(report.packages, [
      { name: "einops", version: "9.1", from: "environment" },
      { name: "missing_name_ok", version: null, from: "environment" },
      { name: "numpy", version: "1.26.4", from: "chainrule" },
    ]);
    assert.equal(
      packagesText(report),
      "einops 9.1, missing_name_ok from the environment · numpy 1.26.4 from Chainrule",
    );
  });

  it("gives modules that nothing names before they are asked for", () =>
    checkWidth("p/b.py", "import lazy\nWIDTH = lazy.deep.WIDTH", 6));

  it("tells a version by the package's metadata", () =>
    checkWidth(
      "p/c.py",
      "from importlib.metadata import version\nWIDTH = int(version('einops')[0])",
      9,
    ));

  it("takes Chainrule's own where the environment's fails to import, and says so", async () => {
    const head = "from tqdm import tqdm\nWIDTH = len(list(tqdm(range(7))))";
    const { packages } = await checkWidth("p/d.py", head, 7);
    assert.deepEqual(
      packages.map(({ name, from }) => `${name} ${from}`),
      ["tqdm chainrule"],
    );
    assert.match(String(packages[0]?.note), /No module named 'tqdm.compiled'/);
  });

  it("does so for a script, but not where a library that is there fails at its work", async () => {
    const TRAINS =
      "import torch\nnet = torch.nn.Linear(WIDTH, 3)\nsgd = torch.optim.SGD(net.parameters(), 0.1)\n" +
      "for _ in range(3):\n    net(torch.ones(1, WIDTH)).sum().backward()\n    sgd.step()\n";
    const script = async (path: string, head: string): Promise<Report> => {
      put(path, `${head}\n${TRAINS}`);
      const args = ["analyze", join(dir, path), "--site-packages", join(dir, "venv")];
      const { request, door } = await jobOf(readCommand(args));
      return engine.analyze(request, { door });
    };
    const head = "from tqdm import tqdm\nWIDTH = len(list(tqdm(range(7))))";
    const { subject, parameters, packages } = await script("p/train.py", head);
    assert.equal(subject?.from, "script");
    assert.deepEqual(parameters[0]?.shape, [3, 7]);
    assert.match(String(packages[0]?.note), /No module named 'tqdm.compiled'/);
    const failed = await script("p/fails.py", "from einops import widths\nWIDTH = widths.fail()");
    assert.match(String(failed.findings[0]?.message), /by its own/);
    assert.deepEqual(failed.packages.map(({ name, note }) => [name, note]).slice(0, 1), [["einops", undefined]]); // prettier-ignore
  });

  it("never takes numpy, torch and what needs compiled parts", () =>
    checkWidth("p/e.py", "import numpy, PIL\nWIDTH = 2", 2));

  it("reads nothing of an environment that was not opened", async () => {
    const { replaced } = await run("p/f.py", "import einops, lazy\nWIDTH = 2", false);
    assert.deepEqual(
      replaced.map(({ what }) => what),
      ["package lazy"],
    );
  });

  it("finds modules of the project by names made while running", () =>
    checkWidth(
      "p/models/g.py",
      "import importlib, sys\nsys.path.append(__file__.rsplit('/', 2)[0])\n" +
        "WIDTH = importlib.import_module('plugins.' + 'fir' + 'st').WIDTH",
      4,
    ));

  it("makes a folder in place of one that holds nothing for the run", async () => {
    put("p/pictures/one.png", "");
    const head =
      "import os\nassert 'pictures' in os.listdir(os.path.dirname(__file__))\n" +
      "os.makedirs(os.path.join(os.path.dirname(__file__), 'pictures'), exist_ok=True)\nWIDTH = 2";
    const report = await run("p/makes.py", head);
    assert.deepEqual(report.parameters[0]?.shape, [3, 2], JSON.stringify(report.findings));
  });

  it("finds what lies beside the project's root", () =>
    checkWidth("p/models/deep/h.py", "from plugins.first import WIDTH", 4));

  it("imports relatively in a folder that is no package", () =>
    checkWidth("p/bare/i.py", "from .parts import WIDTH", 3));

  it("prefers the folder that holds the whole module", async () => {
    put("p/models/utils/__init__.py", "");
    put("p/models/utils/sizes.py", "WIDTH = 8\n");
    await checkWidth("p/models/deep/j.py", "from utils.sizes import WIDTH", 8);
  });

  it("knows environments by their layout", async () => {
    const site = join(dir, SITE);
    assert.equal(await environmentIn(dir, disk), join(dir, "venv"));
    for (const path of ["venv", "venv/bin/python", "venv/bin/python3.11", SITE])
      assert.deepEqual(await packageFolders(join(dir, path), disk), [site]);
    put("win/Lib/site-packages/x.py", "");
    for (const path of ["win", "win/Scripts/python.exe", "win/python.exe"])
      assert.deepEqual(await packageFolders(join(dir, path), disk), [
        join(dir, "win/Lib/site-packages"),
      ]);
    assert.deepEqual(await packageFolders(join(dir, "p"), disk), []);
  });
});
