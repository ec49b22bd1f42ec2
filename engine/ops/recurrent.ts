import type { Backend } from "../backend.ts";
import { RECURRENCE, RECURRENT_GATES, REDUCE } from "../kernels/kernels.ts";
import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Steps of equal rows; reverse: the last one first. */
export type WholeAttrs = {
  readonly mode: (typeof RECURRENCE)[number];
  readonly steps: number;
  readonly reverse: boolean;
};

/** Elements of one state, of a row's gates and of all steps; and where each part of what `recurrentStates` holds begins (kernels.ts: recurrent). */
function places([n, H]: Shape, { mode, steps }: WholeAttrs) {
  const gates = RECURRENT_GATES[mode] * H!;
  const state = n! * H!;
  const rows = steps * state;
  const stored = (steps + 1) * state;
  const cells = stored + (gates > H! ? 4 * rows : 0);
  return { n: n!, H: H!, gates, state, rows, stored, cells, size: cells + (mode === "LSTM" ? stored : 0) }; // prettier-ignore
}

const elements = (k: Backend, elem: number, to: number, from: number, n: number): void =>
  k.kernels.cast(elem, elem, 0, to, from, n);

const bytesOf = ({ elem }: Tensor): number => (elem === 0 ? 4 : 8);

/** wh, or its transpose, as the kernels read it. */
function packed(k: Backend, wh: Tensor, transposed: boolean): Tensor {
  const [G, H] = wh.shape as [number, number];
  const [depth, n] = transposed ? [H, G] : [G, H];
  const out = k.empty([depth * 8 * Math.ceil(n / 8)], wh.dtype);
  k.kernels.packWeight(out.elem, out.ptr, k.contiguous(wh).ptr, depth, n, Number(transposed));
  return out;
}

/** States and activated gates of each step: what `recurrentWhole` reads forward and back. Its part in the gradient is `recurrentWhole`'s. */
const recurrentStates = defineOp<"gates" | "h0" | "c0" | "wh" | "bh", WholeAttrs>({
  name: "recurrentStates",
  inputs: ["gates", "h0", "c0", "wh", "bh"],
  optional: ["c0", "bh"],
  shape: ({ h0 }, a) => [places(h0, a).size],
  forward: (k, { gates, h0, c0, wh, bh }, a) => {
    const { n, H, rows, state, stored, cells, size } = places(h0.shape, a);
    const out = k.empty([size], gates.dtype);
    const at = (element: number): number => out.ptr + element * bytesOf(out);
    const first = a.reverse ? rows : 0;
    elements(k, out.elem, at(first), k.contiguous(h0).ptr, state);
    if (a.mode === "LSTM") elements(k, out.elem, at(cells + first), k.contiguous(c0).ptr, state);
    k.kernels.recurrent(
      ...[out.elem, RECURRENCE.indexOf(a.mode), at(0), at(cells), at(stored)] as const,
      ...[k.contiguous(gates).ptr, packed(k, wh, true).ptr, bh ? k.contiguous(bh).ptr : 0] as const,
      ...[a.steps, Number(a.reverse), n, H, 0, n] as const,
    ); // prettier-ignore
    return out;
  },
  saves: [],
  vjp: null,
  half: { round: "none" }, // halves go step by step (recurrent.ts)
  flops: ({ h0, wh }, _, { steps }) => 2 * steps * h0[0]! * wh[0]! * wh[1]!,
  gradcheck: [],
});

/**
 * A recurrent layer behind its inputs' product. gates: [steps · n, G · H], the products of the inputs with the biases; h0, LSTM's c0: [n, H],
 * wh: [G · H, H], bh: GRU's second bias, r: recurrentStates of them → h of each step, the last h, LSTM's last c, as one list of elements.
 */
