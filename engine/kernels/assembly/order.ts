// What depends on order along n of x [outer, n, inner]: places of extrema, running results, sorting.

/** out: f64; the first of equals, NaN before all. op: 0 argmax, 1 argmin. */
export function argReduce(t: i32, op: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32): void {
  if (t == 0) extrema<f32>(op == 0, out, x, outer, n, inner);
  else extrema<f64>(op == 0, out, x, outer, n, inner);
}

function extrema<T>(largest: bool, out: usize, x: usize, outer: i32, n: i32, inner: i32): void {
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let p = x + <usize>i * sizeof<T>();
      let best = n > 0 ? load<T>(p) : <T>0;
      let place = 0;
      if (best == best)
        for (let j = 1; j < n; j++) {
          p += row;
          const v = load<T>(p);
          if ((largest ? v > best : v < best) || v != v) {
            best = v;
            place = j;
            if (v != v) break;
          }
        }
      store<f64>(out, <f64>place);
      out += 8;
    }
    x += row * <usize>n;
  }
}

/** op is a place in kernels.ts' SCAN. */
export function scan(t: i32, op: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32): void {
  if (t == 0) running<f32>(op, out, x, outer, n, inner);
  else running<f64>(op, out, x, outer, n, inner);
}

function running<T>(op: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32): void {
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let offset = <usize>i * sizeof<T>();
      let s: f64 = op == 0 ? 0 : op == 1 ? 1 : op == 2 ? -Infinity : Infinity;
      for (let j = 0; j < n; j++) {
        const v = <f64>load<T>(x + offset);
        if (op == 0) s += v;
        else if (op == 1) s *= v;
        else if (op == 2) s = max<f64>(s, v);
        else s = min<f64>(s, v);
        store<T>(out + offset, <T>s);
        offset += row;
      }
    }
    x += row * <usize>n;
    out += row * <usize>n;
  }
}

export function argsort(t: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32, descending: i32): void {
  if (t == 0) sortLines<f32>(out, x, outer, n, inner, descending != 0);
  else sortLines<f64>(out, x, outer, n, inner, descending != 0);
}

function sortLines<T>(out: usize, x: usize, outer: i32, n: i32, inner: i32, descending: bool): void {
  const xRow = <usize>inner * sizeof<T>();
  const outRow = <usize>inner << 3;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const px = x + <usize>i * sizeof<T>();
      const po = out + (<usize>i << 3);
      for (let j = 0; j < n; j++) store<f64>(po + <usize>j * outRow, <f64>j);
      heapSort<T>(po, outRow, px, xRow, n, descending);
    }
    x += xRow * <usize>n;
    out += outRow * <usize>n;
  }
}

/** True where place i comes after place j. Places break ties, which makes any sorting stable; NaN counts as largest. */
@inline
function after<T>(x: usize, row: usize, i: f64, j: f64, descending: bool): bool {
  const a = load<T>(x + <usize>i * row);
  const b = load<T>(x + <usize>j * row);
  const larger = a > b || (a != a && b == b);
  const smaller = a < b || (b != b && a == a);
  if (larger || smaller) return descending ? smaller : larger;
  return i > j;
}

/** In place, since no other memory is at hand. */
function heapSort<T>(out: usize, outRow: usize, x: usize, row: usize, n: i32, descending: bool): void {
  for (let start = n / 2 - 1; start >= 0; start--) sift<T>(out, outRow, x, row, start, n, descending);
  for (let end = n - 1; end > 0; end--) {
    const last = out + <usize>end * outRow;
    const top = load<f64>(out);
    store<f64>(out, load<f64>(last));
    store<f64>(last, top);
    sift<T>(out, outRow, x, row, 0, end, descending);
  }
}

function sift<T>(out: usize, outRow: usize, x: usize, row: usize, root: i32, end: i32, descending: bool): void {
  const value = load<f64>(out + <usize>root * outRow);
  for (;;) {
    let child = 2 * root + 1;
    if (child >= end) break;
    let c = load<f64>(out + <usize>child * outRow);
    if (child + 1 < end) {
      const d = load<f64>(out + <usize>(child + 1) * outRow);
      if (after<T>(x, row, d, c, descending)) {
        child++;
        c = d;
      }
    }
    if (!after<T>(x, row, c, value, descending)) break;
    store<f64>(out + <usize>root * outRow, c);
    root = child;
  }
  store<f64>(out + <usize>root * outRow, value);
}
