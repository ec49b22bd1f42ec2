/** Reports for tests of the conversion: literal data of the public shape. */
import type { Finding, Layer, Parameter, Report, Span, Stats } from "../../engine/report.ts";

export const span = (line: number, start = 0, end = 10, file = "/w/model.py"): Span => ({
  file,
  startLine: line,
  startColumn: start,
  endLine: line,
  endColumn: end,
});

export const stats = (rms: number, flushed = 0): Stats => ({
  dtype: "float32",
  count: 4,
  l2: 2 * rms,
  rms,
  mean: 0,
  std: rms,
  absMax: 2 * rms,
  meanAbs: rms,
  zeros: 0,
  nans: 0,
  infs: 0,
  exponents: { min: 0, counts: [4] },
  float16: { flushed, subnormal: 0, overflow: 0 },
});

export const layer = (path: string, type: string, part: Partial<Layer> = {}): Layer => ({
  path,
  type,
  functional: false,
  call: 0,
  definedAt: null,
  calledAt: [],
  outputShape: [2, 4],
  from: null,
  output: stats(1),
  outputGrad: stats(0.1),
  inputGrad: stats(0.05),
  factor: 0.5,
  ...part,
});

export const parameter = (
  owner: string,
  name: string,
  part: Partial<Parameter> = {},
): Parameter => ({
  kind: "parameter",
  name: owner === "" ? name : `${owner}.${name}`,
  shape: [4, 4],
  layer: owner,
  layerType: "Linear",
  definedAt: null,
  requiresGrad: true,
  value: stats(1),
  grad: stats(1e-9, 0.97),
  gradFirst: [],
  gradIsStructurallyZero: false,
  gradIsZeroAtStart: false,
  ...part,
});

export const finding = (part: Partial<Finding> = {}): Finding => ({
  code: "gradient-vanishing",
  severity: "warning",
  at: span(4),
  message: "Gradients vanish",
  measured: {},
  layers: [],
  fixes: [],
  ...part,
});

export const report = (part: Partial<Report> = {}): Report => ({
  version: 1,
  subject: {
    from: "inference",
    file: "/w/model.py",
    entry: "Net",
    call: "Net(depth=2)",
    inputs: [{ shape: [32, 8], dtype: "float32" }],
    loss: "cross-entropy",
    at: span(2),
    choices: [],
    case: {},
  },
  settings: { seed: 0, dtype: "float32", mode: "train" },
  loss: 1,
  probes: null,
  layers: [],
  parameters: [],
  findings: [],
  proposals: [],
  unsupported: [],
  candidates: [],
  replaced: [],
  packages: [],
  cost: { ms: {}, peakBytes: 0, flops: 0 },
  log: "",
  ...part,
});
