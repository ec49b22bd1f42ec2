import assert from "node:assert/strict";
import type { Report } from "../../engine/report.ts";
import { csv } from "../../extension/csv.ts";
import { layersAt, layerText } from "../../extension/layerText.ts";
import { view } from "../../extension/view.ts";
import { failureText } from "../../extension/failureText.ts";
import { number, share, shorten } from "../../extension/words.ts";
import { finding, layer, parameter, report, span } from "./reports.ts";

const NET: Report = report({
  layers: [
    layer("fc1", "Linear", { definedAt: span(4), calledAt: [span(9)] }),
    layer("", "sigmoid", { functional: true, calledAt: [span(9, 12, 20)] }),
    layer("fc1", "Linear", { call: 1, definedAt: span(4), calledAt: [span(10)] }),
    layer("", "relu", { functional: true, calledAt: [span(10, 12, 20)] }),
  ],
  parameters: [
    parameter("", "scale", { definedAt: span(3) }),
    parameter("fc1", "bias", { gradIsStructurallyZero: true }),
    parameter("fc1", "weight"),
  ],
});

describe("the panel's view of a report", () => {
  it("has a row per call in forward order, and one for parameters of uncalled modules", () => {
    const { result } = view(NET, "/w/model.py", 840);
    assert.deepEqual(
      result.rows.map(({ path, type, call, place }) => [path, type, call, place]),
      [
        ["", "Linear", 0, "model.py:3"],
        ["fc1", "Linear", 0, "model.py:4"],
        ["", "sigmoid", 0, "model.py:9"],
        ["fc1", "Linear", 1, "model.py:4"],
        ["", "relu", 0, "model.py:10"],
      ],
    );
    assert.equal(new Set(result.rows.map(({ id }) => id)).size, 5);
  });

  it("gives parameters to the first call, the weight first", () => {
    const { rows } = view(NET, "/w/model.py", 840).result;
    const shown = rows.map(({ parameters }) => parameters.map(({ name, zero }) => [name, zero]));
    assert.deepEqual(shown, [
      [["scale", null]],
      [
        ["weight", null],
        ["bias", "byConstruction"],
      ],
      [],
      [],
      [],
    ]);
  });

  it("says what was run", () => {
    const { title, detail, verdict } = view(NET, "/w/model.py", 840).result;
    assert.equal(title, "Net(depth=2)");
    assert.equal(detail, "input [32, 8] · cross-entropy · seed 0 · model.py · 0.8 s");
    assert.deepEqual(verdict, { severity: "none", text: "No trouble found" });
  });

  it("says what was chosen, replaced and imported", () => {
    const { subject } = NET;
    assert.ok(subject);
    const choice = { what: "depth", value: "2", why: "the default" };
    const report: Report = {
      ...NET,
      subject: { ...subject, choices: [choice] },
      replaced: [{ what: "data/train.csv", by: "64 rows", at: span(7) }],
      packages: [
        { name: "timm", version: "0.9.2", from: "environment" },
        { name: "einops", version: null, from: "chainrule" },
      ],
    };
    assert.deepEqual(view(report, "m.py", 1).result.background, {
      choices: [choice],
      replaced: [{ what: "data/train.csv", by: "64 rows", place: "model.py:7" }],
      packages: ["timm 0.9.2: from your Python environment", "einops: Chainrule's own stand-in"],
    });
  });

  it("has the training steps that were made, and what the first changes of each parameter", () => {
    assert.equal(view(NET, "m.py", 1).result.steps, null);
    const steps = [
      { loss: 2, gradNorm: 1, clipped: 1 },
      { loss: null, gradNorm: null, clipped: 0.5 },
    ];
    const optimizers = [{ type: "SGD", lr: 0.1, warmsUp: true, at: span(7) }];
    const parameters = [parameter("fc1", "weight", { updateRatio: 0.01 })];
    const { result } = view({ ...NET, parameters, optimizers, steps }, "m.py", 1);
    assert.deepEqual(result.steps, {
      optimizers: [{ text: "SGD, learning rate 0.1, warming up", place: "model.py:7" }],
      steps,
      scales: [],
      curvature: null,
      terms: [],
      accumulation: null,
    });
    const curvature = { eigenvalue: 10, products: 8, change: 0.01 };
    const bent = view({ ...NET, parameters, optimizers, steps, curvature }, "m.py", 1).result;
    assert.deepEqual(bent.steps?.curvature, { eigenvalue: 10, rate: 0.1, stable: 0.2 });
    const terms = [
      { at: span(5), addition: null, operand: 0, isPenalty: false, shares: [] },
      {
        at: span(6),
        addition: span(6),
        operand: 1,
        isPenalty: true,
        shares: [
          { name: "fc1.weight", share: 0.25 },
          { name: "fc1.bias", share: 0.9 },
        ],
      },
    ];
    const summed = view({ ...NET, parameters, optimizers, steps, terms }, "m.py", 1).result;
    assert.deepEqual(summed.steps?.terms, [
      { place: "model.py:6", isPenalty: true, median: 0.25, least: 0.25, most: 0.25 },
    ]);
    const passes = { at: span(8), passes: 4, factor: 0.5, cleared: false };
    const added = view({ ...NET, optimizers, steps, accumulation: passes }, "m.py", 1).result;
    assert.deepEqual(added.steps?.accumulation, {
      ...{ passes: 4, place: "model.py:8", times: 2, isCleared: false, lost: null },
    });
    const [weight] = result.rows.flatMap((row) => row.parameters);
    assert.deepEqual(weight?.updates, [0.01]);
    const followed = [
      { loss: 2, gradNorm: 1, grads: [0.5], updates: [0.02] },
      { loss: 1, gradNorm: 1, grads: [null], updates: [0.03] },
    ];
    const { rows } = view({ ...NET, parameters, steps: followed }, "m.py", 1).result;
    const [of] = rows.flatMap((row) => row.parameters);
    assert.deepEqual(
      [of?.updates, of?.grads],
      [
        [0.02, 0.03],
        [0.5, null],
      ],
    );
  });

  it("names cells where the file is a notebook", () => {
    const at = span(4, 0, 10, "/w/net.ipynb#cell-3");
    const report = { ...NET, findings: [finding({ at })] };
    assert.equal(view(report, "/w/net.ipynb", 1).result.findings[0]?.place, "cell 3:4");
  });

  it("puts the worst finding first and marks the rows that it is about", () => {
    const findings = [
      finding({ layers: ["fc1.weight"], at: span(4), severity: "information", message: "flat" }),
      finding({ layers: [""], at: span(9, 12, 20), severity: "error" }),
    ];
    const { result } = view({ ...NET, findings }, "/w/model.py", 1);
    assert.equal(result.verdict.text, "Gradients vanish");
    assert.deepEqual(
      result.findings.map(({ severity }) => severity),
      ["error", "information"],
    );
    const marked = result.rows.map(({ markers }) => markers.map(({ severity }) => severity));
    assert.deepEqual(marked, [[], ["information"], ["error"], [], []]);
  });

  it("says so when nothing could be run", () => {
    const { result } = view(report({ subject: null }), "/w/model.py", 1);
    assert.equal(result.title, "model.py");
    assert.equal(result.verdict.severity, "error");
    const raised = finding({ severity: "error", message: "ValueError: no" });
    const failed = view(report({ subject: null, findings: [raised] }), "/w/model.py", 1);
    assert.equal(failed.result.verdict.text, "This file could not be run");
    assert.equal(failed.result.detail, "0.0 s");
  });
});

