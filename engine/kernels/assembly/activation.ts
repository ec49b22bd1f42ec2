// Gradients of activations in one pass.

import { joinedSlopes } from "./joined";
import { geluErfGrad4, geluTanhGrad4, siluGrad4 } from "./math/vector";
import { geluGate, normalCdf, normalPdf, sigmoid } from "./math/special";
import { loadPart, storePart } from "./part";

/** out = ct · dact; op is a place in kernels.ts' ACT_GRAD. */
export function actGrad(t: i32, op: i32, out: usize, ct: usize, x: usize, n: i32): void {
  if (t != 0) {
    for (let i: usize = 0; i < <usize>n << 3; i += 8) {
      const c = load<f64>(ct + i);
      const v = load<f64>(x + i);
      store<f64>(out + i, op == 0 ? (v <= 0 ? 0 : c) : c * slope(op, v));
    }
    return;
  }
  call_indirect<void>(slopeFunction(op), out, ct, x, n);
}

// One function per op, called through the table, as in unary.ts.
function reluSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(0, out, ct, x, n);
}
function sigmoidSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(1, out, ct, x, n);
}
function tanhSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopes(2, out, ct, x, n);
}
function geluErfSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopesJoined(3, out, ct, x, n);
}
function geluTanhSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopesJoined(4, out, ct, x, n);
}
function siluSlopes(out: usize, ct: usize, x: usize, n: i32): void {
  slopesJoined(5, out, ct, x, n);
}

function slopeFunction(op: i32): i32 {
  switch (op) {
    case 0: return reluSlopes.index;
    case 1: return sigmoidSlopes.index;
    case 2: return tanhSlopes.index;
    case 3: return geluErfSlopes.index;
    case 4: return geluTanhSlopes.index;
    default: return siluSlopes.index;
  }
}

/** As `slopes`, in vectors of 256 bits where the host has them. */
@inline
function slopesJoined(op: i32, out: usize, ct: usize, x: usize, n: i32): void {
  const done = joinedSlopes(op, out, ct, x, n);
  const skip = <usize>done << 2;
  slopes(op, out + skip, ct + skip, x + skip, n - done);
}

@inline
function slopes(op: i32, out: usize, ct: usize, x: usize, n: i32): void {
  const end = (<usize>n & ~3) << 2;
  for (let i: usize = 0; i < end; i += 16) v128.store(out + i, slope4(op, v128.load(ct + i), v128.load(x + i)));
  const rest = n & 3;
  if (rest) {
    const c = loadPart(ct + end, rest, 0);
    storePart(out + end, slope4(op, c, loadPart(x + end, rest, 0)), rest);
  }
}

@inline
export function slope4(op: i32, c: v128, x: v128): v128 {
  const one = f32x4.splat(1);
  if (op == 0) return v128.andnot(c, f32x4.le(x, f32x4.splat(0)));
  if (op == 1) return f32x4.mul(c, f32x4.mul(x, f32x4.sub(one, x)));
  if (op == 2) return f32x4.mul(c, f32x4.sub(one, f32x4.mul(x, x)));
  if (op == 3) return f32x4.mul(c, geluErfGrad4(x));
  if (op == 4) return f32x4.mul(c, geluTanhGrad4(x));
  return f32x4.mul(c, siluGrad4(x));
}

function slope(op: i32, x: f64): f64 {
  if (op == 1) return x * (1 - x);
  if (op == 2) return 1 - x * x;
  if (op == 3) return Math.abs(x) == Infinity ? (x > 0 ? 1 : 0) : normalCdf(x) + x * normalPdf(x);
  if (op == 4) {
    const g = geluGate(x);
    return g == 0 || g == 1 ? g : g + x * g * (1 - g) * 1.5957691216057308 * (1 + 0.134145 * x * x);
  }
  const s = sigmoid(x);
  return s == 0 || s == 1 ? s : s + x * s * (1 - s);
}
