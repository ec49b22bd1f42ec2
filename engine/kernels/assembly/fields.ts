// How often each exponent field occurs among f32 numbers, by vectors: a table's look-up makes of a field a 1 in one of sixteen fours of
// bits, and those are added. Nothing waits for a counter in memory, as it does where neighbours have one field.

import { COUNTS, PLACES } from "./memory";

const GROUP: i32 = 15; // vectors until four bits are full
/** Numbers whose fields are told at once: 17 · 15 vectors are what eight bits count. */
export const CHUNK: i32 = 16 * GROUP * 17;
export const SPECIAL: i32 = 255; // the field of NaN and ±inf
const WINDOW: i32 = 16; // fields that are counted at once
const TOTALS: usize = COUNTS; // 256 i32
const BYTES: usize = COUNTS + 1024; // a vector of u8 for each field of the window

/** As math/vector.ts: in memory, since a constant of the code would be built anew in each turn of a loop. */
const CONSTANTS: usize = memory.data<i32>([0x70707070, <i32>0x8f8f8f8f, 0x0f0f0f0f], 16);
/** Look-ups of the sixteen distances from the window's top: of vector j the 2 j-th is 1, the next 16. */
const ONES: usize = memory.data<u8>([
  1, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 1, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 16, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 1, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 16, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 16,
], 16); // prettier-ignore

export function clearFields(): void {
  memory.fill(TOTALS, 0, 1024);
}

/** How often `field` was counted. */
@inline
export function fieldCount(field: i32): i32 {
  return load<i32>(TOTALS + (<usize>field << 2));
}

@inline
function addField(field: i32, count: i32): void {
  const p = TOTALS + (<usize>field << 2);
  store<i32>(p, load<i32>(p) + count);
}

/** Sixteen exponent fields as bytes, of numbers' bits doubled: without their signs. */
@inline
export function fieldsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(i32x4.shr_u(a, 24), i32x4.shr_u(b, 24));
  const high = i16x8.narrow_i32x4_s(i32x4.shr_u(c, 24), i32x4.shr_u(d, 24));
  return i8x16.narrow_i16x8_u(low, high);
}

/** Counts PLACES' n fields, n at most CHUNK and a multiple of 16, of which `top` is the largest and not SPECIAL. */
export function countFields(n: i32, top: i32): void {
  const end = PLACES + n;
  let left = n - countWindow(end, top);
  if (left == 0) return;
  const zeros = i16x8.splat(0);
  let nought = zeros; // at most 17 · 15 in a lane
  for (let p = PLACES; p < end; p += 16) nought = i8x16.sub(nought, i8x16.eq(v128.load(p), zeros));
  const none = sumOf(nought);
  addField(0, none);
  left -= none;
  while (left > 0) {
    top -= WINDOW;
    left -= countWindow(end, top);
  }
}

/**
 * How many of the numbers whose fields were counted last have `field` and, doubled as integers, the bits that stand at `like`, of those that the
 * mask behind them keeps.
 */
export function countAlike(x: usize, n: i32, field: i32, like: usize): i32 {
  const wanted = v128.load32_splat(like);
  const kept = v128.load32_splat(like, 4);
  const own = i8x16.splat(<i8>field);
  let found = i32x4.splat(0);
  let place = PLACES;
  const end = x + (<usize>n << 2);
  for (let p = x; p < end; p += 64) {
    const here = v128.any_true(i8x16.eq(v128.load(place), own));
    place += 16;
    if (!here) continue;
    found = i32x4.sub(found, alike(p, wanted, kept));
    found = i32x4.sub(found, alike(p + 16, wanted, kept));
    found = i32x4.sub(found, alike(p + 32, wanted, kept));
    found = i32x4.sub(found, alike(p + 48, wanted, kept));
  }
  return (i32x4.extract_lane(found, 0) + i32x4.extract_lane(found, 1)) + (i32x4.extract_lane(found, 2) + i32x4.extract_lane(found, 3));
}

@inline
function alike(p: usize, wanted: v128, kept: v128): v128 {
  return i32x4.eq(v128.and(i32x4.shl(v128.load(p), 1), kept), wanted);
}

/** Counts which of PLACES' fields, up to `end`, are top, top − 1, … top − 15, but for field 0. Returns how many. */
function countWindow(end: usize, top: i32): i32 {
  memory.fill(BYTES, 0, WINDOW << 4);
  const from = i8x16.splat(<i8>top);
  const more = v128.load32_splat(CONSTANTS);
  const kept = v128.load32_splat(CONSTANTS, 4);
  for (let group = PLACES; group < end; group += GROUP << 4) {
    let s0 = i8x16.splat(0);
    let s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    const to = min(end, group + (GROUP << 4));
    for (let p = group; p < to; p += 16) {
      const distances = reached(i8x16.sub(from, v128.load(p)), more, kept);
      s0 = i8x16.add(s0, one(distances, 0));
      s1 = i8x16.add(s1, one(distances, 16));
      s2 = i8x16.add(s2, one(distances, 32));
      s3 = i8x16.add(s3, one(distances, 48));
      s4 = i8x16.add(s4, one(distances, 64));
      s5 = i8x16.add(s5, one(distances, 80));
      s6 = i8x16.add(s6, one(distances, 96));
      s7 = i8x16.add(s7, one(distances, 112));
    }
    widen(s0, 0);
    widen(s1, 32);
    widen(s2, 64);
    widen(s3, 96);
    widen(s4, 128);
    widen(s5, 160);
    widen(s6, 192);
    widen(s7, 224);
  }
  let sum = 0;
  for (let i = 0; i < min(top, WINDOW); i++) {
    const count = sumOf(v128.load(BYTES + (<usize>i << 4)));
    addField(top - i, count);
    sum += count;
  }
  return sum;
}

/** Distances that a look-up may be asked for: from 16 on it gives 0. Fused builds' look-up leaves that open, but for those with the highest bit. */
@inline
function reached(distances: v128, more: v128, kept: v128): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return distances;
  return v128.and(i8x16.add_sat_u(distances, more), kept);
}

@inline
function one(distances: v128, at: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(v128.load(ONES + at), distances);
  return i8x16.swizzle(v128.load(ONES + at), distances);
}

/** Adds the low and the high four bits to two vectors of BYTES. */
@inline
function widen(sums: v128, at: usize): void {
  const p = BYTES + at;
  const low = v128.load32_splat(CONSTANTS, 8);
  v128.store(p, i8x16.add(v128.load(p), v128.and(sums, low)));
  v128.store(p, i8x16.add(v128.load(p, 16), v128.and(i16x8.shr_u(sums, 4), low)), 16);
}

/** Sum of sixteen u8. */
@inline
function sumOf(bytes: v128): i32 {
  const s = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
  return (i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1)) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3));
}
