import { median } from "../numeric/median.ts";
import { defineRule, percent, short } from "./rule.ts";
import { said } from "../said.ts";

const MIN_STEPS = 5;
const MAX_KEPT = 0.1; // of the gradient's length, at the median step
const MAX_USED = 0.01; // largest length over the limit

/**
 * gradient-clipping: over the steps that were followed, clipping always acts, or never comes near to acting.
 *
 * Where every step's gradient is cut to less than a tenth, its length no longer counts: each step has the same length, and the learning
 * rate means something else than without clipping. Where the largest gradient is a hundredth of the limit, the limit guards against nothing
 * that happens here. Early gradients are not those of later training: both are information. Clipping that comes behind the step, or
 * before there is a gradient, is a warning.
 *
 * Source: Pascanu, Mikolov and Bengio, ICML 2013, section 3.2 (the limit is chosen from the average norm over many updates).
 */
export const gradientClipping = defineRule({
  code: "gradient-clipping",
  severity: "information",
  title: "Gradient clipping acts at every step, or at none",
  limits: { maxKept: MAX_KEPT, maxUsed: MAX_USED },
  check: ({ steps, clipping, subjectAt }, limits) => {
    if (clipping?.late)
      return [
        {
          severity: "warning",
          at: clipping.at ?? subjectAt,
          message: said`Gradients are clipped to ${short(clipping.limit)} behind step(), which has used them as they were: clipping changes nothing.`,
          measured: { limit: clipping.limit },
          layers: [],
          isUnnecessary: true,
        },
      ];
    if (clipping?.early)
      return [
        {
          severity: "warning",
          at: clipping.at ?? subjectAt,
          message: said`Gradients are clipped to ${short(clipping.limit)} before backward() has computed them: clipping changes nothing.`,
          measured: { limit: clipping.limit },
          layers: [],
          isUnnecessary: true,
        },
      ];
    const cut = (steps ?? []).flatMap(({ clipped }) => (clipped === undefined ? [] : [clipped]));
    if (!clipping || cut.length < MIN_STEPS) return [];
    const at = clipping.at ?? subjectAt;
    const kept = median(cut) ?? 1;
    const acting = cut.filter((share) => share < 1 - 1e-6).length;
    const longest = Math.max(...(steps ?? []).map(({ gradNorm }) => gradNorm ?? Infinity));
    const measured = { steps: cut.length, acting, kept, limit: clipping.limit };
    if (acting === cut.length && kept < limits.maxKept)
      return [
        {
          at,
          message: said`Clipping to ${short(clipping.limit)} acts at each of ${cut.length} steps and leaves ${percent(kept)} of the gradient's length.`,
          measured,
          layers: [],
        },
      ];
    if (acting === 0 && clipping.kind === "norm" && longest < limits.maxUsed * clipping.limit)
      return [
        {
          at,
          message: said`Clipping to ${short(clipping.limit)} acts at none of ${cut.length} steps: the longest gradient is ${short(longest)}.`,
          measured: { ...measured, longest },
          layers: [],
        },
      ];
    return [];
  },
  remedies: ({ clipping }) => [
    ...(clipping?.late ? [[{ kind: "clipFirst" } as const]] : []),
    ...(clipping?.early ? [[{ kind: "clipBehind" } as const]] : []),
  ],
});
