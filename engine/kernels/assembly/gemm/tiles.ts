// A block of C from packed panels, tile by tile.

import { TILE } from "../memory";
import { MR, save, tile, tileTwo } from "./micro";

/**
 * Rows 0..mc of C at `c`, columns j0..j0+nc, from packed panels. Column j stands at (j / plane)·image + j % plane elements, so that several
 * images' columns make one wide matrix; plane 0: at j. Rows are ldc elements apart. wide, a literal: two panels of A at a time.
 */
@inline
export function tiles<T>(
  ap: usize, bp: usize, c: usize, ldc: isize, mc: i32, nc: i32, kc: i32, add: bool, j0: i32, plane: i32, image: isize, wide: bool,
): void {
  const NR: i32 = 32 / sizeof<T>();
  const rowBytes = ldc * <isize>sizeof<T>();
  for (let j = 0; j < nc; j += NR) {
    const columns = min(NR, nc - j);
    const b = bp + <usize>(j / NR) * <usize>kc * 32;
    let column = <isize>(j0 + j);
    let straight = columns == NR;
    if (plane != 0) {
      const place = (j0 + j) % plane;
      column = <isize>((j0 + j) / plane) * image + <isize>place;
      straight = straight && place + NR <= plane;
    }
    let i = 0;
    if (wide && straight)
      for (; i + 2 * MR <= mc; i += 2 * MR)
        tileTwo<T>(
          kc, ap + <usize>i * <usize>kc * sizeof<T>(), b, c + <usize>(<isize>i * rowBytes + column * <isize>sizeof<T>()), rowBytes, add,
        );
    for (; i < mc; i += MR) {
      const rows = min(MR, mc - i);
      const a = ap + <usize>i * <usize>kc * sizeof<T>();
      const to = c + <usize>(<isize>i * rowBytes);
      if (straight && rows == MR) {
        tile<T>(kc, a, b, to + <usize>(column * <isize>sizeof<T>()), rowBytes, add);
        continue;
      }
      tile<T>(kc, a, b, TILE, 32, false);
      if (straight) {
        for (let r = 0; r < rows; r++) {
          const from = TILE + <usize>r * 32;
          const p = to + <usize>(<isize>r * rowBytes + column * <isize>sizeof<T>());
          save<T>(p, v128.load(from), v128.load(from, 16), add);
        }
        continue;
      }
      for (let q = 0; q < columns; q++) {
        let place = <isize>(j0 + j + q);
        if (plane != 0) place = (place / <isize>plane) * image + (place % <isize>plane);
        let p = to + <usize>(place * <isize>sizeof<T>());
        let from = TILE + <usize>q * sizeof<T>();
        for (let r = 0; r < rows; r++) {
          store<T>(p, add ? load<T>(p) + load<T>(from) : load<T>(from));
          p += rowBytes;
          from += 32;
        }
      }
    }
  }
}
