/** The numbers of mean-field theory that papers give, and a Monte Carlo of the same integrals. */
import assert from "node:assert/strict";
import {
  fixedPoint,
  normReluRate,
  powerOf,
  reach,
  slopeOf,
  widthDepth,
} from "../../engine/rules/meanField.ts";

const near = (found: number | null | undefined, wanted: number, tolerance = 1e-4): void =>
  assert.ok(
    found !== null && found !== undefined && Math.abs(found / wanted - 1) < tolerance,
    `${found}, not ${wanted}`,
  );

describe("mean-field theory", () => {
  // Schoenholz et al. 2017 for tanh; Xiao et al. 2018 for the setting of 10,000 layers.
  for (const [weight, bias, chi] of [
    [1.0, 0.05, 0.75903],
    [1.3, 0.05, 0.88016],
    [2.5, 0.05, 1.13352],
    [4, 0.05, 1.3424],
    [1.76095, 0.05, 1],
    [1.05, 2.01e-5, 1],
    [25 / 9, 0, 1.2098],
  ] as const)
    it(`tanh, (σw², σb²) = (${weight}, ${bias}): χ₁ = ${chi}`, () => {
      near(fixedPoint("tanh", weight, bias)?.chi, chi, bias < 1e-3 && bias > 0 ? 1e-3 : 1e-4);
    });

  it("fixed points: tanh critical 0.57005, gain 5/3 1.178, SELU 1 with χ₁ 1.07158", () => {
    near(fixedPoint("Tanh", 1.76095, 0.05)?.q, 0.57005);
    near(fixedPoint("tanh", 25 / 9, 0)?.q, 1.178, 1e-3);
    near(fixedPoint("SELU", 1, 0)?.q, 1);
    near(fixedPoint("selu", 1, 0)?.chi, 1.07158);
  });

  it("ReLU: ½ of a square passes, whatever its size; He's gain is critical and grows without it", () => {
    near(slopeOf("ReLU", 0, 3), Math.SQRT1_2, 1e-12);
    near(powerOf("relu", 0, 2), 2, 1e-4);
    near(fixedPoint("relu", 2, 0)?.chi, 1, 1e-10);
    assert.equal(fixedPoint("relu", 3, 0), null);
  });

  it("GELU at unit variance: rms 0.652, rms of the slope 0.675", () => {
    near(Math.sqrt(powerOf("gelu", 0, 1)!), 0.652, 1e-3);
    near(slopeOf("gelu", 0, 1), 0.675, 1e-3);
  });

  it("PyTorch's default sigmoid: χ₁ = 0.020008, and gradients reach a layer and a half", () => {
    const { chi } = fixedPoint("sigmoid", 1 / 3, 0)!;
    near(chi, 0.020008, 3e-3);
    near(reach(chi), 6 / -Math.log(0.020008), 1e-3);
  });

  it("every activation's slope is its function's derivative", () => {
    const types =
      "relu6 leaky_relu elu celu selu sigmoid hardsigmoid tanh hardtanh softsign softplus gelu silu mish";
    for (const type of types.split(" ")) {
      for (const x of [-1.7, -0.3, 0.4, 1.9]) {
        // So narrow a Gaussian is the point itself.
        const size = (at: number): number => Math.sqrt(powerOf(type, at, 1e-9)!);
        const slope = Math.abs(size(x + 1e-4) - size(x - 1e-4)) / 2e-4;
        const found = slopeOf(type, x, 1e-9)!;
        assert.ok(Math.abs(slope - found) < 1e-4, `${type} at ${x}: ${slope}, ${found}`);
      }
    }
  });

  it("batch normalisation with ReLU: the table's sizes, and its limit π/(π − 1)", () => {
    near(normReluRate(64), 1.493);
    near(normReluRate(1e9), Math.PI / (Math.PI - 1));
    assert.ok(normReluRate(48)! < 1.522 && normReluRate(48)! > 1.493);
    assert.equal(normReluRate(2), null);
  });

  it("the width-depth measure of twenty layers of a hundred units is 1", () => {
    near(widthDepth(Array<number>(20).fill(100)), 1, 1e-12);
  });
});
