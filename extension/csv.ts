/** A report as comma-separated values (RFC 4180): one line per measured tensor. Editor-free. */
import type { Layer, Parameter, Report, Span, Stats } from "../engine/report.ts";

const HEAD = [
  ...["layer", "type", "call", "file", "line", "tensor", "shape", "dtype", "count"],
  ...["rms", "mean", "std", "l2", "mean_abs", "abs_max", "zeros", "nans", "infs"],
  ...["float16_flushed", "float16_subnormal", "float16_overflow", "factor"],
];

type Cell = string | number | null;

export function csv(report: Report): string {
  const lines = [
    HEAD,
    ...report.layers.flatMap(ofLayer),
    ...report.parameters.flatMap(ofParameter),
  ];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

function ofLayer(layer: Layer): Cell[][] {
  const { path, type, call, definedAt, calledAt, outputShape, factor } = layer;
  const lead = [path, type, call, ...placed(definedAt ?? calledAt[0] ?? null)];
  const shape = outputShape.join("x");
  return [
    ...told(layer.output, (of) => [...lead, "output", shape, ...of, null]),
    ...told(layer.outputGrad, (of) => [...lead, "output.grad", shape, ...of, factor]),
    ...told(layer.inputGrad, (of) => [...lead, "input.grad", "", ...of, null]),
  ];
}

function ofParameter({
  name,
  shape,
  layer,
  layerType,
  definedAt,
  value,
  grad,
}: Parameter): Cell[][] {
  const lead = [layer, layerType, null, ...placed(definedAt)];
  const size = shape.join("x");
  return [
    ...told(value, (of) => [...lead, name, size, ...of, null]),
    ...told(grad, (of) => [...lead, `${name}.grad`, size, ...of, null]),
  ];
}

const placed = (at: Span | null): Cell[] => (at ? [at.file, at.startLine] : [null, null]);

function told(stats: Stats | null, line: (of: Cell[]) => Cell[]): Cell[][] {
  if (!stats) return [];
  const { dtype, count, rms, mean, std, l2, meanAbs, absMax, zeros, nans, infs, float16 } = stats;
  const { flushed, subnormal, overflow } = float16;
  const figures = [rms, mean, std, l2, meanAbs, absMax, zeros, nans, infs];
  return [line([dtype, count, ...figures, flushed, subnormal, overflow])];
}

function quoted(cell: Cell): string {
  const text = cell === null ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
