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
  const ours = inOrder(report.layers.filter((layer) => !layer.functional));
  const rough = new Map((f32.layers ?? []).map((layer) => [key(layer), layer]));
  return (f64.layers ?? []).flatMap((theirs) => {
    const mine = ours.get(key(theirs));
    if (!mine)
      return [{ what: `layer ${key(theirs)}`, ours: "absent", theirs: theirs.type, off: Infinity }];
    return inLayer(mine, theirs, rough.get(key(theirs)));
  });
}

/** Calls by path and turn; a report counts the calls of one place in the source, PyTorch's hooks count a module's. */
function inOrder(layers: readonly Layer[]): Map<string, Layer> {
  const turns = new Map<string, number>();
  return new Map(
    layers.map((layer) => {
      const call = turns.get(layer.path) ?? 0;
      turns.set(layer.path, call + 1);
      return [key({ path: layer.path, call }), layer];
    }),
  );
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
  // A hook gets zeros where nothing flows (a penalty on gradients through pieces of straight lines).
  const nothing = theirs.gradL2 === 0 ? 0 : undefined;
  compare("output's gradient", mine.outputGrad?.l2 ?? nothing, theirs.gradL2);
  return found;
}
