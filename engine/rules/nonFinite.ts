import type { Layer, Stats } from "../report.ts";
import { defineRule, editPlace } from "./rule.ts";

const isBad = (s: Stats | null): boolean => s !== null && s.nans + s.infs > 0;
const what = (s: Stats): string =>
  s.nans > 0
    ? `${s.nans} of ${s.count} elements are NaN`
    : `${s.infs} of ${s.count} elements are infinite`;

/**
 * non-finite: NaN or infinity appears in an activation or a gradient. The finding stands on the first layer that made it: the first in
 * forward order whose output has it, or, where all outputs are finite, the first on the way back.
 *
 * Source: exact; no threshold.
 */
export const nonFinite = defineRule({
  code: "non-finite",
  severity: "error",
  title: "NaN or infinity",
  check: ({ layers, parameters, loss, subjectAt }) => {
    const forward = layers.find((l) => isBad(l.output));
    if (forward) return [at(forward, "output", forward.output!)];
    const back = [...layers].reverse().find((l) => isBad(l.inputGrad) || isBad(l.outputGrad));
    if (back)
      return [at(back, "gradient", isBad(back.inputGrad) ? back.inputGrad! : back.outputGrad!)];
    const p = parameters.find((q) => isBad(q.grad));
    if (p)
      return [
        {
          at: p.definedAt ?? subjectAt,
          message: `${p.name}.grad is not finite: ${what(p.grad!)}.`,
          measured: { nans: p.grad!.nans, infs: p.grad!.infs, count: p.grad!.count },
          layers: [p.layer],
        },
      ];
    if (loss !== null && !Number.isFinite(loss))
      return [
        {
          at: subjectAt,
          message: "The loss is not finite, though every layer's output is.",
          measured: {},
          layers: [],
        },
      ];
    return [];

    function at(l: Layer, part: string, s: Stats) {
      return {
        at: editPlace(l) ?? subjectAt,
        message: `${l.path || l.type} is the first whose ${part} is not finite: ${what(s)}.`,
        measured: { nans: s.nans, infs: s.infs, count: s.count },
        layers: [l.path],
      };
    }
  },
  remedies: ({ layers }) => {
    const first =
      layers.find((l) => isBad(l.output)) ??
      layers.findLast((l) => isBad(l.inputGrad) || isBad(l.outputGrad));
    return first ? [[{ kind: "guard", at: first.calledAt.slice(0, 1), types: [first.type] }]] : [];
  },
});
