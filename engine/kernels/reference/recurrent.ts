import { RECURRENCE, RECURRENT_GATES, type Kernels } from "../kernels.ts";
import type { Access, Numbers } from "./access.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Each step's number, and where the states before and behind it stand; in the order in which they run. */
const walk = (steps: number, reverse: number): [step: number, before: number, after: number][] =>
  range(steps).map((i) => (reverse ? [steps - 1 - i, steps - i, steps - 1 - i] : [i, i, i + 1]));

/** Σ a[from + p] w[p · n + column] over k. */
function product(
  a: Numbers,
  from: number,
  w: Numbers,
  column: number,
  n: number,
  k: number,
): number {
  let sum = 0;
  for (let p = 0; p < k; p++) sum += a[from + p]! * w[p * n + column]!;
  return sum;
}

export function recurrence(
  mem: Access,
): Pick<Kernels, "packWeight" | "recurrent" | "recurrentGrad"> {
  return {
    packWeight(t, out, b, k, n, transposed) {
      const [O, B] = [mem.at(t, out, k * n), mem.at(t, b, k * n)];
      for (let p = 0; p < k; p++)
        for (let j = 0; j < n; j++) O[p * n + j] = B[transposed ? j * k + p : p * n + j]!;
    },

    recurrent(t, mode, h, c, stored, gates, w, bias, steps, reverse, n, H, first, count) {
      const name = RECURRENCE[mode]!;
      const G = RECURRENT_GATES[name] * H;
      const [hs, cs] = [h, c].map((p) => mem.at(t, p, (steps + 1) * n * H)) as [Numbers, Numbers];
      const S = mem.at(t, stored, steps * n * 4 * H);
      const [given, W] = [mem.at(t, gates, steps * n * G), mem.at(t, w, H * G)];
      const B = bias ? mem.at(t, bias, G) : null;
      for (const [step, before, after] of walk(steps, reverse))
        for (let r = first; r < first + count; r++) {
          const row = step * n + r;
          const [from, to] = [(before * n + r) * H, (after * n + r) * H];
          const own = range(G).map((j) => product(hs, from, W, j, G, H));
          for (let j = 0; j < H; j++) {
            const x = (gate: number): number => given[row * G + gate * H + j]!;
            const q = (gate: number): number => own[gate * H + j]! + (B?.[gate * H + j] ?? 0);
            const keep = (...values: number[]): void => {
              values.forEach((v, i) => (S[row * 4 * H + i * H + j] = v));
            };
            if (name === "LSTM") {
              const [i, f, o] = [0, 1, 3].map((g) => sigmoid(x(g) + q(g))) as [number, number, number]; // prettier-ignore
              const fresh = Math.tanh(x(2) + q(2));
              const cell = f * cs[from + j]! + i * fresh;
              keep(i, f, fresh, o);
              cs[to + j] = cell;
              hs[to + j] = o * Math.tanh(cell);
            } else if (name === "GRU") {
              const [reset, z] = [0, 1].map((g) => sigmoid(x(g) + q(g))) as [number, number];
              const fresh = Math.tanh(x(2) + reset * q(2));
              keep(reset, z, fresh, q(2));
              hs[to + j] = fresh + z * (hs[from + j]! - fresh);
            } else hs[to + j] = name === "tanh" ? Math.tanh(x(0) + q(0)) : Math.max(0, x(0) + q(0));
          }
        }
    },

    recurrentGrad(
      t,
      mode,
      out,
      down,
      dh,
      dc,
      ct,
      h,
      c,
      stored,
      w,
      steps,
      reverse,
      n,
      H,
      first,
      count,
    ) {
      const name = RECURRENCE[mode]!;
      const G = RECURRENT_GATES[name] * H;
      const [O, D] = [out, down].map((p) => mem.at(t, p, steps * n * G)) as [Numbers, Numbers];
      const [DH, DC] = [dh, dc].map((p) => mem.at(t, p, n * H)) as [Numbers, Numbers];
      const [hs, cs] = [h, c].map((p) => mem.at(t, p, (steps + 1) * n * H)) as [Numbers, Numbers];
      const [CT, S] = [mem.at(t, ct, steps * n * H), mem.at(t, stored, steps * n * 4 * H)];
      const W = mem.at(t, w, G * H);
      for (const [step, before, after] of walk(steps, reverse).reverse())
        for (let r = first; r < first + count; r++) {
          const row = step * n + r;
          const [from, to] = [(before * n + r) * H, (after * n + r) * H];
          const past = new Array<number>(H).fill(0);
          for (let j = 0; j < H; j++) {
            const g = DH[r * H + j]! + CT[row * H + j]!;
            const kept = (i: number): number => S[row * 4 * H + i * H + j]!;
            const put = (into: Numbers, ...values: number[]): void => {
              values.forEach((v, i) => (into[row * G + i * H + j] = v));
            };
            if (name === "LSTM") {
              const [i, f, fresh, o] = range(4).map(kept) as [number, number, number, number];
              const y = Math.tanh(cs[to + j]!);
              const all = DC[r * H + j]! + g * o * (1 - y * y);
              put(O, all * fresh * i * (1 - i), all * cs[from + j]! * f * (1 - f), all * i * (1 - fresh ** 2), g * y * o * (1 - o)); // prettier-ignore
              DC[r * H + j] = all * f;
            } else if (name === "GRU") {
              const [reset, z, fresh, q] = range(4).map(kept) as [number, number, number, number];
              const dn = g * (1 - z) * (1 - fresh ** 2);
              const [dr, dz] = [dn * q * reset * (1 - reset), g * (hs[from + j]! - fresh) * z * (1 - z)]; // prettier-ignore
              put(O, dr, dz, dn);
              put(D, dr, dz, dn * reset);
              past[j] = g * z;
            } else put(O, name === "tanh" ? g * (1 - hs[to + j]! ** 2) : hs[to + j]! > 0 ? g : 0);
          }
          const through = name === "GRU" ? D : O;
          for (let j = 0; j < H; j++)
            DH[r * H + j] = past[j]! + product(through, row * G, W, j, H, G);
        }
    },
  };
}
