// What assembly/wide.ts has in vectors of 256 bits, as the other kernels call it: engine/kernels/wide.ts. All take whole eights of elements.

/** 1: the host has given that module's loops. */
@external("env", "wide")
export declare const WIDE: i32;

@external("env", "joinedExp")
declare function joinedExp(out: usize, x: usize, n: i32): void;
@external("env", "joinedTanh")
declare function joinedTanh(out: usize, x: usize, n: i32): void;
@external("env", "joinedSigmoid")
declare function joinedSigmoid(out: usize, x: usize, n: i32): void;
@external("env", "joinedGelu")
declare function joinedGelu(out: usize, x: usize, n: i32): void;
@external("env", "joinedGeluTanh")
declare function joinedGeluTanh(out: usize, x: usize, n: i32): void;
@external("env", "joinedSilu")
declare function joinedSilu(out: usize, x: usize, n: i32): void;
@external("env", "joinedGeluSlopes")
declare function joinedGeluSlopes(out: usize, ct: usize, x: usize, n: i32): void;
@external("env", "joinedGeluTanhSlopes")
declare function joinedGeluTanhSlopes(out: usize, ct: usize, x: usize, n: i32): void;
@external("env", "joinedSiluSlopes")
declare function joinedSiluSlopes(out: usize, ct: usize, x: usize, n: i32): void;

/** e^{x − top}. */
@external("env", "joinedPowers")
export declare function joinedPowers(out: usize, x: usize, n: i32, top: f32): void;

/** As sums.ts's `sumRuns`. */
@external("env", "joinedSums")
export declare function joinedSums(at: usize, x: usize, runs: i32): void;
/** As bits.ts's `addGroups` and `alike`. */
@external("env", "joinedGroups")
export declare function joinedGroups(out: usize, eights: usize, from: usize, groups: i32): void;
@external("env", "joinedAlike")
export declare function joinedAlike(x: usize, n: i32, like: usize): i32;

/** As unary.ts's `map`, of its ops 3 (exp), 20 (tanh), 24 (sigmoid), 40, 41 (GELU) and 42 (SiLU). → elements done. */
@inline
export function joinedLanes(op: i32, out: usize, x: usize, n: i32): i32 {
  if (WIDE == 0) return 0;
  const done = n & ~7;
  if (op == 3) joinedExp(out, x, done);
  else if (op == 20) joinedTanh(out, x, done);
  else if (op == 24) joinedSigmoid(out, x, done);
  else if (op == 40) joinedGelu(out, x, done);
  else if (op == 41) joinedGeluTanh(out, x, done);
  else joinedSilu(out, x, done);
  return done;
}

/** As activation.ts's `slopes`, of its ops 3, 4 (GELU) and 5 (SiLU). → elements done. */
@inline
export function joinedSlopes(op: i32, out: usize, ct: usize, x: usize, n: i32): i32 {
  if (WIDE == 0) return 0;
  const done = n & ~7;
  if (op == 3) joinedGeluSlopes(out, ct, x, done);
  else if (op == 4) joinedGeluTanhSlopes(out, ct, x, done);
  else joinedSiluSlopes(out, ct, x, done);
  return done;
}
