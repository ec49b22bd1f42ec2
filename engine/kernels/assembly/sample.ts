// Weighted sums of rows, as bilinear sampling needs them, their two transposes, and suppression of overlapping boxes.

/** out[j] = Σ_k w[j, k] x[idx[j, k]]; rows of length inner. */
export function sampleRows(t: i32, out: usize, x: usize, idx: usize, w: usize, rows: i32, taps: i32, inner: i32): void {
  if (t == 0) sample<f32>(out, x, idx, w, rows, taps, inner);
  else sample<f64>(out, x, idx, w, rows, taps, inner);
}

function sample<T>(out: usize, x: usize, idx: usize, w: usize, rows: i32, taps: i32, inner: i32): void {
  const row = <usize>inner * sizeof<T>();
  for (let j = 0; j < rows; j++) {
    memory.fill(out, 0, row);
    for (let k = 0; k < taps; k++) {
      const weight = load<T>(w);
      if (weight != 0) addRow<T>(out, x + <usize>load<f64>(idx) * row, weight, inner);
      idx += 8;
      w += sizeof<T>();
    }
    out += row;
  }
}

/** out[idx[j, k]] += w[j, k] ct[j]: the transpose of sampleRows in x. */
export function sampleRowsBack(t: i32, out: usize, ct: usize, idx: usize, w: usize, rows: i32, taps: i32, inner: i32): void {
  if (t == 0) sampleBack<f32>(out, ct, idx, w, rows, taps, inner);
  else sampleBack<f64>(out, ct, idx, w, rows, taps, inner);
}

function sampleBack<T>(out: usize, ct: usize, idx: usize, w: usize, rows: i32, taps: i32, inner: i32): void {
  const row = <usize>inner * sizeof<T>();
  for (let j = 0; j < rows; j++) {
    for (let k = 0; k < taps; k++) {
      const weight = load<T>(w);
      if (weight != 0) addRow<T>(out + <usize>load<f64>(idx) * row, ct, weight, inner);
      idx += 8;
      w += sizeof<T>();
    }
    ct += row;
  }
}

function addRow<T>(out: usize, x: usize, weight: T, inner: i32): void {
  const W: i32 = 16 / sizeof<T>();
  const each = v128.splat<T>(weight);
  let i = 0;
  for (; i + W <= inner; i += W) {
    v128.store(out, v128.add<T>(v128.load(out), v128.mul<T>(each, v128.load(x))));
    out += 16;
    x += 16;
  }
  for (; i < inner; i++) {
    store<T>(out, load<T>(out) + weight * load<T>(x));
    out += sizeof<T>();
    x += sizeof<T>();
  }
}

/** out[j, k] = Σ ct[j] x[idx[j, k]]: the transpose of sampleRows in w. Sums in f64. */
export function rowDots(t: i32, out: usize, ct: usize, x: usize, idx: usize, rows: i32, taps: i32, inner: i32): void {
  if (t == 0) dots<f32>(out, ct, x, idx, rows, taps, inner);
  else dots<f64>(out, ct, x, idx, rows, taps, inner);
}

function dots<T>(out: usize, ct: usize, x: usize, idx: usize, rows: i32, taps: i32, inner: i32): void {
  const row = <usize>inner * sizeof<T>();
  for (let j = 0; j < rows; j++) {
    for (let k = 0; k < taps; k++) {
      const other = x + <usize>load<f64>(idx) * row;
      let sum: f64 = 0;
      for (let i: usize = 0; i < row; i += sizeof<T>()) sum += <f64>load<T>(ct + i) * <f64>load<T>(other + i);
      store<T>(out, <T>sum);
      idx += 8;
      out += sizeof<T>();
    }
    ct += row;
  }
}

/** keep[i], f32: 1 unless box i overlaps a kept one before it by more than the threshold. boxes: [n, 4] corners, best first. */
export function suppress(t: i32, keep: usize, boxes: usize, n: i32, threshold: f64): void {
  if (t == 0) suppressAll<f32>(keep, boxes, n, threshold);
  else suppressAll<f64>(keep, boxes, n, threshold);
}

function suppressAll<T>(keep: usize, boxes: usize, n: i32, threshold: f64): void {
  const S = sizeof<T>();
  for (let i = 0; i < n; i++) store<f32>(keep + (<usize>i << 2), 1);
  for (let i = 0; i < n; i++) {
    if (load<f32>(keep + (<usize>i << 2)) == 0) continue;
    const a = boxes + <usize>i * 4 * S;
    const x1 = load<T>(a), y1 = load<T>(a + S), x2 = load<T>(a + 2 * S), y2 = load<T>(a + 3 * S);
    const area: T = (x2 - x1) * (y2 - y1);
    for (let j = i + 1; j < n; j++) {
      const b = boxes + <usize>j * 4 * S;
      const u1 = load<T>(b), v1 = load<T>(b + S), u2 = load<T>(b + 2 * S), v2 = load<T>(b + 3 * S);
      const width = max<T>(0, min<T>(x2, u2) - max<T>(x1, u1));
      const height = max<T>(0, min<T>(y2, v2) - max<T>(y1, v1));
      const shared: T = width * height;
      const overlap: T = shared / (area + (u2 - u1) * (v2 - v1) - shared);
      if (<f64>overlap > threshold) store<f32>(keep + (<usize>j << 2), 0);
    }
  }
}
