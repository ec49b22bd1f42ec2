/** A Lightning module's own `training_step` as the subject, on a synthetic batch of the form that it takes apart. */
import type { Choice } from "../report.ts";
import type { Found } from "./find.ts";
import type { Attempt, Prober } from "./probe.ts";
import { expressionOf } from "./reshape.ts";
import type { Spec, TrainingStep } from "./spec.ts";
import { inWhy, said } from "../said.ts";

/** Targets that a loss may want for an output of this shape, likeliest first, as Python source. */
function targets({ shape, dtype }: Attempt): string[] {
  const rows = shape[0] ?? 1;
  const tuple = (dims: readonly number[]): string =>
    dims.length === 1 ? `(${String(dims[0])},)` : `(${dims.join(", ")})`;
  const classes = (count: number | undefined, dims: readonly number[]): string[] =>
    count && count > 1 ? [`torch.randint(0, ${String(count)}, ${tuple(dims)})`] : [];
  const like = `torch.rand(${shape.join(", ")})`;
  const all = [
    ...(shape.length === 2 ? classes(shape[1], [rows]) : []),
    ...(shape.length > 2 ? classes(shape[1], [rows, ...shape.slice(2)]) : []),
    ...(shape.length > 2 ? classes(shape.at(-1), shape.slice(0, -1)) : []),
    ...(dtype.startsWith("float") ? [like] : []),
    `torch.rand(${String(rows)})`,
    `torch.randint(0, 2, (${String(rows)},))`,
  ];
  return [...new Set(all)];
}

/** Batches for an input and its target. */
function batches(step: TrainingStep, inputs: readonly string[], target: string): string[] {
  const values = [...inputs, target];
  const { unpacks, keys } = step;
  if (keys.length > 0)
    return [`{${keys.map((k, i) => `'${k}': ${values[i] ?? target}`).join(", ")}}`];
  if (unpacks === null) return [inputs[0] ?? target, `(${values.join(", ")})`];
  const filled = Array.from({ length: unpacks }, (_, i) => values[i] ?? target);
  return [`(${filled.join(", ")}${unpacks === 1 ? "," : ""})`];
}

/** `found`, or its module's training step where one of the batches goes through it on meta tensors. */
export function asTraining(found: Found, prober: Prober): Found {
  if (found.from === "directive" || found.from === "options" || found.spec.call) return found;
  const facts = prober.ready(found.spec, "meta");
  const step = facts.ok ? facts.trainingStep : null;
  if (!facts.ok || !step) return found;
  const forward = prober.attempt(found.spec, "meta");
  if (!forward.ok) return found;
  const inputs = found.spec.inputs.map(expressionOf);
  const rest = Array.from({ length: Math.max(0, step.params - 1) }, () => "0");
  for (const target of targets(forward))
    for (const batch of batches(step, inputs, target)) {
      const spec: Spec = {
        ...found.spec,
        call: "training_step",
        inputs: [batch, ...rest].map((expr) => ({ kind: "py", expr })),
        loss: "auto",
      };
      const tried = prober.attempt(spec, "meta");
      if (!tried.ok || tried.shape.length > 0) continue;
      const why = said`training_step takes its batch apart like this`;
      const chosen: Choice = { what: "batch", value: batch, ...inWhy(why) };
      return { ...found, spec, from: "lightning", choices: [...found.choices, chosen] };
    }
  return found;
}
