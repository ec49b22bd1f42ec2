import type { Session } from "./session.ts";
import type { Tensor } from "./tensor.ts";

/**
 * running ← (1 − momentum) · running + momentum · scale · value, where `value` is row `row` of a table of float64, off the tape. As PyTorch's kernels
 * have it: in float64, rounded once. Both have values. Source: batch_norm_cpu_update_stats_template, aten/src/ATen/native/Normalization.cpp.
 */
export function follow(
  s: Session,
  running: Tensor,
  table: Tensor,
  row: number,
  momentum: number,
  scale: number,
): void {
  s.assertTime();
  const { backend, made, gradMode } = s;
  backend.memory.cold.turn++;
  made.ops++;
  const next = backend.read(running);
  const from = backend.contiguous(table).ptr / 8 + row * next.length;
  const { f64 } = backend.memory;
  for (let i = 0; i < next.length; i++)
    next[i] = (1 - momentum) * next[i]! + momentum * (scale * f64[from + i]!);
  s.gradMode = false;
  try {
    s.assign(running, backend.from(next, running.shape, running.dtype));
  } finally {
    s.gradMode = gradMode;
  }
}
