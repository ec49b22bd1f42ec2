// Reductions of x [outer, n, inner] along n. Sums run in f64 lanes; op is a place in kernels.ts' REDUCE.

export function reduce(t: i32, op: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32): void {
  reducePart(t, op, out, x, outer, n, inner, 0, inner);
}

/** Columns from..to of inner alone, inner > 1; from is a multiple of 8. */
export function reducePart(
  t: i32, op: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32, from: i32, to: i32,
): void {
  if (t == 0) dispatch<f32>(op, out, x, outer, n, inner, from, to);
  else dispatch<f64>(op, out, x, outer, n, inner, from, to);
}

function dispatch<T>(op: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32, from: i32, to: i32): void {
  switch (op) {
    case 0: lines<T>(0, out, x, outer, n, inner, from, to); break;
    case 1: lines<T>(1, out, x, outer, n, inner, from, to); break;
    case 2: lines<T>(2, out, x, outer, n, inner, from, to); break;
    case 3: lines<T>(3, out, x, outer, n, inner, from, to); break;
    case 4: lines<T>(4, out, x, outer, n, inner, from, to); break;
    case 5: lines<T>(5, out, x, outer, n, inner, from, to); break;
    default: lines<T>(6, out, x, outer, n, inner, from, to); break;
  }
}

@inline
function startOf(op: i32): f64 {
  return op == 1 ? 1 : op == 2 ? -Infinity : op == 3 ? Infinity : 0;
}

/** One step on two f64 lanes. */
@inline
function step2(op: i32, s: v128, v: v128): v128 {
  if (op == 0) return f64x2.add(s, v);
  if (op == 1) return f64x2.mul(s, v);
  if (op == 2) return f64x2.max(s, v);
  if (op == 3) return f64x2.min(s, v);
  if (op == 4) return f64x2.add(s, f64x2.mul(v, v));
  if (op == 5) return f64x2.add(s, f64x2.abs(v));
  return f64x2.add(s, v128.and(f64x2.ne(v, f64x2.splat(0)), f64x2.splat(1)));
}

@inline
function join2(op: i32, s: v128, v: v128): v128 {
  if (op >= 1 && op <= 3) return step2(op, s, v);
  return f64x2.add(s, v);
}

/** Elements i, i+1 as f64 lanes. */
@inline
export function low<T>(p: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(p);
  return f64x2.promote_low_f32x4(v128.load64_zero(p));
}

/** `op` is a literal at every call. */
@inline
function lines<T>(op: i32, out: usize, x: usize, outer: i32, n: i32, inner: i32, from: i32, to: i32): void {
  if (inner == 1) {
    for (let o = 0; o < outer; o++) {
      store<T>(out, <T>line<T>(op, x, n));
      out += sizeof<T>();
      x += <usize>n * sizeof<T>();
    }
    return;
  }
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    let i = from;
    for (; i + 8 <= to; i += 8) columns8<T>(op, out + <usize>i * sizeof<T>(), x + <usize>i * sizeof<T>(), n, row);
    for (; i + 2 <= to; i += 2) columns2<T>(op, out + <usize>i * sizeof<T>(), x + <usize>i * sizeof<T>(), n, row);
    if (i < to) column<T>(op, out + <usize>i * sizeof<T>(), x + <usize>i * sizeof<T>(), n, row);
    out += row;
    x += row * <usize>n;
  }
}

@inline
function line<T>(op: i32, x: usize, n: i32): f64 {
  const start = f64x2.splat(startOf(op));
  let s0 = start, s1 = start, s2 = start, s3 = start;
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    s0 = step2(op, s0, low<T>(x));
    s1 = step2(op, s1, low<T>(x + 2 * sizeof<T>()));
    s2 = step2(op, s2, low<T>(x + 4 * sizeof<T>()));
    s3 = step2(op, s3, low<T>(x + 6 * sizeof<T>()));
    x += 8 * sizeof<T>();
  }
  for (; i < n; i++) {
    // the other lane takes the neutral element
    s0 = step2(op, s0, f64x2.replace_lane(neutral(op), 0, <f64>load<T>(x)));
    x += sizeof<T>();
  }
  s0 = join2(op, join2(op, s0, s1), join2(op, s2, s3));
  return f64x2.extract_lane(join2(op, s0, v128.shuffle<i64>(s0, s0, 1, 1)), 0);
}

@inline
function neutral(op: i32): v128 {
  return f64x2.splat(startOf(op));
}

@inline
export function save2<T>(out: usize, s: v128): void {
  if (sizeof<T>() == 8) v128.store(out, s);
  else v128.store64_lane(out, f32x4.demote_f64x2_zero(s), 0);
}

@inline
function columns8<T>(op: i32, out: usize, x: usize, n: i32, row: usize): void {
  const start = f64x2.splat(startOf(op));
  let s0 = start, s1 = start, s2 = start, s3 = start;
  for (let i = 0; i < n; i++) {
    s0 = step2(op, s0, low<T>(x));
    s1 = step2(op, s1, low<T>(x + 2 * sizeof<T>()));
    s2 = step2(op, s2, low<T>(x + 4 * sizeof<T>()));
    s3 = step2(op, s3, low<T>(x + 6 * sizeof<T>()));
    x += row;
  }
  save2<T>(out, s0);
  save2<T>(out + 2 * sizeof<T>(), s1);
  save2<T>(out + 4 * sizeof<T>(), s2);
  save2<T>(out + 6 * sizeof<T>(), s3);
}

@inline
function columns2<T>(op: i32, out: usize, x: usize, n: i32, row: usize): void {
  let s = f64x2.splat(startOf(op));
  for (let i = 0; i < n; i++) {
    s = step2(op, s, low<T>(x));
    x += row;
  }
  save2<T>(out, s);
}

@inline
function column<T>(op: i32, out: usize, x: usize, n: i32, row: usize): void {
  let s = f64x2.splat(startOf(op));
  for (let i = 0; i < n; i++) {
    s = step2(op, s, f64x2.splat(<f64>load<T>(x)));
    x += row;
  }
  store<T>(out, <T>f64x2.extract_lane(s, 0));
}
