import { F16_MAX } from "./formats.ts";
import { initialiseAll, normaliseAll } from "./remedies.ts";
import type { Layer } from "../report.ts";
import type { Remedy } from "./step.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, editPlace, short } from "./rule.ts";
import { said } from "../said.ts";

const OVERFLOW = 65520; // the smallest magnitude that rounds to infinity
/** Autocast leaves these in float32. */
const LOSS = /loss$|_loss|entropy|kl_?div/i;

/** The first output beyond the range. */
const beyond = ({ layers }: Evidence): Layer | undefined =>
  layers.find(
    ({ type, output }) =>
      output !== null &&
      output.absMax >= OVERFLOW &&
      output.nans + output.infs === 0 &&
      !LOSS.test(type),
  );

/** The user's own autocast has float32's range. */
const isBrain = ({ mixed }: Evidence): boolean =>
  mixed?.isOwn === true && mixed.dtype === "bfloat16";

/** A normalisation of what the layer is given. */
const normaliseInput = (evidence: Evidence): Remedy[] => {
  const at = beyond(evidence)?.definedAt;
  return at ? [[{ kind: "normalise", at: [at], isBefore: true }]] : [];
};

/**
 * float16-overflow: a layer's output is beyond float16's range, so it would be infinite under float16 autocast. Losses are not judged, which
 * autocast computes in float32; nor is a script whose own autocast is bfloat16's.
 *
 * Of a script that trains in float32 it is information.
 *
 * What helps: bfloat16, or a normalisation before the layer; float32 for this layer alone.
 *
 * Source: IEEE 754-2019, binary16: |x| ≥ 65520 rounds to infinity.
 */
export const float16Overflow = defineRule({
  code: "float16-overflow",
  severity: "warning",
  title: "Activations beyond float16's range",
  check: (evidence) => {
    const { subjectAt, optimizers, mixed } = evidence;
    const first = beyond(evidence);
    if (!first?.output || isBrain(evidence)) return [];
    return [
      {
        ...(optimizers && !mixed ? { severity: "information" as const } : {}),
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
  remedies: (evidence) => [
    ...(evidence.mixed?.isOwn ? [[{ kind: "bfloat16" } as const]] : []),
    ...normaliseInput(evidence),
    [initialiseAll(evidence)],
    [normaliseAll(evidence)],
  ],
  gauge: ({ layers }) => {
    const judged = layers.filter((l) => !LOSS.test(l.type));
    const largest = Math.max(0, ...judged.map((l) => l.output?.absMax ?? 0));
    return { name: said`largest output`, value: Math.max(largest, 1), ideal: 1 };
  },
});
