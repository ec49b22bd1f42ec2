// Conversions between element types and roundings to narrower formats; mode is a place in kernels.ts' CAST.

import { PAD } from "./memory";

export function cast(tOut: i32, tIn: i32, mode: i32, out: usize, x: usize, n: i32): void {
  if (tIn == 0) {
    if (tOut == 0) same32(mode, out, x, n);
    else if (mode == 0) {
      for (let i = 0; i < n; i++) store<f64>(out + (<usize>i << 3), <f64>load<f32>(x + (<usize>i << 2)));
    } else each<f64, f32>(mode, out, x, n);
  } else if (tOut == 0) {
    if (mode == 0) {
      for (let i = 0; i < n; i++) store<f32>(out + (<usize>i << 2), <f32>load<f64>(x + (<usize>i << 3)));
    } else each<f32, f64>(mode, out, x, n);
  } else if (mode == 0) memory.copy(out, x, <usize>n << 3);
  else each<f64, f64>(mode, out, x, n);
}

function each<O, I>(mode: i32, out: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<O>(out + <usize>i * sizeof<O>(), <O>convert(mode, <f64>load<I>(x + <usize>i * sizeof<I>())));
}

function same32(mode: i32, out: usize, x: usize, n: i32): void {
  if (mode == 0) memory.copy(out, x, <usize>n << 2);
  else if (mode == 6) map(6, out, x, n);
  else if (mode == 7) map(7, out, x, n);
  else if (mode == 8) map(8, out, x, n);
  else each<f32, f32>(mode, out, x, n);
}

/** Values beyond int64, NaN and ±∞ become −2⁶³, as x86 converts them. */
@inline
function int(x: f64): i64 {
  return Math.abs(x) < 9223372036854775808.0 ? <i64>x : i64.MIN_VALUE;
}

function convert(mode: i32, x: f64): f64 {
  switch (mode) {
    case 1: return <f64>int(x);
    case 2: return <f64><i32>int(x);
    case 3: return <f64><i16>int(x);
    case 4: return <f64><i8>int(x);
    case 5: return <f64><u8>int(x);
    case 6: return x != 0 ? 1 : 0;
    case 7: return <f64>f32x4.extract_lane(half4(f32x4.splat(<f32>x)), 0);
    case 8: return <f64>f32x4.extract_lane(brain4(f32x4.splat(<f32>x)), 0);
    default: return x;
  }
}

@inline
function map(mode: i32, out: usize, x: usize, n: i32): void {
  const end = x + ((<usize>n & ~3) << 2);
  while (x < end) {
    v128.store(out, apply(mode, v128.load(x)));
    out += 16;
    x += 16;
  }
  const rest = (<usize>n & 3) << 2;
  if (rest) {
    memory.copy(PAD, x, rest);
    v128.store(PAD, apply(mode, v128.load(PAD)));
    memory.copy(out, PAD, rest);
  }
}

@inline
function apply(mode: i32, x: v128): v128 {
  if (mode == 6) return v128.and(f32x4.ne(x, f32x4.splat(0)), f32x4.splat(1));
  if (mode == 7) return half4(x);
  return brain4(x);
}

/** Drops `bits` low bits of the pattern, ties to even; a carry into the exponent is what rounding up means. */
@inline
function dropBits(x: v128, bits: i32): v128 {
  const odd = v128.and(i32x4.shr_u(x, bits), i32x4.splat(1));
  const up = i32x4.add(i32x4.splat((1 << (bits - 1)) - 1), odd);
  return v128.and(i32x4.add(x, up), i32x4.splat(-1 << bits));
}

/** Rounded to binary16. Below 2⁻¹⁴ the spacing is 2⁻²⁴, which is f32's at ½: adding and taking away ½ rounds. */
@inline
function half4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const a = f32x4.abs(x);
  const normal = dropBits(a, 13);
  const tiny = f32x4.sub(f32x4.add(a, f32x4.splat(0.5)), f32x4.splat(0.5));
  let r = v128.bitselect(tiny, normal, f32x4.lt(a, f32x4.splat(6.103515625e-5)));
  r = v128.bitselect(f32x4.splat(Infinity), r, f32x4.ge(a, f32x4.splat(65520)));
  r = v128.bitselect(x, r, f32x4.ne(x, x));
  return v128.or(r, sign);
}

/** Rounded to bfloat16: the upper half of f32's pattern, overflow and subnormals included. */
@inline
function brain4(x: v128): v128 {
  return v128.bitselect(x, dropBits(x, 16), f32x4.ne(x, x));
}
