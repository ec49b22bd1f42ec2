import type { Format, FormatId } from "../formats.ts";
import { FORMATS } from "../formats.ts";
import type { LayerRow, Magnitude, ResultView, Threshold } from "../protocol.ts";
import { magnitudeOf, read } from "../reading.ts";
import type { Quantity } from "../reading.ts";
import { t } from "../l10n.ts";
import { counterparts } from "../counterparts.ts";
import { share } from "../share.ts";
import type { Choice } from "../state.ts";
import { axisOf } from "./axis.ts";
import type { Axis } from "./axis.ts";
import { rulerOf } from "./ruler.ts";

/** Bars over a log axis; `against`: the rows of the run to compare with, by id. */
export interface DepthLook {
  readonly kind: "depth";
  readonly quantity: Quantity;
  readonly axis: Axis;
  readonly thresholds: readonly Threshold[];
  readonly against: ReadonlyMap<string, LayerRow> | null;
}

/** Exponents as a heat map over depth, coloured by what the format makes of them at 2^scale. */
export interface FormatsLook {
  readonly kind: "formats";
  readonly quantity: Quantity;
  readonly format: Format;
  /** 0 for activations: the loss scale does not reach them. */
  readonly scale: number;
  /** Exponents 2^min … 2^max over the column's width, max exclusive. */
  readonly bins: { readonly min: number; readonly max: number };
}

/** Bars of update over weight on a log axis, at one training step. */
export interface StepsLook {
  readonly kind: "steps";
  readonly axis: Axis;
  readonly thresholds: readonly Threshold[];
  /** From 0; that of the first where only the first was measured. */
  readonly step: number;
}

/** How the rows are drawn: equal for all of them, and the same object while nothing of it changes. */
export type Look = DepthLook | FormatsLook | StepsLook;

/** Exponents beyond these are drawn at the edge. */
const FURTHEST = { min: -60, max: 40 } as const;

/** The tensors that a quantity speaks of, in forward order. */
export const magnitudesOf = (rows: readonly LayerRow[], quantity: Quantity): readonly Magnitude[] =>
  rows.flatMap((row) => {
    const magnitude = magnitudeOf(read(row, quantity));
    return magnitude === null ? [] : [magnitude];
  });

/** The exponents that occur, and float16's at loss scale 1. */
export function binsOf(magnitudes: readonly Magnitude[]): FormatsLook["bins"] {
  let [min, max] = [-26, 2];
  for (const { exponents } of magnitudes) {
    exponents.counts.forEach((count, i) => {
      if (count === 0) return;
      min = Math.min(min, exponents.min + i);
      max = Math.max(max, exponents.min + i + 1);
    });
  }
  return { min: Math.max(min, FURTHEST.min), max: Math.min(max, FURTHEST.max) };
}

/** What a loss scale multiplies. */
export const isScaled = (quantity: Quantity): boolean => quantity !== "activations";

let lastRows: readonly LayerRow[] | undefined;
let lastQuantity: Quantity | undefined;
let lastBins: FormatsLook["bins"] = { min: 0, max: 1 };
let lastLook: Look | undefined;
let lastCompared: readonly unknown[] = [];
let lastMap: ReadonlyMap<string, LayerRow> | null = null;

function compared({ rows, against }: ResultView): ReadonlyMap<string, LayerRow> | null {
  const others = against?.rows;
  if (lastCompared[0] === rows && lastCompared[1] === others) return lastMap;
  lastCompared = [rows, others];
  lastMap = others === undefined ? null : counterparts(rows, others);
  return lastMap;
}

function depthLook(result: ResultView, quantity: Quantity): DepthLook {
  const { axis, thresholds } = rulerOf(result, quantity);
  const against = compared(result);
  return keep({ kind: "depth", quantity, axis, thresholds, against });
}

function formatsLook(
  { rows }: ResultView,
  { quantity, format, scale }: Pick<Choice, "quantity" | "scale"> & { readonly format: FormatId },
): FormatsLook {
  if (rows !== lastRows || quantity !== lastQuantity) {
    lastBins = share(lastBins, binsOf(magnitudesOf(rows, quantity)));
    [lastRows, lastQuantity] = [rows, quantity];
  }
  return keep({
    kind: "formats",
    quantity,
    format: FORMATS[format],
    scale: isScaled(quantity) ? scale : 0,
    bins: lastBins,
  });
}

/** What a weight is usually changed by in a step, and its own size. Source: Karpathy, CS231n, "Ratio of weights:updates". */
const RATIOS = (): readonly Threshold[] => [
  { value: 1e-3, label: t("usual, 10⁻³") },
  { value: 1, label: t("the weight’s own size") },
];
let lastRatios:
  { rows: readonly LayerRow[]; axis: Axis; thresholds: readonly Threshold[] } | undefined;

function stepsLook({ rows }: ResultView, step: number): StepsLook {
  if (lastRatios?.rows !== rows) {
    const ratios = rows.flatMap(({ parameters }) =>
      parameters.flatMap(({ updates }) => updates.map((ratio) => ratio ?? 0)),
    );
    const axis = share(lastRatios?.axis, axisOf(ratios, [-5, 1]));
    lastRatios = { rows, axis, thresholds: lastRatios?.thresholds ?? RATIOS() };
  }
  const { axis, thresholds } = lastRatios;
  return keep({ kind: "steps", axis, thresholds, step });
}

/** The step that is read off: the last where fewer were made than before. */
export const stepOf = ({ steps }: ResultView, step: number): number =>
  Math.max(0, Math.min(step, (steps?.steps.length ?? 0) - 1));

/** The look of the view on show. */
export function lookOf(state: Choice, result: ResultView): Look {
  switch (state.tab) {
    case "formats":
      return formatsLook(result, state);
    case "steps":
      return stepsLook(result, stepOf(result, state.step));
    case "layers":
    case "findings":
      return depthLook(result, state.quantity);
  }
}

/** The look before where every part is the same: rows compare it by identity. */
function keep<L extends Look>(look: L): L {
  const before: Readonly<Record<string, unknown>> | undefined = lastLook && { ...lastLook };
  const isSame = before && Object.entries(look).every(([key, value]) => before[key] === value);
  if (!isSame) lastLook = look;
  return lastLook as L;
}
