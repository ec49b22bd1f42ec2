/** Machine code kept between processes of the command line: it is used where it is whole and of these files, and changes no number. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { Engine } from "../../engine/client.ts";
import { DIST } from "../support/analyst.ts";

const SOURCE = `import torch


# chainrule: Net(), input=(8, 40)
class Net(torch.nn.Linear):
    def __init__(self):
        super().__init__(40, 30)
`;
/** The file's numbers: runs, two sums, three sizes; then V8's own head of CPython's code. */
const [RUNS, SUM, HEAD, V8_VERSION] = [0, 2, 24, 28];
const knows = process.versions.v8.startsWith("13.6.");

/** What one command's run measures: the same numbers, whatever code computes them. */
async function run(cache: string): Promise<unknown> {
  const engine = new Engine({ dir: DIST, cache, spare: false, wide: true });
  const request = { file: "/p/net.py", roots: [], others: false, sources: { "/p/net.py": SOURCE } };
  const { layers, parameters, loss } = await engine.analyze(request);
  await engine.keepCode();
  await engine.dispose();
  assert.ok(layers.length > 0, "nothing was measured");
  return { layers, parameters, loss };
}

const keptIn = (cache: string): string[] =>
  readdirSync(cache).filter((name) => name.endsWith(".native"));

/** How many runs have added to what is kept; 0: nothing is. A V8 that is not known keeps nothing. */
function runsIn(cache: string): number {
  const [name, ...more] = keptIn(cache);
  assert.deepEqual(more, [], "one file for a build");
  return name ? readFileSync(join(cache, name)).readUInt32LE(4 * RUNS) : 0;
}

const expect = (cache: string, runs: number): void => assert.equal(runsIn(cache), knows ? runs : 0);

describe("native code", () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "chainrule-"));
  });
  afterEach(() => {
    rmSync(cache, { recursive: true });
  });

  /** Changes what is kept, if something is. */
  function spoil(change: (content: Buffer) => Buffer): void {
    for (const name of keptIn(cache)) {
      const path = join(cache, name);
      writeFileSync(path, change(readFileSync(path)));
    }
  }

  it("is kept for the user alone and added to; numbers are the same", async () => {
    const first = await run(cache);
    expect(cache, 1);
    for (const name of keptIn(cache)) assert.equal(statSync(join(cache, name)).mode & 0o077, 0);
    // What cannot be read goes: a second run that adds has read the first one's.
    assert.deepEqual(await run(cache), first);
    expect(cache, 2);
    assert.deepEqual(await run(cache), first);
    expect(cache, 3);
  });

  const broken: Record<string, (content: Buffer) => Buffer> = {
    "is cut": (content) => content.subarray(0, content.length / 2),
    "has no head": () => Buffer.from("x"),
    "has another byte": (content) => {
      content[content.length >> 1]! ^= 1;
      return content;
    },
    "was made of other files": (content) => {
      content[4]! ^= 1;
      return content;
    },
    "was made by another V8": (content) => {
      content[V8_VERSION]! ^= 1;
      content.writeUInt32LE(crc32(content.subarray(HEAD)), 4 * SUM);
      return content;
    },
  };
  for (const [name, change] of Object.entries(broken))
    it(`that ${name} is not taken, and made anew`, async () => {
      const first = await run(cache);
      spoil(change);
      assert.deepEqual(await run(cache), first);
      expect(cache, 0);
      assert.deepEqual(await run(cache), first);
      expect(cache, 1);
    });

  it("is neither read nor written where others may write", async () => {
    const first = await run(cache);
    chmodSync(cache, 0o777);
    assert.deepEqual(await run(cache), first);
    expect(cache, 1);
  });

  it("is neither read nor written where memory has no guard pages", () => {
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const file = join(cache, "net.py");
    writeFileSync(file, SOURCE);
    const folder = join(cache, "chainrule");
    const kept = [[], ["--disable-wasm-trap-handler"], []].map((flags) => {
      const args = [...flags, join(DIST, "cli.js"), "analyze", file];
      const { status, stderr } = spawnSync(process.execPath, args, { env });
      assert.ok(status === 0 || status === 1, String(stderr));
      return runsIn(folder);
    });
    assert.deepEqual(kept, knows ? [1, 1, 2] : [0, 0, 0]);
  });

  it("is not missed where the folder cannot be made", async () => {
    const file = join(cache, "file");
    writeFileSync(file, "");
    await run(join(file, "below"));
    assert.deepEqual(readdirSync(cache), ["file"]);
  });
});
