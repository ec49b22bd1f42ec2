// Selecting and placing by index; indices are f64 and known to be in range.

export function indexSelect(t: i32, out: usize, x: usize, idx: usize, outer: i32, n: i32, inner: i32, m: i32): void {
  const size: usize = t == 0 ? 4 : 8;
  const row = <usize>inner * size;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) {
      const from = x + <usize>load<f64>(idx + (<usize>j << 3)) * row;
      if (inner == 1) {
        if (size == 4) store<f32>(out, load<f32>(from));
        else store<f64>(out, load<f64>(from));
      } else memory.copy(out, from, row);
      out += row;
    }
    x += row * <usize>n;
  }
}

export function indexAdd(t: i32, out: usize, src: usize, idx: usize, outer: i32, n: i32, inner: i32, m: i32): void {
  if (t == 0) addRows<f32>(out, src, idx, outer, n, inner, m);
  else addRows<f64>(out, src, idx, outer, n, inner, m);
}

function addRows<T>(out: usize, src: usize, idx: usize, outer: i32, n: i32, inner: i32, m: i32): void {
  const W: i32 = 16 / sizeof<T>();
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++) {
      let to = out + <usize>load<f64>(idx + (<usize>j << 3)) * row;
      let i = 0;
      for (; i + W <= inner; i += W) {
        v128.store(to, v128.add<T>(v128.load(to), v128.load(src)));
        to += 16;
        src += 16;
      }
      for (; i < inner; i++) {
        store<T>(to, load<T>(to) + load<T>(src));
        to += sizeof<T>();
        src += sizeof<T>();
      }
    }
    out += row * <usize>n;
  }
}

export function gather(t: i32, out: usize, x: usize, idx: usize, outer: i32, n: i32, inner: i32, m: i32): void {
  if (t == 0) gatherAll<f32>(out, x, idx, outer, n, inner, m);
  else gatherAll<f64>(out, x, idx, outer, n, inner, m);
}

function gatherAll<T>(out: usize, x: usize, idx: usize, outer: i32, n: i32, inner: i32, m: i32): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++)
      for (let i = 0; i < inner; i++) {
        const place = <usize>load<f64>(idx) * <usize>inner + <usize>i;
        store<T>(out, load<T>(x + place * sizeof<T>()));
        idx += 8;
        out += sizeof<T>();
      }
    x += <usize>n * <usize>inner * sizeof<T>();
  }
}

/** mode 0 sets, 1 adds. */
export function scatter(
  t: i32, out: usize, src: usize, idx: usize, outer: i32, n: i32, inner: i32, m: i32, mode: i32,
): void {
  if (t == 0) scatterAll<f32>(out, src, idx, outer, n, inner, m, mode != 0);
  else scatterAll<f64>(out, src, idx, outer, n, inner, m, mode != 0);
}

function scatterAll<T>(out: usize, src: usize, idx: usize, outer: i32, n: i32, inner: i32, m: i32, add: bool): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < m; j++)
      for (let i = 0; i < inner; i++) {
        const p = out + (<usize>load<f64>(idx) * <usize>inner + <usize>i) * sizeof<T>();
        store<T>(p, add ? load<T>(p) + load<T>(src) : load<T>(src));
        idx += 8;
        src += sizeof<T>();
      }
    out += <usize>n * <usize>inner * sizeof<T>();
  }
}

/** Linear indices of what is not 0 (NaN is not), as f64; returns their number. */
export function nonzero(t: i32, out: usize, x: usize, n: i32): i32 {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const present = t == 0 ? load<f32>(x + (<usize>i << 2)) != 0 : load<f64>(x + (<usize>i << 3)) != 0;
    if (present) {
      store<f64>(out + (<usize>count << 3), <f64>i);
      count++;
    }
  }
  return count;
}

/** 1 where every index is in lo..hi-1; NaN is not. */
export function inRange(idx: usize, n: i32, lo: f64, hi: f64): i32 {
  for (let i = 0; i < n; i++) {
    const v = load<f64>(idx + (<usize>i << 3));
    if (!(v >= lo && v < hi)) return 0;
  }
  return 1;
}
