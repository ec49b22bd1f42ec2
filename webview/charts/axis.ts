/** A log axis over whole decades, 10^min … 10^max, drawn over 0..100 percent of its cell. */
export interface Axis {
  readonly min: number;
  readonly max: number;
}

/** Never narrower, so that a network of equal gradients does not look torn apart. */
const LEAST_DECADES = 6;
/** Labels that fit a narrow side bar; fewer where they are as long as 10⁻¹². */
const MOST_LABELS = 4;
const MOST_LONG_LABELS = 3;

/**
 * The decades that hold every positive value, with at least a tenth of a decade of bar below the
 * smallest. `within` are decades that stay in sight whatever the values.
 */
export function axisOf(values: readonly number[], within: readonly [number, number]): Axis {
  let [min, max] = within;
  for (const value of values) {
    if (!(value > 0) || !Number.isFinite(value)) continue;
    const power = Math.log10(value);
    min = Math.min(min, Math.floor(power - 0.1));
    max = Math.max(max, Math.ceil(power));
  }
  return { min, max: Math.max(max, min + LEAST_DECADES) };
}

/** Where a positive value stands, in percent: 100 (log10 x − min) / (max − min), clamped to 0..100. */
export function position(axis: Axis, value: number): number {
  const share = (Math.log10(value) - axis.min) / (axis.max - axis.min);
  return 100 * Math.min(1, Math.max(0, share));
}

/** Decades to label: evenly spaced, few enough not to touch, counted from the right end. */
export function ticks({ min, max }: Axis): readonly number[] {
  const most = min <= -10 ? MOST_LONG_LABELS : MOST_LABELS;
  const step = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20].find(
    (width) => Math.floor((max - min) / width) < most,
  );
  const labels: number[] = [];
  for (let tick = max; tick >= min; tick -= step ?? 40) labels.unshift(tick);
  return labels;
}
