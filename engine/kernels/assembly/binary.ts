// Broadcasting functions of two tensors. A row is contiguous in both, or one of the two repeats a single number, or it is strided.

import { nextRow, offsetA, offsetB, offsetC, rowCount, rowLength, stepA, stepB, stepC, walk } from "./layout";
import { pair } from "./math/pair";

/** Powers that occur often, beside the numbers of ops. */
const SQUARE: i32 = -2;
const CUBE: i32 = -3;

export function binary(t: i32, op: i32, out: usize, a: usize, b: usize, lay: usize): void {
  if (t == 0) rows<f32>(op, out, a, b, lay);
  else rows<f64>(op, out, a, b, lay);
}

function rows<T>(op: i32, out: usize, a: usize, b: usize, lay: usize): void {
  walk(lay, 2);
  const n = rowLength;
  if (n <= 0) return;
  const count = rowCount;
  const sa = stepA;
  const sb = stepB;
  const fast = (sa == 0 || sa == 1) && (sb == 0 || sb == 1) && n > 1;
  for (let r = 0; r < count; r++) {
    const pa = a + <usize>offsetA * sizeof<T>();
    const pb = b + <usize>offsetB * sizeof<T>();
    let code = op;
    if (op == 4 && sb == 0) {
      const exponent = load<T>(pb);
      if (exponent == <T>2) code = SQUARE;
      else if (exponent == <T>3) code = CUBE;
    }
    if (!(fast && laneRow<T>(code, out, pa, pb, n, sa, sb))) row<T>(op, out, pa, pb, n, sa, sb);
    out += <usize>n * sizeof<T>();
    nextRow();
  }
}

function row<T>(op: i32, out: usize, a: usize, b: usize, n: i32, sa: isize, sb: isize): void {
  const da = sa * <isize>sizeof<T>();
  const db = sb * <isize>sizeof<T>();
  if (op == 0) {
    for (let i = 0; i < n; i++) {
      store<T>(out, load<T>(a) + load<T>(b));
      a += da;
      b += db;
      out += sizeof<T>();
    }
    return;
  }
  if (op == 2) {
    for (let i = 0; i < n; i++) {
      store<T>(out, load<T>(a) * load<T>(b));
      a += da;
      b += db;
      out += sizeof<T>();
    }
    return;
  }
  for (let i = 0; i < n; i++) {
    store<T>(out, <T>pair(op, <f64>load<T>(a), <f64>load<T>(b)));
    a += da;
    b += db;
    out += sizeof<T>();
  }
}

/** False where the op has no lane form. */
function laneRow<T>(op: i32, out: usize, a: usize, b: usize, n: i32, sa: isize, sb: isize): bool {
  switch (op) {
    case SQUARE: lanes<T>(2, out, a, a, n, sa, sa); return true;
    case CUBE: lanes<T>(CUBE, out, a, a, n, sa, sa); return true;
    case 0: lanes<T>(0, out, a, b, n, sa, sb); return true;
    case 1: lanes<T>(1, out, a, b, n, sa, sb); return true;
    case 2: lanes<T>(2, out, a, b, n, sa, sb); return true;
    case 3: lanes<T>(3, out, a, b, n, sa, sb); return true;
    case 5: lanes<T>(5, out, a, b, n, sa, sb); return true;
    case 6: lanes<T>(6, out, a, b, n, sa, sb); return true;
    default: return false;
  }
}

@inline
function apply<T>(op: i32, x: v128, y: v128): v128 {
  if (op == 0) return v128.add<T>(x, y);
  if (op == 1) return v128.sub<T>(x, y);
  if (op == 2) return v128.mul<T>(x, y);
  if (op == 3) return v128.div<T>(x, y);
  if (op == 5) return v128.max<T>(x, y);
  if (op == CUBE) return v128.mul<T>(v128.mul<T>(x, x), x);
  return v128.min<T>(x, y);
}

/** `op` is a literal at every call. */
@inline
function lanes<T>(op: i32, out: usize, a: usize, b: usize, n: i32, sa: isize, sb: isize): void {
  const W: i32 = 16 / sizeof<T>();
  const end = out + <usize>(n & -W) * sizeof<T>();
  const rest = n & (W - 1);
  const u = v128.load_splat<T>(a);
  const v = v128.load_splat<T>(b);
  if (sa && sb) {
    while (out < end) {
      v128.store(out, apply<T>(op, v128.load(a), v128.load(b)));
      out += 16;
      a += 16;
      b += 16;
    }
  } else if (sa) {
    while (out < end) {
      v128.store(out, apply<T>(op, v128.load(a), v));
      out += 16;
      a += 16;
    }
  } else if (sb) {
    while (out < end) {
      v128.store(out, apply<T>(op, u, v128.load(b)));
      out += 16;
      b += 16;
    }
  } else {
    const w = apply<T>(op, u, v);
    while (out < end) {
      v128.store(out, w);
      out += 16;
    }
  }
  for (let i = 0; i < rest; i++) {
    const w = apply<T>(op, v128.load_splat<T>(a), v128.load_splat<T>(b));
    store<T>(out, v128.extract_lane<T>(w, 0));
    out += sizeof<T>();
    a += sa * sizeof<T>();
    b += sb * sizeof<T>();
  }
}

