// Copies blocks of a matrix into the panels that the register tile reads in order; what stands for rows and columns past the end is dropped.

import { MR } from "./micro";

/**
 * mc rows by kc columns of A into panels of MR rows by `depth` columns, from column 0 on; element (i, p) stands at a + (i·rs + p·cs).
 * depth > kc: the caller fills the rest of each panel from elsewhere.
 */
export function packA<T>(dst: usize, a: usize, rs: isize, cs: isize, mc: i32, kc: i32, depth: i32): void {
  if (MR == 6 && sizeof<T>() == 4 && rs == 1 && mc >= MR) {
    const whole = mc / MR;
    packAcross(dst, a, cs, whole, kc, <usize>depth * MR * 4);
    const done = <usize>whole * MR * 4;
    dst += done * <usize>depth;
    a += done;
    mc -= whole * MR;
  }
  const skip = <usize>(depth - kc) * MR * sizeof<T>();
  const r = rs * <isize>sizeof<T>();
  const c = cs * <isize>sizeof<T>();
  for (let i = 0; i < mc; i += MR) {
    const rows = min(MR, mc - i);
    let src = a + <isize>i * r;
    if (rows == MR) {
      let p = 0;
      if (sizeof<T>() == 4 && cs == 1)
        for (; p + 4 <= kc; p += 4) {
          if (MR == 6) turn6(dst, src, r, 5);
          else transpose4(dst, src, r, 16);
          dst += 4 * MR * sizeof<T>();
          src += 16;
        }
      if (MR == 4 && sizeof<T>() == 4 && rs == 1)
        for (; p < kc; p++) {
          v128.store(dst, v128.load(src));
          dst += MR * sizeof<T>();
          src += c;
        }
      for (; p < kc; p++) {
        store<T>(dst, load<T>(src));
        store<T>(dst, load<T>(src + r), sizeof<T>());
        store<T>(dst, load<T>(src + 2 * r), 2 * sizeof<T>());
        store<T>(dst, load<T>(src + 3 * r), 3 * sizeof<T>());
        if (MR == 6) {
          store<T>(dst, load<T>(src + 4 * r), 4 * sizeof<T>());
          store<T>(dst, load<T>(src + 5 * r), 5 * sizeof<T>());
        }
        dst += MR * sizeof<T>();
        src += c;
      }
    } else {
      let p = 0;
      if (sizeof<T>() == 4 && MR == 6 && cs == 1)
        for (; p + 4 <= kc; p += 4) {
          turn6(dst, src, r, rows - 1);
          dst += 4 * MR * sizeof<T>();
          src += 16;
        }
      for (; p < kc; p++) {
        for (let q = 0; q < MR; q++)
          store<T>(dst + <usize>q * sizeof<T>(), q < rows ? load<T>(src + <isize>q * r) : <T>0);
        dst += MR * sizeof<T>();
        src += c;
      }
    }
    dst += skip;
  }
}

const AHEAD: i32 = 8; // columns

/**
 * Where rows are neighbours: panels of six, `panel` bytes apart, some columns of all before the next, since columns that lie pages apart drive each other out
 * of the first cache.
 */
function packAcross(dst: usize, a: usize, cs: isize, panels: i32, kc: i32, panel: usize): void {
  const step = cs * 4;
  for (let p = 0; p < kc; p += AHEAD) {
    const end = min(AHEAD, kc - p);
    for (let i = 0; i < panels; i++) {
      let src = a + <isize>p * step + <usize>i * MR * 4;
      let to = dst + <usize>i * panel + <usize>p * MR * 4;
      for (let q = 0; q < end; q++) {
        v128.store(to, v128.load(src));
        store<u64>(to, load<u64>(src, 16), 16);
        src += step;
        to += MR * 4;
      }
    }
  }
}

