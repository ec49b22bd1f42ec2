import type { JSX } from "preact";

import type { Figure } from "../figures.ts";
import { t } from "../l10n.ts";

/** Pixels; the values lie between the margins, where a curve's end is not cut. */
const HEIGHT = 64;
/** Below the curve: the first and the last step's number. */
const FOOT = 12;
const MARGIN = 6;
/** Positive values that differ by more are drawn on a log scale. */
const MOST_LINEAR = 20;

/** The vertical scale of a curve: what stands at the bottom and at the top. */
export interface Range {
  readonly kind: "linear" | "log";
  readonly low: number;
  readonly high: number;
}

/** The finite values' range; null where there is none. Equal values get room above and below. */
export function rangeOf(values: readonly (number | null)[]): Range | null {
  const finite = values.filter((value) => value !== null);
  if (finite.length === 0) return null;
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  if (low > 0 && high / low > MOST_LINEAR) return { kind: "log", low, high };
  const room = high > low ? 0 : Math.abs(high) / 2 || 1;
  return { kind: "linear", low: low - room, high: high + room };
}

/** Where a value stands between the range's ends, 0..1. */
export function heightOf({ kind, low, high }: Range, value: number): number {
  return kind === "log"
    ? Math.log(value / low) / Math.log(high / low)
    : (value - low) / (high - low);
}

/** The curve's part of the chart's width, in percent; to its right stand the range's ends. */
const LEFT = 2;
const WIDTH = 82;

/** Where a step stands across the chart, in percent; one step alone in the middle. */
export const across = (step: number, count: number): number =>
  count === 1 ? LEFT + WIDTH / 2 : LEFT + (WIDTH * step) / (count - 1);

interface Point {
  readonly x: string;
  readonly y: number;
}

/** A figure over training steps. What is not finite leaves a gap, and a cross at the top; a skipped step is hollow. */
export function Curve(props: {
  readonly label: string;
  readonly figure: Figure;
  /** Steps across the chart. */
  readonly count: number;
  readonly step: number;
  readonly choose: (step: number) => void;
}): JSX.Element {
  const { label, figure, count, step, choose } = props;
  const { values, say, skipped } = figure;
  const range = rangeOf(values);
  const points = values.map((value, i): Point | null =>
    value === null || range === null
      ? null
      : {
          x: `${across(i, count).toFixed(2)}%`,
          y: HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * heightOf(range, value),
        },
  );
  return (
    <svg
      class="curve"
      role="img"
      aria-label={label}
      width="100%"
      height={HEIGHT + FOOT}
      onClick={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect();
        choose(nearest((100 * (event.clientX - left)) / width, count));
      }}
    >
      <line
        class="cursor"
        x1={`${across(step, count).toFixed(2)}%`}
        x2={`${across(step, count).toFixed(2)}%`}
        y1="0"
        y2={HEIGHT}
      />
      {points.map((point, i) => {
        const next = points[i + 1];
        return point && next ? (
          <line class="path" x1={point.x} y1={point.y} x2={next.x} y2={next.y} />
        ) : null;
      })}
      {points.map((point, i) =>
        point === null ? (
          <text class="cross" x={`${across(i, count).toFixed(2)}%`} y="11">
            ×
          </text>
        ) : (
          <circle
            class={`dot ${i === step ? "chosen" : ""} ${skipped.has(i) ? "skipped" : ""}`}
            cx={point.x}
            cy={point.y}
            r="2.5"
          />
        ),
      )}
      <line
        class="foot"
        x1={`${across(0, count).toFixed(2)}%`}
        x2={`${across(count - 1, count).toFixed(2)}%`}
        y1={HEIGHT}
        y2={HEIGHT}
      />
      {[...new Set([0, count - 1])].map((each) => (
        <text class="tick" x={`${across(each, count).toFixed(2)}%`} y={HEIGHT + FOOT - 2}>
          {each + 1}
        </text>
      ))}
      {range !== null && (
        <>
          <text class="end" x="100%" y="10">
            {say(range.high)}
          </text>
          <text class="end" x="100%" y={HEIGHT - 2}>
            {say(range.low)}
          </text>
          {range.kind === "log" && (
            <text class="end" x="100%" y={HEIGHT / 2 + 4}>
              {t("log axis")}
            </text>
          )}
        </>
      )}
    </svg>
  );
}

/** The step that stands nearest to a place across the chart, in percent. */
export function nearest(percent: number, count: number): number {
  if (count <= 1) return 0;
  return Math.min(count - 1, Math.max(0, Math.round(((percent - LEFT) / WIDTH) * (count - 1))));
}

/** A layer's figure over the steps, small and without words; log scale where it varies much. */
export function Spark(props: {
  readonly values: readonly (number | null)[];
  readonly label: string;
}): JSX.Element {
  const { values, label } = props;
  const range = rangeOf(values);
  const at = (value: number): number => 16 - 12 * (range === null ? 0 : heightOf(range, value));
  const x = (i: number): string => `${across(i, values.length).toFixed(2)}%`;
  return (
    <svg class="curve spark" role="img" aria-label={label} width="100%" height="20">
      {values.map((value, i) => {
        const next = values[i + 1];
        return value !== null && next !== null && next !== undefined ? (
          <line class="path" x1={x(i)} y1={at(value)} x2={x(i + 1)} y2={at(next)} />
        ) : null;
      })}
    </svg>
  );
}
