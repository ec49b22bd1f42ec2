/** What is drawn over training steps, each figure as a list of numbers. */
import { t } from "./l10n.ts";
import { telling } from "./numbers.ts";
import type { StepsView } from "./protocol.ts";

export interface Figure {
  readonly title: string;
  /** By step; null: not finite. It may end before other figures of the same run, or after them. */
  readonly values: readonly (number | null)[];
  readonly say: (value: number) => string;
  /** Steps that the optimizer did not make, from 0. */
  readonly skipped: ReadonlySet<number>;
}

const NONE: ReadonlySet<number> = new Set();

const figure = (title: string, values: Figure["values"]): Figure => ({
  title,
  values,
  say: telling(values),
  skipped: NONE,
});

/** The figures in the order in which they are drawn; what has nothing to say is left out. */
export function figuresOf({ steps, scales }: StepsView): readonly Figure[] {
  if (steps.length === 0) return [];
  const kept = steps.map(({ clipped }) => clipped);
  return [
    figure(
      t("loss"),
      steps.map(({ loss }) => loss),
    ),
    figure(
      t("length of the gradient"),
      steps.map(({ gradNorm }) => gradNorm),
    ),
    ...(kept.some((share) => share !== 1) ? [figure(t("share kept by clipping"), kept)] : []),
    ...(scales.length > 0
      ? [
          {
            title: t("loss scale in float16"),
            values: scales.map(({ scale }) => scale),
            say: String,
            skipped: new Set(scales.flatMap(({ isSkipped }, i) => (isSkipped ? [i] : []))),
          },
        ]
      : []),
  ];
}

/** Steps of the longest figure: all share one axis. */
export const mostSteps = (figures: readonly Figure[]): number =>
  Math.max(0, ...figures.map(({ values }) => values.length));

/** `0.21`, `65536, skipped`; "" behind the figure's end. */
export function valueText({ values, say, skipped }: Figure, step: number): string {
  const value = values[step];
  if (value === undefined) return "";
  const text = value === null ? t("not finite") : say(value);
  return skipped.has(step) ? t("{0}, step skipped", text) : text;
}
