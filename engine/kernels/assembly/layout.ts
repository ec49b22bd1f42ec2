// Walk over the rows (last axis) of a layout block [ndim, shape, strides of the 1st tensor, of the 2nd, …]. One walk at a time:
// its state is global, offsets are in elements.

import { COUNTERS } from "./memory";

export let rowLength: i32 = 0;
export let rowCount: i32 = 0;
/** Strides along a row. */
export let stepA: isize = 0;
export let stepB: isize = 0;
export let stepC: isize = 0;
/** Where the present row starts in each tensor. */
export let offsetA: isize = 0;
export let offsetB: isize = 0;
export let offsetC: isize = 0;

let ndim: i32 = 0;
let shape: usize = 0;
let tensors: i32 = 0;

@inline
function stride(tensor: i32, axis: i32): isize {
  return <isize>load<i32>(shape + (<usize>((tensor + 1) * ndim + axis) << 2));
}

/** Starts a walk over `count` tensors (1 to 3). */
export function walk(lay: usize, count: i32): void {
  ndim = load<i32>(lay);
  shape = lay + 4;
  tensors = count;
  rowLength = ndim ? load<i32>(shape + (<usize>(ndim - 1) << 2)) : 1;
  rowCount = 1;
  for (let axis = 0; axis < ndim - 1; axis++) rowCount *= load<i32>(shape + (<usize>axis << 2));
  stepA = ndim ? stride(0, ndim - 1) : 0;
  stepB = ndim && count > 1 ? stride(1, ndim - 1) : 0;
  stepC = ndim && count > 2 ? stride(2, ndim - 1) : 0;
  offsetA = 0;
  offsetB = 0;
  offsetC = 0;
  memory.fill(COUNTERS, 0, 64);
}

/** Moves on to the next row. */
export function nextRow(): void {
  for (let axis = ndim - 2; axis >= 0; axis--) {
    const size = load<i32>(shape + (<usize>axis << 2));
    const counter = COUNTERS + (<usize>axis << 2);
    const i = load<i32>(counter) + 1;
    const done = i == size;
    store<i32>(counter, done ? 0 : i);
    const by = done ? <isize>(1 - size) : 1;
    offsetA += stride(0, axis) * by;
    if (tensors > 1) offsetB += stride(1, axis) * by;
    if (tensors > 2) offsetC += stride(2, axis) * by;
    if (!done) return;
  }
}
