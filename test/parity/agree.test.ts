/** The comparison itself, on PyTorch's own numbers: agrees with itself, notices every kind of difference. */
import assert from "node:assert/strict";
import { REPORT_VERSION, type Parameter, type Report, type Stats } from "../../engine/report.ts";
import type { Case } from "../../engine/protocol.ts";
import { differences, expectedFrom, ownDeviation, structuralZeros } from "../support/agree.ts";
import { allclose, deviation, relative } from "../support/allclose.ts";
import { loadCorpus } from "../support/corpus.ts";
import { MODELS } from "../support/parity.ts";
import { Witness, WitnessError, type WitnessRun } from "../support/witness.ts";
import { MODEL_CASES } from "./models.ts";

const stats = (dtype: string, l2: number, count: number): Stats => ({
  dtype,
  count,
  l2,
  rms: l2 / Math.sqrt(count),
  mean: 0,
  std: 0,
  absMax: l2,
  meanAbs: 0,
  zeros: 0,
  nans: 0,
  infs: 0,
  exponents: { min: 0, counts: [] },
  float16: { flushed: 0, subnormal: 0, overflow: 0 },
});

/** A witness's run in the shape of a report. */
function reportOf(run: WitnessRun, dtype: "float32" | "float64"): Report {
  const parameters = run.parameters.map(({ name, shape, valueL2, l2, first }): Parameter => {
    const count = shape.reduce((product, n) => product * n, 1);
    return {
      name,
      kind: "parameter",
      shape,
      layer: name.slice(0, name.lastIndexOf(".")),
      layerType: "",
      definedAt: null,
      requiresGrad: true,
      value: stats(dtype, valueL2, count),
      grad: l2 === null ? null : stats(dtype, l2, count),
      gradFirst: first,
      gradIsStructurallyZero: false,
      gradIsZeroAtStart: false,
    };
  });
  return {
    version: REPORT_VERSION,
    subject: null,
    settings: { seed: 0, dtype, mode: "train" },
    loss: run.loss,
    probes: {
      rngAfterBuild: run.rngAfterBuild ?? -1,
      rngAfterInputs: run.rngAfterInputs ?? -1,
      rngAfterForward: run.rngAfterForward ?? -1,
      targetFirst: run.targetFirst,
      outputShape: run.outputShape ?? [],
    },
    layers: [],
    parameters,
    findings: [],
    proposals: [],
    unsupported: [],
    candidates: [],
    replaced: [],
    packages: [],
    cost: { ms: {}, peakBytes: 0, flops: 0 },
    log: "",
  };
}

function caseOf(id: string): Case {
  const found = MODEL_CASES.find((one) => one.id === id);
  assert.ok(found, `no case ${id}`);
  return found;
}

