import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import { startAnalyst } from "../support/analyst.ts";

const SIGMOIDS = readFileSync(join(import.meta.dirname, "fixtures/sigmoid_deep.py"), "utf8");
const CODE = "gradient-vanishing";

/** The fixture with a comment behind the line where the finding stands. */
const behind = (comment: string): string =>
  SIGMOIDS.split("\n")
    .map((line) => (/torch\.sigmoid\(/.test(line) ? `${line}  ${comment}` : line))
    .join("\n");

describe("what a user wants of a rule", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const severities = async (
    source: string,
    rules: AnalyzeRequest["rules"] = {},
  ): Promise<string[]> =>
    (await analyst.analyzeText("deep.py", source, { rules })).findings
      .filter((finding) => finding.code === CODE)
      .map((finding) => finding.severity);

  it("stands as it is without a comment", async () => {
    assert.deepEqual(await severities(SIGMOIDS), ["warning"]);
    assert.deepEqual(await severities(behind("# chainrule: ignore[units-dead]")), ["warning"]);
  });
  for (const comment of [
    `# chainrule: ignore[${CODE}]`,
    `# chainrule: ignore[units-dead, ${CODE}]`,
    "# chainrule: ignore",
    "# noqa  # chainrule: ignore",
  ])
    it(`is silent on a line with ${comment}`, async () => {
      assert.deepEqual(await severities(behind(comment)), []);
    });
  it("is silent in a file with the comment alone on a line", async () => {
    assert.deepEqual(await severities(`# chainrule: ignore[${CODE}]\n${SIGMOIDS}`), []);
    assert.deepEqual(await severities(`# chainrule: ignore[units-dead]\n${SIGMOIDS}`), ["warning"]);
  });
  it("has the severity and the limits that the settings give", async () => {
    assert.deepEqual(await severities(SIGMOIDS, { [CODE]: "off" }), []);
    assert.deepEqual(await severities(SIGMOIDS, { [CODE]: "error" }), ["error"]);
    const strict = { [CODE]: { severity: "error", limits: { maxRatio: 1e-30 } } } as const;
    assert.deepEqual(await severities(SIGMOIDS, strict), []);
    const broken = { [CODE]: 7 } as unknown as NonNullable<AnalyzeRequest["rules"]>;
    assert.deepEqual(await severities(SIGMOIDS, broken), ["warning"]);
  });
});
