// Where kernels find memory of their own. Tensors come as pointers; large working space is lent by the host, which owns the heap.

/** At least `bytes` bytes, 64-byte aligned, good until the next call of a kernel asks again. */
@external("env", "scratch")
export declare function scratch(bytes: usize): usize;

/** First byte behind static data: the heap must begin above. */
export function heapBase(): usize {
  return __heap_base;
}

/**
 * Where this instance's small working space starts (SPACE_BYTES of engine/kernels/reserved.ts): threads share the memory, and what one
 * writes there no other may see. Nothing of the module itself writes static data.
 */
@external("env", "space")
declare const SPACE: usize;

/** One vector's worth: ends of arrays are computed there. */
export const PAD: usize = SPACE;
/** Calls are not nested, so an odometer's counters have one place: ndim is at most 16. */
export const COUNTERS: usize = SPACE + 64;
/** 192 bytes: a register tile, where a block's edge or scattered columns need a detour. */
export const TILE: usize = SPACE + 128;
/** Offsets of a block's columns and rows, or of a histogram's next counters. */
export const PLACE_BYTES: usize = 4160;
export const PLACES: usize = SPACE + 320;
export const ROWS: usize = PLACES + PLACE_BYTES / 2;
/** Counters, up to the end of the space: 8704 bytes. */
export const COUNTS: usize = PLACES + PLACE_BYTES;

@inline
export function at<T>(p: usize, i: isize): T {
  return load<T>(p + <usize>i * sizeof<T>());
}

@inline
export function put<T>(p: usize, i: isize, v: T): void {
  store<T>(p + <usize>i * sizeof<T>(), v);
}

/** a b + c; one rounding where the host has relaxed SIMD. */
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** Sum of the lanes, in f64. */
@inline
export function sumLanes<T>(v: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
  return (
    (<f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1)) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}
