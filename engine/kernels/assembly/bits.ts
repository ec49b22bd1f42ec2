// How often each of eight bits is set among bytes that stand one behind the other, bit by bit: full adders over vectors of 128 bits.
// Source: Muła, Kurz, Lemire, Faster Population Counts Using AVX2 Instructions, The Computer Journal 2018 (Harley and Seal's tree).

/** Bytes that are added at once: eight pairs of vectors, as V8 joins two beside each other (wide.ts). */
export const GROUP: i32 = 256;
const PAIR: usize = 32;

/** What a + b + c of single bits carries. */
@inline
function carry(a: v128, b: v128, c: v128): v128 {
  return v128.or(v128.and(a, b), v128.and(c, v128.xor(a, b)));
}

@inline
function sum(a: v128, b: v128, c: v128): v128 {
  return v128.xor(c, v128.xor(a, b));
}

/**
 * Adds `groups` groups of eight pairs at `from`, place by place and bit by bit. Of each sum the bits of weight 1, 2 and 4 go to three pairs at `out`; for each
 * group a pair that is worth 8 goes to `eights`.
 */
@inline
export function addGroups(out: usize, eights: usize, from: usize, groups: i32): void {
  let one0 = i32x4.splat(0);
  let one1 = one0, two0 = one0, two1 = one0, four0 = one0, four1 = one0;
  const end = from + <usize>groups * GROUP;
  for (let p = from; p < end; p += GROUP) {
    let a0 = v128.load(p), a1 = v128.load(p, 16), b0 = v128.load(p, 32), b1 = v128.load(p, 48);
    const p0 = carry(a0, b0, one0), p1 = carry(a1, b1, one1);
    one0 = sum(a0, b0, one0), one1 = sum(a1, b1, one1);
    a0 = v128.load(p, 64), a1 = v128.load(p, 80), b0 = v128.load(p, 96), b1 = v128.load(p, 112);
    const q0 = carry(a0, b0, one0), q1 = carry(a1, b1, one1);
    one0 = sum(a0, b0, one0), one1 = sum(a1, b1, one1);
    const f0 = carry(p0, q0, two0), f1 = carry(p1, q1, two1);
    two0 = sum(p0, q0, two0), two1 = sum(p1, q1, two1);
    a0 = v128.load(p, 128), a1 = v128.load(p, 144), b0 = v128.load(p, 160), b1 = v128.load(p, 176);
    const r0 = carry(a0, b0, one0), r1 = carry(a1, b1, one1);
    one0 = sum(a0, b0, one0), one1 = sum(a1, b1, one1);
    a0 = v128.load(p, 192), a1 = v128.load(p, 208), b0 = v128.load(p, 224), b1 = v128.load(p, 240);
    const s0 = carry(a0, b0, one0), s1 = carry(a1, b1, one1);
    one0 = sum(a0, b0, one0), one1 = sum(a1, b1, one1);
    const g0 = carry(r0, s0, two0), g1 = carry(r1, s1, two1);
    two0 = sum(r0, s0, two0), two1 = sum(r1, s1, two1);
    const e0 = carry(f0, g0, four0), e1 = carry(f1, g1, four1);
    four0 = sum(f0, g0, four0), four1 = sum(f1, g1, four1);
    v128.store(eights, e0);
    v128.store(eights, e1, 16);
    eights += PAIR;
  }
  v128.store(out, one0);
  v128.store(out, one1, 16);
  v128.store(out, two0, 32);
  v128.store(out, two1, 48);
  v128.store(out, four0, 64);
  v128.store(out, four1, 80);
}

/** Turns eight pairs, of weights 1 to 128, to eight pairs of bytes: how often bit 0, 1, … 7 was set. */
export function turnBits(at: usize): void {
  turn(at);
  turn(at + 16);
}

