// Elementwise functions of one tensor. Frequent f32 functions run on lanes; the others, and all of f64, one by one in f64.
// Numbers of ops are their places in kernels.ts' UNARY.

import { erfinvTorch } from "./erfinv";
import { joinedLanes } from "./joined";
import { PAD } from "./memory";
import { digamma, erf, erfc, erfinv, geluGate, lgamma, normalCdf, sigmoid, softplus } from "./math/special";
import { erf4, erfc4, exp4, expm14, geluErf4, geluTanh4, log4, sigmoid4, silu4, softplus4, tanh4 } from "./math/vector";

export function unary(t: i32, op: i32, out: usize, x: usize, n: i32): void {
  if (t == 0) {
    if (lanes(op, out, x, n)) return;
    for (let i = 0; i < n; i++) {
      store<f32>(out, <f32>scalar(op, <f64>load<f32>(x)));
      out += 4;
      x += 4;
    }
  } else {
    for (let i = 0; i < n; i++) {
      store<f64>(out, scalar(op, load<f64>(x)));
      out += 8;
      x += 8;
    }
  }
}

// One function per op, called through the table: the host compiles functions one by one, and a large one would run unoptimised for long.
function negLanes(out: usize, x: usize, n: i32): void {
  map(0, out, x, n);
}
function absLanes(out: usize, x: usize, n: i32): void {
  map(1, out, x, n);
}
function expLanes(out: usize, x: usize, n: i32): void {
  mapJoined(3, out, x, n);
}
function expm1Lanes(out: usize, x: usize, n: i32): void {
  map(4, out, x, n);
}
function logLanes(out: usize, x: usize, n: i32): void {
  map(5, out, x, n);
}
function sqrtLanes(out: usize, x: usize, n: i32): void {
  map(9, out, x, n);
}
function rsqrtLanes(out: usize, x: usize, n: i32): void {
  map(10, out, x, n);
}
function reciprocalLanes(out: usize, x: usize, n: i32): void {
  map(11, out, x, n);
}
function tanhLanes(out: usize, x: usize, n: i32): void {
  mapJoined(20, out, x, n);
}
function sigmoidLanes(out: usize, x: usize, n: i32): void {
  mapJoined(24, out, x, n);
}
function reluLanes(out: usize, x: usize, n: i32): void {
  map(25, out, x, n);
}
function erfLanes(out: usize, x: usize, n: i32): void {
  map(26, out, x, n);
}
function erfcLanes(out: usize, x: usize, n: i32): void {
  map(27, out, x, n);
}
/** One by one: f32's own roundings. */
function erfinvLanes(out: usize, x: usize, n: i32): void {
  erfinvTorch(0, out, x, n);
}
function floorLanes(out: usize, x: usize, n: i32): void {
  map(29, out, x, n);
}
function ceilLanes(out: usize, x: usize, n: i32): void {
  map(30, out, x, n);
}
function nearestLanes(out: usize, x: usize, n: i32): void {
  map(31, out, x, n);
}
function truncLanes(out: usize, x: usize, n: i32): void {
  map(32, out, x, n);
}
function notLanes(out: usize, x: usize, n: i32): void {
  map(36, out, x, n);
}
function squareLanes(out: usize, x: usize, n: i32): void {
  map(37, out, x, n);
}
function geluErfLanes(out: usize, x: usize, n: i32): void {
  mapJoined(40, out, x, n);
}
function geluTanhLanes(out: usize, x: usize, n: i32): void {
  mapJoined(41, out, x, n);
}
function siluLanes(out: usize, x: usize, n: i32): void {
  mapJoined(42, out, x, n);
}
function softplusLanes(out: usize, x: usize, n: i32): void {
  map(43, out, x, n);
}
function logSigmoidLanes(out: usize, x: usize, n: i32): void {
  map(44, out, x, n);
}

/** False where the op has no lane form. */
function lanes(op: i32, out: usize, x: usize, n: i32): bool {
  const f = laneFunction(op);
  if (f < 0) return false;
  call_indirect<void>(f, out, x, n);
  return true;
}

function laneFunction(op: i32): i32 {
  switch (op) {
    case 0: return negLanes.index;
    case 1: return absLanes.index;
    case 3: return expLanes.index;
    case 4: return expm1Lanes.index;
    case 5: return logLanes.index;
    case 9: return sqrtLanes.index;
    case 10: return rsqrtLanes.index;
    case 11: return reciprocalLanes.index;
    case 20: return tanhLanes.index;
    case 24: return sigmoidLanes.index;
    case 25: return reluLanes.index;
    case 26: return erfLanes.index;
    case 27: return erfcLanes.index;
    case 28: return erfinvLanes.index;
    case 29: return floorLanes.index;
    case 30: return ceilLanes.index;
    case 31: return nearestLanes.index;
    case 32: return truncLanes.index;
    case 36: return notLanes.index;
    case 37: return squareLanes.index;
    case 40: return geluErfLanes.index;
    case 41: return geluTanhLanes.index;
    case 42: return siluLanes.index;
    case 43: return softplusLanes.index;
    case 44: return logSigmoidLanes.index;
    default: return -1;
  }
}

