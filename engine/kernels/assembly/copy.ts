// Filling, strided copies and conversions.

import { nextRow, offsetA, rowCount, rowLength, stepA, walk } from "./layout";

export function fill(t: i32, out: usize, n: i32, value: f64): void {
  if (t == 0) {
    const v = f32x4.splat(<f32>value);
    let i = 0;
    for (; i + 4 <= n; i += 4) v128.store(out + (<usize>i << 2), v);
    for (; i < n; i++) store<f32>(out + (<usize>i << 2), <f32>value);
  } else for (let i = 0; i < n; i++) store<f64>(out + (<usize>i << 3), value);
}

export function arange(t: i32, out: usize, n: i32, start: f64, step: f64): void {
  if (t == 0) for (let i = 0; i < n; i++) store<f32>(out + (<usize>i << 2), <f32>(start + <f64>i * step));
  else for (let i = 0; i < n; i++) store<f64>(out + (<usize>i << 3), start + <f64>i * step);
}

export function gatherStrided(t: i32, out: usize, x: usize, lay: usize): void {
  if (t == 0) gatherRows<f32>(out, x, lay);
  else gatherRows<f64>(out, x, lay);
}

function gatherRows<T>(out: usize, x: usize, lay: usize): void {
  const ndim = load<i32>(lay);
  if (ndim >= 2) {
    const last = load<i32>(lay + (<usize>ndim << 2));
    const step = load<i32>(lay + (<usize>(2 * ndim) << 2));
    if (step != 1 && step != 0 && last >= 4)
      for (let axis = ndim - 2; axis >= 0; axis--) {
        const s = load<i32>(lay + (<usize>(ndim + 1 + axis) << 2));
        if (s == 1 && load<i32>(lay + (<usize>(axis + 1) << 2)) >= 4) return transposed<T>(out, x, lay, axis);
      }
  }
  walk(lay, 1);
  const n = rowLength;
  if (n <= 0) return;
  const count = rowCount;
  const step = stepA * <isize>sizeof<T>();
  const bytes = <usize>n * sizeof<T>();
  for (let r = 0; r < count; r++) {
    let p = x + <usize>offsetA * sizeof<T>();
    if (stepA == 1 && n >= 32) memory.copy(out, p, bytes);
    else
      for (let i = 0; i < n; i++) {
        store<T>(out + <usize>i * sizeof<T>(), load<T>(p));
        p += step;
      }
    out += bytes;
    nextRow();
  }
}

/**
 * A copy whose last axis is strided while another (`fast`) is contiguous in x: a transposition of these two for each index of the rest,
 * in blocks, so that both sides use whole cache lines.
 */
function transposed<T>(out: usize, x: usize, lay: usize, fast: i32): void {
  const ndim = load<i32>(lay);
  const shape = lay + 4;
  const strides = shape + (<usize>ndim << 2);
  const columns = load<i32>(shape + (<usize>(ndim - 1) << 2));
  const rows = load<i32>(shape + (<usize>fast << 2));
  const xStep = <usize>load<i32>(strides + (<usize>(ndim - 1) << 2)) * sizeof<T>();
  let outStep: usize = sizeof<T>();
  for (let axis = ndim - 1; axis > fast; axis--) outStep *= <usize>load<i32>(shape + (<usize>axis << 2));
  let others = 1;
  for (let axis = 0; axis < ndim - 1; axis++) if (axis != fast) others *= load<i32>(shape + (<usize>axis << 2));
  for (let o = 0; o < others; o++) {
    let rest = o;
    let from = x;
    let to = out;
    let place: usize = <usize>columns * sizeof<T>();
    for (let axis = ndim - 2; axis >= 0; axis--) {
      const size = load<i32>(shape + (<usize>axis << 2));
      if (axis != fast) {
        const i = rest % size;
        rest /= size;
        from += <usize>(i * load<i32>(strides + (<usize>axis << 2))) * sizeof<T>();
        to += <usize>i * place;
      }
      place *= <usize>size;
    }
    blocks<T>(to, from, rows, columns, outStep, xStep);
  }
}

/** to[r, c] = from[c, r]: rows of `to` are outStep bytes apart, rows of `from` xStep. */
function blocks<T>(to: usize, from: usize, rows: i32, columns: i32, outStep: usize, xStep: usize): void {
  const B = 32;
  for (let r0 = 0; r0 < rows; r0 += B) {
    const r1 = min(r0 + B, rows);
    for (let c0 = 0; c0 < columns; c0 += B) {
      const c1 = min(c0 + B, columns);
      let r = r0;
      if (sizeof<T>() == 4)
        for (; r + 4 <= r1; r += 4) {
          let c = c0;
          for (; c + 4 <= c1; c += 4)
            block4(to + <usize>r * outStep + (<usize>c << 2), from + <usize>c * xStep + (<usize>r << 2), outStep, xStep);
          for (; c < c1; c++)
            for (let q = 0; q < 4; q++)
              store<f32>(to + <usize>(r + q) * outStep + (<usize>c << 2), load<f32>(from + <usize>c * xStep + (<usize>(r + q) << 2)));
        }
      for (; r < r1; r++)
        for (let c = c0; c < c1; c++)
          store<T>(to + <usize>r * outStep + <usize>c * sizeof<T>(), load<T>(from + <usize>c * xStep + <usize>r * sizeof<T>()));
    }
  }
}

@inline
function block4(to: usize, from: usize, outStep: usize, xStep: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + xStep);
  const r2 = v128.load(from + 2 * xStep);
  const r3 = v128.load(from + 3 * xStep);
  const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(to + outStep, v128.shuffle<i64>(a, b, 1, 3));
  v128.store(to + 2 * outStep, v128.shuffle<i64>(c, d, 0, 2));
  v128.store(to + 3 * outStep, v128.shuffle<i64>(c, d, 1, 3));
}

export function scatterStrided(t: i32, out: usize, x: usize, lay: usize, add: i32): void {
  if (t == 0) scatterRows<f32>(out, x, lay, add != 0);
  else scatterRows<f64>(out, x, lay, add != 0);
}

function scatterRows<T>(out: usize, x: usize, lay: usize, add: bool): void {
  walk(lay, 1);
  const n = rowLength;
  if (n <= 0) return;
  const count = rowCount;
  const step = stepA * <isize>sizeof<T>();
  const W: i32 = 16 / sizeof<T>();
  for (let r = 0; r < count; r++) {
    let p = out + <usize>offsetA * sizeof<T>();
    if (!add && stepA == 1) memory.copy(p, x, <usize>n * sizeof<T>());
    else if (!add) {
      for (let i = 0; i < n; i++) {
        store<T>(p, load<T>(x + <usize>i * sizeof<T>()));
        p += step;
      }
    } else if (stepA == 0) {
      let sum = <f64>load<T>(p);
      for (let i = 0; i < n; i++) sum += <f64>load<T>(x + <usize>i * sizeof<T>());
      store<T>(p, <T>sum);
    } else {
      let i = 0;
      if (stepA == 1)
        for (; i + W <= n; i += W) {
          v128.store(p, v128.add<T>(v128.load(p), v128.load(x + <usize>i * sizeof<T>())));
          p += 16;
        }
      for (; i < n; i++) {
        store<T>(p, load<T>(p) + load<T>(x + <usize>i * sizeof<T>()));
        p += step;
      }
    }
    x += <usize>n * sizeof<T>();
    nextRow();
  }
}
