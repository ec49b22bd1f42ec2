import { defineRule } from "./rule.ts";
import { said } from "../said.ts";

const MIN_STEPS = 3;

/**
 * gradient-kept: the gradients of earlier steps are never cleared, so each step is made with the sum of all gradients so far.
 *
 * Seen before the first backward pass behind each step: the gradient that the optimizer has stepped with is still there. Several backward
 * passes between two steps are accumulation, and fine.
 *
 * What helps: `optimizer.zero_grad()` before each `backward()`, or behind each `step()`.
 *
 * Source: PyTorch documentation, torch.Tensor.backward (gradients accumulate in the leaves); exact.
 */
export const gradientKept = defineRule({
  code: "gradient-kept",
  severity: "warning",
  title: "Gradients are not cleared between steps",
  check: ({ steps, optimizers, subjectAt }) => {
    const later = (steps ?? []).slice(1);
    if (later.length < MIN_STEPS - 1 || !later.every(({ kept }) => kept)) return [];
    const [first] = optimizers ?? [];
    return [
      {
        at: first?.at ?? subjectAt,
        message: said`Over ${later.length + 1} steps the gradients are never cleared: each backward() adds to those of all steps before.`,
        measured: { steps: later.length + 1 },
        layers: [],
      },
    ];
  },
  remedies: ({ optimizers }) => {
    const at = (optimizers ?? []).flatMap((o) => (o.at ? [o.at] : []));
    return at.length > 0 ? [[{ kind: "zero", at }]] : [];
  },
});
