// Ends of f32 arrays, one to three numbers, as vectors.

import { PAD } from "./memory";

/** Four numbers, the absent ones filled with `fill`. */
@inline
export function loadPart(x: usize, count: i32, fill: f32): v128 {
  v128.store(PAD, f32x4.splat(fill));
  memory.copy(PAD, x, <usize>count << 2);
  return v128.load(PAD);
}

@inline
export function storePart(out: usize, v: v128, count: i32): void {
  v128.store(PAD, v);
  memory.copy(out, PAD, <usize>count << 2);
}
