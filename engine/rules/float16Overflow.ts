import { F16_MAX } from "./formats.ts";
import { initialiseAll, normaliseAll } from "./remedies.ts";
import { defineRule, editPlace, short } from "./rule.ts";
import { said } from "../said.ts";

const OVERFLOW = 65520; // the smallest magnitude that rounds to infinity

/**
 * float16-overflow: a layer's output is beyond float16's range, so it would be infinite under float16 autocast.
 *
 * What helps: bfloat16, or a normalisation before the layer; float32 for this layer alone.
 *
 * Source: IEEE 754-2019, binary16: |x| ≥ 65520 rounds to infinity.
 */
export const float16Overflow = defineRule({
  code: "float16-overflow",
  severity: "warning",
  title: "Activations beyond float16's range",
  check: ({ layers, subjectAt }) => {
    const first = layers.find(
      (l) =>
        l.output !== null && l.output.absMax >= OVERFLOW && l.output.nans + l.output.infs === 0,
    );
    if (!first?.output) return [];
    return [
      {
        at: editPlace(first) ?? subjectAt,
        message: said`The output of ${first.path || first.type} reaches ${short(first.output.absMax)}, beyond float16's largest number ${F16_MAX}.`,
        measured: {
          absMax: first.output.absMax,
          limit: F16_MAX,
          overflow: first.output.float16.overflow,
        },
        layers: [first.path],
      },
    ];
  },
  remedies: (evidence) => [[initialiseAll(evidence)], [normaliseAll(evidence)]],
  gauge: ({ layers }) => {
    const largest = Math.max(0, ...layers.map((l) => l.output?.absMax ?? 0));
    return { name: said`largest output`, value: Math.max(largest, 1), ideal: 1 };
  },
});
