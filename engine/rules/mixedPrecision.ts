import type { Parameter } from "../report.ts";
import { depthOf, placesOf } from "./depth.ts";
import { isMisscaled } from "./gradScaler.ts";
import type { Remedy } from "./step.ts";
import type { Evidence, Judgement } from "./rule.ts";
import { defineRule, percent, short } from "./rule.ts";
import { said } from "../said.ts";

/** Of the gradient's length; rounding alone leaves a hundredth in float16, a tenth in bfloat16 over many layers. */
const MAX_ERROR = 0.5;
const MAX_RATIO = 1e-3; // as in gradient-vanishing
const START = 16; // log2 of GradScaler's first scale

/**
 * mixed-precision: in a second run under CUDA's autocast a gradient is another one than in float32, or the model does not run there.
 *
 * Ops run in half precision, in float32 or in the widest type by PyTorch's own lists; sums add up in float32 and are rounded once; the loss
 * scale is the one that GradScaler comes to from 65536. Judged is ‖difference‖ / ‖float32 gradient‖ of each parameter. The run is made
 * where the setting `chainrule.precision` or `--precision` asks for it.
 *
 * What helps: bfloat16 in place of float16; float32 for the layer (`torch.autocast("cuda", enabled=False)`); masks and small constants that fit.
 *
 * Source: PyTorch documentation, Automatic Mixed Precision, op reference; Micikevicius et al., ICLR 2018.
 */
export const mixedPrecision = defineRule({
  code: "mixed-precision",
  severity: "warning",
  title: "Half precision changes a gradient",
  limits: { maxError: MAX_ERROR },
  check: (evidence, limits) => {
    const { mixed, parameters, subjectAt, loss } = evidence;
    if (!mixed) return [];
    const { dtype, scale, skipped } = mixed;
    const told: Judgement[] = [];
    // Noise is noise in every precision.
    const real = new Map<string, Parameter>(
      parameters.filter((p) => !p.gradIsStructurallyZero).map((p) => [p.name, p]),
    );
    const hit = mixed.parameters.filter(
      ({ name, error }) => real.has(name) && !((error ?? Infinity) <= limits.maxError),
    );
    const vanishes = (depthOf(evidence)?.ratio ?? 1) < MAX_RATIO;
    const worst = [...hit].sort((a, b) => (b.error ?? Infinity) - (a.error ?? Infinity))[0];
    if (worst && !vanishes && !isMisscaled(mixed)) {
      const p = real.get(worst.name)!;
      const more = hit.length > 1 ? said` (and ${hit.length - 1} more)` : "";
      const how =
        worst.error === null
          ? said`is not finite`
          : said`is off by ${percent(worst.error)} of its length, ${percent(worst.lost)} of its elements are 0`;
      told.push({
        at: p.definedAt ?? subjectAt,
        message: said`Under autocast in ${dtype} ${worst.name}.grad${more} ${how}, at loss scale ${short(scale)}.`,
        measured: { error: worst.error ?? 0, lost: worst.lost, scale, parameters: hit.length },
        layers: [p.layer],
      });
    }
    if (mixed.loss === null && Number.isFinite(loss) && told.length === 0)
      told.push({
        at: subjectAt,
        message: said`Under autocast in ${dtype} the loss is not finite; in float32 it is ${short(loss ?? NaN)}.`,
        measured: { loss: loss ?? 0 },
        layers: [],
      });
    // Of the user's own scaler grad-scaler tells.
    if (skipped > 0 && !mixed.isOwn)
      told.push({
        severity: "information",
        at: subjectAt,
        message: said`GradScaler will skip the first ${skipped} steps, until its scale has come down from 2^${START} to 2^${Math.log2(scale)}; init_scale=2.0**${Math.log2(scale)} spares them.`,
        measured: { skipped, scaleExponent: Math.log2(scale) },
        layers: [],
      });
    return told;
  },
  remedies: (evidence) => [
    ...withLogits(evidence),
    ...(evidence.mixed?.isOwn ? [[{ kind: "bfloat16" } as const]] : []),
  ],
});

/** BCELoss, which autocast refuses, by its form with logits, and the sigmoid before it gone. */
function withLogits({ layers }: Evidence): Remedy[] {
  const names = new Map([
    ["BCELoss", "BCEWithLogitsLoss"],
    ["binary_cross_entropy", "binary_cross_entropy_with_logits"],
  ]);
  const losses = layers.filter((l) => names.has(l.type));
  const before = layers.filter((l) => /^sigmoid$/i.test(l.type));
  const [loss, sigmoid] = [losses[0], before.at(-1)];
  if (!loss || !sigmoid) return [];
  const to = names.get(loss.type) ?? "";
  const places = placesOf(losses.filter((l) => l.type === loss.type)).map(({ at }) => at);
  const last = placesOf([sigmoid]).map(({ at }) => at);
  return [
    [
      { kind: "rename", at: places, from: loss.type, to },
      { kind: "remove", at: last, name: sigmoid.type },
    ],
  ];
}
