/** What the formats of 16 and 8 bits hold of a run, from its exponent histograms: for every loss scale at once, without a second run. */
import type { FormatRange, Layer, Parameter, Shares, Stats } from "../report.ts";
import {
  FORMATS,
  flushedShare,
  largestScale,
  overflowShare,
  smallestScale,
  subnormalShare,
  type Format,
  type FormatName,
} from "./formats.ts";

const MAX_LOST = 0.01; // share of the gradients' elements that the lower end of the window loses
const START = 16; // log2 of GradScaler's first scale

const finite = (s: Stats): number => s.count - s.zeros - s.nans - s.infs;

/** Shares of the finite non-zero elements of all these tensors, at loss scale 1. */
function sharesOf(all: readonly Stats[], f: Format): Shares {
  const size = all.reduce((n, s) => n + finite(s), 0);
  const mean = (share: (s: Stats) => number): number =>
    size === 0 ? 0 : all.reduce((sum, s) => sum + share(s) * finite(s), 0) / size;
  return {
    flushed: mean((s) => flushedShare(s, 0, f)),
    subnormal: mean((s) => subnormalShare(s, 0, f)),
    overflow: mean((s) => overflowShare(s, 0, f)),
  };
}

/** One entry per format; none where no gradient is finite and not zero. */
export function rangesOf(
  layers: readonly Layer[],
  parameters: readonly Parameter[],
): FormatRange[] {
  const outputs = layers.flatMap(({ output }) => (output && finite(output) > 0 ? [output] : []));
  const grads = parameters.flatMap(({ grad, gradIsStructurallyZero }) =>
    grad && !gradIsStructurallyZero && finite(grad) > 0 ? [grad] : [],
  );
  if (grads.length === 0) return [];
  const absMax = Math.max(...grads.map((g) => g.absMax));
  return (Object.keys(FORMATS) as FormatName[]).map((format) => {
    const f = FORMATS[format];
    const largest = largestScale(absMax, 1, f);
    return {
      format,
      gradients: sharesOf(grads, f),
      activations: sharesOf(outputs, f),
      window: { smallest: smallestScale(grads, MAX_LOST, f), largest },
      skipped: Math.max(0, START - largest),
    };
  });
}
