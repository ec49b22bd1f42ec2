// One time step of an LSTM layer behind its matrix product, and its derivative, in one pass each.

import { sigmoid } from "./math/special";
import { sigmoid4, tanh4 } from "./math/vector";
import { loadPart, storePart } from "./part";

export function lstmStep(t: i32, gates: usize, cell: usize, h: usize, before: usize, rows: i32, width: i32): void {
  const row = <usize>width << (t == 0 ? 2 : 3);
  for (let r = 0; r < rows; r++) {
    if (t == 0) stepRow(gates, cell, h, before, row);
    else stepRow64(gates, cell, h, before, row);
    gates += 4 * row;
    cell += row;
    h += row;
    before += row;
  }
}

function stepRow(gates: usize, cell: usize, h: usize, before: usize, row: usize): void {
  for (let j: usize = 0; j < row; j += 16) {
    const count = min(4, <i32>(row - j) >> 2);
    const g = gates + j;
    const i4 = sigmoid4(take(g, count));
    const f4 = sigmoid4(take(g + row, count));
    const g4 = tanh4(take(g + 2 * row, count));
    const o4 = sigmoid4(take(g + 3 * row, count));
    const c4 = f32x4.add(f32x4.mul(f4, take(before + j, count)), f32x4.mul(i4, g4));
    give(g, i4, count);
    give(g + row, f4, count);
    give(g + 2 * row, g4, count);
    give(g + 3 * row, o4, count);
    give(cell + j, c4, count);
    give(h + j, f32x4.mul(o4, tanh4(c4)), count);
  }
}

function stepRow64(gates: usize, cell: usize, h: usize, before: usize, row: usize): void {
  for (let j: usize = 0; j < row; j += 8) {
    const at = gates + j;
    const i = sigmoid(load<f64>(at));
    const f = sigmoid(load<f64>(at + row));
    const g = Math.tanh(load<f64>(at + 2 * row));
    const o = sigmoid(load<f64>(at + 3 * row));
    const c = f * load<f64>(before + j) + i * g;
    store<f64>(at, i);
    store<f64>(at + row, f);
    store<f64>(at + 2 * row, g);
    store<f64>(at + 3 * row, o);
    store<f64>(cell + j, c);
    store<f64>(h + j, o * Math.tanh(c));
  }
}

export function lstmStepGrad(
  t: i32, out: usize, ctCell: usize, ct: usize, gates: usize, cell: usize, before: usize, rows: i32, width: i32,
): void {
  const row = <usize>width << (t == 0 ? 2 : 3);
  for (let r = 0; r < rows; r++) {
    if (t == 0) gradRow(out, ctCell, ct, gates, cell, before, row);
    else gradRow64(out, ctCell, ct, gates, cell, before, row);
    out += 4 * row;
    gates += 4 * row;
    ctCell += row;
    ct += row;
    cell += row;
    before += row;
  }
}

function gradRow(out: usize, ctCell: usize, ct: usize, gates: usize, cell: usize, before: usize, row: usize): void {
  const one = f32x4.splat(1);
  for (let j: usize = 0; j < row; j += 16) {
    const count = min(4, <i32>(row - j) >> 2);
    const at = gates + j;
    const i = take(at, count);
    const f = take(at + row, count);
    const g = take(at + 2 * row, count);
    const o = take(at + 3 * row, count);
    const y = tanh4(take(cell + j, count));
    const dh = take(ct + j, count);
    const through = f32x4.mul(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(y, y)));
    const dc = f32x4.add(take(ctCell + j, count), through);
    const to = out + j;
    give(to, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))), count);
    give(to + row, f32x4.mul(f32x4.mul(dc, take(before + j, count)), f32x4.mul(f, f32x4.sub(one, f))), count);
    give(to + 2 * row, f32x4.mul(f32x4.mul(dc, i), f32x4.sub(one, f32x4.mul(g, g))), count);
    give(to + 3 * row, f32x4.mul(f32x4.mul(dh, y), f32x4.mul(o, f32x4.sub(one, o))), count);
    give(ctCell + j, f32x4.mul(dc, f), count);
  }
}

function gradRow64(out: usize, ctCell: usize, ct: usize, gates: usize, cell: usize, before: usize, row: usize): void {
  for (let j: usize = 0; j < row; j += 8) {
    const at = gates + j;
    const i = load<f64>(at);
    const f = load<f64>(at + row);
    const g = load<f64>(at + 2 * row);
    const o = load<f64>(at + 3 * row);
    const y = Math.tanh(load<f64>(cell + j));
    const dh = load<f64>(ct + j);
    const dc = load<f64>(ctCell + j) + dh * o * (1 - y * y);
    const to = out + j;
    store<f64>(to, dc * g * (i * (1 - i)));
    store<f64>(to + row, dc * load<f64>(before + j) * (f * (1 - f)));
    store<f64>(to + 2 * row, dc * i * (1 - g * g));
    store<f64>(to + 3 * row, dh * y * (o * (1 - o)));
    store<f64>(ctCell + j, dc * f);
  }
}

@inline
function take(p: usize, count: i32): v128 {
  return count == 4 ? v128.load(p) : loadPart(p, count, 0);
}

@inline
function give(p: usize, v: v128, count: i32): void {
  if (count == 4) v128.store(p, v);
  else storePart(p, v, count);
}
