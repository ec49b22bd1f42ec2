/** What depth does to the signal on its way forward: its size, and how far inputs still differ in it. */
import type { Layer, Said } from "../report.ts";
import { median } from "../numeric/median.ts";
import { said } from "../said.ts";
import type { Evidence } from "./rule.ts";
import { short } from "./rule.ts";

const END_SHARE = 0.2; // part of the layers at either end that stands for "first", "last"
const LEAST_ENDS = 2; // layers of an end

/** A number of each layer with weights, in forward order: at the first layers and at the last, and the factor from layer to layer. */
export interface Course {
  readonly first: number;
  readonly last: number;
  readonly rate: number;
  readonly layers: number;
}

function courseOf(
  { layers, parameters }: Evidence,
  of: (l: Layer) => number,
  start: (values: readonly number[]) => number | null,
): Course | null {
  const owners = new Set(parameters.filter((p) => p.shape.length > 1).map((p) => p.layer));
  const values = layers
    .filter((l) => !l.functional && owners.has(l.path))
    .map(of)
    .filter((value) => value > 0);
  const n = Math.max(LEAST_ENDS, Math.round(values.length * END_SHARE));
  const first = start(values.slice(0, n));
  const last = median(values.slice(-n));
  if (first === null || last === null || values.length < 2 * n) return null;
  return { first, last, rate: (last / first) ** (1 / (values.length - n)), layers: values.length };
}

/** rms of the outputs. */
export const sizeOf = (evidence: Evidence): Course | null =>
  courseOf(evidence, (l) => l.output?.rms ?? 0, median);

/** Relative difference between samples, or between tokens: two layers of attention without skips may take all of it, so the largest of the first counts. */
export const variety = (evidence: Evidence): Course | null =>
  courseOf(
    evidence,
    (l) => l.difference ?? 0,
    (values) => Math.max(...values),
  );

const MIN_CHANGE = 3; // of size or difference from end to end, from which on it is worth a sentence

/** Half of a finding on gradients: what the same depth does forward; empty where it does little. */
export function forwardText(evidence: Evidence): Said | "" {
  const [size, differs] = [sizeOf(evidence), variety(evidence)];
  const isFar = (c: Course | null): c is Course =>
    c !== null && Math.abs(Math.log(c.last / c.first)) > Math.log(MIN_CHANGE);
  const alike =
    isFar(differs) && differs.last < differs.first
      ? said` Inputs that differ by ${short(differs.first)} of their length at first differ by ${short(differs.last)} at last.`
      : "";
  if (!isFar(size)) return alike;
  return said` Forward, activations go ×${short(size.rate)} a layer (rms ${short(size.first)} → ${short(size.last)}).${alike}`;
}
