// Arithmetic beyond one rounding: fused multiply-add without a fused instruction, and double-double sine, cosine and logarithm.
// A double-double is an unevaluated sum hi + lo with |lo| <= ulp(hi) / 2, about 106 bits. Functions that return one leave it in H and L.

const SPLITTER: f64 = 134217729.0; // 2^27 + 1

export let H: f64 = 0;
export let L: f64 = 0;

/**
 * Error of the product p = fl(a b): a b = p + result, exactly, for |a|, |b| in 2^-480..2^480.
 * Source: Dekker, A floating-point technique for extending the available precision, 1971.
 */
@inline
export function productError(a: f64, b: f64, p: f64): f64 {
  const ta = SPLITTER * a;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = SPLITTER * b;
  const bh = tb - (tb - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

/** Error of the sum s = fl(a + b): a + b = s + result, exactly. Source: Knuth, TAOCP 2, 4.2.2. */
@inline
export function sumError(a: f64, b: f64, s: f64): f64 {
  const v = s - a;
  return a - (s - v) + (b - v);
}

/** a + b rounded to odd: the neighbour with an odd last bit where the sum is inexact. A second rounding to fewer bits is then correct. */
@inline
export function addToOdd(a: f64, b: f64): f64 {
  const s = a + b;
  const e = sumError(a, b, s);
  if (e == 0 || s == 0) return s;
  const bits = reinterpret<i64>(s);
  if (bits & 1) return s;
  return reinterpret<f64>(e > 0 == s > 0 ? bits + 1 : bits - 1);
}

/** a b + c with one rounding to f32; a, b, c are f32 values, so their f64 product is exact. */
@inline
export function fma32(a: f64, b: f64, c: f64): f64 {
  return <f64>(<f32>addToOdd(a * b, c));
}

/**
 * a b + c with one rounding, for operands and results far from the limits of f64.
 * Source: Boldo, Melquiond: Emulation of FMA and correctly rounded sums, IEEE TC 2008.
 */
export function fma64(a: f64, b: f64, c: f64): f64 {
  const p = a * b;
  const pl = productError(a, b, p);
  const uh = c + pl;
  const ul = sumError(c, pl, uh);
  const th = p + uh;
  const tl = sumError(p, uh, th);
  return th + addToOdd(tl, ul);
}

@inline
function set(hi: f64, lo: f64): void {
  H = hi + lo;
  L = lo - (H - hi);
}

@inline
function mul(ah: f64, al: f64, bh: f64, bl: f64): void {
  const p = ah * bh;
  set(p, productError(ah, bh, p) + (ah * bl + al * bh));
}

@inline
function add(ah: f64, al: f64, bh: f64, bl: f64): void {
  const s = ah + bh;
  set(s, sumError(ah, bh, s) + (al + bl));
}

@inline
function div(ah: f64, al: f64, bh: f64, bl: f64): void {
  const q = ah / bh;
  const p = q * bh;
  set(q, (ah - p - productError(q, bh, p) + al - q * bl) / bh);
}

// pi/2 in three pieces of 33, 33 and 53 bits: a small integer times the first two is exact
const PIO2_1: f64 = 1.57079632673412561417e0;
const PIO2_2: f64 = 6.07710050630396597660e-11;
const PIO2_3: f64 = 2.02226624879595063154e-21;

export let sine: f64 = 0;
export let cosine: f64 = 0;
export let tangent: f64 = 0;

/** sine, cosine and tangent of x, correctly rounded but for about one case in 2^40; |x| <= 100. Taylor series in double-double. */
export function sinCos(x: f64): void {
  const n = nearest(x * 0.63661977236758134308);
  const a = x - n * PIO2_1;
  const b = -n * PIO2_2;
  const hi = a + b;
  set(hi, sumError(a, b, hi) - n * PIO2_3);
  const rh = H;
  const rl = L;
  let sh: f64 = 0, sl: f64 = 0, ch: f64 = 1, cl: f64 = 0; // the two sums
  let th: f64 = 1, tl: f64 = 0; // r^k / k!
  for (let k = 1; k < 30 && abs(th) > 1e-36; k++) {
    mul(th, tl, rh, rl);
    div(H, L, <f64>k, 0);
    th = H;
    tl = L;
    const negative = (k & 2) != 0; // signs + + - - from k = 0 on
    const yh = negative ? -th : th;
    const yl = negative ? -tl : tl;
    if (k & 1) {
      add(sh, sl, yh, yl);
      sh = H;
      sl = L;
    } else {
      add(ch, cl, yh, yl);
      ch = H;
      cl = L;
    }
  }
  const quadrant = <i32>n & 3;
  const s = quadrant & 1 ? ch : sh;
  const c = quadrant & 1 ? sh : ch;
  sine = quadrant & 2 ? -s : s;
  cosine = quadrant == 1 || quadrant == 2 ? -c : c;
  if (quadrant & 1) div(-ch, -cl, sh, sl);
  else div(sh, sl, ch, cl);
  tangent = H;
}

const LN2_HI: f64 = 0.693147180559945286227;
const LN2_LO: f64 = 2.319046813846299558e-17;

/** ln x for normal x > 0, correctly rounded but for about one case in 2^40: k ln 2 + 2 atanh((m - 1) / (m + 1)) in double-double. */
export function ln(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let k = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    k++;
  }
  const d = m + 1;
  div(m - 1, 0, d, sumError(m, 1, d));
  const sh = H;
  const sl = L;
  mul(sh, sl, sh, sl);
  const zh = H;
  const zl = L;
  let h: f64 = 0, l: f64 = 0; // Horner over 1 + z/3 + z^2/5 + …; |z| < 0.0295
  for (let i = 43; i > 0; i -= 2) {
    div(1, 0, <f64>i, 0);
    add(H, L, h, l);
    if (i > 1) mul(H, L, zh, zl);
    h = H;
    l = L;
  }
  mul(2 * sh, 2 * sl, h, l);
  h = H;
  l = L;
  const p = <f64>k * LN2_HI;
  set(p, productError(<f64>k, LN2_HI, p) + <f64>k * LN2_LO);
  add(H, L, h, l);
  return H;
}
