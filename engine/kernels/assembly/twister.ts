// MT19937 as PyTorch's CPU generator holds it. A state is STATE_BYTES bytes of linear memory: 624 words, the position of the next word,
// a flag and the second value of the last Box-Muller pair.
// Source: Matsumoto, Nishimura: Mersenne Twister, ACM TOMACS 1998.

const N: usize = 624;
const M: usize = 397;
const WORDS: i32 = 624;
const MATRIX: u32 = 0x9908b0df;
const POSITION: usize = 2496;
const HAS_NORMAL: usize = 2500;
const NORMAL: usize = 2504;

export function randomStateBytes(): i32 {
  return 2512;
}

/** Standard initialisation; clears the cached normal. */
export function randomSeed(state: usize, seed: u32): void {
  let word = seed;
  store<u32>(state, word);
  for (let j: u32 = 1; j < 624; j++) {
    word = 1812433253 * (word ^ (word >> 30)) + j;
    store<u32>(state + (j << 2), word);
  }
  store<i32>(state, WORDS, POSITION);
  store<i32>(state, 0, HAS_NORMAL);
  store<f64>(state, 0, NORMAL);
}

@inline
function twistWord(word: u32, next: u32, far: u32): u32 {
  const y = (word & 0x80000000) | (next & 0x7fffffff);
  return far ^ (y >> 1) ^ ((0 - (y & 1)) & MATRIX);
}

@inline
function twistFour(at: usize, far: v128): void {
  const y = v128.or(
    v128.and(v128.load(at), i32x4.splat(0x80000000)),
    v128.and(v128.load(at, 4), i32x4.splat(0x7fffffff)),
  );
  const odd = i32x4.neg(v128.and(y, i32x4.splat(1)));
  const mixed = v128.xor(i32x4.shr_u(y, 1), v128.and(odd, i32x4.splat(MATRIX)));
  v128.store(at, v128.xor(far, mixed));
}

/** The next 624 words. */
function twist(state: usize): void {
  for (let k: usize = 0; k < 224; k += 4) twistFour(state + (k << 2), v128.load(state + ((k + M) << 2)));
  for (let k: usize = 224; k < N - M; k++) {
    const at = state + (k << 2);
    store<u32>(at, twistWord(load<u32>(at), load<u32>(at, 4), load<u32>(at, M << 2)));
  }
  for (let k: usize = N - M; k < N - 1; k += 4)
    twistFour(state + (k << 2), v128.load(state + ((k + M - N) << 2)));
  const last = state + ((N - 1) << 2);
  store<u32>(last, twistWord(load<u32>(last), load<u32>(state), load<u32>(state + ((M - 1) << 2))));
  store<i32>(state, 0, POSITION);
}

/** 32 random bits. */
@inline
export function word32(state: usize): u32 {
  let at = load<i32>(state, POSITION);
  if (at >= WORDS) {
    twist(state);
    at = 0;
  }
  store<i32>(state, at + 1, POSITION);
  let y = load<u32>(state + ((<usize>at) << 2));
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >> 18);
}

/** 64 random bits: the first word is the upper half. */
@inline
export function word64(state: usize): u64 {
  const hi = <u64>word32(state);
  return (hi << 32) | <u64>word32(state);
}

/** True where four words stand ready for `nextFour`. */
@inline
export function hasFour(state: usize): bool {
  const at = load<i32>(state, POSITION);
  if (at >= WORDS) {
    twist(state);
    return true;
  }
  return at <= WORDS - 4;
}

/** The next four words; only after `hasFour`. */
@inline
export function nextFour(state: usize): v128 {
  const at = load<i32>(state, POSITION);
  store<i32>(state, at + 4, POSITION);
  return fourAt(state + ((<usize>at) << 2));
}

/** Where the next of at most `most` words begin that can be read four at a time, by `fourAt`; `fours` tells how many, perhaps none. They count as drawn. */
export function takeFours(state: usize, most: i32): usize {
  hasFour(state);
  const at = load<i32>(state, POSITION);
  fours = min(most, WORDS - at) >> 2;
  store<i32>(state, at + 4 * fours, POSITION);
  return state + ((<usize>at) << 2);
}
export let fours: i32 = 0;

@inline
export function fourAt(place: usize): v128 {
  let y = v128.load(place);
  y = v128.xor(y, i32x4.shr_u(y, 11));
  y = v128.xor(y, v128.and(i32x4.shl(y, 7), i32x4.splat(0x9d2c5680)));
  y = v128.xor(y, v128.and(i32x4.shl(y, 15), i32x4.splat(0xefc60000)));
  return v128.xor(y, i32x4.shr_u(y, 18));
}

/** 0..1 in steps of 2^-24: one word. */
@inline
export function unit32(state: usize): f32 {
  return <f32>(word32(state) & 0xffffff) * <f32>5.9604644775390625e-8;
}

/** 0..1 in steps of 2^-53: two words. */
@inline
export function unit64(state: usize): f64 {
  return <f64>(word64(state) & 0x1fffffffffffff) * 1.1102230246251565e-16;
}

/** 0: none cached. */
@inline
export function hasNormal(state: usize): i32 {
  return load<i32>(state, HAS_NORMAL);
}

@inline
export function takeNormal(state: usize): f64 {
  store<i32>(state, 0, HAS_NORMAL);
  return load<f64>(state, NORMAL);
}

@inline
export function keepNormal(state: usize, value: f64): void {
  store<i32>(state, 1, HAS_NORMAL);
  store<f64>(state, value, NORMAL);
}
