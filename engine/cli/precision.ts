/** The run in half precision and the ranges of the small formats, as text for a terminal. */
import { median } from "../numeric/median.ts";
import type { Mixed, Report, Shares } from "../report.ts";

const share = (x: number): string =>
  x === 0 ? "0" : x < 0.001 ? "<0.1%" : `${(100 * x).toFixed(1)}%`;
const shares = ({ flushed, subnormal, overflow }: Shares): string[] =>
  [flushed, subnormal, overflow].map(share);

const HEAD = [
  "format",
  "grad 0",
  "subnormal",
  "infinite",
  "act 0",
  "subnormal",
  "infinite",
  "loss scales",
];

/** One row per format: shares of the gradients' and of the outputs' elements at loss scale 1, and the loss scales that hold the gradients. */
function formatRows({ formats = [] }: Report): string[][] {
  return formats.map(({ format, gradients, activations, window: { smallest, largest } }) => [
    format,
    ...shares(gradients),
    ...shares(activations),
    smallest <= largest ? `2^${smallest} … 2^${largest}` : "none",
  ]);
}

/** `bfloat16 autocast: loss 2.31; gradients are off by 0.4% in the median, 2.1% at most (conv.weight)`. */
function mixedLine(mixed: Mixed, report: Report): string {
  const { dtype, loss, scale, skipped } = mixed;
  const noise = new Set(
    report.parameters.filter((p) => p.gradIsStructurallyZero).map((p) => p.name),
  );
  const told = mixed.parameters
    .filter(({ name }) => !noise.has(name))
    .sort((a, b) => (b.error ?? Infinity) - (a.error ?? Infinity));
  const [worst] = told;
  const middle = median(told.map(({ error }) => error ?? Infinity)) ?? Infinity;
  const text = (x: number): string => (Number.isFinite(x) ? share(x) : "not finite");
  const off = worst
    ? `; gradients off by ${text(middle)} in the median, ${text(worst.error ?? Infinity)} at most (${worst.name})`
    : "";
  const at = dtype === "float16" ? `, at loss scale ${scale} after ${skipped} skipped steps` : "";
  return `${dtype} autocast: loss ${loss === null ? "not finite" : Number(loss.toPrecision(4))}${off}${at}`;
}

/** Empty where no run in half precision was made. */
export function precisionText(report: Report, bold: (text: string) => string): string {
  if (!report.mixed) return "";
  const rows = [HEAD, ...formatRows(report)];
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [mixedLine(report.mixed, report), "", bold(lines[0] ?? ""), ...lines.slice(1)].join("\n");
}
