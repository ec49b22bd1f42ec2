/** Learnable factors that keep a branch small at the start: LayerScale, SkipInit, Fixup's scalars; and gates over time that start shut. */
import type { Parameter } from "../report.ts";
import { placesOf, type Depth } from "./depth.ts";
import type { Evidence, Judgement, Remark } from "./rule.ts";
import { short } from "./rule.ts";
import { said } from "../said.ts";

const MOST = 0.2; // LayerScale starts at 0.1 down to 1e-6
const EVEN = 1e-6; // standard deviation over mean, of elements that all start at one number
const OTHERS = /norm|^(Linear|Conv|Embedding)/i; // whose vectors are no factors of a branch

const isGate = ({ kind, shape, layerType, value, requiresGrad }: Parameter): boolean =>
  kind === "parameter" &&
  requiresGrad &&
  shape.filter((n) => n > 1).length <= 1 &&
  !OTHERS.test(layerType) &&
  value.zeros === 0 &&
  Math.abs(value.mean) <= MOST &&
  value.std <= EVEN * Math.abs(value.mean);

/**
 * What is to be said of gradients that shrink over the depth by no more than such a factor: they are small by design, and grow with it.
 * Null where there is none, or where the depth takes away more than it.
 */
export function gated(evidence: Evidence, depth: Depth, maxRatio: number): Judgement | null {
  const gates = evidence.parameters.filter(isGate);
  const first = gates.toSorted((a, b) => Math.abs(a.value.mean) - Math.abs(b.value.mean))[0];
  if (!first || depth.ratio / Math.abs(first.value.mean) < maxRatio) return null;
  const more = gates.length > 1 ? said` (and ${gates.length - 1} more factors)` : "";
  return {
    at: first.definedAt ?? evidence.subjectAt,
    severity: "information",
    message: said`Gradients toward the input start at ${short(depth.ratio)} of the last layer's, since branches are multiplied by ${first.name} = ${short(first.value.mean)}${more}: they grow as it is learned.`,
    measured: { ratioOverDepth: depth.ratio, gate: first.value.mean, gates: gates.length },
    layers: [...new Set(gates.map(({ layer }) => layer))],
  };
}

const MIN_CALLS = 8; // of a recurrent cell written by hand
const SHUT = 0.1; // mean of a gate's output, up to which a state loses nine tenths at each step

/** A sigmoid that is called again and again, as a recurrent cell's, and hardly opens: what it gates is forgotten within a step. */
export function shutGate({ layers }: Evidence): Remark | null {
  const places = placesOf(layers.filter((l) => /^sigmoid$/i.test(l.type) && l.output !== null));
  const means = places.map(({ at, layers: calls }) => ({
    at,
    calls: calls.length,
    mean: Math.max(...calls.map(({ output }) => output!.mean)),
  }));
  const [least] = means
    .filter(({ calls }) => calls >= MIN_CALLS)
    .toSorted((a, b) => a.mean - b.mean);
  if (!least || least.mean > SHUT) return null;
  return {
    at: least.at,
    text: said`This gate lets ${short(least.mean)} through on average, in each of ${least.calls} calls: what it gates is forgotten within a step. A forget gate starts open with a bias of 1 or more.`,
  };
}
