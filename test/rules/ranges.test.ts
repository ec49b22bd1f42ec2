/** Formats of 16 and 8 bits: what they hold of normal numbers, against the normal distribution's own shares. */
import assert from "node:assert/strict";
import type { Stats } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";
import {
  FORMATS,
  flushedShare,
  flushExponent,
  overflowAt,
  overflowShare,
  smallestScale,
  subnormalShare,
} from "../../engine/rules/formats.ts";

/** One element of 2^e · 1.5 per exponent. */
const ladder = (from: number, to: number): Stats => ({
  dtype: "float32",
  count: to - from + 1,
  l2: 1,
  rms: 1,
  mean: 0,
  std: 1,
  absMax: 1.5 * 2 ** to,
  meanAbs: 1,
  zeros: 0,
  nans: 0,
  infs: 0,
  exponents: { min: from, counts: new Array<number>(to - from + 1).fill(1) },
  float16: { flushed: 0, subnormal: 0, overflow: 0 },
});

describe("formats of 16 and 8 bits", () => {
  it("round to 0 and to infinity where their definitions say", () => {
    const ends = Object.entries(FORMATS).map(([name, f]) => [
      name,
      flushExponent(f),
      overflowAt(f),
    ]);
    assert.deepEqual(ends, [
      ["float16", -25, 65520],
      ["bfloat16", -134, (2 - 2 ** -8) * 2 ** 127],
      ["float8_e5m2", -17, 61440],
      ["float8_e4m3", -10, 464],
    ]);
  });

  it("hold, lose and overflow whole bins", () => {
    const s = ladder(-30, 20); // 51 exponents
    const of = (name: keyof typeof FORMATS) =>
      [flushedShare, subnormalShare, overflowShare].map((f) =>
        Math.round(51 * f(s, 0, FORMATS[name])),
      );
    assert.deepEqual(of("float16"), [5, 11, 5]); // −30…−26; −25…−15; 16…20
    assert.deepEqual(of("bfloat16"), [0, 0, 0]);
    assert.deepEqual(of("float8_e5m2"), [13, 3, 5]);
    assert.deepEqual(of("float8_e4m3"), [20, 4, 12]);
    assert.equal(smallestScale([s], 0, FORMATS.float16), 5);
    assert.equal(smallestScale([s], 0.1, FORMATS.float16), 0); // five of 51
  });
});

describe("formats of a run", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  /** A gradient of normal numbers of this standard deviation: Micikevicius et al., ICLR 2018, figure 3, as a closed form. */
  const source = (exponent: number): string => `import torch
from torch import nn

# chainrule: Net(), input=(1,), loss=sum
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(100000))
        self.g = torch.randn(100000) * 2.0 ** ${exponent}

    def forward(self, x):
        return self.w * self.g
`;
  for (const [exponent, flushed] of [
    [-24, 0.3829],
    [-26, 0.9545],
    [-22, 0.0995],
    [-20, 0.0249],
  ] as const)
    it(`N(0, 2^${exponent}): ${flushed} of it is 0 in float16, and its window keeps it`, async () => {
      const { formats } = await analyst.analyzeText("net.py", source(exponent));
      const [half, brain, e5m2] = formats ?? [];
      assert.ok(half && brain && e5m2);
      assert.ok(Math.abs(half.gradients.flushed - flushed) < 5e-3, String(half.gradients.flushed));
      assert.equal(brain.gradients.flushed, 0);
      assert.ok(e5m2.gradients.flushed > half.gradients.flushed);
      // The largest of 1e5 normal numbers is about 4.4 standard deviations.
      assert.equal(half.window.largest, Math.floor(Math.log2(65504 / 4.4)) - exponent);
      assert.ok(half.window.smallest > 0 && half.window.smallest < half.window.largest - 10);
      assert.equal(half.skipped, 0);
    });
});
