/** Panel states to draw. */
import type { LayerRow, Magnitude, PanelState, ResultView } from "../../../webview/protocol.ts";

/** Abramowitz and Stegun 7.1.26, |error| < 1.5e-7. */
function erf(x: number): number {
  const s = 1 / (1 + 0.3275911 * x);
  const sum =
    s *
    (0.254829592 + s * (-0.284496736 + s * (1.421413741 + s * (-1.453152027 + s * 1.061405429))));
  return 1 - sum * Math.exp(-x * x);
}

/** Elements of a Gaussian tensor by binary exponent. */
function exponentsOf(rms: number, count: number): Magnitude["exponents"] {
  const top = Math.floor(Math.log2(4.2 * rms));
  const min = top - 16;
  const below = (x: number): number => erf(x / (rms * Math.SQRT2));
  const counts = Array.from({ length: 17 }, (_, i) =>
    Math.round(count * (below(2 ** (min + i + 1)) - below(2 ** (min + i)))),
  );
  return { min, counts };
}

/** The tensor of Gaussian elements with this rms, as far as the panel shows it. */
export function gaussian(rms: number, count = 65536): Magnitude {
  const below = (limit: number): number => Math.min(1, (0.8 * limit) / rms);
  const flushed = below(2 ** -25);
  return {
    rms,
    absMax: 4.2 * rms,
    count,
    zeros: 0,
    nans: 0,
    infs: 0,
    float16: { flushed, subnormal: below(2 ** -14) - flushed, overflow: 0 },
    exponents: exponentsOf(rms, count),
  };
}

export function row(id: string, changes: Partial<LayerRow>): LayerRow {
  return {
    id,
    path: id,
    type: "Linear",
    functional: false,
    call: 0,
    outputShape: [32, 256],
    place: "model.py:11",
    parameters: [],
    outputGrad: null,
    output: null,
    factor: null,
    markers: [],
    ...changes,
  };
}

function linear(id: string, rms: number, changes: Partial<LayerRow> = {}): LayerRow {
  return row(id, {
    parameters: [
      {
        name: "weight",
        shape: [256, 256],
        grad: gaussian(rms),
        zero: null,
        updates: [],
        grads: [],
      },
      {
        name: "bias",
        shape: [256],
        grad: gaussian(rms * 2.1, 256),
        zero: null,
        updates: [],
        grads: [],
      },
    ],
    outputGrad: gaussian(rms * 0.3),
    output: gaussian(0.6),
    factor: 0.57,
    ...changes,
  });
}

export const THRESHOLDS = [
  { value: 2 ** -24, label: "float16: smallest subnormal, 2⁻²⁴" },
  { value: 2 ** -14, label: "float16: smallest normal, 2⁻¹⁴" },
  { value: 65504, label: "float16: largest, 65504" },
];

const NO_STEPS = { optimizer: null, lr: null, steps: null, optimizers: ["sgd", "adam"] };

/** Gradient rms of layer k of a sigmoid network of the given depth. */
export const sigmoidRms = (k: number, depth: number): number => 0.06 * 0.141 ** (depth - k);