describe("hover text", () => {
  it("names one layer's numbers", () => {
    const found = layersAt(NET, (s) => s.startLine === 9 && s.startColumn === 12);
    assert.ok(found);
    assert.equal(found.layers.length, 1);
    assert.match(layerText(NET, found.layers, false), /\*\*sigmoid\*\* · sigmoid → \[2, 4\]/);
    const fc1 = layerText(NET, NET.layers.slice(0, 1), true);
    assert.match(fc1, /\| `fc1.weight` gradient \| 1e-9 \| 2e-9 \| 97 % \| 0 % \|/);
    assert.match(fc1, /`fc1.bias` gradient \(zero by construction\)/);
    assert.match(fc1, /Factor ×0\.5/);
    assert.match(fc1, /before the last edit/);
  });

  it("lists the layers that one line builds", () => {
    const layers = Array.from({ length: 14 }, (_, i) => layer(`net.${i}`, "Linear"));
    const text = layerText(NET, layers, false);
    assert.match(text, /\*\*14 layers\*\*/);
    assert.match(text, /\| net\.0 · Linear \| 0\.1 \| ×0\.5 \| 0 % \|/);
    assert.match(text, /and 2 more/);
  });
});

describe("failure text", () => {
  const doing = { file: "m.py", phase: "import", seconds: 15 };

  it("names the limit and what was under way", () => {
    assert.match(
      failureText("timeout", "", doing),
      /^m\.py took longer than 15 s \(importing the file\)\. .*__main__/,
    );
    assert.equal(
      failureText("timeout", "", { ...doing, phase: "forward" }),
      "m.py took longer than 15 s (forward pass).",
    );
  });

  it("is one sentence of the engine where the editor has none of its own", () => {
    assert.equal(
      failureText("worker-died", "the worker died\n  at x", doing),
      "The analysis ended unexpectedly (importing the file).",
    );
    assert.equal(
      failureText("request", "the class Net is not there\n  at x", doing),
      "The class Net is not there",
    );
  });
});

describe("words", () => {
  it("write numbers with two digits", () => {
    const written = [0, 0.1412, 1.23e-9, 35.4, 1234, 65504, -0.05].map(number);
    assert.deepEqual(written, ["0", "0.14", "1.2e-9", "35", "1230", "6.6e4", "-0.05"]);
  });

  it("write no share as nothing or everything that is neither", () => {
    assert.deepEqual([0, 1e-6, 0.5, 0.999, 1].map(share), [
      "0 %",
      "< 1 %",
      "50 %",
      "> 99 %",
      "100 %",
    ]);
  });

  it("shorten at a word", () => {
    assert.equal(shorten("gradients vanish here", 18), "gradients vanish…");
    assert.equal(shorten("short", 18), "short");
  });
});

describe("a report as comma-separated values", () => {
  it("has a line per tensor, each with all columns", () => {
    const lines = csv(NET).trimEnd().split("\r\n");
    const [head = ""] = lines;
    // four layers with output, its gradient and the input's; three parameters with value and gradient
    assert.equal(lines.length, 1 + 4 * 3 + 3 * 2);
    const columns = head.split(",").length;
    for (const line of lines) assert.equal(line.split(",").length, columns, line);
    const weight = lines.find((line) => line.includes("fc1.weight.grad"));
    assert.match(weight ?? "", /^fc1,Linear,,,,fc1\.weight\.grad,4x4,float32,4,1e-9,/);
  });

  it("quotes what would break a line", () => {
    const odd = report({ layers: [layer('a,"b"', "Linear", { inputGrad: null })] });
    assert.match(csv(odd), /\r\n"a,""b""",Linear,0,,,output,/);
  });
});
