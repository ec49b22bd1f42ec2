/** What a hostile file gets through its door: Python sources and texts of the opened folders, whatever it asks for. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Door, Engine, type AnalyzeRequest } from "../../engine/client.ts";
import { disk } from "../../engine/cli/disk.ts";
import { DIST, request } from "./room.ts";

/** Each prints what it got. Below the standard functions, which give a script made-up data for an absent file. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  "another kind of file": "read(f'{HERE}/secret.txt')",
  "a text whose name looks like a secret": "read(f'{HERE}/api_key.json')",
  "a hidden text": "read(f'{HERE}/.token.json')",
  "a text in a hidden folder": "read(f'{HERE}/.git/words.txt')",
  "a link to a text": "read(f'{HERE}/link.txt')",
  "a text by a path upwards": "read(f'{HERE}/../outside.txt')",
  "a large text": "read(f'{HERE}/large.csv')",
  "a pickle": "read(f'{HERE}/weights.pth')",
  "a hidden file": "read(f'{HERE}/.env')",
  "a path upwards": "read(f'{HERE}/../outside.py')",
  "a path upwards that is not normal": "read(f'{HERE}/pkg/.././../outside.py')",
  "an absolute path": "read('/etc/passwd')",
  "a link to a file": "read(f'{HERE}/link.py')",
  "a link to a folder": "read(f'{HERE}/linked/outside.py')",
  "a module by a link": "importlib.import_module('link')",
  "a folder's names":
    "[n for n in os.listdir(HERE) if 'secret' in n or n.startswith('.') or 'link' in n] or 1 / 0",
  "the folder above": "os.listdir(f'{HERE}/..') == [os.path.basename(HERE)] and 1 / 0",
  "a hidden folder": "os.scandir(f'{HERE}/.git').__next__()",
  "a folder below a link": "os.scandir(f'{HERE}/linked').__next__()",
  "a private package": "read(f'{HERE}/.venv/token.py')",
  "bytes of a compiled module": "read(f'{HERE}/pkg/fast.so')",
  "writing through": "open(f'{HERE}/ok.py', 'w').write('SECRET') and 1 / 0",
  "the file system's own functions": "pyodide_js.FS.readFile(f'{HERE}/secret.txt')",
  "the file system's node":
    "pyodide_js.FS.lookupPath(HERE).node.node_ops.lookup(pyodide_js.FS.lookupPath(HERE).node, 'secret.txt')",
};

describe("the door", () => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-door-")));
  const here = join(top, "project");
  const engine = new Engine({ dir: DIST });
  before(() => {
    for (const folder of ["project/pkg", "project/.git", "project/.venv", "elsewhere"])
      mkdirSync(join(top, folder), { recursive: true });
    const loot = [
      "outside.py",
      "outside.txt",
      "elsewhere/outside.py",
      "project/secret.txt",
      "project/.env",
    ];
    for (const path of [
      ...loot,
      "project/.git/config",
      "project/.venv/token.py",
      "project/pkg/fast.so",
      "project/api_key.json",
      "project/.token.json",
      "project/.git/words.txt",
      "project/weights.pth",
    ])
      writeFileSync(join(top, path), "SECRET = 1\n");
    writeFileSync(join(here, "large.csv"), "SECRET\n".repeat(2 ** 20));
    writeFileSync(join(here, "words.txt"), "the text");
    writeFileSync(join(here, "ok.py"), "X = 'the sibling'\n");
    symlinkSync(join(top, "outside.py"), join(here, "link.py"));
    symlinkSync(join(top, "outside.txt"), join(here, "link.txt"));
    symlinkSync(join(top, "elsewhere"), join(here, "linked"));
  });
  after(async () => {
    await engine.dispose();
    rmSync(top, { recursive: true });
  });

  /** What the file printed that tries `code`. */
  async function told(code: string, isOpen: boolean): Promise<string> {
    const text = `import importlib, os, sys, pyodide_js\nHERE = ${JSON.stringify(here)}
def read(path): return os.read(os.open(path, os.O_RDONLY), 100)
sys.path.append(HERE)\ntry:\n    print('LOOT', repr(${code}))\nexcept BaseException as e:\n    print('REFUSED', type(e).__name__)`;
    const file = join(here, "main.py");
    const asked: AnalyzeRequest = { ...request(""), file, sources: { [file]: text } };
    const door = new Door({ workspace: isOpen ? [here] : [], environment: [] }, disk);
    return (await engine.analyze(asked, { door })).log;
  }

  it("gives a sibling's source where it is open, and nothing where it is not", async () => {
    assert.match(await told("importlib.import_module('ok').X", true), /LOOT 'the sibling'/);
    assert.match(await told("importlib.import_module('ok').X", false), /REFUSED ModuleNotFound/);
  });

  it("gives a text where it is open, and nothing where it is not", async () => {
    assert.match(await told("read(f'{HERE}/words.txt')", true), /LOOT b'the text'/);
    assert.match(await told("read(f'{HERE}/words.txt')", false), /REFUSED FileNotFound/);
  });

  for (const [name, code] of Object.entries(ATTEMPTS)) {
    it(`refuses ${name}`, async () => {
      const log = await told(code, true);
      assert.match(log, /^REFUSED /);
      assert.doesNotMatch(log, /SECRET/);
    });
  }
});
