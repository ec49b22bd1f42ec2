/** A cold start: CPython's functions that every run calls are compiled before it begins. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE } from "../bench/sides.ts";
import { DIST } from "../support/analyst.ts";

const [LAZY, EAGER, EAGER_AND_OPTIMIZED] = [1, 2, 0b101010];

/** What the built module says of each of CPython's functions. */
function hints(): Uint8Array {
  const module = new WebAssembly.Module(readFileSync(join(DIST, "pyodide.asm.wasm")));
  const [section] = WebAssembly.Module.customSections(module, "compilationHints");
  assert.ok(section);
  const bytes = new Uint8Array(section);
  const lengthOf = bytes.findIndex((byte) => byte < 128) + 1;
  const count = bytes
    .subarray(0, lengthOf)
    .reduce((sum, byte, i) => sum + (byte & 127) * 2 ** (7 * i), 0);
  assert.equal(bytes.length - lengthOf, count);
  return bytes.subarray(lengthOf);
}

/** Functions that the command has compiled when it finds that there is no such file: nothing of Python's has run by then. */
function compiledEarly(): number {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-start-"));
  const path = join(folder, "trace.txt");
  const trace = openSync(path, "w");
  const absent = join(folder, "absent.py");
  const args = ["--trace-wasm-compilation-times", join(DIST, "cli.js"), "analyze", absent];
  const env = { ...process.env, XDG_CACHE_HOME: folder };
  const { status } = spawnSync(NODE, args, { env, stdio: ["ignore", trace, "pipe"] });
  closeSync(trace);
  const text = readFileSync(path, "utf8");
  rmSync(folder, { recursive: true });
  assert.equal(status, 2);
  return text.match(/ using Liftoff/g)?.length ?? 0;
}

describe("cold start", () => {
  it("names the functions of CPython that a run calls, and no more", () => {
    const kinds = hints();
    const eager = kinds.filter((kind) => kind === EAGER).length;
    assert.ok(eager > 1200 && eager < 0.25 * kinds.length, `${eager} of ${kinds.length}`);
    const others = kinds.filter((kind) => kind !== EAGER && kind !== LAZY);
    assert.deepEqual([...others], [EAGER_AND_OPTIMIZED], "one, for the code that is kept");
  });

  const v8 = execFileSync(NODE, ["-p", "process.versions.v8"], { encoding: "utf8" });
  if (v8.startsWith("13.6."))
    it("has them compiled where V8 reads hints", () => {
      const early = compiledEarly();
      assert.ok(early > 1200, `${early} functions were compiled before anything ran`);
    });
});
