/** Medians, spreads and ratios of timings in ms. */

export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median with both ends. Throws on an empty list. */
export function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined || min === undefined || max === undefined)
    throw new Error("no timings");
  return { median: (low + high) / 2, min, max };
}

/** Ratio of the medians; its spread is that of the pairs that ran one after the other. */
export function ratio(ours: readonly number[], theirs: readonly number[]): Figure {
  const pairs = figure(ours.map((ms, i) => ms / (theirs[i] ?? NaN)));
  return { ...pairs, median: figure(ours).median / figure(theirs).median };
}

const show = (ms: number): string => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));

/** `412 (398–455)`. */
export const msText = ({ median, min, max }: Figure): string =>
  `${show(median)} (${show(min)}–${show(max)})`;

/** `0.62 (0.55–0.71)`. */
export const ratioText = ({ median, min, max }: Figure): string =>
  `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;

/** In Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
