// A recurrent layer behind its inputs' product: all steps of some of the batch's rows, which know nothing of each other.

import { addFewRows } from "../gemm/driver";
import { packB, packBT } from "../gemm/pack";
import { packRows, rowsBytes } from "../gemm/rows";
import { addScaled } from "../matmul";
import { scratch } from "../memory";
import { gruRow, gruRowGrad } from "./gru";
import { lstmRow, lstmRowGrad } from "./lstm";
import { plainStep, plainStepGrad } from "./plain";

// RECURRENCE of engine/kernels/kernels.ts
const RELU: i32 = 1;
const LSTM: i32 = 2;
const GRU: i32 = 3;

/** B: [k, n], or transposed [n, k], in the panels that `recurrent` and `recurrentGrad` read. */
export function packWeight(t: i32, out: usize, b: usize, k: i32, n: i32, transposed: i32): void {
  if (t == 0) pack<f32>(out, b, k, n, transposed != 0);
  else pack<f64>(out, b, k, n, transposed != 0);
}

function pack<T>(out: usize, b: usize, k: i32, n: i32, transposed: bool): void {
  if (transposed) packBT<T>(out, b, k, n, k);
  else packB<T>(out, b, n, n, k);
}

function gatesOf(mode: i32): i32 {
  return mode == LSTM ? 4 : mode == GRU ? 3 : 1;
}

/** Bytes of working space for `count` rows. */
export function recurrentScratch(t: i32, mode: i32, width: i32, count: i32): usize {
  const all = gatesOf(mode) * width;
  const bytes: usize = t == 0 ? 4 : 8;
  const packed = t == 0 ? rowsBytes<f32>(count, all) : rowsBytes<f64>(count, all);
  return packed + (mode == GRU ? <usize>count * <usize>all * bytes : 0);
}

export function recurrent(
  t: i32, mode: i32, h: usize, c: usize, stored: usize, gates: usize, w: usize, bias: usize,
  steps: i32, reverse: i32, n: i32, width: i32, first: i32, count: i32,
): void {
  const space = scratch(recurrentScratch(t, mode, width, count));
  if (t == 0) forth<f32>(space, mode, h, c, stored, gates, w, bias, steps, reverse != 0, n, width, first, count);
  else forth<f64>(space, mode, h, c, stored, gates, w, bias, steps, reverse != 0, n, width, first, count);
}

function forth<T>(
  space: usize, mode: i32, h: usize, c: usize, stored: usize, gates: usize, w: usize, bias: usize,
  steps: i32, reverse: bool, n: i32, width: i32, first: i32, count: i32,
): void {
  const row = <usize>width * sizeof<T>();
  const state = <usize>n * row;
  const all = gatesOf(mode) * width;
  const wide = <usize>all * sizeof<T>();
  const own = space + rowsBytes<T>(count, width);
  h += <usize>first * row;
  c += <usize>first * row;
  for (let i = 0; i < steps; i++) {
    const step = reverse ? steps - 1 - i : i;
    const before = <usize>(reverse ? step + 1 : step) * state;
    const after = <usize>(reverse ? step : step + 1) * state;
    const at = <usize>(step * n + first);
    const given = gates + at * wide;
    const kept = stored + at * 4 * row;
    const to = mode == LSTM ? kept : mode == GRU ? own : h + after;
    if (mode != GRU) memory.copy(to, given, <usize>count * wide);
    else if (!bias) memory.fill(to, 0, <usize>count * wide);
    else for (let r = 0; r < count; r++) memory.copy(to + <usize>r * wide, bias, wide);
    packRows<T>(space, h + before, row, count, width);
    addFewRows<T>(space, w, to, wide, count, all, width);
    if (mode == LSTM || mode == GRU)
      for (let r = 0; r < count; r++) {
        const skip = <usize>r * row;
        const g = kept + 4 * skip;
        if (mode == LSTM) lstmRow<T>(g, c + after + skip, h + after + skip, c + before + skip, width);
        else gruRow<T>(g, given + 3 * skip, own + 3 * skip, h + after + skip, h + before + skip, width);
      }
    else plainStep<T>(to, count * width, mode == RELU);
  }
}

export function recurrentGrad(
  t: i32, mode: i32, out: usize, down: usize, dh: usize, dc: usize, ct: usize, h: usize, c: usize, stored: usize, w: usize,
  steps: i32, reverse: i32, n: i32, width: i32, first: i32, count: i32,
): void {
  const space = scratch(recurrentScratch(t, mode, width, count));
  if (t == 0) back<f32>(space, mode, out, down, dh, dc, ct, h, c, stored, w, steps, reverse != 0, n, width, first, count);
  else back<f64>(space, mode, out, down, dh, dc, ct, h, c, stored, w, steps, reverse != 0, n, width, first, count);
}

function back<T>(
  space: usize, mode: i32, out: usize, down: usize, dh: usize, dc: usize, ct: usize, h: usize, c: usize, stored: usize, w: usize,
  steps: i32, reverse: bool, n: i32, width: i32, first: i32, count: i32,
): void {
  const row = <usize>width * sizeof<T>();
  const state = <usize>n * row;
  const all = gatesOf(mode) * width;
  const wide = <usize>all * sizeof<T>();
  h += <usize>first * row;
  c += <usize>first * row;
  dh += <usize>first * row;
  dc += <usize>first * row;
  for (let i = steps - 1; i >= 0; i--) {
    const step = reverse ? steps - 1 - i : i;
    const before = <usize>(reverse ? step + 1 : step) * state;
    const after = <usize>(reverse ? step : step + 1) * state;
    const at = <usize>(step * n + first);
    const to = out + at * wide;
    const through = mode == GRU ? down + at * wide : to;
    const kept = stored + at * 4 * row;
    addScaled<T>(dh, ct + at * row, count * width, 1);
    if (mode == LSTM || mode == GRU)
      for (let r = 0; r < count; r++) {
        const skip = <usize>r * row;
        const g = kept + 4 * skip;
        if (mode == LSTM) lstmRowGrad<T>(to + 4 * skip, dc + skip, dh + skip, g, c + after + skip, c + before + skip, width);
        else gruRowGrad<T>(to + 3 * skip, through + 3 * skip, dh + skip, g, h + before + skip, width);
      }
    else plainStepGrad<T>(to, dh, h + after, count * width, mode == RELU);
    if (mode != GRU) memory.fill(dh, 0, <usize>count * row);
    packRows<T>(space, through, wide, count, all);
    addFewRows<T>(space, w, dh, row, count, width, all);
  }
}