/** A sigmoid network: a Linear and a sigmoid in turn, gradients that fall by 0.141 per layer. */
export function sigmoidNet(depth = 12): ResultView {
  const vanishing = { finding: "f0", code: "gradient-vanishing", severity: "error" } as const;
  const underflow = { finding: "f1", code: "float16-underflow", severity: "warning" } as const;
  const rows = Array.from({ length: depth }, (_, k) => {
    const rms = sigmoidRms(k, depth);
    return [
      linear(`layers.${String(k)}`, rms, { markers: rms < 2 ** -24 ? [underflow] : [] }),
      row(`sigmoid ${String(k)}`, {
        path: "",
        type: "sigmoid",
        functional: true,
        call: k,
        place: "model.py:14",
        outputGrad: gaussian(rms * 1.9),
        output: gaussian(0.5),
        factor: 0.247,
        markers: [vanishing],
      }),
    ];
  }).flat();
  return {
    title: `DeepNet(depth=${String(depth)})`,
    place: "model.py:4",
    detail: "input [32, 256] · cross-entropy · seed 0 · model.py · 0.8 s",
    verdict: {
      severity: "error",
      text: "Gradients vanish toward the input: ×0.141 per layer, 6·10⁻¹² at the first of 13 layers.",
    },
    notes: [],
    rows: [...rows, linear("head", 0.06, { place: "model.py:12", factor: 0.98 })],
    thresholds: THRESHOLDS,
    steps: null,
    findings: [
      {
        id: "f0",
        code: "gradient-vanishing",
        severity: "error",
        message:
          "Each sigmoid passes 0.141 of the gradient; theory for this initialisation: 0.1415.",
        place: "model.py:14",
        fixes: [{ id: "x0", title: "Replace sigmoid by GELU: 6·10⁻¹² → 0.02, measured" }],
      },
      {
        id: "f1",
        code: "float16-underflow",
        severity: "warning",
        message: "97 % of layers.0.weight's gradient becomes zero in float16 at loss scale 1.",
        place: "model.py:11",
        fixes: [],
      },
    ],
    unsupported: [],
    background: { choices: [], replaced: [], packages: [] },
    controls: { seed: 0, dtype: "float32", mixed: null, batch: 32, ...NO_STEPS },
    runs: [],
    against: null,
  };
}

/** One row of every kind that is drawn differently. */
export function oddNet(): ResultView {
  const broken: Magnitude = { ...gaussian(0.01), nans: 12 };
  const huge: Magnitude = {
    ...gaussian(3e4),
    float16: { flushed: 0, subnormal: 0, overflow: 0.03 },
  };
  const none = { shape: [64], grad: null, zero: null, updates: [], grads: [] } as const;
  return {
    place: null,
    title: "Odd(width=64, heads=4, dropout=0.1, layer_norm_epsilon=1e-05)",
    detail: "input [8, 3, 64, 64] · mse · seed 0 · odd.py · 2.1 s",
    verdict: { severity: "warning", text: "One gradient is not finite." },
    notes: ["The batch was made smaller to fit the budget, 64 → 8: rates may differ."],
    rows: [
      linear("embed", 0.02, { type: "Embedding" }),
      linear("blocks.0.attn.qkv", 0.004),
      row("blocks.0.attn.softmax", {
        path: "blocks.0.attn",
        type: "softmax",
        functional: true,
        outputGrad: gaussian(0.0002),
        output: gaussian(0.1),
        factor: 0.2,
      }),
      row("blocks.0.attn.key", {
        parameters: [
          {
            name: "bias",
            shape: [64],
            grad: gaussian(1e-9),
            zero: "byConstruction",
            updates: [],
            grads: [],
          },
        ],
      }),
      row("blocks.0.gate", {
        parameters: [
          {
            name: "weight",
            shape: [64],
            grad: { ...gaussian(1), rms: 0 },
            zero: "atStart",
            updates: [],
            grads: [],
          },
        ],
      }),
      row("blocks.0.unused", { parameters: [{ name: "weight", ...none }] }),
      row("blocks.0.dead", {
        parameters: [
          {
            name: "weight",
            shape: [64],
            grad: { ...gaussian(1), rms: 0 },
            zero: null,
            updates: [],
            grads: [],
          },
        ],
        markers: [{ finding: "f0", code: "gradient-zero", severity: "warning" }],
      }),
      linear("blocks.0.a_rather_long_projection_name", 0.3, {
        type: "NonDynamicallyQuantizableLinear",
      }),
      row("blocks.1.norm", {
        type: "LayerNorm",
        parameters: [
          { name: "weight", shape: [64], grad: broken, zero: null, updates: [], grads: [] },
        ],
        markers: [{ finding: "f1", code: "gradient-not-finite", severity: "error" }],
      }),
      row("head", {
        parameters: [
          { name: "weight", shape: [10, 64], grad: huge, zero: null, updates: [], grads: [] },
        ],
        output: huge,
        markers: [{ finding: "f2", code: "float16-overflow", severity: "information" }],
        factor: 2.4e5,
      }),
    ],
    thresholds: THRESHOLDS,
    steps: null,
    findings: [],
    unsupported: [{ name: "torch.fft.hfft2", place: "odd.py:40" }],
    background: {
      choices: [{ what: "depth", value: "12", why: "the default" }],
      replaced: [{ what: "data/train.csv", by: "64 synthetic rows", place: "odd.py:7" }],
      packages: ["timm 0.9.2: from your Python environment"],
    },
    controls: { seed: 0, dtype: "float32", mixed: null, batch: null, ...NO_STEPS },
    runs: [],
    against: null,
  };
}

