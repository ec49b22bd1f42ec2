import type { Backend } from "../backend.ts";
import type { Op } from "../op.ts";
import { defineOp } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Steps of equal rows; reverse: the last one first. */
export type LstmAttrs = { readonly steps: number; readonly reverse: boolean };

/** Elements of what `lstmStates` holds, one behind the other: h and gates (activated) of each step, c of each step. */
const places = ([n, H]: Shape, steps: number) => {
  const rows = steps * n! * H!;
  return { n: n!, H: H!, rows, state: n! * H!, cells: 5 * rows, size: 6 * rows };
};

/** The steps in the order in which they run. */
const order = ({ steps, reverse }: LstmAttrs): number[] =>
  Array.from({ length: steps }, (_, i) => (reverse ? steps - 1 - i : i));

const elements = (k: Backend, elem: number, to: number, from: number, n: number): void =>
  k.kernels.cast(elem, elem, 0, to, from, n);

/** h, activated gates and c of each step: what `lstm` reads forward and back. Its part in the gradient is `lstm`'s. */
const lstmStates = defineOp<"gates" | "h0" | "c0" | "wh", LstmAttrs>({
  name: "lstmStates",
  inputs: ["gates", "h0", "c0", "wh"],
  shape: ({ h0 }, { steps }) => [places(h0, steps).size],
  forward: (k, { gates, h0, c0, wh }, a) => {
    const { n, H, rows, state, cells, size } = places(h0.shape, a.steps);
    const out = k.empty([size], gates.dtype);
    const { elem } = out;
    const bytes = elem === 0 ? 4 : 8;
    const at = (element: number): number => out.ptr + element * bytes;
    const w = k.contiguous(wh).ptr;
    elements(k, elem, at(rows), k.contiguous(gates).ptr, 4 * rows);
    let h = k.contiguous(h0).ptr;
    let c = k.contiguous(c0).ptr;
    for (const t of order(a)) {
      const own = at(rows + 4 * t * state);
      k.kernels.matmul(elem, own, h, w, n, 4 * H, H, 0, 1, H, H, 4 * H, 1, 0, 0, 0, 1);
      k.kernels.lstmStep(elem, own, at(cells + t * state), at(t * state), c, n, H);
      h = at(t * state);
      c = at(cells + t * state);
    }
    return out;
  },
  saves: [],
  vjp: null,
  half: { round: "none" }, // halves go step by step (recurrent.ts)
  flops: ({ h0, wh }, _, { steps }) => 2 * steps * h0[0]! * wh[0]! * wh[1]!,
  gradcheck: [],
});

/**
 * An LSTM layer behind its inputs' product. gates: [steps · n, 4H], the products of the inputs with the biases; h0, c0: [n, H], wh: [4H, H],
 * r: lstmStates of them → h of each step, the last h, the last c, as one list of elements.
 */
const lstm = defineOp<"gates" | "h0" | "c0" | "wh" | "r", LstmAttrs>({
  name: "lstm",
  inputs: ["gates", "h0", "c0", "wh", "r"],
  shape: ({ h0 }, { steps }) => [places(h0, steps).rows + 2 * places(h0, steps).state],
  forward: (k, { h0, r }, a) => {
    const { rows, state, cells } = places(h0.shape, a.steps);
    const out = k.empty([rows + 2 * state], r.dtype);
    const bytes = out.elem === 0 ? 4 : 8;
    const last = order(a).at(-1)! * state;
    elements(k, out.elem, out.ptr, r.ptr, rows);
    elements(k, out.elem, out.ptr + rows * bytes, r.ptr + last * bytes, state);
    elements(k, out.elem, out.ptr + (rows + state) * bytes, r.ptr + (cells + last) * bytes, state);
    return out;
  },
  saves: ["gates", "h0", "c0", "wh", "r"],
  vjp: (k, ct, { gates, h0, c0, wh, r }, a) => {
    let all: Tensor | null = null;
    let start = 0;
    const part = (x: Tensor): (() => Tensor) => {
      const from = start;
      start += x.size;
      return () => {
        all ??= k.op("lstmGrad", [ct, gates, h0, c0, wh, r], a);
        return k.reshape(k.narrow(all, 0, from, x.size), x.shape);
      };
    };
    return { gates: part(gates), h0: part(h0), c0: part(c0), wh: part(wh), r: null };
  },
  half: { round: "none" },
  gradcheck: [],
});