/** A 6×4 block of f32: rows `step` bytes apart in, four rows of six numbers out; rows behind `last` repeat it. */
@inline
function turn6(dst: usize, src: usize, step: isize, last: isize): void {
  const r0 = v128.load(src);
  const r1 = v128.load(src + min<isize>(1, last) * step);
  const r2 = v128.load(src + min<isize>(2, last) * step);
  const r3 = v128.load(src + min<isize>(3, last) * step);
  const r4 = v128.load(src + min<isize>(4, last) * step);
  const r5 = v128.load(src + min<isize>(5, last) * step);
  const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(r4, r5, 0, 4, 1, 5);
  const d = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const e = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  const f = v128.shuffle<i32>(r4, r5, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(dst, v128.shuffle<i64>(c, a, 0, 3), 16);
  v128.store(dst, v128.shuffle<i64>(b, c, 1, 3), 32);
  v128.store(dst, v128.shuffle<i64>(d, e, 0, 2), 48);
  v128.store(dst, v128.shuffle<i64>(f, d, 0, 3), 64);
  v128.store(dst, v128.shuffle<i64>(e, f, 1, 3), 80);
}

/** B's rows p0..p0+kc, columns j0..j0+nc into panels [kc, 32 bytes]; row-major, rows `ldb` elements apart. */
export function packB<T>(dst: usize, b: usize, ldb: isize, nc: i32, kc: i32): void {
  const NR: i32 = 32 / sizeof<T>();
  const step = ldb * <isize>sizeof<T>();
  for (let j = 0; j < nc; j += NR) {
    let src = b + <usize>j * sizeof<T>();
    const columns = min(NR, nc - j);
    if (columns == NR) {
      for (let p = 0; p < kc; p++) {
        v128.store(dst, v128.load(src));
        v128.store(dst, v128.load(src, 16), 16);
        dst += 32;
        src += step;
      }
    } else {
      for (let p = 0; p < kc; p++) {
        for (let q = 0; q < NR; q++)
          store<T>(dst + <usize>q * sizeof<T>(), q < columns ? load<T>(src + <usize>q * sizeof<T>()) : <T>0);
        dst += 32;
        src += step;
      }
    }
  }
}

/** As packB where B is stored transposed: element (p, j) at b + j·ldb + p. */
export function packBT<T>(dst: usize, b: usize, ldb: isize, nc: i32, kc: i32): void {
  const NR: i32 = 32 / sizeof<T>();
  const step = ldb * <isize>sizeof<T>();
  for (let j = 0; j < nc; j += NR) {
    const columns = min(NR, nc - j);
    const src = b + <isize>j * step;
    if (columns == NR && sizeof<T>() == 4) {
      transpose8(dst, src, step, kc);
    } else {
      for (let q = 0; q < NR; q++) {
        let to = dst + <usize>q * sizeof<T>();
        let from = src + <isize>q * step;
        for (let p = 0; p < kc; p++) {
          store<T>(to, q < columns ? load<T>(from) : <T>0);
          to += 32;
          from += sizeof<T>();
        }
      }
    }
    dst += <usize>kc * 32;
  }
}

/** Eight f32 rows of kc, `step` bytes apart, into [kc, 8]. */
function transpose8(dst: usize, src: usize, step: isize, kc: i32): void {
  let p = 0;
  for (; p + 4 <= kc; p += 4) {
    transpose4(dst, src, step, 32);
    transpose4(dst + 16, src + 4 * step, step, 32);
    dst += 128;
    src += 16;
  }
  for (; p < kc; p++) {
    for (let q = 0; q < 8; q++) store<f32>(dst + (<usize>q << 2), load<f32>(src + <isize>q * step));
    dst += 32;
    src += 4;
  }
}

/** A 4×4 block: rows `step` bytes apart in, `apart` bytes out. */
@inline
export function transpose4(dst: usize, src: usize, step: isize, apart: usize): void {
  const r0 = v128.load(src);
  const r1 = v128.load(src + step);
  const r2 = v128.load(src + 2 * step);
  const r3 = v128.load(src + 3 * step);
  const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(dst + apart, v128.shuffle<i64>(a, b, 1, 3));
  v128.store(dst + 2 * apart, v128.shuffle<i64>(c, d, 0, 2));
  v128.store(dst + 3 * apart, v128.shuffle<i64>(c, d, 1, 3));
}
