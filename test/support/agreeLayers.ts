/** Do a report's layers agree with what PyTorch's hooks saw? float64 only: one tolerance, 1e-7. */
import type { Layer, Report } from "../../engine/report.ts";
import type { Difference } from "./agree.ts";
import { relative } from "./allclose.ts";
import type { WitnessLayer, WitnessRun } from "./witness.ts";

const TOLERANCE = 1e-7;
const ZERO = 1e-6; // float64 norm as a share of float32's below which a gradient is rounding only

const key = ({ path, call }: { readonly path: string; readonly call: number }): string =>
  `${path}#${String(call)}`;

/**
 * Leaf modules whose output is one tensor: output's and output gradient's l2 per call. Both runs must have been
 * asked for `layers`; the float32 run tells which gradients are rounding noise.
 */
export function layerDifferences(report: Report, f32: WitnessRun, f64: WitnessRun): Difference[] {
  const ours = new Map(
    report.layers.filter((layer) => !layer.functional).map((layer) => [key(layer), layer]),
  );
  const rough = new Map((f32.layers ?? []).map((layer) => [key(layer), layer]));
  return (f64.layers ?? []).flatMap((theirs) => {
    const mine = ours.get(key(theirs));
    if (!mine)
      return [{ what: `layer ${key(theirs)}`, ours: "absent", theirs: theirs.type, off: Infinity }];
    return inLayer(mine, theirs, rough.get(key(theirs)));
  });
}

function inLayer(mine: Layer, theirs: WitnessLayer, rough: WitnessLayer | undefined): Difference[] {
  const found: Difference[] = [];
  const compare = (what: string, ours: number | undefined, expected: number): void => {
    const off = relative(ours ?? NaN, expected);
    if (off <= TOLERANCE) return;
    found.push({
      what: `${key(theirs)} ${what}`,
      ours: String(ours),
      theirs: String(expected),
      off,
    });
  };
  if (mine.type !== theirs.type) {
    found.push({
      what: `${key(theirs)} type`,
      ours: mine.type,
      theirs: theirs.type,
      off: Infinity,
    });
  }
  compare("output", mine.output?.l2, theirs.l2);
  if (theirs.gradL2 === null) return found;
  const noise = (rough?.gradL2 ?? 0) * ZERO;
  if (theirs.gradL2 <= noise && (mine.outputGrad?.l2 ?? Infinity) <= noise) return found;
  compare("output's gradient", mine.outputGrad?.l2, theirs.gradL2);
  return found;
}
