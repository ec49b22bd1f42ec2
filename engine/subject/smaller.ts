/** Smaller inputs under which a model's verdicts are those of its own, best first. */
import type { Attempt, Mode, Prober } from "./probe.ts";
import type { Tried } from "./outcome.ts";
import { BATCH } from "./inputs.ts";
import { halvings, mainShape, withRows, type RowAxis } from "./reduce.ts";
import type { InputSpec, Spec } from "./spec.ts";

/** Positions per position of a padded kernel: over fewer, what lies beyond the border takes more of each layer's gain than rounding does of a rate. */
const MIN_ROOM = 4 / 3;
/** Values per channel of a batch statistic: over n of them the gradient grows by about √((n − 1) / (n − 3)) a layer, beyond what the model does. */
const MIN_SAMPLES = 16;
const MOST_SEQUENCE = 3; // axes of a shape that may be a sequence's
const STEP = 0.7; // from one number of rows to the next

export interface Smaller {
  readonly inputs: readonly InputSpec[];
  readonly tried: Tried;
}

export interface Cut {
  /** How many of `n` rows are wanted; those that a verdict needs are left until all else is small. */
  readonly rows: (n: number) => number;
  /** Sizes are our own guess: no verdict is lost with them. */
  readonly isGuess: boolean;
  /** Other axes stay as they are, and as many rows as a verdict needs. */
  readonly onlyRows?: boolean;
}

const isAtLeast = (least: number, full: number | null, less: number | null): boolean =>
  full === null || (less !== null && less >= Math.min(full, least));

/** A recurrence by hand of fewer steps is another model, and so are layers that see little but their padding. */
const isSameModel = ({ extent: full }: Attempt, { extent: less }: Attempt): boolean =>
  full?.depth === less?.depth && isAtLeast(MIN_ROOM, full?.room ?? null, less?.room ?? null);

const hasSamples = (full: Attempt, less: Attempt): boolean =>
  isAtLeast(MIN_SAMPLES, full.samples, less.samples);

/** Rows below which a verdict may be lost: of one, a saturated loss has no gradient at all, and nothing shows whether samples become alike. */
const MIN_ROWS = 4;

/** Rows that are kept as long as other axes can be made smaller; samples of a batch statistic among them. */
const leastRows = ({ samples }: Attempt, n: number, isGuess: boolean): number =>
  isGuess
    ? Math.min(n, samples === null ? 1 : samples < BATCH ? BATCH : 2)
    : Math.min(
        n,
        Math.max(MIN_ROWS, samples ? Math.ceil((n * Math.min(samples, MIN_SAMPLES)) / samples) : 0),
      );

/** `spec`, which went through as `tried` says, with fewer rows, then with other axes halved too, then with as few rows as there may be. */
export function* smaller(
  spec: Spec,
  tried: Tried,
  { rows, isGuess, onlyRows }: Cut,
  prober: Prober,
  mode: Mode,
): Generator<Smaller> {
  const asked = (inputs: readonly InputSpec[]): Tried | null => {
    const again = prober.attempt({ ...spec, inputs }, mode);
    return again.ok ? again : null;
  };
  const axis = isGuess ? 0 : rowAxis(spec, tried, asked);
  const n = mainShape(spec.inputs)?.[axis];
  if (n === undefined) return;
  const least = leastRows(tried, n, isGuess);
  for (const inputs of cuts(spec.inputs, axis, n, Math.max(least, rows(n)), least, onlyRows)) {
    const again = asked(inputs);
    if (!again) continue;
    const isFew = (mainShape(inputs)?.[axis] ?? n) < least;
    if (isGuess || (isSameModel(tried, again) && (isFew || hasSamples(tried, again))))
      yield { inputs, tried: again };
  }
}

/** What does not depend on the rows takes room as well, so that a share of them may be too much. */
function* cuts(
  inputs: readonly InputSpec[],
  axis: RowAxis,
  n: number,
  most: number,
  least: number,
  onlyRows = false,
): Generator<readonly InputSpec[]> {
  const counts: number[] = [];
  for (let count = most; count > least; count = Math.max(least, Math.floor(STEP * count)))
    counts.push(count);
  for (const count of counts) if (count !== n) yield withRows(inputs, axis, n, count);
  if (onlyRows && least !== n) yield withRows(inputs, axis, n, least);
  if (onlyRows) return;
  // One sample alone is taken of what has no other axis: images that the model wants as they are.
  const few = (mainShape(inputs)?.length ?? 0) > MOST_SEQUENCE ? [2, 1] : [2];
  for (const count of [least, ...few.filter((k) => k < least)]) {
    const fewer = withRows(inputs, axis, n, count);
    if (count !== n) yield fewer;
    yield* halvings(fewer, axis);
  }
}

/** The axis that can be cut without a step less: the second one, where the first is time. */
function rowAxis(
  { inputs }: Spec,
  tried: Tried,
  asked: (inputs: readonly InputSpec[]) => Tried | null,
): RowAxis {
  const [n = 1, ...rest] = mainShape(inputs) ?? [];
  if (n < 2 || rest.length === 0 || rest.length >= MOST_SEQUENCE) return 0;
  const half = asked(withRows(inputs, 0, n, n >> 1))?.extent;
  const { extent } = tried;
  return half && (half.steps !== extent?.steps || half.depth !== extent.depth) ? 1 : 0;
}
