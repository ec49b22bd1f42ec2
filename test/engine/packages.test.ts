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