const recurrentWhole = defineOp<"gates" | "h0" | "c0" | "wh" | "bh" | "r", WholeAttrs>({
  name: "recurrentWhole",
  inputs: ["gates", "h0", "c0", "wh", "bh", "r"],
  optional: ["c0", "bh"],
  shape: ({ h0 }, a) => {
    const { rows, state } = places(h0, a);
    return [rows + (a.mode === "LSTM" ? 2 : 1) * state];
  },
  forward: (k, { h0, r }, a) => {
    const { rows, state, cells } = places(h0.shape, a);
    const isLstm = a.mode === "LSTM";
    const out = k.empty([rows + (isLstm ? 2 : 1) * state], r.dtype);
    const bytes = bytesOf(out);
    const last = a.reverse ? 0 : rows;
    const copy = (to: number, from: number, n: number): void => {
      elements(k, out.elem, out.ptr + to * bytes, r.ptr + from * bytes, n);
    };
    copy(0, a.reverse ? 0 : state, rows);
    copy(rows, last, state);
    if (isLstm) copy(rows + state, cells + last, state);
    return out;
  },
  saves: ["gates", "h0", "c0", "wh", "bh", "r"],
  vjp: (k, ct, { gates, h0, c0, wh, bh, r }, a) => {
    let all: Tensor | null = null;
    let start = 0;
    const part = (x: Tensor | null): (() => Tensor) | null => {
      if (!x) return null;
      const from = start;
      start += x.size;
      return () => {
        all ??= k.op("recurrentGrad", [ct, gates, h0, c0, wh, bh, r], a);
        return k.reshape(k.narrow(all, 0, from, x.size), x.shape);
      };
    };
    return { gates: part(gates), h0: part(h0), c0: part(c0), wh: part(wh), bh: part(bh), r: null };
  },
  half: { round: "none" },
  gradcheck: [],
});

/**
 * From the cotangent of `recurrentWhole` those of gates, h0, c0, wh and bh, one behind the other; back through time, wh's in one product of
 * all steps.
 */
const recurrentStatesGrad = defineOp<"ct" | "h0" | "wh" | "bh" | "r", WholeAttrs>({
  name: "recurrentStatesGrad",
  inputs: ["ct", "h0", "wh", "bh", "r"],
  optional: ["bh"],
  shape: ({ h0, wh, bh }, a) => {
    const { steps } = a;
    const { n, gates, state, H } = places(h0, a);
    const states = a.mode === "LSTM" ? 2 * state : state;
    return [steps * n * gates + states + wh[0]! * H + (bh ? bh[0]! : 0)];
  },
  forward: (k, { ct, h0, wh, bh, r }, a) => {
    const { n, H, gates, rows, state, stored, cells } = places(h0.shape, a);
    const isLstm = a.mode === "LSTM";
    const own = a.steps * n * gates;
    const states = isLstm ? 2 * state : state;
    const bias = bh ? gates : 0;
    const out = k.empty([own + states + gates * H + bias], ct.dtype);
    const { elem } = out;
    const bytes = bytesOf(out);
    const at = (element: number): number => out.ptr + element * bytes;
    const kept = (element: number): number => r.ptr + element * bytes;
    const down = a.mode === "GRU" ? k.empty([own], ct.dtype).ptr : out.ptr;
    const given = k.contiguous(ct).ptr;
    elements(k, elem, at(own), given + rows * bytes, states); // those of the last states, to become the first's
    k.kernels.recurrentGrad(
      ...[elem, RECURRENCE.indexOf(a.mode), out.ptr, down, at(own), at(own + state)] as const,
      ...[given, kept(0), kept(cells), kept(stored), packed(k, wh, false).ptr] as const,
      ...[a.steps, Number(a.reverse), n, H, 0, n] as const,
    ); // prettier-ignore
    const before = kept(a.reverse ? state : 0);
    const weight = own + states;
    const all = a.steps * n;
    k.kernels.matmul(elem, at(weight), down, before, gates, H, all, 1, 0, gates, H, H, 1, 0, 0, 0, 0); // prettier-ignore
    if (bias) k.kernels.reduce(elem, REDUCE.indexOf("sum"), at(weight + gates * H), down, 1, all, gates); // prettier-ignore
    return out;
  },
  saves: [],
  vjp: null, // `recurrentGrad` goes step by step where its result is to be differentiated
  half: { round: "none" },
  flops: ({ h0, wh }, _, { steps }) => 4 * steps * h0[0]! * wh[0]! * wh[1]!,
  gradcheck: [],
});

export const recurrences: readonly Op[] = [recurrentStates, recurrentWhole, recurrentStatesGrad];