/** Turns 8 × 8 bits in each byte of every second vector. Source: Warren, Hacker's Delight, 7-3. */
function turn(at: usize): void {
  let v0 = v128.load(at), v1 = v128.load(at, 32), v2 = v128.load(at, 64), v3 = v128.load(at, 96);
  let v4 = v128.load(at, 128), v5 = v128.load(at, 160), v6 = v128.load(at, 192), v7 = v128.load(at, 224);
  let mask = i8x16.splat(0x0f);
  let t = mask;
  t = crossed(v0, v4, 4, mask), v4 = v128.xor(v4, t), v0 = v128.xor(v0, i16x8.shl(t, 4));
  t = crossed(v1, v5, 4, mask), v5 = v128.xor(v5, t), v1 = v128.xor(v1, i16x8.shl(t, 4));
  t = crossed(v2, v6, 4, mask), v6 = v128.xor(v6, t), v2 = v128.xor(v2, i16x8.shl(t, 4));
  t = crossed(v3, v7, 4, mask), v7 = v128.xor(v7, t), v3 = v128.xor(v3, i16x8.shl(t, 4));
  mask = v128.xor(mask, i16x8.shl(mask, 2)); // 0x33
  t = crossed(v0, v2, 2, mask), v2 = v128.xor(v2, t), v0 = v128.xor(v0, i16x8.shl(t, 2));
  t = crossed(v1, v3, 2, mask), v3 = v128.xor(v3, t), v1 = v128.xor(v1, i16x8.shl(t, 2));
  t = crossed(v4, v6, 2, mask), v6 = v128.xor(v6, t), v4 = v128.xor(v4, i16x8.shl(t, 2));
  t = crossed(v5, v7, 2, mask), v7 = v128.xor(v7, t), v5 = v128.xor(v5, i16x8.shl(t, 2));
  mask = v128.xor(mask, i16x8.shl(mask, 1)); // 0x55
  t = crossed(v0, v1, 1, mask), v1 = v128.xor(v1, t), v0 = v128.xor(v0, i16x8.shl(t, 1));
  t = crossed(v2, v3, 1, mask), v3 = v128.xor(v3, t), v2 = v128.xor(v2, i16x8.shl(t, 1));
  t = crossed(v4, v5, 1, mask), v5 = v128.xor(v5, t), v4 = v128.xor(v4, i16x8.shl(t, 1));
  t = crossed(v6, v7, 1, mask), v7 = v128.xor(v7, t), v6 = v128.xor(v6, i16x8.shl(t, 1));
  v128.store(at, v0);
  v128.store(at, v1, 32);
  v128.store(at, v2, 64);
  v128.store(at, v3, 96);
  v128.store(at, v4, 128);
  v128.store(at, v5, 160);
  v128.store(at, v6, 192);
  v128.store(at, v7, 224);
}

/** Where a's upper bits differ from b's lower ones, `s` places apart. */
@inline
function crossed(a: v128, b: v128, s: i32, mask: v128): v128 {
  return v128.and(v128.xor(i16x8.shr_u(a, s), b), mask);
}

/** How many of n f32 at x, n a multiple of 16, have the bits that stand at `like`, of those that the mask behind them keeps. */
@inline
export function alike(x: usize, n: i32, like: usize): i32 {
  const wanted = v128.load32_splat(like);
  const kept = v128.load32_splat(like, 4);
  let found0 = i32x4.splat(0);
  let found1 = found0, found2 = found0, found3 = found0;
  const end = x + (<usize>n << 2);
  for (let p = x; p < end; p += 64) {
    found0 = i32x4.sub(found0, i32x4.eq(v128.and(v128.load(p), kept), wanted));
    found1 = i32x4.sub(found1, i32x4.eq(v128.and(v128.load(p, 16), kept), wanted));
    found2 = i32x4.sub(found2, i32x4.eq(v128.and(v128.load(p, 32), kept), wanted));
    found3 = i32x4.sub(found3, i32x4.eq(v128.and(v128.load(p, 48), kept), wanted));
  }
  return sumOf(i32x4.add(i32x4.add(found0, found2), i32x4.add(found1, found3)));
}

@inline
export function sumOf(s: v128): i32 {
  return (i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1)) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3));
}
