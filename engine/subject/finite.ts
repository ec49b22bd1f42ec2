/** Other inputs of the same shapes, for a run whose loss was NaN or infinite: what was drawn may be at fault, not the model. */
import type { Choice, Report } from "../report.ts";
import type { Found } from "./find.ts";
import type { Prober } from "./probe.ts";
import { expressionOf } from "./reshape.ts";
import type { InputSpec, Spec } from "./spec.ts";
import { inWhy, said } from "../said.ts";

/** A mask that lets all through may be one that hides all. */
const turned = (i: InputSpec): InputSpec =>
  i.kind === "py" && /^torch\.ones\(/.test(i.expr ?? "")
    ? { ...i, expr: (i.expr ?? "").replace("ones", "zeros") }
    : i;

/** Pixels and probabilities are no negative numbers: a logarithm or a root of them is finite. */
const between0And1 = (i: InputSpec): InputSpec => (i.kind === "randn" ? { ...i, kind: "rand" } : i);

/** Lists of inputs to try in place of these, nearest first. */
function tamer(inputs: readonly InputSpec[]): InputSpec[][] {
  const own = JSON.stringify(inputs);
  const all = [
    inputs.map(turned),
    inputs.map(between0And1),
    inputs.map((i) => between0And1(turned(i))),
  ];
  return all.filter((other) => JSON.stringify(other) !== own);
}

const isFinite = (report: Report): boolean =>
  report.subject !== null && report.findings.every((f) => f.code !== "non-finite");

/** The report of guessed inputs; that of others where these made NaN or infinity and the others do not. */
export function tamed(
  found: Found,
  report: Report,
  prober: Prober,
  measure: (found: Found) => Report,
): Report {
  if (found.from !== "inference" || !report.subject || isFinite(report)) return report;
  const spec = report.subject.case as unknown as Spec;
  for (const inputs of tamer(spec.inputs)) {
    const other = { ...spec, inputs };
    if (!prober.ready(other, "real").ok || !prober.attempt(other, "real").ok) continue;
    const instead = new Map(spec.inputs.map((i, k) => [expressionOf(i), expressionOf(inputs[k]!)]));
    const choices = found.choices.map((c): Choice => {
      const value = c.what.startsWith("input ") ? (instead.get(c.value) ?? c.value) : c.value;
      return value === c.value ? c : { ...c, value, ...inWhy(said`others made NaN or infinity`) };
    });
    const again = measure({ ...found, spec: other, choices });
    if (isFinite(again)) return again;
  }
  return report;
}