/** A residual network of many blocks without trouble. */
export function longNet(count: number): ResultView {
  const rows = Array.from({ length: count }, (_, k) =>
    linear(
      `stage${String(1 + Math.floor(k / 100))}.${String(Math.floor(k / 10) % 10)}.conv${String(k % 10)}`,
      0.01 * 0.99 ** k,
      {
        type: "Conv2d",
      },
    ),
  );
  return {
    ...sigmoidNet(1),
    rows,
    verdict: { severity: "none", text: "No trouble found" },
    findings: [],
  };
}

/** A script's first steps; of one layer the gradients were followed. */
export function trained(): ResultView {
  const net = sigmoidNet(4);
  const losses = [2.4, 2.1, 1.9, 1.5, null, 0.8, 0.4, 0.21, 0.09, 0.05, 0.02];
  const grads = losses.map((_, i) => 0.06 * 0.8 ** i);
  return {
    ...net,
    rows: net.rows.map((each, k) => ({
      ...each,
      parameters: each.parameters.map((parameter) => ({
        ...parameter,
        updates: each.id === "head" ? losses.map((_, i) => 0.02 / (i + 1)) : [1e-4 * (k + 1)],
        grads: each.id === "head" && parameter.name === "weight" ? grads : [],
      })),
    })),
    steps: {
      optimizers: [{ text: "SGD, learning rate 0.1", place: "train.py:14" }],
      steps: losses.map((loss, i) => ({ loss, gradNorm: 3 - 0.2 * i, clipped: 1 })),
      scales: [],
      curvature: null,
      terms: [],
      accumulation: null,
    },
  };
}

/** The same under GradScaler, which skips its first two steps, at a rate beyond what the curvature allows; the loss is a sum, and so is the gradient. */
export function scaled(): ResultView {
  const result = trained();
  const scales = Array.from({ length: 13 }, (_, i) => ({
    scale: 65536 / 2 ** Math.min(i, 2),
    isSkipped: i < 2,
  }));
  const curvature = { eigenvalue: 60, rate: 0.1, stable: 2 / 60 };
  const terms = [
    { place: "train.py:21", isPenalty: false, median: 0.96, least: 0.4, most: 1 },
    { place: "train.py:22", isPenalty: true, median: 0.04, least: 0.0002, most: 0.6 },
  ];
  const accumulation = {
    ...{ passes: 4, place: "train.py:24", times: 4 },
    ...{ isCleared: false, lost: null },
  };
  const steps = result.steps && { ...result.steps, scales, curvature, terms, accumulation };
  return { ...result, steps };
}

/** The row with ten times the gradients. */
export function tenfold(row: LayerRow): LayerRow {
  return {
    ...row,
    parameters: row.parameters.map((parameter) => ({
      ...parameter,
      grad: parameter.grad && gaussian(10 * parameter.grad.rms, parameter.grad.count),
    })),
    outputGrad: row.outputGrad && gaussian(10 * row.outputGrad.rms),
  };
}

export function shown(result: ResultView, stale = false): PanelState {
  return { status: "result", target: "model.py", result, stale };
}
