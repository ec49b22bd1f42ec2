/** Bytecode kept between runs: what later runs load is what a clean interpreter made of the text that they have, or it is not taken. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { disk } from "../../engine/cli/disk.ts";
import { Door, Engine, EngineError } from "../../engine/client.ts";
import { readRoomParts } from "../../engine/doors/assets.ts";
import { Bytecode } from "../../engine/doors/bytecode.ts";
import { Slot } from "../../engine/doors/slot.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import { DIST } from "../support/analyst.ts";

const NET = `import torch
import part
try:
    import installed
    print(installed.WORD)
except ImportError:
    pass
print(part.WORD)


# chainrule: Net(), input=(2, 3)
class Net(torch.nn.Linear):
    def __init__(self):
        super().__init__(3, 2)
`;
const PART = `WORD = "from part"\n`;
const DIGEST = 32;

const requestOf = (part = PART, net = NET): AnalyzeRequest => ({
  ...{ file: "/p/net.py", roots: [], others: false },
  sources: { "/p/net.py": net, "/p/part.py": part },
});

/** What `print` printed in a run of a process of its own. */
async function printed(cache: string, request = requestOf(), door?: Door): Promise<string[]> {
  const engine = new Engine({ dir: DIST, cache, spare: false });
  try {
    const report = await engine.analyze(request, door ? { door } : {});
    assert.ok(report.subject, report.findings[0]?.message);
    return report.log.trim().split("\n");
  } finally {
    await engine.dispose();
  }
}

/** The kept files by what they are: bytecode that holds `word`, or lists. */
const filesIn = (cache: string): string[] => {
  const folder = join(cache, "python");
  return readdirSync(folder).map((name) => join(folder, name));
};
const holding = (cache: string, word: string): string[] =>
  filesIn(cache).filter((path) => path.endsWith(".pyc") && readFileSync(path).includes(word));

/** Changes a word in kept bytecode, as no program of ours does: who loads it, says it. */
function forge(path: string, from: string, to: string, isWhole = true): void {
  const bytes = readFileSync(path).subarray(DIGEST);
  const at = bytes.indexOf(from);
  assert.ok(at > 0);
  bytes.write(to, at);
  const digest = createHash("sha256").update(bytes).digest();
  writeFileSync(path, Buffer.concat([isWhole ? digest : Buffer.alloc(DIGEST), bytes]));
}

