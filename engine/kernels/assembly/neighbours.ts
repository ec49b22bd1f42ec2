// How far neighbouring rows differ.

/** Σ x² of the row that `squares` saw last. */
let own: f64 = 0;

/** Mean over neighbouring rows x, y of ‖x − y‖ / ((‖x‖ + ‖y‖) / 2). rows: 2 or more, of n elements, `step` elements apart. */
export function neighbours(t: i32, x: usize, rows: i32, n: i32, step: i32): f64 {
  return t == 0 ? between<f32>(x, rows, n, step) : between<f64>(x, rows, n, step);
}

function between<T>(x: usize, rows: i32, n: i32, step: i32): f64 {
  squares<T>(x, x, n);
  let before = Math.sqrt(own);
  let sum: f64 = 0;
  for (let row = 1; row < rows; row++) {
    const next = x + <usize>step * sizeof<T>();
    const apart = Math.sqrt(squares<T>(next, x, n));
    const length = Math.sqrt(own);
    sum += (2 * apart) / (before + length);
    before = length;
    x = next;
  }
  return sum / (rows - 1);
}

/** Σ (y − x)², with each difference as the type has it, summed in f64; `own` becomes Σ y². */
function squares<T>(y: usize, x: usize, n: i32): f64 {
  let d0 = f64x2.splat(0);
  let d1 = d0;
  let s0 = d0;
  let s1 = d0;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    let a: v128, b: v128, c: v128, d: v128;
    if (sizeof<T>() == 4) {
      const v = v128.load(y);
      const apart = f32x4.sub(v, v128.load(x));
      a = f64x2.promote_low_f32x4(v);
      b = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
      c = f64x2.promote_low_f32x4(apart);
      d = f64x2.promote_low_f32x4(v128.shuffle<i64>(apart, apart, 1, 1));
    } else {
      a = v128.load(y);
      b = v128.load(y, 16);
      c = f64x2.sub(a, v128.load(x));
      d = f64x2.sub(b, v128.load(x, 16));
    }
    s0 = f64x2.add(s0, f64x2.mul(a, a));
    s1 = f64x2.add(s1, f64x2.mul(b, b));
    d0 = f64x2.add(d0, f64x2.mul(c, c));
    d1 = f64x2.add(d1, f64x2.mul(d, d));
    y += 4 * sizeof<T>();
    x += 4 * sizeof<T>();
  }
  let all: f64 = 0;
  let apart: f64 = 0;
  for (; i < n; i++) {
    const v = load<T>(y);
    const d = <f64>(v - load<T>(x));
    all += <f64>v * <f64>v;
    apart += d * d;
    y += sizeof<T>();
    x += sizeof<T>();
  }
  own = total(f64x2.add(s0, s1)) + all;
  return total(f64x2.add(d0, d1)) + apart;
}

@inline
function total(s: v128): f64 {
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}
