/** A recurrent layer forward and back by kernels alone. */
import { RECURRENCE, RECURRENT_GATES } from "../../engine/kernels/kernels.ts";
import { type Bench, numbers } from "./kernelPair.ts";

type Mode = (typeof RECURRENCE)[number];
export interface RecurrentLayer {
  readonly t: number;
  readonly mode: Mode;
  readonly steps: number;
  readonly n: number;
  readonly width: number;
  readonly reverse: number;
}

/** What `recurrent` leaves, and the addresses that `recurrentGrad` reads. */
function forward(
  b: Bench,
  { t, mode, steps, n, width, reverse }: RecurrentLayer,
  parts: readonly number[],
) {
  const G = RECURRENT_GATES[mode] * width;
  const state = n * width;
  const index = RECURRENCE.indexOf(mode);
  const [h, c] = [1, 2].map((seed) => b.tensor(t, numbers((steps + 1) * state, seed, 2))) as [number, number]; // prettier-ignore
  const stored = b.tensor(t, steps * n * 4 * width);
  const gates = b.tensor(t, numbers(steps * n * G, 3, 3));
  const wh = b.tensor(t, numbers(G * width, 4, 1 / Math.sqrt(width)));
  const bias = mode === "GRU" ? b.tensor(t, numbers(G, 5)) : 0;
  const packed = (transposed: number): number => {
    const [k, columns] = transposed ? [width, G] : [G, width];
    const out = b.tensor(t, k * 8 * Math.ceil(columns / 8));
    b.kernels.packWeight(t, out, wh, k, columns, transposed);
    return out;
  };
  const w = packed(1);
  let first = 0;
  for (const count of parts) {
    b.kernels.recurrent(t, index, h, c, stored, gates, w, bias, steps, reverse, n, width, first, count); // prettier-ignore
    first += count;
  }
  const states = [h, ...(mode === "LSTM" ? [c] : [])];
  const found = states.flatMap((p) => b.read(t, p, (steps + 1) * state));
  return { G, state, index, h, c, stored, back: packed(0), found };
}

/** States, cotangents of gates and of the first states; the batch's rows in parts. */
export function runRecurrent(b: Bench, layer: RecurrentLayer, parts: readonly number[]): number[] {
  const { t, mode, steps, n, width, reverse } = layer;
  const { G, state, index, h, c, stored, back, found } = forward(b, layer, parts);
  const [out, down] = [b.tensor(t, steps * n * G), b.tensor(t, steps * n * G)];
  const [dh, dc] = [6, 7].map((seed) => b.tensor(t, numbers(state, seed))) as [number, number];
  const ct = b.tensor(t, numbers(steps * state, 8));
  let first = 0;
  for (const count of parts) {
    b.kernels.recurrentGrad(t, index, out, down, dh, dc, ct, h, c, stored, back, steps, reverse, n, width, first, count); // prettier-ignore
    first += count;
  }
  const lists: [number, number][] = [[out, steps * n * G], [dh, state]]; // prettier-ignore
  if (mode === "GRU") lists.push([down, steps * n * G]);
  if (mode === "LSTM") lists.push([dc, state]);
  return [...found, ...lists.flatMap(([p, size]) => b.read(t, p, size))];
}