describe("agreement", () => {
  const witness = new Witness();
  const runs = async (id: string): Promise<[WitnessRun, WitnessRun]> => {
    const request = { verb: "case", case: caseOf(id), root: MODELS } as const;
    return [await witness.ask(request), await witness.ask({ ...request, dtype: "float64" })];
  };
  before(async function () {
    this.timeout(60_000);
    await witness.start();
  });
  after(() => witness.stop());

  it("PyTorch agrees with itself in both dtypes, also where it draws in float64", async () => {
    for (const id of ["unet:UNet", "vae:VAE", "dueling:DuelingDQN"]) {
      const [f32, f64] = await runs(id);
      const expected = expectedFrom(f32, f64);
      assert.deepEqual(differences(reportOf(f32, "float32"), expected, "float32"), []);
      assert.deepEqual(differences(reportOf(f64, "float64"), expected, "float64"), []);
    }
  });

  it("knows a bias before a normalisation as structurally zero, and leaves it out of the tolerance", async () => {
    const expected = expectedFrom(...(await runs("unet:UNet")));
    assert.ok(structuralZeros(expected).has("inc.conv.0.bias"));
    assert.ok(!structuralZeros(expected).has("inc.conv.0.weight"));
    assert.ok(ownDeviation(expected) < 1e-4);
  });

  it("notices a wrong norm, element, loss, draw, target, name and missing gradient", async () => {
    const [f32, f64] = await runs("mlp:MLP");
    const expected = expectedFrom(f32, f64);
    const report = reportOf(f64, "float64");
    const wrong = (index: number, change: Partial<Parameter>): Report => ({
      ...report,
      parameters: report.parameters.map((p, i) => (i === index ? { ...p, ...change } : p)),
    });
    const first = report.parameters[0];
    assert.ok(first?.grad && report.probes && report.loss !== null);
    const cases: [string, Report][] = [
      ["fc1.weight", wrong(0, { grad: { ...first.grad, l2: first.grad.l2 * (1 + 3e-7) } })],
      ["fc1.weight[0..2]", wrong(0, { gradFirst: first.gradFirst.map((x) => -x - 1e-3) })],
      ["fc1.weight.grad", wrong(0, { grad: null })],
      ["fc1.weight.grad's non-finite", wrong(0, { grad: { ...first.grad, nans: 1 } })],
      ["parameter 0", wrong(0, { name: "fc0.weight" })],
      ["number of parameters", { ...report, parameters: [...report.parameters, first] }],
      ["loss", { ...report, loss: report.loss * (1 + 3e-7) }],
      ["target", { ...report, probes: { ...report.probes, targetFirst: [1, 2] } }],
      ["draws after build", { ...report, probes: { ...report.probes, rngAfterBuild: 1 } }],
      ["output's shape", { ...report, probes: { ...report.probes, outputShape: [4] } }],
    ];
    for (const [what, broken] of cases) {
      assert.equal(differences(broken, expected, "float64")[0]?.what, what);
    }
  });

  it("knows that tanh-GELU is not GELU", async () => {
    const code = `
x = torch.linspace(-3, 3, 50, dtype=torch.float64, requires_grad=True)
def slope(f):
    return torch.autograd.grad(f(x).sum(), x)[0]
result = [slope(F.gelu).norm(), slope(lambda x: F.gelu(x, approximate="tanh")).norm()]`;
    const norms = (await witness.ask({ verb: "eval", code })) as { data: number }[];
    const [exact, tanh] = norms.map((norm) => norm.data);
    assert.ok(exact !== undefined && tanh !== undefined);
    assert.ok(relative(tanh, exact) > 1e-7 && relative(tanh, exact) < 1e-3);
  });

  it("answers what PyTorch raises, and stays alive after a crash", async () => {
    await assert.rejects(
      witness.ask({ verb: "eval", code: "torch.ones(2, 3) @ torch.ones(2, 3)" }),
      (error) =>
        error instanceof WitnessError &&
        error.message === "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    );
    await assert.rejects(witness.ask({ verb: "eval", code: "import os; os.abort()" }), /Died/);
    const answer = await witness.ask({
      verb: "eval",
      code: "result = [torch.tensor([1.5, float('inf')]), data]",
      data: { n: 2 },
    });
    assert.deepEqual(answer, [{ shape: [2], dtype: "float32", data: [1.5, "inf"] }, { n: 2 }]);
  });

  it("holds PyTorch's results for every case of the corpus", async () => {
    const corpus = await loadCorpus();
    assert.equal(corpus.length, 170);
    for (const { case: one, expected } of corpus) {
      assert.ok(expected.parameters.length > 0, one.id);
      assert.ok(expected.rng !== null || expected.rngAtStep !== null, one.id);
    }
  });

  it("compares numbers and lists", () => {
    assert.equal(relative(NaN, NaN), 0);
    assert.equal(relative(0, 0), 0);
    assert.equal(relative(1, 0), Infinity);
    assert.equal(deviation([1], [1, 2]), Infinity);
    assert.equal(deviation([NaN], [1]), Infinity);
    assert.ok(allclose([1, 1e-9], [1, 0], 1e-8));
    assert.ok(!allclose([1, 1e-3], [1, 0], 1e-4));
  });
});
