/** Verdicts at sizes that a small budget has room for are those of the user's own sizes; what is not is refused. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../engine/report.ts";
import { depthOf } from "../../engine/rules/depth.ts";
import { startAnalyst } from "../support/analyst.ts";

const DIR = join(import.meta.dirname, "smaller");
const PLENTY = 3 * 2 ** 30;
/** Of a rate per layer: what other draws make of it. */
const MOST_APART = 1.3;

type Axes = "batch" | "sequence" | "image" | "batch, sequence" | "batch, image";
/** A share of what the whole run takes, and the axes that are made smaller for it. */
type Row = readonly [share: number, axes: Axes];

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  attention_without_scale: [[1.3, "batch, sequence"], [8, "batch, sequence"]],
  attention_without_skips: [[1.3, "batch, sequence"], [8, "batch, sequence"]],
  convolutions_default: [[1.3, "batch, image"], [4, "batch, image"]],
  convolutions_he: [[1.3, "batch, image"], [4, "batch, image"]],
  dead_units: [[1.3, "batch"], [4, "batch, image"]],
  flattened: [[1.3, "batch"], [6, "batch"]],
  gru_time_first: [[1.5, "batch"], [8, "batch, sequence"]],
  language_lstm: [[2, "batch"], [8, "batch, sequence"]],
  language_transformer: [[1.3, "batch, sequence"], [8, "batch, sequence"]],
  recurrence_by_hand: [[1.3, "batch"], [4, "batch"]],
  resnet: [[1.3, "batch, image"], [6, "batch, image"]],
  signals_sigmoids: [[1.3, "batch, sequence"]],
  table_batch_norm: [[1.5, "batch"], [8, "batch"]],
  unet: [[1.3, "batch, image"], [4, "batch, image"]],
  unet_sigmoids: [[1.3, "batch, image"], [4, "batch, image"]],
  vision_transformer: [[1.5, "batch"]],
  vision_transformer_any: [[1.3, "batch, image"]],
  wavenet: [[1.3, "batch, sequence"], [8, "batch, sequence"]],
}; // prettier-ignore

/** Models whose first axis is time. */
const TIME_FIRST = new Set(["gru_time_first", "recurrence_by_hand"]);

const verdicts = ({ findings }: Report): unknown[] =>
  findings.map((f) => [f.code, f.severity, f.at]);

const shapeOf = (report: Report): readonly number[] => {
  assert.ok(report.subject, report.findings[0]?.message);
  return report.subject.inputs[0]!.shape;
};

const rateOf = ({ layers, parameters }: Report): number | undefined =>
  depthOf({ layers, parameters } as Parameters<typeof depthOf>[0])?.rate;

function axesOf(full: readonly number[], less: readonly number[], rows: number): string {
  const smaller = full.flatMap((size, i) => (less[i]! < size ? [i] : []));
  const others = full.length === 4 ? "image" : "sequence";
  return [
    ...(smaller.includes(rows) ? ["batch"] : []),
    ...(smaller.some((i) => i !== rows) ? [others] : []),
  ].join(", ");
}

describe("smaller inputs", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const analyze = (name: string, bytes: number): Promise<Report> =>
    analyst.analyzeText("net.py", readFileSync(join(DIR, `${name}.py`), "utf8"), {
      budget: { ms: 60_000, bytes },
    });
  /** Its parameters with their gradients, and a share of the rest. */
  const bytesOf = ({ parameters, cost }: Report, share: number): number => {
    const elements = parameters.reduce((n, p) => n + p.shape.reduce((a, b) => a * b, 1), 0);
    return (8 * elements) / 0.6 + cost.peakBytes / share;
  };

  it("the table has every model of its folder", () => {
    const files = readdirSync(DIR).map((file) => file.replace(/\.py$/, ""));
    assert.deepEqual(Object.keys(TABLE), files.sort());
  });

  for (const [name, rows] of Object.entries(TABLE))
    it(`${name}: the same verdicts`, async () => {
      const full = await analyze(name, PLENTY);
      assert.equal(full.cost.reduced, undefined);
      const whole = shapeOf(full);
      for (const [share, axes] of rows) {
        const less = await analyze(name, bytesOf(full, share));
        const shape = shapeOf(less);
        const what = `at [${shape.join(", ")}] in place of [${whole.join(", ")}]`;
        assert.equal(axesOf(whole, shape, TIME_FIRST.has(name) ? 1 : 0), axes, what);
        assert.deepEqual(verdicts(less), verdicts(full), what);
        const [rate, own] = [rateOf(less), rateOf(full)];
        assert.equal(rate === undefined, own === undefined, what);
        if (rate && own)
          assert.ok(Math.abs(Math.log(rate / own)) < Math.log(MOST_APART), `${what}: ×${rate}`);
        const reduced = less.cost.reduced ?? "";
        assert.ok(
          reduced.startsWith(`input [${shape.join(", ")}] in place of [${whole.join(", ")}], `),
          reduced,
        );
        const hasStatistics = full.layers.some(({ type }) => type.startsWith("BatchNorm"));
        assert.equal(reduced.endsWith(", so that rates may differ"), hasStatistics, reduced);
      }
    });

  for (const [name, share] of [
    ["recurrence_by_hand", 12],
    ["convolutions_he", 12],
  ] as const)
    it(`${name}: what would fit is another model, and refused with figures`, async () => {
      const full = await analyze(name, PLENTY);
      const { subject, loss, findings } = await analyze(name, bytesOf(full, share));
      assert.equal(subject, null);
      assert.equal(loss, null);
      assert.match(
        findings[0]?.message ?? "",
        /is too heavy: its forward pass takes .* GFLOP and .* MiB beside .* room for .*; smaller inputs would fit, but pass fewer steps, see mostly padding or are too few, so that their verdicts are not those of this one\.$/,
      );
    });
});
