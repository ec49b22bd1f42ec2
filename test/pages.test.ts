import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./support/host.ts";
import { PAGES } from "./support/pages.ts";

describe("pages made from the code", () => {
  for (const [name, make] of Object.entries(PAGES))
    it(`${name} is what \`npm run pages\` writes`, async () => {
      assert.equal(fs.readFileSync(path.join(ROOT, name), "utf8"), await make());
    });

  it("RULES.md has an anchor for every code that the analysis itself reports", () => {
    const page = fs.readFileSync(path.join(ROOT, "engine/rules/RULES.md"), "utf8");
    const source = ["analyze", "mixed", "stops"]
      .map((name) => fs.readFileSync(path.join(ROOT, `engine/analysis/${name}.ts`), "utf8"))
      .join("");
    const codes = [...source.matchAll(/code: (?:lacking \? )?"([\w-]+)"(?: : "([\w-]+)")?/g)]
      .flatMap(([, ...found]) => found)
      .filter((code) => code !== undefined);
    assert.ok(codes.includes("python-error"), "the source was read");
    for (const code of codes) assert.ok(page.includes(`\n## ${code}\n`), code);
  });
});