/** out is f32 0/1; op is a place in kernels.ts' COMPARE. */
export function compare(t: i32, op: i32, out: usize, a: usize, b: usize, lay: usize): void {
  if (t == 0) compareRows<f32>(op, out, a, b, lay);
  else compareRows<f64>(op, out, a, b, lay);
}

function compareRows<T>(op: i32, out: usize, a: usize, b: usize, lay: usize): void {
  walk(lay, 2);
  const n = rowLength;
  if (n <= 0) return;
  const count = rowCount;
  for (let r = 0; r < count; r++) {
    const pa = a + <usize>offsetA * sizeof<T>();
    const pb = b + <usize>offsetB * sizeof<T>();
    const da = stepA * <isize>sizeof<T>();
    const db = stepB * <isize>sizeof<T>();
    switch (op) {
      case 0: compareRow<T>(0, out, pa, pb, n, da, db); break;
      case 1: compareRow<T>(1, out, pa, pb, n, da, db); break;
      case 2: compareRow<T>(2, out, pa, pb, n, da, db); break;
      case 3: compareRow<T>(3, out, pa, pb, n, da, db); break;
      case 4: compareRow<T>(4, out, pa, pb, n, da, db); break;
      case 5: compareRow<T>(5, out, pa, pb, n, da, db); break;
      case 6: compareRow<T>(6, out, pa, pb, n, da, db); break;
      case 7: compareRow<T>(7, out, pa, pb, n, da, db); break;
      default: compareRow<T>(8, out, pa, pb, n, da, db); break;
    }
    out += <usize>n << 2;
    nextRow();
  }
}

@inline
function holds<T>(op: i32, x: T, y: T): bool {
  if (op == 0) return x == y;
  if (op == 1) return x != y;
  if (op == 2) return x < y;
  if (op == 3) return x <= y;
  if (op == 4) return x > y;
  if (op == 5) return x >= y;
  const u = x != <T>0;
  const v = y != <T>0;
  if (op == 6) return u && v;
  if (op == 7) return u || v;
  return u != v;
}

@inline
function mask4(op: i32, x: v128, y: v128): v128 {
  if (op == 0) return f32x4.eq(x, y);
  if (op == 1) return f32x4.ne(x, y);
  if (op == 2) return f32x4.lt(x, y);
  if (op == 3) return f32x4.le(x, y);
  if (op == 4) return f32x4.gt(x, y);
  if (op == 5) return f32x4.ge(x, y);
  const u = f32x4.ne(x, f32x4.splat(0));
  const v = f32x4.ne(y, f32x4.splat(0));
  if (op == 6) return v128.and(u, v);
  if (op == 7) return v128.or(u, v);
  return v128.xor(u, v);
}

@inline
function compareRow<T>(op: i32, out: usize, a: usize, b: usize, n: i32, da: isize, db: isize): void {
  let i = 0;
  if (sizeof<T>() == 4 && (da == 0 || da == 4) && (db == 0 || db == 4)) {
    const one = f32x4.splat(1);
    const ka = <usize>(da * 4);
    const kb = <usize>(db * 4);
    for (; i + 4 <= n; i += 4) {
      const x = da ? v128.load(a) : v128.load32_splat(a);
      const y = db ? v128.load(b) : v128.load32_splat(b);
      v128.store(out, v128.and(mask4(op, x, y), one));
      a += ka;
      b += kb;
      out += 16;
    }
  }
  for (; i < n; i++) {
    store<f32>(out, holds<T>(op, load<T>(a), load<T>(b)) ? 1 : 0);
    a += da;
    b += db;
    out += 4;
  }
}

/** cond is f32. */
export function where(t: i32, out: usize, cond: usize, a: usize, b: usize, lay: usize): void {
  if (t == 0) choose<f32>(out, cond, a, b, lay);
  else choose<f64>(out, cond, a, b, lay);
}

function choose<T>(out: usize, cond: usize, a: usize, b: usize, lay: usize): void {
  walk(lay, 3);
  const n = rowLength;
  const count = n > 0 ? rowCount : 0;
  const dc = stepA * 4;
  const da = stepB * <isize>sizeof<T>();
  const db = stepC * <isize>sizeof<T>();
  const straight = sizeof<T>() == 4 && (dc == 0 || dc == 4) && (da == 0 || da == 4) && (db == 0 || db == 4);
  for (let r = 0; r < count; r++) {
    let pc = cond + <usize>offsetA * 4;
    let pa = a + <usize>offsetB * sizeof<T>();
    let pb = b + <usize>offsetC * sizeof<T>();
    let i = 0;
    if (straight) {
      for (; i + 4 <= n; i += 4) {
        const c = f32x4.ne(dc ? v128.load(pc) : v128.load32_splat(pc), f32x4.splat(0));
        const x = da ? v128.load(pa) : v128.load32_splat(pa);
        const y = db ? v128.load(pb) : v128.load32_splat(pb);
        v128.store(out, v128.bitselect(x, y, c));
        pc += dc * 4;
        pa += da * 4;
        pb += db * 4;
        out += 16;
      }
    }
    for (; i < n; i++) {
      store<T>(out, load<f32>(pc) != 0 ? load<T>(pa) : load<T>(pb));
      pc += dc;
      pa += da;
      pb += db;
      out += sizeof<T>();
    }
    nextRow();
  }
}
