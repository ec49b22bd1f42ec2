/** The figures over training steps, as they stand above the layers in an exported picture. */
import { across, heightOf, rangeOf } from "./charts/curve.tsx";
import { figuresOf, mostSteps, valueText } from "./figures.ts";
import type { StepsView } from "./protocol.ts";

const HEIGHT = 64;
const GAP = 12;

interface Frame {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly step: number;
  readonly ink: string;
  readonly dim: string;
  readonly line: string;
}

/** `parts`: x, y, words and attributes of each text. Height 0 where no step was made. */
export function curves(
  view: StepsView | null,
  frame: Frame,
): {
  readonly height: number;
  readonly parts: readonly (readonly [x: number, y: number, words: string, more: string])[];
  readonly shapes: readonly string[];
} {
  const figures = view ? figuresOf(view) : [];
  if (figures.length === 0) return { height: 0, parts: [], shapes: [] };
  const { top, left, width, step, ink, dim, line } = frame;
  const x = (i: number): string =>
    (left + (width * across(i, mostSteps(figures))) / 100).toFixed(1);
  const drawn = figures.map((figure, nth) => {
    const { title, values, say, skipped } = figure;
    const range = rangeOf(values);
    const bottom = top + nth * (HEIGHT + GAP) + HEIGHT;
    const y = (value: number): string =>
      (bottom - (range === null ? 0 : heightOf(range, value)) * (HEIGHT - GAP)).toFixed(1);
    const shapes = values.flatMap((value, i) => {
      const next = values[i + 1];
      if (value === null) return [];
      const dot = `<circle cx="${x(i)}" cy="${y(value)}" r="2" fill="${skipped.has(i) ? "none" : line}" stroke="${line}"/>`;
      if (next === null || next === undefined) return [dot];
      const path = `<line x1="${x(i)}" y1="${y(value)}" x2="${x(i + 1)}" y2="${y(next)}" stroke="${line}"/>`;
      return [dot, path];
    });
    const right = `fill="${dim}" font-size="10"`;
    const words = `${title} ${valueText(figure, step)}`;
    const parts = [
      [12, bottom - HEIGHT / 2, words, `fill="${ink}"`] as const,
      ...(range === null
        ? []
        : [
            [left + width + 8, bottom - HEIGHT + GAP, say(range.high), right] as const,
            [left + width + 8, bottom, say(range.low), right] as const,
          ]),
    ];
    return { shapes, parts };
  });
  return {
    height: figures.length * (HEIGHT + GAP) + GAP,
    parts: drawn.flatMap(({ parts }) => parts),
    shapes: drawn.flatMap(({ shapes }) => shapes),
  };
}
