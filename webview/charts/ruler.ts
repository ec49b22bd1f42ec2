import { spreadOf } from "../percentiles.ts";
import type { LayerRow, ResultView, Threshold } from "../protocol.ts";
import { magnitudeOf, read, readParameter } from "../reading.ts";
import type { Quantity } from "../reading.ts";
import { share } from "../share.ts";
import { axisOf } from "./axis.ts";
import type { Axis } from "./axis.ts";

/** Decades always in sight: float16's smallest subnormal, 6·10⁻⁸, and for activations its largest number. */
const WITHIN: { readonly [Q in Quantity]: readonly [number, number] } = {
  weightGradients: [-8, 0],
  activationGradients: [-8, 0],
  activations: [-8, 5],
};

function drawnValues(row: LayerRow, quantity: Quantity): readonly number[] {
  const main = magnitudeOf(read(row, quantity));
  const spread = main && spreadOf(main);
  const own = [main?.rms ?? 0, spread?.low ?? 0, spread?.high ?? 0];
  if (quantity !== "weightGradients") return own;
  const others = row.parameters.map((parameter) => magnitudeOf(readParameter(parameter))?.rms ?? 0);
  return [...own, ...others, row.outputGrad?.rms ?? 0];
}

interface Ruler {
  readonly rows: readonly LayerRow[];
  readonly others: readonly LayerRow[] | undefined;
  readonly quantity: Quantity;
  readonly all: readonly Threshold[];
  readonly axis: Axis;
  readonly thresholds: readonly Threshold[];
}

let last: Ruler | undefined;

/**
 * The axis of a result and the thresholds that it reaches. They stay the same objects while they are
 * equal, since rows compare them by identity.
 */
export function rulerOf(result: ResultView, quantity: Quantity): Ruler {
  const { rows, thresholds: all } = result;
  const others = result.against?.rows;
  const isSame = last?.rows === rows && last.others === others && last.all === all;
  if (last && isSame && last.quantity === quantity) return last;
  const values = [...rows, ...(others ?? [])].flatMap((row) => drawnValues(row, quantity));
  const axis = share(last?.axis, axisOf(values, WITHIN[quantity]));
  const reached = all.filter(({ value }) => value >= 10 ** axis.min && value <= 10 ** axis.max);
  last = { rows, others, quantity, all, axis, thresholds: share(last?.thresholds, reached) };
  return last;
}
