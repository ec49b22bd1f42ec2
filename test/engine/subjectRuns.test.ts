import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

describe("files that nobody prepared", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const analyze = (name: string): Promise<Report> =>
    analyst.analyzeText(name, readFileSync(join(import.meta.dirname, "subjects", name), "utf8"));
  const subject = async (name: string): Promise<unknown> => {
    const { subject: s, findings } = await analyze(name);
    assert.ok(s, findings.map((f) => f.message).join());
    return [s.from, s.call, s.inputs.map((i) => [i.dtype, ...i.shape].join(" ")), s.loss];
  };

  it("a configuration class with defaults; a sequence no longer than the table of places", async () => {
    assert.deepEqual(await subject("config.py"), [
      "inference",
      "Tiny(config=TinyConfig())",
      ["int64 8 8"],
      "cross-entropy",
    ]);
  });
  it("the file's own call, its local names resolved", async () => {
    assert.deepEqual(await subject("called.py"), [
      "example",
      "Gate(5, columns=7)",
      ["float32 6 5 7"],
      "cross-entropy",
    ]);
  });
  it("a script that trains is run itself, up to its first step", async () => {
    assert.deepEqual(await subject("script.py"), ["script", "script.py", [], "script"]);
  });
  it("where nothing can be guessed, the comment to write is said", async () => {
    const { subject: s, findings } = await analyze("needs.py");
    assert.equal(s, null);
    assert.deepEqual(
      findings.map((f) => [f.code, f.message]),
      [
        [
          "no-subject",
          "Nothing could be run: Wrapper needs backbone; give it in a comment: # chainrule: Wrapper(backbone=…).",
        ],
      ],
    );
  });
});
