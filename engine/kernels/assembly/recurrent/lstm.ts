// One row of a step of an LSTM behind its products, and its derivative. i, f, g, o stand one behind the other.

import { give, ofSigmoid, ofTanh, sigmoids, take, tanhs } from "./vectors";

/** gates become activated; cell = f before + i g, h = o tanh(cell). */
export function lstmRow<T>(gates: usize, cell: usize, h: usize, before: usize, width: i32): void {
  const W: i32 = 16 / sizeof<T>();
  const row = <usize>width * sizeof<T>();
  for (let j = 0; j < width; j += W) {
    const count = min(W, width - j);
    const i = sigmoids<T>(take<T>(gates, count));
    const f = sigmoids<T>(take<T>(gates + row, count));
    const g = tanhs<T>(take<T>(gates + 2 * row, count));
    const o = sigmoids<T>(take<T>(gates + 3 * row, count));
    const c = v128.add<T>(v128.mul<T>(f, take<T>(before, count)), v128.mul<T>(i, g));
    give<T>(gates, i, count);
    give<T>(gates + row, f, count);
    give<T>(gates + 2 * row, g, count);
    give<T>(gates + 3 * row, o, count);
    give<T>(cell, c, count);
    give<T>(h, v128.mul<T>(o, tanhs<T>(c)), count);
    gates += 16;
    cell += 16;
    before += 16;
    h += 16;
  }
}

/** From the cotangents dh of h and dc of cell those of the gates before activation, and in dc's place that of `before`. */
export function lstmRowGrad<T>(out: usize, dc: usize, dh: usize, gates: usize, cell: usize, before: usize, width: i32): void {
  const W: i32 = 16 / sizeof<T>();
  const row = <usize>width * sizeof<T>();
  for (let j = 0; j < width; j += W) {
    const count = min(W, width - j);
    const i = take<T>(gates, count);
    const f = take<T>(gates + row, count);
    const g = take<T>(gates + 2 * row, count);
    const o = take<T>(gates + 3 * row, count);
    const y = tanhs<T>(take<T>(cell, count));
    const ct = take<T>(dh, count);
    const all = v128.add<T>(take<T>(dc, count), v128.mul<T>(v128.mul<T>(ct, o), ofTanh<T>(y)));
    give<T>(out, v128.mul<T>(v128.mul<T>(all, g), ofSigmoid<T>(i)), count);
    give<T>(out + row, v128.mul<T>(v128.mul<T>(all, take<T>(before, count)), ofSigmoid<T>(f)), count);
    give<T>(out + 2 * row, v128.mul<T>(v128.mul<T>(all, i), ofTanh<T>(g)), count);
    give<T>(out + 3 * row, v128.mul<T>(v128.mul<T>(ct, y), ofSigmoid<T>(o)), count);
    give<T>(dc, v128.mul<T>(all, f), count);
    gates += 16;
    cell += 16;
    before += 16;
    dc += 16;
    dh += 16;
    out += 16;
  }
}
