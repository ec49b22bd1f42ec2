import type { JSX } from "preact";

import type { Magnitude } from "../protocol.ts";
import { float16Text } from "../reading.ts";

/** A share that exists is drawn at least this wide, in percent of the strip. */
const LEAST = 3;

const KINDS = ["flushed", "subnormal", "normal", "overflow"] as const;

/**
 * Shares (0..1) as widths in percent that add up to 100: shares that exist are widened to be visible,
 * the rest is scaled down.
 */
export function widths(shares: readonly number[]): readonly number[] {
  const drawn = shares.map((share) => (share > 0 ? Math.max(100 * share, LEAST) : 0));
  const sum = drawn.reduce((total, width) => total + width, 0);
  return drawn.map((width) => (sum > 0 ? (100 * width) / sum : 0));
}

/** Where a tensor's non-zero elements end up in float16, in the order of the number line. */
export function Strip({ magnitude }: { readonly magnitude: Magnitude }): JSX.Element {
  const { flushed, subnormal, overflow } = magnitude.float16;
  const normal = Math.max(0, 1 - flushed - subnormal - overflow);
  let x = 0;
  return (
    <svg class="strip" role="img" aria-label={float16Text(magnitude)} width="100%" height="10">
      {widths([flushed, subnormal, normal, overflow]).map((width, i) => {
        const left = x;
        x += width;
        if (width === 0) return null;
        return (
          <rect
            class={KINDS[i] ?? ""}
            x={`${left.toFixed(2)}%`}
            y="0"
            width={`${width.toFixed(2)}%`}
            height="10"
          />
        );
      })}
    </svg>
  );
}
