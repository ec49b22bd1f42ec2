/** The bench of sick models: the right code on the right place. `npm run sick` also tries their fixes. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startAnalyst } from "../support/analyst.ts";
import { expectations, placed } from "../support/fixture.ts";

const FOLDER = join(import.meta.dirname, "sick");

describe("sick models: the right code on the right place", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".py")))
    it(name, async () => {
      const source = readFileSync(join(FOLDER, name), "utf8");
      const report = await analyst.analyzeText(name, source);
      const found = placed(report.findings, source);
      const wanted = expectations(source);
      assert.ok(wanted.length > 0, "no caret");
      for (const place of wanted)
        assert.ok(
          found.some((one) => JSON.stringify(one) === JSON.stringify(place)),
          `${JSON.stringify(place)} is not among ${JSON.stringify(found, null, 1)}`,
        );
    });
});
