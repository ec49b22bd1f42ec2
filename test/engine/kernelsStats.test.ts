/** Statistics: one pass over a tensor, against a plain loop. */
import assert from "node:assert/strict";
import { EXPONENT_BINS, EXPONENT_MIN, STATS } from "../../engine/kernels/kernels.ts";
import { SIZES, SPECIAL, checkAgree, numbers, wasmBenches } from "../support/kernelPair.ts";
import type { Bench, Tolerance } from "../support/kernelPair.ts";

describe("kernels: stats", () => {
  const size = STATS.length + EXPONENT_BINS;
  const sums = 3;
  /** Of Σ x, Σ x² and Σ |x|: Σ x in parts of Σ |x|. */
  const ROUNDED = { rel: 8e-7, abs: 8e-7 };
  const EXACT_SUMS = { rel: 1e-12 };
  const checkStats = (t: number, x: readonly number[], tolerance: Tolerance): void => {
    const words = (b: Bench): number[] => {
      const out = b.tensor(1, size + 1);
      b.kernels.stats(t, out, b.tensor(t, x), x.length);
      return [...b.read(1, out, size + 1)];
    };
    checkAgree(`sums of ${x.length}`, tolerance, (b) => {
      const [sum, squares, absolute] = words(b) as [number, number, number];
      return [tolerance === ROUNDED ? sum / (absolute || 1) : sum, squares, absolute];
    });
    checkAgree(`of ${x.length}`, { rel: 0 }, (b) => words(b).slice(sums));
  };
  const edges = [
    2 ** -25,
    2 ** -14 - 2 ** -25,
    2 ** -14,
    65520,
    65504,
    2 ** -126,
    2 ** -149,
    2 ** 127,
  ].flatMap((v) => [v, -v, v * (1 + 2 ** -23), v * (1 - 2 ** -24)]);
  for (const t of [0, 1])
    it(`counts, extrema and histogram, type ${t}`, () => {
      for (const x of [
        [...SPECIAL, ...edges, ...numbers(40, 1, 1e-5)],
        [...SPECIAL.filter(Number.isFinite), ...edges, ...numbers(40_000, 3, 1e-5)],
        [...numbers(9_000, 3, 1e-4), ...numbers(500, 3, 1e-13), ...numbers(500, 3, 1e-30), 0],
        [...Array.from({ length: 9_000 }, (_, i) => 2 ** (((i * 37) % 277) - 149)), 0],
        [...numbers(40_000, 4), NaN],
        [NaN],
        [NaN, NaN, NaN, NaN, NaN],
        [Infinity],
        ...SIZES.map((n) => [...numbers(n, 2)]),
        // Around the loops' widths and a chunk's end: each exponent, zeros and subnormals among them, the largest number last.
        ...[15, 16, 17, 31, 33, 4079, 4081, 4097, 32_769].map((n) =>
          Array.from(
            { length: n },
            (_, i) =>
            i === n - 1 ? -3e38 : i % 11 === 3 ? -0 : (i % 2 ? -1.25 : 1.5) * 2 ** (((i * 41) % 277) - 149), // prettier-ignore
          ),
        ),
        [-3, -2, -5],
        [0, 0, 0, 0, -0],
        [2, 4, 6, 8, -Infinity, NaN, 1],
      ])
        checkStats(t, x, t === 0 ? ROUNDED : EXACT_SUMS);
    });

  it("sums that f32 cannot tell are taken in f64", () => {
    const spread = numbers(5_000, 5);
    const wide = [0, 40, -30, 60, -60, -100, 115].flatMap((e) =>
      [...spread].map((v) => v * 2 ** e),
    );
    for (const x of [
      ...[0.1, 1e-30, 1e30, -1e-44, 3e38].map((v) => Array.from({ length: 40_000 }, () => v)),
      [...spread].map((v) => 100 + v / 1000),
      [...spread].map((v) => v * 1e-25),
      [...spread].map((v) => v * 1e25),
      [...numbers(255, 6)], // no whole run
    ])
      checkStats(0, x, EXACT_SUMS);
    checkStats(0, wide, ROUNDED);
  });

  it("every exponent's count, as the largest of a chunk and below it, among few and many", () => {
    for (let top = -149; top < 128; top += 3)
      for (const few of [1, 16, 17, 900]) {
        const x = Array.from({ length: 2048 + 5 * 16 }, (_, i) =>
          i < few ? 1.5 * 2 ** Math.max(top - 15 - (i % 40), -149) : 2 ** (top - (i % 9)),
        );
        checkStats(0, [...x, 0, 0, -0], top < -100 || top > 59 ? EXACT_SUMS : ROUNDED);
      }
  });

  it("joined vectors give the bits of others", () => {
    const builds = wasmBenches.filter((b) => b.name !== "kernels.wasm");
    const x = [...numbers(40_000, 7, 1e-3), 0];
    const found = builds.map((b) => {
      const out = b.tensor(1, size);
      b.kernels.stats(0, out, b.tensor(0, x), x.length);
      const words = b.read(1, out, size);
      b.reset();
      return words;
    });
    for (const words of found) assert.deepEqual(words, found[0]);
  });

  it("the f16 counts are those of rounding, number by number", () => {
    const x = [
      ...edges,
      ...numbers(300, 6, 1e-4),
      ...numbers(300, 7, 1e5),
      ...numbers(100, 8, 1e-7),
    ];
    for (const b of wasmBenches) {
      const [p, half, out] = [b.tensor(0, x), b.tensor(0, x.length), b.tensor(1, size)];
      b.kernels.cast(0, 0, 7, half, p, x.length);
      b.kernels.stats(0, out, p, x.length);
      const rounded = b.read(0, half, x.length);
      const source = b.read(0, p, x.length);
      const count = (fact: (h: number, v: number) => boolean): number =>
        rounded.filter((h, i) => Number.isFinite(source[i]!) && fact(h, source[i]!)).length;
      const word = (name: (typeof STATS)[number]): number =>
        b.read(1, out, size)[STATS.indexOf(name)]!;
      assert.equal(
        word("f16Flushed"),
        count((h, v) => h === 0 && v !== 0),
      );
      assert.equal(
        word("f16Subnormal"),
        count((h) => h !== 0 && Math.abs(h) < 2 ** -14),
      );
      assert.equal(
        word("f16Overflow"),
        count((h) => Math.abs(h) === Infinity),
      );
      const bins = b.read(1, out, size).slice(STATS.length);
      assert.equal(
        bins[0 - EXPONENT_MIN],
        count((_, v) => Math.abs(v) >= 1 && Math.abs(v) < 2),
      );
      b.reset();
    }
  });
});
