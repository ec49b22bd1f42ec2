/** What is drawn over training steps, each figure as a list of numbers. */
import { t } from "./l10n.ts";
import { short } from "./numbers.ts";
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

/** The figures in the order in which they are drawn; what has nothing to say is left out. */
export function figuresOf({ steps, scales }: StepsView): readonly Figure[] {
  if (steps.length === 0) return [];
  const kept = steps.map(({ clipped }) => clipped);
  return [
    { title: t("loss"), values: steps.map(({ loss }) => loss), say: short, skipped: NONE },
    {
      title: t("length of the gradient"),
      values: steps.map(({ gradNorm }) => gradNorm),
      say: short,
      skipped: NONE,
    },
    ...(kept.some((share) => share !== 1)
      ? [{ title: t("share kept by clipping"), values: kept, say: short, skipped: NONE }]
      : []),
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
