import type { JSX } from "preact";

import { fateOf } from "../formats.ts";
import type { Fate, Kept } from "../formats.ts";
import { t } from "../l10n.ts";
import { percent, power } from "../numbers.ts";
import type { Magnitude } from "../protocol.ts";
import type { FormatsLook } from "./look.ts";

const HEIGHT = 22;
/** A bin that holds anything is at least this visible. */
const LEAST_OPACITY = 0.18;

/** One bin of the histogram, in percent of the column. */
export interface Cell {
  readonly x: number;
  readonly width: number;
  readonly fate: Fate;
  /** 0..1, by the root of its share of the fullest bin, so that tails can be seen. */
  readonly opacity: number;
}

export const cellsOf = (magnitude: Magnitude, { bins, format, scale }: FormatsLook): Cell[] =>
  placesOf(magnitude, bins).map(({ exponent, ...place }) => ({
    ...place,
    fate: fateOf(format, exponent + scale),
  }));

/** The bins that hold anything, whatever becomes of them. */
function placesOf(
  magnitude: Magnitude,
  bins: FormatsLook["bins"],
): (Omit<Cell, "fate"> & { readonly exponent: number })[] {
  const { min, counts } = magnitude.exponents;
  const most = Math.max(...counts, 1);
  const width = 100 / (bins.max - bins.min);
  return counts.flatMap((count, i) => {
    if (count === 0) return [];
    const exponent = min + i;
    const place = Math.min(Math.max(exponent, bins.min), bins.max - 1) - bins.min;
    const opacity = LEAST_OPACITY + (1 - LEAST_OPACITY) * Math.sqrt(count / most);
    return [{ exponent, x: place * width, width, opacity }];
  });
}

/** Where the format's bands end, in percent of the column; those out of sight are left out. */
export function edgesOf({ bins, format, scale }: FormatsLook): readonly number[] {
  const ends = [format.smallest - 1, format.normal, Math.ceil(Math.log2(format.overflow))];
  return ends
    .map((exponent) => (100 * (exponent - scale - bins.min)) / (bins.max - bins.min))
    .filter((x) => x > 0 && x < 100);
}

export function keptText(now: Kept | null): string {
  if (now === null) return t("all zero");
  const infinite = overflowText(now);
  return t(
    "{0} become zero, {1} subnormal, {2} leave the range",
    percent(now.flushed),
    percent(now.subnormal),
    infinite,
  );
}

/** `3 %`; `≤ 3 %` where only a bound is known. */
export function overflowText({ overflow }: Kept): string {
  const { least, most } = overflow;
  return least === most ? percent(most) : `≤ ${percent(most)}`;
}

/** A bin's attributes, which the loss scale does not change. */
interface Drawn {
  readonly exponent: number;
  readonly x: string;
  readonly width: string;
  readonly opacity: string;
  /** Drawn already, by fate: an element that is the same object again is not looked at. */
  readonly rects: Partial<Record<Fate, JSX.Element>>;
}

const drawn = new WeakMap<Magnitude, { bins: FormatsLook["bins"]; cells: readonly Drawn[] }>();

/** Kept while the slider moves: writing the numbers takes longer than all else of a step. */
function drawnOf(magnitude: Magnitude, bins: FormatsLook["bins"]): readonly Drawn[] {
  const known = drawn.get(magnitude);
  if (known?.bins === bins) return known.cells;
  const cells = placesOf(magnitude, bins).map(({ exponent, x, width, opacity }) => ({
    exponent,
    x: `${x.toFixed(2)}%`,
    width: `${width.toFixed(2)}%`,
    opacity: opacity.toFixed(2),
    rects: {},
  }));
  drawn.set(magnitude, { bins, cells });
  return cells;
}

function rectOf({ x, width, opacity, rects }: Drawn, fate: Fate): JSX.Element {
  return (rects[fate] ??= (
    <rect class={fate} x={x} y="3" width={width} height={HEIGHT - 6} fill-opacity={opacity} />
  ));
}

/** One tensor's exponents: a row of the heat map. */
export function Heat(props: {
  readonly magnitude: Magnitude;
  readonly now: Kept | null;
  readonly look: FormatsLook;
}): JSX.Element {
  const { magnitude, now, look } = props;
  const { bins, format, scale } = look;
  return (
    <svg class="heat" role="img" aria-label={keptText(now)} width="100%" height={HEIGHT}>
      {drawnOf(magnitude, bins).map((cell) => rectOf(cell, fateOf(format, cell.exponent + scale)))}
      <Edges look={look} />
    </svg>
  );
}

export function Edges({ look }: { readonly look: FormatsLook }): JSX.Element {
  return (
    <>
      {edgesOf(look).map((x) => (
        <line
          class="threshold"
          x1={`${x.toFixed(2)}%`}
          x2={`${x.toFixed(2)}%`}
          y1="0"
          y2={HEIGHT}
        />
      ))}
    </>
  );
}

/** The axis above the heat map: powers of two. */
export function PowerScale({ look }: { readonly look: FormatsLook }): JSX.Element {
  const { min, max } = look.bins;
  const step = [4, 8, 12, 16, 24, 32].find((width) => (max - min) / width <= 3) ?? 32;
  const first = Math.ceil(min / step) * step;
  const labels = Array.from(
    { length: Math.floor((max - first) / step) + 1 },
    (_, i) => first + i * step,
  );
  return (
    <svg
      class="scale"
      role="img"
      aria-label={t("From {0} to {1}, by powers of two", power(min), power(max))}
      width="100%"
      height="18"
    >
      {labels.map((exponent, i) => {
        const x = (100 * (exponent - min)) / (max - min);
        const anchor = x > 90 ? "end" : x < 10 ? "start" : "middle";
        return (
          <>
            <text
              class={(labels.length - i) % 2 === 0 ? "minor" : ""}
              x={`${x.toFixed(2)}%`}
              y="11"
              text-anchor={anchor}
            >
              {power(exponent)}
            </text>
            <line x1={`${x.toFixed(2)}%`} x2={`${x.toFixed(2)}%`} y1="14" y2="18" />
          </>
        );
      })}
    </svg>
  );
}
