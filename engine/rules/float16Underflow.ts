import type { Parameter, Span } from "../report.ts";
import { depthOf } from "./depth.ts";
import { flushedEnergy, flushedShare, largestScale } from "./formats.ts";
import type { Judgement } from "./rule.ts";
import { defineRule, percent, samePlace } from "./rule.ts";
import { said } from "../said.ts";

const MAX_LOST = 0.05; // share of a gradient's squared length; for a normal distribution, half of its elements
const MAX_RATIO = 1e-3; // as in gradient-vanishing
const MAX_UNSCALED = 0.15; // share of all elements at loss scale 1; of 170 public models only a handful lose more
const MIN_PART = 0.02; // of all parameters; a single level of many is information
const HEADROOM = 4; // the loss scale keeps the largest gradient this far below the float16 maximum

/**
 * float16-underflow: gradients that are non-zero in float32 but 0 once stored in float16, even at the best loss scale.
 *
 * One loss scale serves the whole model: it can grow only until the largest gradient reaches 65504. Where gradients are too far apart,
 * small ones are lost at every scale. A factor on the loss changes nothing in this verdict.
 *
 * Elements that are small in a gradient that is large count little: what is judged is the lost share of the squared length. Where gradients
 * vanish over the depth, gradient-vanishing tells it. Of a script that trains in float32 it is information. Where only the unscaled loss loses many elements, that is said as information.
 *
 * What helps: bfloat16, or float32 for the layers with the largest gradients; bring the sizes together.
 *
 * Source: Micikevicius et al., Mixed Precision Training, ICLR 2018, section 3.2; IEEE 754-2019, binary16.
 */
export const float16Underflow = defineRule({
  code: "float16-underflow",
  severity: "warning",
  title: "Gradients become 0 in float16",
  limits: { maxLost: MAX_LOST },
  check: (evidence, limits) => {
    const { parameters, subjectAt } = evidence;
    // Where gradients vanish over the depth, their loss in float16 is a consequence that needs no second squiggle.
    if ((depthOf(evidence)?.ratio ?? 1) < MAX_RATIO) return [];
    const real = parameters.filter(
      (p) =>
        p.kind === "parameter" &&
        p.grad !== null &&
        !p.gradIsStructurallyZero &&
        p.grad.nans + p.grad.infs === 0 &&
        p.grad.absMax > 0,
    );
    const absMax = Math.max(0, ...real.map((p) => p.grad!.absMax));
    if (absMax === 0) return [];
    const k = largestScale(absMax, HEADROOM);
    const hit = real
      .filter((p) => flushedEnergy(p.grad!, k) > limits.maxLost)
      .map((p) => ({ p, lost: flushedShare(p.grad!, k) }));
    if (hit.length === 0) return unscaled(real, subjectAt, k);
    const isFloat32 = evidence.optimizers !== undefined && !evidence.mixed;
    const isMinor = hit.length < MIN_PART * real.length;
    const places: { at: Span; hit: { p: Parameter; lost: number }[] }[] = [];
    for (const h of hit.sort((a, b) => b.lost - a.lost)) {
      const at = h.p.definedAt ?? subjectAt;
      const known = places.find((x) => samePlace(x.at, at));
      if (known) known.hit.push(h);
      else places.push({ at, hit: [h] });
    }
    return places.map(({ at, hit: here }) => {
      const { p, lost } = here[0]!;
      const others = here.length > 1 ? said` (and of ${here.length - 1} more made here)` : "";
      return {
        ...(isMinor || isFloat32 ? { severity: "information" as const } : {}),
        at,
        message: said`${percent(lost)} of ${p.name}.grad${others} becomes 0 in float16 even at the best loss scale, 2^${k}.`,
        measured: {
          lost,
          bestScaleExponent: k,
          absMax: p.grad!.absMax,
          absMaxOfAll: absMax,
          flushedAtScale1: p.grad!.float16.flushed,
        },
        layers: [...new Set(here.map((x) => x.p.layer))],
      };
    });
  },
});

/** What a loss scale would save: a fact about the loss as it is, and no verdict, since a factor on the loss changes it. */
function unscaled(real: readonly Parameter[], subjectAt: Span, best: number): Judgement[] {
  const lost = (p: Parameter): number => p.grad!.float16.flushed;
  const sizeOf = (p: Parameter): number => p.grad!.count - p.grad!.zeros;
  const all = real.reduce((n, p) => n + sizeOf(p), 0);
  const share = real.reduce((n, p) => n + lost(p) * sizeOf(p), 0) / all;
  const worst = [...real].sort((a, b) => lost(b) * sizeOf(b) - lost(a) * sizeOf(a))[0];
  if (share <= MAX_UNSCALED || !worst) return [];
  return [
    {
      severity: "information",
      at: worst.definedAt ?? subjectAt,
      message: said`Without a loss scale ${percent(share)} of all gradient elements become 0 in float16, first of all ${percent(lost(worst))} of ${worst.name}.grad; 2^${best} keeps them.`,
      measured: { flushedAtScale1: share, bestScaleExponent: best },
      layers: [worst.layer],
    },
  ];
}
