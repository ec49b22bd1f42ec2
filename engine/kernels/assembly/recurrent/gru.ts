// One row of a step of a GRU behind its products, and its derivative. r, z, n stand one behind the other.

import { give, ofSigmoid, ofTanh, sigmoids, take, tanhs } from "./vectors";

/** own: h's products with their bias. r = σ, z = σ, n = tanh(gates + r q), q = own's third part; h = n + z (before − n). stored: r, z, n, q. */
export function gruRow<T>(stored: usize, gates: usize, own: usize, h: usize, before: usize, width: i32): void {
  const W: i32 = 16 / sizeof<T>();
  const row = <usize>width * sizeof<T>();
  for (let j = 0; j < width; j += W) {
    const count = min(W, width - j);
    const r = sigmoids<T>(v128.add<T>(take<T>(gates, count), take<T>(own, count)));
    const z = sigmoids<T>(v128.add<T>(take<T>(gates + row, count), take<T>(own + row, count)));
    const q = take<T>(own + 2 * row, count);
    const n = tanhs<T>(v128.add<T>(take<T>(gates + 2 * row, count), v128.mul<T>(r, q)));
    give<T>(stored, r, count);
    give<T>(stored + row, z, count);
    give<T>(stored + 2 * row, n, count);
    give<T>(stored + 3 * row, q, count);
    give<T>(h, v128.add<T>(n, v128.mul<T>(z, v128.sub<T>(take<T>(before, count), n))), count);
    stored += 16;
    gates += 16;
    own += 16;
    before += 16;
    h += 16;
  }
}

/** From h's cotangent dh those of the gates, out, and of own, down; in dh's place what reaches `before` past the gates. */
export function gruRowGrad<T>(out: usize, down: usize, dh: usize, stored: usize, before: usize, width: i32): void {
  const W: i32 = 16 / sizeof<T>();
  const row = <usize>width * sizeof<T>();
  for (let j = 0; j < width; j += W) {
    const count = min(W, width - j);
    const r = take<T>(stored, count);
    const z = take<T>(stored + row, count);
    const n = take<T>(stored + 2 * row, count);
    const q = take<T>(stored + 3 * row, count);
    const ct = take<T>(dh, count);
    const dn = v128.mul<T>(v128.sub<T>(ct, v128.mul<T>(ct, z)), ofTanh<T>(n));
    const dr = v128.mul<T>(v128.mul<T>(dn, q), ofSigmoid<T>(r));
    const dz = v128.mul<T>(v128.mul<T>(ct, v128.sub<T>(take<T>(before, count), n)), ofSigmoid<T>(z));
    give<T>(out, dr, count);
    give<T>(out + row, dz, count);
    give<T>(out + 2 * row, dn, count);
    give<T>(down, dr, count);
    give<T>(down + row, dz, count);
    give<T>(down + 2 * row, v128.mul<T>(dn, r), count);
    give<T>(dh, v128.mul<T>(ct, z), count);
    stored += 16;
    before += 16;
    dh += 16;
    out += 16;
    down += 16;
  }
}
