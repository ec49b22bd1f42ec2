// The gates' functions on vectors of either element type, and ends of rows.

import { sigmoid } from "../math/special";
import { sigmoid4, tanh4 } from "../math/vector";
import { loadPart, storePart } from "../part";

@inline
export function take<T>(p: usize, count: i32): v128 {
  if (count * sizeof<T>() == 16) return v128.load(p);
  if (sizeof<T>() == 8) return v128.load64_zero(p);
  return loadPart(p, count, 0);
}

@inline
export function give<T>(p: usize, v: v128, count: i32): void {
  if (count * sizeof<T>() == 16) v128.store(p, v);
  else if (sizeof<T>() == 8) v128.store64_lane(p, v, 0);
  else storePart(p, v, count);
}

@inline
export function sigmoids<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return sigmoid4(x);
  const low = f64x2.splat(sigmoid(f64x2.extract_lane(x, 0)));
  return f64x2.replace_lane(low, 1, sigmoid(f64x2.extract_lane(x, 1)));
}

@inline
export function tanhs<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return tanh4(x);
  const low = f64x2.splat(Math.tanh(f64x2.extract_lane(x, 0)));
  return f64x2.replace_lane(low, 1, Math.tanh(f64x2.extract_lane(x, 1)));
}

/** σ′ by y = σ(x): y (1 − y). */
@inline
export function ofSigmoid<T>(y: v128): v128 {
  return v128.mul<T>(y, v128.sub<T>(v128.splat<T>(1), y));
}

/** tanh′ by y = tanh(x): 1 − y². */
@inline
export function ofTanh<T>(y: v128): v128 {
  return v128.sub<T>(v128.splat<T>(1), v128.mul<T>(y, y));
}
