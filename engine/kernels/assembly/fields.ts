// How often each exponent field occurs among f32 numbers, by vectors: a table's look-up makes of a field one of sixteen bits, and bits are counted by
// adders. Nothing waits for a counter in memory, as it does where neighbours have one field.

import { GROUP, addGroups, alike, sumOf, turnBits } from "./bits";
import { WIDE, joinedAlike, joinedGroups } from "./joined";
import { COUNTS, PLACES } from "./memory";

/** Numbers whose fields are counted at once: eight groups of marks. */
export const CHUNK: i32 = 8 * GROUP;
export const SPECIAL: i32 = 255; // the field of NaN and ±inf
const WINDOW: i32 = 16; // fields that are counted at once
const FEW: i32 = 16; // numbers outside that are looked for one by one
const TOTALS: usize = COUNTS; // 256 i32
// Of each number a byte with a bit for the distance of its field from the window's top: 0 to 7, 8 to 15.
const NEAR: usize = PLACES;
const FAR: usize = COUNTS + 1024;
/** Their counts bit by bit: eight pairs of vectors, of weights 1 to 128; behind them what `addGroups` carries from groups, 8 each. */
const BITS: usize = FAR + CHUNK;
const PAIR: usize = 32;
const CARRIED: usize = BITS + 8 * PAIR;
/** The window's top. */
const MARKED: usize = CARRIED + 8 * PAIR;

/** As math/vector.ts: in memory, since a constant of the code would be built anew in each turn of a loop. */
const REACH: usize = memory.data<i32>([0x70707070, <i32>0x8f8f8f8f, 0x00ff00ff], 16);
const ONES: usize = memory.data<u8>([
  1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128,
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

/** Counts the fields of n f32 at x, n at most CHUNK and a multiple of 16, of which `top` is the largest and not SPECIAL; not of ±0. → how many are ±0. */
export function countFields(x: usize, n: i32, top: i32): i32 {
  let left = n - countWindow(x, n, top);
  if (left == 0) return 0;
  if (left <= FEW && top >= WINDOW) return countRest(x, n);
  const zeros = countAlike(x, n, ZERO);
  left -= zeros;
  while (left > 0 && top > WINDOW) {
    top -= WINDOW;
    left -= countWindow(x, n, top);
  }
  addField(0, left);
  return zeros;
}

/** Counts, one by one, numbers outside the window that was counted. → how many of them are ±0. */
function countRest(x: usize, n: i32): i32 {
  let zeros = 0;
  for (let i = 0; i < n; i += 16) {
    if (i8x16.all_true(v128.or(v128.load(NEAR + i), v128.load(FAR + i)))) continue;
    for (let j = i; j < i + 16; j++) {
      if (load<u8>(NEAR + j) | load<u8>(FAR + j)) continue;
      const bits = load<u32>(x + (<usize>j << 2)) << 1;
      if (bits) addField(bits >>> 24, 1);
      else zeros++;
    }
  }
  return zeros;
}

/** Counts which of n f32 at x have the fields top, top − 1, … top − 15, but for field 0. → how many. */
function countWindow(x: usize, n: i32, top: i32): i32 {
  markFields(x, n, top);
  for (let i = n; i & (GROUP - 1); i += 16) {
    v128.store(NEAR + i, i32x4.splat(0));
    v128.store(FAR + i, i32x4.splat(0));
  }
  return addMarks(NEAR, n, top) + addMarks(FAR, n, top - 8);
}

/** For each of n f32 at x the bit in NEAR or FAR that stands for its field; none where it has none of the window's. */
function markFields(x: usize, n: i32, top: i32): void {
  const near = v128.load(ONES), far = v128.load(ONES, 16);
  const more = v128.load32_splat(REACH), less = v128.load32_splat(REACH, 4), low = v128.load32_splat(REACH, 8);
  const from = i8x16.splat(<i8>top);
  store<i32>(MARKED, top);
  for (let i = 0; i < n; i += 16) {
    const a = i16x8.narrow_i32x4_s(i32x4.shr_u(v128.load(x), 23), i32x4.shr_u(v128.load(x, 16), 23));
    const b = i16x8.narrow_i32x4_s(i32x4.shr_u(v128.load(x, 32), 23), i32x4.shr_u(v128.load(x, 48), 23));
    const fields = i8x16.narrow_i16x8_u(v128.and(a, low), v128.and(b, low)); // without signs
    const distances = reached(i8x16.sub(from, fields), more, less);
    v128.store(NEAR + i, one(near, distances));
    v128.store(FAR + i, one(far, distances));
    x += 64;
  }
}

/** Distances that a look-up may be asked for: from 16 on it gives 0. Fused builds' look-up leaves that open, but for those with the highest bit. */
@inline
function reached(distances: v128, more: v128, less: v128): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return distances;
  return v128.and(i8x16.add_sat_u(distances, more), less);
}

@inline
function one(table: v128, distances: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, distances);
  return i8x16.swizzle(table, distances);
}

