/** A report exported as a script: real PyTorch runs it, and finds the report's numbers. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { Engine, pytorchScript } from "../../engine/client.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Layer, Report, Stats } from "../../engine/report.ts";
import { DIST } from "../support/parity.ts";
import type { Testified } from "../support/testimony.ts";

const PYTHON = "/usr/bin/python3"; // Debian's, which has torch
const TESTS = join(import.meta.dirname, "..");

const KINDS = [
  "parity/models/mlp.py",
  "parity/models/resnet.py",
  "parity/models/gpt.py",
  "parity/models/recurrent.py",
  "parity/models/autoencoder.py",
  "parity/models/dcgan.py",
  "parity/models/einsum_attention.py",
  "parity/models/seq2seq.py",
  "parity/models/siamese.py",
  "rules/sick/sigmoid_mlp_functional.py",
  "rules/sick/attention_without_skips.py",
  "engine/subjects/loss.py",
] as const;
const SCRIPTS = [
  "rules/sick/rate_sgd_huge.py",
  "rules/sick/rate_momentum_fifty.py",
  "engine/scripts/gan.py",
  "rules/sick/head_replaced_while_body_trains.py",
  "rules/sick/loss_arguments_exchanged.py",
  "rules/sick/unit_weights_by_hand.py",
] as const;

describe("a report as a PyTorch script", function () {
  this.timeout(240_000);
  const engine = new Engine({ dir: DIST });
  const folder = mkdtempSync(join(tmpdir(), "chainrule-exported-"));
  after(async () => {
    await engine.dispose();
    rmSync(folder, { recursive: true });
  });

  const exported = async (
    path: string,
    dtype: "float32" | "float64",
  ): Promise<{ report: Report; script: string }> => {
    const name = basename(path);
    const text = readFileSync(join(TESTS, path), "utf8");
    const file = join(folder, name);
    writeFileSync(file, text);
    const request: AnalyzeRequest = { file, sources: { [file]: text }, roots: [], dtype };
    const report = await engine.analyze(request);
    assert.ok(report.subject, report.findings[0]?.message);
    const script = join(folder, name.replace(".py", ".gradients.py"));
    const source = await pytorchScript(DIST, request, report, folder);
    assert.ok(!source.includes(folder), "a path of this machine");
    writeFileSync(script, source);
    return { report, script };
  };
  const run = async (script: string, ...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" };
    const options = { env, maxBuffer: 2 ** 26 };
    return (await promisify(execFile)(PYTHON, [script, ...args], options)).stdout;
  };
  const said = async (script: string): Promise<Testified> =>
    JSON.parse(
      await run(script, "--json").then((text) => text.split("\n").at(-2) ?? ""),
    ) as Testified;

  const near = (ours: number | null, theirs: number | null, off: number, what: string): void => {
    const size = Math.max(Math.abs(ours ?? 0), Math.abs(theirs ?? 0));
    assert.ok(
      ours === theirs || Math.abs((ours ?? NaN) - (theirs ?? NaN)) <= off * size,
      `${what}: ${String(ours)}, PyTorch has ${String(theirs)}`,
    );
  };
  /** Every number of a tensor; `exact`: counts, too, which float32's rounding may shift. */
  const same = (
    ours: Stats | null,
    theirs: Stats | null,
    off: number,
    isExact: boolean,
    what: string,
  ): void => {
    assert.equal(ours === null, theirs === null, `${what} is absent in one`);
    if (!ours || !theirs || ours.l2 < 1e-12) return;
    assert.equal(ours.count, theirs.count, what);
    for (const key of ["l2", "rms", "std", "absMax", "meanAbs"] as const)
      near(ours[key], theirs[key], off, `${what}.${key}`);
    assert.ok(Math.abs(ours.mean - theirs.mean) <= off * ours.rms, `${what}.mean`);
    if (!isExact) return;
    assert.deepEqual([ours.zeros, ours.nans], [theirs.zeros, theirs.nans], what);
    assert.deepEqual(ours.exponents, theirs.exponents, what);
    assert.deepEqual(ours.float16, theirs.float16, what);
  };
  const check = (report: Report, theirs: Testified, off: number, isExact: boolean): void => {
    near(report.loss, theirs.loss, off, "loss");
    const named = new Map(theirs.parameters.map((p) => [p.name, p]));
    assert.deepEqual([...named.keys()].sort(), report.parameters.map((p) => p.name).sort());
    for (const p of report.parameters) {
      const other = named.get(p.name)!;
      same(p.value, other.value, off, isExact, `${p.name}.value`);
      if (!p.gradIsStructurallyZero) same(p.grad, other.grad, off, isExact, `${p.name}.grad`);
      if (p.updateRatio) near(p.updateRatio, other.updateRatio ?? null, off, `${p.name}.update`);
    }
    const label = (l: Pick<Layer, "path" | "type">): string => `${l.path} ${l.type}`;
    assert.deepEqual(report.layers.map(label), theirs.layers.map(label));
    report.layers.forEach((layer, i) => {
      const other = theirs.layers[i]!;
      assert.deepEqual(layer.outputShape, other.outputShape, label(layer));
      same(layer.output, other.output, off, isExact, `${label(layer)}.output`);
      same(layer.outputGrad, other.outputGrad, off, isExact, `${label(layer)}.outputGrad`);
      const [differs, its] = [layer.difference ?? null, other.difference];
      assert.ok(
        differs === its || Math.abs((differs ?? NaN) - (its ?? NaN)) <= 100 * off,
        `${label(layer)}.difference: ${String(differs)}, PyTorch has ${String(its)}`,
      );
      if (layer.inputGrad && other.inputGrad)
        same(layer.inputGrad, other.inputGrad, off, false, `${label(layer)}.inputGrad`);
    });
  };

  for (const path of KINDS)
    it(`${path}: PyTorch has the report's numbers in float64`, async () => {
      const { report, script } = await exported(path, "float64");
      check(report, await said(script), 1e-9, false);
    });

  for (const path of SCRIPTS)
    it(`${path}: so it has a script's, and its steps`, async () => {
      const { report, script } = await exported(path, "float32");
      const theirs = await said(script);
      check(report, theirs, 1e-4, false);
      const steps = report.steps ?? [];
      assert.equal(theirs.steps?.length, steps.length);
      steps.forEach((step, i) => {
        if (Math.abs(step.loss ?? 1e9) > 1e6) return; // a loss that grows without end keeps no digits
        near(step.loss, theirs.steps?.[i]?.loss ?? null, 1e-3, `step ${i}`);
      });
    });

  it("float32: exponents and shares of what float16 loses are PyTorch's to the element", async () => {
    const { report, script } = await exported("rules/fixtures/relu_he.py", "float32");
    const theirs = await said(script);
    const [ours] = report.parameters;
    const [value] = theirs.parameters.map((p) => p.value);
    assert.ok(ours && value);
    assert.deepEqual(ours.value.exponents, value.exponents);
    assert.deepEqual(ours.value.float16, value.float16);
  });

  it("prints the table and each finding's evidence", async () => {
    const { report, script } = await exported("rules/sick/sigmoid_mlp_functional.py", "float32");
    const text = await run(script);
    assert.match(text, /^gradient of +shape +norm +std +max +zero +subnormal +Chainrule +apart$/m);
    const row = /^layers\.0\.weight +\[100, 40\] +(\S+) .* (\S+) +\de-\d\d$/m.exec(text);
    assert.equal(row?.[1], row?.[2], "PyTorch's norm stands beside Chainrule's");
    assert.match(
      text,
      /^gradient-vanishing at sigmoid_mlp_functional\.py:\d+: Gradients vanish.*\n {4}\(model\) sigmoid: .*gradient passes by a factor of 0\.2/m,
    );
    assert.equal(report.findings.length > 0, true);
  });
});
