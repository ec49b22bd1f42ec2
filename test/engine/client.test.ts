/** The client with the real worker: boots, sources, log, fallback without a snapshot, what the snapshot holds. */
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { queryObjects } from "node:v8";
import { SNAPSHOT } from "../../engine/doors/assets.ts";
import { Engine } from "../../engine/client.ts";
import type { AnalyzeRequest, Phase } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

/** What the file prints, in the engine's log. */
async function checkLog(
  engine: Engine,
  request: Partial<AnalyzeRequest> & { readonly sources: Readonly<Record<string, string>> },
  expected: string | RegExp,
): Promise<void> {
  const [file] = Object.keys(request.sources);
  const { log, findings } = await engine.analyze({ file: String(file), roots: [], ...request });
  const told = findings.map(({ message }) => message).join("\n");
  if (typeof expected === "string") assert.equal(log, expected, `${log}\n${told}`);
  else assert.match(log, expected, told);
}

/** Everything that must not depend on the snapshot. */
function describeRuns(name: string, open: () => Engine): void {
  describe(name, () => {
    let engine: Engine;
    before(() => {
      engine = open();
    });
    after(() => engine.dispose());

    it("runs the file and keeps what it prints", () =>
      checkLog(engine, { sources: { "a.py": "print('größe', 1 + 1)" } }, "größe 2\n"));

    it("finds siblings, packages and roots as Python does", () =>
      checkLog(
        engine,
        {
          sources: {
            "/u/p/main.py": "import sib, pkg.sub, far\nprint(sib.x, pkg.sub.y, far.z, __file__)",
            "/u/p/sib.py": "x = 1",
            "/u/p/pkg/__init__.py": "",
            "/u/p/pkg/sub.py": "from . import deep\ny = deep.v",
            "/u/p/pkg/deep.py": "v = 2",
            "/u/far.py": "z = 3",
          },
          roots: ["/u"],
        },
        "1 2 3 /u/p/main.py\n",
      ));

    it("draws the same random numbers on every run", async () => {
      const code =
        "import os, random, uuid\nprint(random.random(), os.urandom(4), uuid.uuid4(), hash('a'))";
      const logs = [0, 1].map(() =>
        engine.analyze({ file: "a.py", sources: { "a.py": code }, roots: [] }),
      );
      const [first, second] = await Promise.all(logs);
      assert.equal(first?.log, second?.log);
      assert.match(String(first?.log), /^0\.\d+ b'/);
    });

    it("has the standard library's sources for tracebacks", () =>
      checkLog(
        engine,
        {
          sources: {
            "a.py": "import inspect, json\nprint('def loads' in inspect.getsource(json))",
          },
        },
        "True\n",
      ));
  });
}

describe("client", () => {
  describeRuns("with the snapshot", () => new Engine({ dir: DIST }));

  describe("without the snapshot", () => {
    const dir = mkdtempSync(join(tmpdir(), "chainrule-"));
    cpSync(DIST, dir, { recursive: true, filter: (path) => !path.endsWith(SNAPSHOT) });
    after(() => {
      rmSync(dir, { recursive: true });
    });
    describeRuns("does the same", () => new Engine({ dir }));
  });

  it("boots the slow way where the snapshot is of another build", async () => {
    const dir = mkdtempSync(join(tmpdir(), "chainrule-"));
    cpSync(DIST, dir, { recursive: true });
    const bytes = readFileSync(join(DIST, SNAPSHOT));
    bytes.fill(7, 0, 48); // magic number and build
    writeFileSync(join(dir, SNAPSHOT), bytes);
    const engine = new Engine({ dir });
    try {
      await checkLog(engine, { sources: { "a.py": "print('alive')" } }, "alive\n");
    } finally {
      await engine.dispose();
      rmSync(dir, { recursive: true });
    }
  });

  it("gives the same report with one thread, with three and with joined vectors", async () => {
    const source = `
import torch
from torch import nn

# chainrule: Net(), input=(16, 3, 32, 32), loss=cross_entropy
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.BatchNorm2d(64), nn.GELU(), nn.Conv2d(64, 64, 3, 4, groups=64))
        self.mix = nn.LSTM(64, 96, batch_first=True)
        self.head = nn.Linear(64 * 96, 10)

    def forward(self, x):
        y, _ = self.mix(self.body(x).flatten(2).transpose(1, 2))
        return self.head(y.flatten(1).softmax(-1))
`;
    const reports: string[] = [];
    for (const more of [{ threads: 1 }, { threads: 3 }, { threads: 3, wide: true }]) {
      const engine = new Engine({ dir: DIST, spare: false, ...more });
      try {
        const request = { file: "a.py", sources: { "a.py": source }, roots: [] };
        const { loss, layers, parameters } = await engine.analyze(request);
        assert.ok(layers.length > 4, String(layers.length));
        reports.push(JSON.stringify({ loss, layers, parameters }));
      } finally {
        await engine.dispose();
      }
    }
    for (const report of reports) assert.equal(report, reports[0]);
  });

  describe("one engine", () => {
    const engine = new Engine({ dir: DIST });
    after(() => engine.dispose());

    it("tells its progress", async () => {
      const phases: Phase[] = [];
      await engine.analyze(
        { file: "a.py", sources: { "a.py": "" }, roots: [] },
        { onProgress: (phase) => phases.push(phase) },
      );
      assert.deepEqual(phases.slice(0, 2), ["boot", "import"]);
    });

    it("leaves no port of its threads behind", async () => {
      const several = new Engine({ dir: DIST, threads: 2 });
      const run = () =>
        several.analyze({ file: "a.py", sources: { "a.py": "import torch\n" }, roots: [] });
      const ports = async (): Promise<number> => {
        await several.prepared();
        return queryObjects(MessagePort, { format: "count" });
      };
      try {
        await run();
        const before = await ports();
        for (let i = 0; i < 3; i++) await run();
        let now = await ports();
        // The last run's threads may still be ending.
        for (let i = 0; i < 20 && now > before; i++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          now = await ports();
        }
        assert.equal(now, before);
      } finally {
        await several.dispose();
      }
    });

    it("shows what was measured before it looks at the file's other classes", async () => {
      const classOf = (name: string): string =>
        `class ${name}(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Linear(3, 2))\n`;
      const text = (...names: string[]): string =>
        `import torch\nfrom torch import nn\nprint("hello")\n# chainrule: A(), input=(4, 3)\n${names.map(classOf).join("")}`;
      const run = async (source: string): Promise<[Report, Report[]]> => {
        const early: Report[] = [];
        const request = { file: "a.py", sources: { "a.py": source }, roots: [] };
        const report = await engine.analyze(request, { onMeasured: (told) => early.push(told) });
        return [report, early];
      };
      const [report, [early, ...more]] = await run(text("A", "B"));
      assert.ok(early && more.length === 0);
      assert.deepEqual(
        [early, report].map(({ candidates }) => candidates.map(({ entry }) => entry)),
        [[], ["B"]],
      );
      const said = ({ candidates: _, cost, ...rest }: Report): unknown => [rest, cost.flops];
      assert.deepEqual(said(early), said(report));
      assert.deepEqual((await run(text("A")))[1], []);
    });

    it("cuts the log at 64 KiB", async () => {
      const { log } = await engine.analyze({
        file: "a.py",
        sources: { "a.py": "for i in range(20000): print('0123456789')" },
        roots: [],
      });
      assert.ok(log.length >= 65536 && log.length < 65700, String(log.length));
    });

    it("keeps a character whole that two writes share", () =>
      checkLog(
        engine,
        { sources: { "a.py": "import os\nfor b in 'é€😀\\n'.encode(): os.write(1, bytes([b]))" } },
        "é€😀\n",
      ));

    it("has a spare that needs nothing more to start", async () => {
      const files = { dir: DIST };
      const other = new Engine(files);
      try {
        await other.warm();
        files.dir = "nowhere";
        await checkLog(other, { sources: { "a.py": "print('alive')" } }, "alive\n");
      } finally {
        await other.dispose();
      }
    });

    it("tells files apart that say the same", async () => {
      const layer =
        "import torch\nclass L(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.w = torch.nn.Linear(2, 2)\n    def forward(self, x):\n        return self.w(x)\n";
      const net =
        "import torch, a, b\n# chainrule: Net(), input=(2, 2)\nclass Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a, self.b = a.L(), b.L()\n    def forward(self, x):\n        return self.b(self.a(x))\n";
      const sources = { "/u/net.py": net, "/u/a.py": layer, "/u/b.py": layer };
      const { layers } = await engine.analyze({ file: "/u/net.py", sources, roots: [] });
      assert.deepEqual(
        layers.map(({ path, definedAt, calledAt }) => [path, definedAt?.file, calledAt[0]?.file]),
        [
          ["a.w", "/u/a.py", "/u/a.py"],
          ["b.w", "/u/b.py", "/u/b.py"],
        ],
      );
    });

    it("refuses a run that was cancelled before it began", () =>
      assert.rejects(
        engine.analyze(
          { file: "a.py", sources: { "a.py": "" }, roots: [] },
          { signal: AbortSignal.abort() },
        ),
        { code: "cancelled" },
      ));
  });

  it("keeps what V8 made of its script, and makes it anew where that is spoilt", async () => {
    const cache = mkdtempSync(join(tmpdir(), "chainrule-"));
    const scripts = (): string[] => readdirSync(cache).filter((name) => name.endsWith(".code"));
    const run = async (): Promise<Buffer> => {
      const engine = new Engine({ dir: DIST, spare: false, cache });
      await checkLog(engine, { sources: { "a.py": "print('alive')" } }, "alive\n");
      await engine.dispose();
      assert.equal(scripts().length, 1, scripts().join());
      return readFileSync(join(cache, String(scripts()[0])));
    };
    try {
      const first = await run();
      assert.ok((await run()).equals(first), "written again");
      const kept = join(cache, String(scripts()[0]));
      const lost = (name: string): string => join(cache, `${name}.part`);
      for (const name of ["old", "new"]) writeFileSync(lost(name), "");
      utimesSync(lost("old"), 0, 0);
      writeFileSync(kept, first.subarray(0, 5000));
      assert.ok((await run()).length > first.length / 2, "not made anew");
      assert.deepEqual(["old", "new"].map((name) => existsSync(lost(name))), [false, true]); // prettier-ignore
      const empty = Buffer.from(first).fill(0, first.length / 2); // as a lost power supply leaves it
      writeFileSync(kept, empty);
      assert.ok(!(await run()).equals(empty), "V8 took what is spoilt");
    } finally {
      rmSync(cache, { recursive: true });
    }
  });

  it("says which files are missing", async () => {
    const engine = new Engine({ dir: join(tmpdir(), "no-such-folder") });
    await assert.rejects(engine.analyze({ file: "a.py", sources: { "a.py": "" }, roots: [] }), {
      code: "worker-died",
      message: /no-such-folder/,
    });
  });

  it("rejects what runs and what waits when it is disposed", async () => {
    const engine = new Engine({ dir: DIST });
    const request = { file: "a.py", sources: { "a.py": "while True: pass" }, roots: [] };
    const both = [engine.analyze(request), engine.analyze(request)].map((run) =>
      assert.rejects(run, { code: "cancelled" }),
    );
    setTimeout(() => void engine.dispose(), 500);
    await Promise.all(both);
  });

  it("ships nothing of the building machine", () => {
    const root = resolve(DIST, "..");
    const places = ["dist", "engine", "node_modules"].map((name) => join(root, name));
    const known = [...places, process.execPath, hostname()].filter((text) => text.length > 8);
    for (const name of [SNAPSHOT, "room.js", "worker.cjs", "site-packages.json"]) {
      const bytes = readFileSync(join(DIST, name));
      assert.deepEqual(
        known.filter((text) => bytes.includes(text)),
        [],
        name,
      );
    }
  });
});
