import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report, Span } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";
import { checkGolden, digits } from "../support/golden.ts";

const HERE = import.meta.dirname;
const place = (at: Span | null | undefined): string =>
  at ? `${at.startLine}:${at.startColumn}` : "-";

/** A report as a person reads it: one line per layer and parameter, findings with their evidence. */
function shown(r: Report): string {
  const lines = [
    `${r.subject?.call ?? "nothing"} · ${r.subject?.inputs.map((i) => `${i.dtype} [${i.shape.join(", ")}]`).join(", ") ?? ""} · ${r.subject?.loss ?? ""} · loss ${digits(r.loss)}`,
    "",
    "layer | defined | called | shape | output rms | gradient rms | factor",
    ...r.layers.map((l) =>
      [
        `${l.path} ${l.type}${l.functional ? "()" : ""}${l.call > 0 ? ` #${l.call}` : ""}`,
        place(l.definedAt),
        place(l.calledAt[0]),
        `[${l.outputShape.join(", ")}]`,
        digits(l.output?.rms),
        digits(l.outputGrad?.rms),
        digits(l.factor),
      ].join(" | "),
    ),
    "",
    "parameter | shape | value rms | gradient rms | largest | flushed in float16",
    ...r.parameters.map((p) =>
      [
        p.name +
          (p.gradIsStructurallyZero
            ? " (zero by construction)"
            : p.gradIsZeroAtStart
              ? " (zero at start)"
              : ""),
        `[${p.shape.join(", ")}]`,
        digits(p.value.rms),
        p.gradIsStructurallyZero ? "noise" : digits(p.grad?.rms),
        p.gradIsStructurallyZero ? "noise" : digits(p.grad?.absMax),
        p.gradIsStructurallyZero ? "noise" : digits(p.grad?.float16.flushed),
      ].join(" | "),
    ),
    "",
    ...r.findings.flatMap((f) => [
      `${place(f.at)} ${f.severity}[${f.code}] ${f.message}`,
      ...(f.cause ? [`  ${place(f.cause.at)} ${f.cause.text}`] : []),
      ...(f.related ?? []).map((x) => `  ${place(x.at)} ${x.text}`),
    ]),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

describe("golden reports: numbers a person can judge, four digits", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  for (const [name, path] of [
    ["sample", "../../extension/media/sample.py"],
    ["relu_he", "../rules/fixtures/relu_he.py"],
    ["bias_before_norm", "../rules/fixtures/bias_before_norm.py"],
    ["zero_at_start", "../rules/fixtures/zero_at_start.py"],
  ] as const)
    it(name, async () => {
      const report = await analyst.analyzeText(
        `${name}.py`,
        readFileSync(join(HERE, path), "utf8"),
      );
      checkGolden(join(HERE, `${name}.txt`), shown(report));
    });
});