/** As `map`, in vectors of 256 bits where the host has them. */
@inline
function mapJoined(op: i32, out: usize, x: usize, n: i32): void {
  const done = joinedLanes(op, out, x, n);
  map(op, out + (<usize>done << 2), x + (<usize>done << 2), n - done);
}

/** `op` is a literal at every call, so one branch of `apply` is left in each loop. */
@inline
function map(op: i32, out: usize, x: usize, n: i32): void {
  const end = x + ((<usize>n & ~3) << 2);
  while (x < end) {
    v128.store(out, apply(op, v128.load(x)));
    out += 16;
    x += 16;
  }
  const rest = (<usize>n & 3) << 2;
  if (rest) {
    memory.copy(PAD, x, rest);
    v128.store(PAD, apply(op, v128.load(PAD)));
    memory.copy(out, PAD, rest);
  }
}

@inline
export function apply(op: i32, x: v128): v128 {
  if (op == 0) return f32x4.neg(x);
  if (op == 1) return f32x4.abs(x);
  if (op == 3) return exp4(x);
  if (op == 4) return expm14(x);
  if (op == 5) return log4(x);
  if (op == 9) return f32x4.sqrt(x);
  if (op == 10) return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  if (op == 11) return f32x4.div(f32x4.splat(1), x);
  if (op == 20) return tanh4(x);
  if (op == 24) return sigmoid4(x);
  if (op == 25) return v128.andnot(x, f32x4.le(x, f32x4.splat(0))); // NaN stays, -0 becomes 0
  if (op == 26) return erf4(x);
  if (op == 27) return erfc4(x);
  if (op == 29) return f32x4.floor(x);
  if (op == 30) return f32x4.ceil(x);
  if (op == 31) return f32x4.nearest(x);
  if (op == 32) return f32x4.trunc(x);
  if (op == 36) return v128.and(f32x4.eq(x, f32x4.splat(0)), f32x4.splat(1));
  if (op == 37) return f32x4.mul(x, x);
  if (op == 40) return geluErf4(x);
  if (op == 41) return geluTanh4(x);
  if (op == 42) return silu4(x);
  if (op == 43) return softplus4(x);
  return f32x4.neg(softplus4(f32x4.neg(x))); // 44
}

@inline
function flag(fact: bool): f64 {
  return fact ? 1 : 0;
}

@inline
function gated(x: f64, gate: f64): f64 {
  return x == -Infinity ? -0.0 : x * gate;
}

function scalar(op: i32, x: f64): f64 {
  switch (op) {
    case 0: return -x;
    case 1: return Math.abs(x);
    case 2: return flag(x > 0) - flag(x < 0);
    case 3: return Math.exp(x);
    case 4: return Math.expm1(x);
    case 5: return Math.log(x);
    case 6: return Math.log1p(x);
    case 7: return Math.log2(x);
    case 8: return Math.log10(x);
    case 9: return Math.sqrt(x);
    case 10: return 1 / Math.sqrt(x);
    case 11: return 1 / x;
    case 12: return Math.sin(x);
    case 13: return Math.cos(x);
    case 14: return Math.tan(x);
    case 15: return Math.asin(x);
    case 16: return Math.acos(x);
    case 17: return Math.atan(x);
    case 18: return Math.sinh(x);
    case 19: return Math.cosh(x);
    case 20: return Math.tanh(x);
    case 21: return Math.asinh(x);
    case 22: return Math.acosh(x);
    case 23: return Math.atanh(x);
    case 24: return sigmoid(x);
    case 25: return x <= 0 ? 0 : x;
    case 26: return erf(x);
    case 27: return erfc(x);
    case 28: return erfinv(x);
    case 29: return Math.floor(x);
    case 30: return Math.ceil(x);
    case 31: return nearest<f64>(x);
    case 32: return Math.trunc(x);
    case 33: return flag(x != x);
    case 34: return flag(Math.abs(x) == Infinity);
    case 35: return flag(x - x == 0);
    case 36: return flag(x == 0);
    case 37: return x * x;
    case 38: return lgamma(x);
    case 39: return digamma(x);
    case 40: return gated(x, normalCdf(x));
    case 41: return gated(x, geluGate(x));
    case 42: return gated(x, sigmoid(x));
    case 43: return softplus(x);
    case 44: return -softplus(-x);
    case 45: return x - Math.trunc(x);
    default: return -x - 1; // 46
  }
}