/** From the cotangent of `lstm` those of gates, h0, c0 and wh, one behind the other; back through time, wh's in one product of all steps. */
const lstmStatesGrad = defineOp<"ct" | "h0" | "c0" | "wh" | "r", LstmAttrs>({
  name: "lstmStatesGrad",
  inputs: ["ct", "h0", "c0", "wh", "r"],
  shape: ({ h0, wh }, { steps }) => {
    const { rows, state, H } = places(h0, steps);
    return [4 * rows + 2 * state + wh[0]! * H];
  },
  forward: (k, { ct, h0, c0, wh, r }, a) => {
    const { n, H, rows, state, cells } = places(h0.shape, a.steps);
    const out = k.empty([4 * rows + 2 * state + 4 * H * H], ct.dtype);
    const dh = k.empty([n, H], ct.dtype);
    const { elem } = out;
    const bytes = elem === 0 ? 4 : 8;
    const c = k.contiguous(ct).ptr;
    const [h, w, dc] = [k.contiguous(h0).ptr, k.contiguous(wh).ptr, out.ptr + (4 * rows + state) * bytes]; // prettier-ignore
    const ran = order(a);
    elements(k, elem, dc, c + (rows + state) * bytes, state);
    elements(k, elem, dh.ptr, c + rows * bytes, state);
    k.kernels.axpy(elem, dh.ptr, c + ran.at(-1)! * state * bytes, state, 1);
    // h before each step, as rows beside the gates' cotangents
    const before = k.empty([rows], ct.dtype);
    for (let i = a.steps - 1; i >= 0; i--) {
      const t = ran[i]! * state;
      const own = out.ptr + 4 * t * bytes;
      const cell = r.ptr + (cells + t) * bytes;
      const previous = i > 0 ? ran[i - 1]! * state : -1;
      const from = i > 0 ? r.ptr + (cells + previous) * bytes : k.contiguous(c0).ptr;
      k.kernels.lstmStepGrad(
        elem,
        own,
        dc,
        dh.ptr,
        r.ptr + (rows + 4 * t) * bytes,
        cell,
        from,
        n,
        H,
      );
      const to = i > 0 ? dh.ptr : out.ptr + 4 * rows * bytes;
      if (i > 0) elements(k, elem, to, c + previous * bytes, state);
      k.kernels.matmul(elem, to, own, w, n, H, 4 * H, 0, 0, 4 * H, H, H, 1, 0, 0, 0, i > 0 ? 1 : 0);
      elements(k, elem, before.ptr + t * bytes, i > 0 ? r.ptr + previous * bytes : h, state);
    }
    const dw = out.ptr + (4 * rows + 2 * state) * bytes;
    const all = a.steps * n;
    k.kernels.matmul(
      elem,
      dw,
      out.ptr,
      before.ptr,
      4 * H,
      H,
      all,
      1,
      0,
      4 * H,
      H,
      H,
      1,
      0,
      0,
      0,
      0,
    );
    return out;
  },
  saves: [],
  vjp: null, // `lstmGrad` goes step by step where its result is to be differentiated
  half: { round: "none" },
  flops: ({ h0, wh }, _, { steps }) => 4 * steps * h0[0]! * wh[0]! * wh[1]!,
  gradcheck: [],
});

export const recurrences: readonly Op[] = [lstmStates, lstm, lstmStatesGrad];