/** Adds how often bit 0, 1, … 7 stands in n marks to the fields top, top − 1, … top − 7, but for field 0. → how many. */
function addMarks(marks: usize, n: i32, top: i32): i32 {
  const groups = (n + GROUP - 1) / GROUP;
  add(BITS, CARRIED, marks, groups);
  for (let p = CARRIED + <usize>groups * PAIR; p < CARRIED + 8 * PAIR; p += PAIR) clearPair(p);
  add(BITS + 3 * PAIR, BITS + 6 * PAIR, CARRIED, 1);
  clearPair(BITS + 7 * PAIR);
  turnBits(BITS);
  let all = 0;
  for (let i = 0; i < min(top, 8); i++) {
    const p = BITS + <usize>i * PAIR;
    const count = sumOfBytes(i8x16.add(v128.load(p), v128.load(p, 16))); // at most 64 in each
    addField(top - i, count);
    all += count;
  }
  return all;
}

@inline
function clearPair(p: usize): void {
  v128.store(p, i32x4.splat(0));
  v128.store(p, i32x4.splat(0), 16);
}

/** As `addGroups`, by whichever build of it the host has. */
function add(out: usize, eights: usize, from: usize, groups: i32): void {
  if (WIDE == 0) addGroups(out, eights, from, groups);
  else joinedGroups(out, eights, from, groups);
}

/** Sum of sixteen u8. */
@inline
function sumOfBytes(bytes: v128): i32 {
  return sumOf(i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
}

/** ±0 and nothing else, for `countAlike`. */
const ZERO: usize = memory.data<i32>([0, 0x7fffffff], 16);

/**
 * How many of the n f32 at x that were counted last, of which `count` have this field, have the bits that stand at `like`, of those that the mask behind them
 * keeps.
 */
export function countIn(field: i32, count: i32, x: usize, n: i32, like: usize): i32 {
  if (count == 0) return 0;
  const distance = load<i32>(MARKED) - field;
  if (count > FEW || distance < 0 || distance >= WINDOW) return countAlike(x, n, like);
  const marks = distance < 8 ? NEAR : FAR;
  const bit = i8x16.splat(<i8>(<i32>1 << (distance & 7)));
  let found = 0;
  for (let i = 0; i < n; i += 64) {
    const low = v128.or(v128.load(marks + i), v128.load(marks + i, 16));
    const high = v128.or(v128.load(marks + i, 32), v128.load(marks + i, 48));
    if (v128.any_true(v128.and(v128.or(low, high), bit))) found += countAlike(x + (<usize>i << 2), min(n - i, 64), like);
  }
  return found;
}

/** As `alike`, by whichever build of it the host has. */
function countAlike(x: usize, n: i32, like: usize): i32 {
  return WIDE == 0 ? alike(x, n, like) : joinedAlike(x, n, like);
}

/** Largest of four u32. */
@inline
export function largestOf(v: v128): u32 {
  const low = max(<u32>i32x4.extract_lane(v, 0), <u32>i32x4.extract_lane(v, 1));
  return max(low, max(<u32>i32x4.extract_lane(v, 2), <u32>i32x4.extract_lane(v, 3)));
}
