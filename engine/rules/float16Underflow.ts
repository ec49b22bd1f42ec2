import { flushedShare, largestScale } from "./float16.ts";
import { defineRule, percent } from "./rule.ts";

const MAX_LOST = 0.05; // share of a gradient's non-zero elements
const HEADROOM = 4; // the loss scale keeps the largest gradient this far below the float16 maximum

/**
 * float16-underflow: gradients that are non-zero in float32 but 0 once stored in float16, even at the best loss scale.
 *
 * One loss scale serves the whole model: it can grow only until the largest gradient reaches 65504. Where gradients are too far apart,
 * small ones are lost at every scale. A factor on the loss changes nothing in this verdict.
 *
 * What helps: bfloat16, or float32 for the layers with the largest gradients; bring the sizes together.
 *
 * Source: Micikevicius et al., Mixed Precision Training, ICLR 2018, section 3.2; IEEE 754-2019, binary16.
 */
export const float16Underflow = defineRule({
  code: "float16-underflow",
  severity: "warning",
  title: "Gradients become 0 in float16",
  check: ({ parameters, subjectAt }) => {
    const real = parameters.filter(
      (p) =>
        p.grad !== null &&
        !p.gradIsStructurallyZero &&
        p.grad.nans + p.grad.infs === 0 &&
        p.grad.absMax > 0,
    );
    const absMax = Math.max(0, ...real.map((p) => p.grad!.absMax));
    if (absMax === 0) return [];
    const k = largestScale(absMax, HEADROOM);
    const hit = real
      .map((p) => ({ p, lost: flushedShare(p.grad!, k) }))
      .filter(({ lost }) => lost > MAX_LOST);
    const owners = [...new Set(hit.map(({ p }) => p.layer))];
    return owners.map((owner) => {
      const worst = hit.filter(({ p }) => p.layer === owner).sort((a, b) => b.lost - a.lost)[0]!;
      return {
        at: worst.p.definedAt ?? subjectAt,
        message: `${percent(worst.lost)} of ${worst.p.name}.grad becomes 0 in float16 even at the best loss scale, 2^${k}.`,
        measured: {
          lost: worst.lost,
          bestScaleExponent: k,
          absMax: worst.p.grad!.absMax,
          absMaxOfAll: absMax,
          flushedAtScale1: worst.p.grad!.float16.flushed,
        },
        layers: [owner],
      };
    });
  },
});
