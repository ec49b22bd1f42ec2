import type { Mixed } from "../report.ts";
import type { Evidence, Judgement } from "./rule.ts";
import { defineRule, percent, short } from "./rule.ts";
import { said } from "../said.ts";

const MAX_SKIPPED = 20; // in a row: a scale that began at 65536 is then below 0.1
const MAX_LOST = 0.1; // share of a gradient's elements without a loss scale
const MAX_ERROR = 0.25; // of a gradient's length: half of mixed-precision's, since a scale would mend it

/**
 * grad-scaler: what a script's own autocast and GradScaler do on a GPU: steps that are skipped, gradients that are clipped while they still
 * carry the scale, float16 without a scaler.
 *
 * The script is followed once more under CUDA's autocast; the scale is halved where a gradient is not finite, and the step skipped. A few
 * skipped steps at the start are how GradScaler finds its scale, and information. Where every step is skipped, a gradient is infinite at
 * every scale: the number is wrong, not the scale. `clip_grad_norm_` before `scaler.unscale_(optimizer)` compares its limit with a length
 * that is thousands of times too large, and shrinks every step.
 *
 * What helps: `init_scale` at the scale that is found; `scaler.unscale_(optimizer)` before clipping; a GradScaler, or bfloat16.
 *
 * Source: PyTorch documentation, Automatic Mixed Precision examples; Micikevicius et al., ICLR 2018, section 3.2.
 */
export const gradScaler = defineRule({
  code: "grad-scaler",
  severity: "warning",
  title: "Gradient scaling",
  limits: { maxLost: MAX_LOST, maxError: MAX_ERROR },
  check: (evidence, limits) => {
    const { mixed, subjectAt } = evidence;
    if (!mixed?.isOwn || mixed.dtype !== "float16") return [];
    if (!mixed.scaler) return unscaled(mixed, evidence, limits);
    const { at, steps, clippedScaled } = mixed.scaler;
    const first = steps[0]?.scale ?? 1;
    const told: Judgement[] = clippedScaled.map((place) => ({
      at: place,
      message: said`Gradients are clipped here while they are ${first} times too large: scaler.unscale_(optimizer) is missing before.`,
      measured: { scale: first },
      layers: [],
    }));
    const { skipped } = mixed;
    // A loss that is not finite stays so at every scale.
    const isHopeless = skipped >= MAX_SKIPPED || (skipped > 0 && mixed.loss === null);
    if (isHopeless && skipped === steps.length)
      told.push({
        at: at ?? subjectAt,
        message: said`GradScaler skips every one of the first ${skipped} steps: a gradient is not finite in float16 at any scale from ${first} down to ${short(mixed.scale)}.`,
        measured: { skipped, first, last: mixed.scale },
        layers: [],
      });
    else if (skipped > 0)
      told.push({
        severity: "information",
        at: at ?? subjectAt,
        message: said`GradScaler skips the first ${skipped} of ${steps.length} steps, until its scale has come down from ${first} to ${mixed.scale}; init_scale=${mixed.scale} spares them.`,
        measured: { skipped, steps: steps.length, first, scale: mixed.scale },
        layers: [],
      });
    return told;
  },
  remedies: ({ mixed }) => [
    ...(mixed?.scaler?.clippedScaled.length
      ? [[{ kind: "unscale", at: mixed.scaler.clippedScaled } as const]]
      : []),
    ...(mixed && !mixed.scaler ? [[{ kind: "scaler" } as const]] : []),
    ...(mixed?.scaler && mixed.loss === null ? [[{ kind: "bfloat16" } as const]] : []),
  ],
});

/** The gradients are others for want of right scaling: mixed-precision need not say so too. */
export const isMisscaled = ({ isOwn, dtype, scaler }: Mixed): boolean =>
  isOwn && dtype === "float16" && (scaler === undefined || scaler.clippedScaled.length > 0);

/** Float16 without a scaler: what becomes 0 of the gradients, or how far they are off where what they are made of became 0. */
function unscaled(
  mixed: Mixed,
  { optimizers, parameters }: Evidence,
  { maxLost = MAX_LOST, maxError = MAX_ERROR }: Readonly<Record<string, number>>,
): Judgement[] {
  const worst = [...mixed.parameters].sort((a, b) => b.lost - a.lost)[0];
  const at = optimizers?.[0]?.at;
  if (!worst || !at) return [];
  if (worst.lost <= maxLost) {
    // Noise is noise in every precision.
    const noise = new Set(parameters.filter((p) => p.gradIsStructurallyZero).map((p) => p.name));
    const off = mixed.parameters
      .filter(({ name }) => !noise.has(name))
      .sort((a, b) => (b.error ?? 0) - (a.error ?? 0))[0];
    return (off?.error ?? 0) <= maxError
      ? []
      : [
          {
            at,
            message: said`This script trains under autocast in float16 without a GradScaler: ${off!.name}.grad is off by ${short(off!.error ?? 0)} times its length.`,
            measured: { error: off!.error ?? 0 },
            layers: [],
          },
        ];
  }
  return [
    {
      at,
      message: said`This script trains under autocast in float16 without a GradScaler: ${percent(worst.lost)} of ${worst.name}.grad become 0.`,
      measured: { lost: worst.lost },
      layers: [],
    },
  ];
}
