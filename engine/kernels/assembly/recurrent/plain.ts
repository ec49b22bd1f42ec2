// Elements of a step of a plain recurrent layer: h = tanh or relu of what stands in its place, and the derivative.

import { give, ofTanh, take, tanhs } from "./vectors";

export function plainStep<T>(h: usize, n: i32, relu: bool): void {
  const W: i32 = 16 / sizeof<T>();
  for (let j = 0; j < n; j += W) {
    const count = min(W, n - j);
    const x = take<T>(h, count);
    // above 0 or NaN: itself
    give<T>(h, relu ? v128.andnot(x, v128.le<T>(x, v128.splat<T>(0))) : tanhs<T>(x), count);
    h += 16;
  }
}

/** From the cotangent dh of h that of what the function was given, out. */
export function plainStepGrad<T>(out: usize, dh: usize, h: usize, n: i32, relu: bool): void {
  const W: i32 = 16 / sizeof<T>();
  for (let j = 0; j < n; j += W) {
    const count = min(W, n - j);
    const y = take<T>(h, count);
    const ct = take<T>(dh, count);
    give<T>(out, relu ? v128.and(ct, v128.gt<T>(y, v128.splat<T>(0))) : v128.mul<T>(ct, ofTanh<T>(y)), count);
    out += 16;
    dh += 16;
    h += 16;
  }
}