describe("kept bytecode", function () {
  this.timeout(120_000);
  let dir: string;
  let cache: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "chainrule-bytecode-"));
    cache = join(dir, "cache");
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it("is made by the second run and loaded by the third, also of what comes through the door", async () => {
    const site = join(dir, "site-packages");
    mkdirSync(site);
    writeFileSync(join(site, "installed.py"), `WORD = "from there"\n`);
    const door = new Door({ workspace: [], environment: [site] }, disk);
    const said = ["from there", "from part"];
    assert.deepEqual(await printed(cache, requestOf(), door), said);
    assert.deepEqual(holding(cache, "from "), []);
    assert.deepEqual(await printed(cache, requestOf(), door), said);
    const [part, ...others] = holding(cache, "from part");
    const [there] = holding(cache, "from there");
    assert.ok(part && there && others.length === 0, filesIn(cache).join("\n"));
    assert.deepEqual(await printed(cache, requestOf(), door), said);
    forge(part, "from part", "FROM PART");
    forge(there, "from there", "FROM THERE");
    assert.deepEqual(await printed(cache, requestOf(), door), ["FROM THERE", "FROM PART"]);
    // Another file that imports them has them, too.
    const other = { ...requestOf(), file: "/p/other.py" };
    const sources = { "/p/other.py": NET, "/p/part.py": PART };
    assert.deepEqual((await printed(cache, { ...other, sources }))[0], "FROM PART");
    assert.ok(filesIn(cache).every((path) => /\.(pyc|wanted)$/.test(path)));
  });

  it("is not taken for another text, nor where it is cut, garbage or of another program", async () => {
    await printed(cache);
    await printed(cache);
    assert.deepEqual(await printed(cache, requestOf(`WORD = "of now"\n`)), ["of now"]);
    await printed(cache);
    await printed(cache);
    for (const spoil of [
      (path: string) => forge(path, "from part", "FROM PART", false),
      (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 60)),
      (path: string) => writeFileSync(path, ""),
      (path: string) => writeFileSync(path, Buffer.alloc(500, 0xe3)),
    ]) {
      // Each time a run finds it missing, and the next makes it again.
      await printed(cache);
      const [part] = holding(cache, "from part");
      assert.ok(part);
      spoil(part);
      assert.deepEqual(await printed(cache), ["from part"]);
    }
  });

  it("holds nothing that a run's code has had a part in", async () => {
    const hostile = `
import builtins, importlib.machinery, importlib.util, marshal, sys
def wrong(*args, **kwargs):
    return real("WORD = 'poisoned'", "/p/part.py", "exec")
def compile(source, path, mode, flags=0, *args, **kwargs):
    return real(source, path, mode, flags, *args, **kwargs) if flags else wrong()
real, builtins.compile = builtins.compile, compile
marshal.dumps = lambda *args: real_dumps(wrong())
real_dumps = marshal.dumps
importlib.util.source_hash = lambda data: b"12345678"
importlib.machinery.SourceFileLoader.source_to_code = wrong
compiled = sys.modules["chainrule.compiled"]
compiled.ahead = lambda text: "cG9pc29uZWQ="
compiled.marshal.dumps, compiled._compile = marshal.dumps, wrong
sys.modules["part"] = None
open("/p/part.py", "w").write("WORD = 'poisoned'")
del sys.modules["part"]
import part
print(part.WORD)
`;
    const attack = requestOf(PART, hostile + NET.replace("import part\n", ""));
    for (let i = 0; i < 3; i++) assert.equal((await printed(cache, attack))[0], "poisoned");
    // The attacker's own file is kept, and nothing under another's name.
    assert.deepEqual(holding(cache, "poisoned"), holding(cache, "real_dumps"));
    for (let i = 0; i < 3; i++) assert.deepEqual(await printed(cache), ["from part"]);
    assert.equal(holding(cache, "from part").length, 1);
  });

  it("comes from no interpreter that has begun a run", async () => {
    const files = { dir: DIST };
    const slot = new Slot(files, readRoomParts(files), 0, () => undefined);
    await slot.ready;
    const early = await slot.prepare({ kind: "compile", path: "/p/a.py", text: "a = 1\n" });
    assert.ok(early.ok && early.code);
    const reported = new Promise<string>((resolve, reject) => {
      slot.listen((message) => {
        if (message.type === "report") resolve(message.report.log);
      }, reject);
    });
    slot.post({ type: "analyze", request: requestOf(), bytecode: new Map() });
    const late = slot.prepare({ kind: "compile", path: "/p/a.py", text: "a = 1\n" });
    assert.match(await reported, /from part/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await slot.end(new EngineError("cancelled", "the test is over"));
    assert.deepEqual(await late, { ok: false });
  });

  it("may be made by several processes at once", async () => {
    for (let i = 0; i < 3; i++) {
      const all = await Promise.all([printed(cache), printed(cache)]);
      assert.deepEqual(all, [["from part"], ["from part"]]);
    }
    assert.equal(holding(cache, "from part").length, 1);
    assert.ok(
      filesIn(cache).every((path) => path.endsWith(".pyc")),
      filesIn(cache).join("\n"),
    );
  });

  it("is missed by nobody where it cannot be written", async () => {
    writeFileSync(cache, "a file, no folder");
    for (let i = 0; i < 2; i++) assert.deepEqual(await printed(cache), ["from part"]);
    const engine = new Engine({ dir: DIST, cache });
    try {
      for (let i = 0; i < 3; i++) {
        const { log } = await engine.analyze(requestOf());
        assert.equal(log.trim(), "from part");
        await engine.prepared();
      }
    } finally {
      await engine.dispose();
    }
  });

  it("takes 32 MiB, one text of a place, and what was made first goes first", async () => {
    const bytecode = await Bytecode.open(join(cache, "python"), join(DIST, "pyodide.asm.wasm"));
    const some = new Uint8Array(2 ** 20);
    for (let i = 0; i < 60; i++) bytecode.keep(`/p/${i % 45}.py`, `text ${i}`, some);
    const again = await Bytecode.open(join(cache, "python"), join(DIST, "pyodide.asm.wasm"));
    const sizes = filesIn(cache).map((path) => statSync(path).size);
    const sum = sizes.reduce((a, b) => a + b, 0);
    assert.ok(sum > 24 * 2 ** 20 && sum < 38 * 2 ** 20, String(sum));
    assert.equal(again.of("/p/14.py", "text 59")?.length, some.length);
    assert.equal(again.of("/p/14.py", "text 14"), undefined);
    assert.equal(again.of("/p/15.py", "text 15"), undefined);
  });
});
