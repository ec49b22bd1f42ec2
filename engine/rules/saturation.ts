import type { Layer, Stats } from "../report.ts";
import { spread } from "./cause.ts";
import { initialiseAll, normaliseAll } from "./remedies.ts";
import { defineRule, editPlace, short, type Evidence, type Remark } from "./rule.ts";
import { said } from "../said.ts";

const MIN_SLOPE = 0.1; // mean derivative over the largest one
const ONE_SIDED = 0.1; // part of that limit where all outputs lie together: a head that starts at a rare class's probability of 0.01 has 0.04
const MIN_COUNT = 64; // outputs: fewer say nothing about a mean

interface Saturated {
  readonly layer: Layer;
  /** Mean derivative over its largest possible value. */
  readonly slope: number;
  /** Outputs lie at both ends, not together at one. */
  readonly isSpread: boolean;
}

/** Mean of the derivative over all outputs, in units of its maximum: exact, since both derivatives are polynomials of the output. */
function slopeOf(type: string, { mean, rms }: Stats): number | null {
  if (/^tanh$/i.test(type)) return 1 - rms * rms; // tanh' = 1 − y²
  if (/^sigmoid$/i.test(type)) return 4 * (mean - rms * rms); // σ' = y − y², at most 1/4
  return null;
}

/** The variance is more than half of the largest that outputs with this mean can have. */
function isSpread(type: string, { mean, std }: Stats): boolean {
  const most = /^tanh$/i.test(type) ? 1 - mean * mean : mean * (1 - mean);
  return std * std > most / 2;
}

const slopesOf = (layers: readonly Layer[]): Saturated[] =>
  layers.flatMap((layer) => {
    const { output } = layer;
    if (!output || output.count < MIN_COUNT || output.nans + output.infs > 0) return [];
    const slope = slopeOf(layer.type, output);
    return slope === null ? [] : [{ layer, slope, isSpread: isSpread(layer.type, output) }];
  });

/** Whether the weights before it or what those are given make its input so large. */
function causeOf(layer: Layer, { layers, parameters }: Evidence): Remark | null {
  const before = layer.from === null ? undefined : layers[layer.from];
  const weights = before ? spread(before, parameters) : null;
  const at = before && editPlace(before);
  if (!weights || !before?.output || !at) return null;
  const { rms } = before.output;
  return {
    at,
    text: said`${before.path || before.type} gives numbers of rms ${short(rms)}: its weights multiply lengths by σ√fan_in = ${short(weights.gain)}, so what it is given has an rms of about ${short(rms / weights.gain)}.`,
  };
}

/**
 * activation-saturated: a sigmoid or tanh is driven so far to its ends that its mean derivative is below a tenth of the largest; what
 * comes back through it is as good as lost.
 *
 * The mean derivative is exact: 1 − mean(y²) for tanh, mean(y) − mean(y²) for the sigmoid.
 *
 * Where all outputs lie together at one end, a bias put them there, often on purpose: then a hundredth is the limit.
 *
 * The cause says whether the weights before it are too large, or what those are given.
 *
 * What helps: smaller weights before it (Glorot initialisation), inputs scaled to unit variance, a normalisation before it, a rectifier in
 * its place.
 *
 * Source: Glorot and Bengio, AISTATS 2010, section 3; threshold: a tenth, met where pre-activations have a standard deviation of
 * 8 (tanh) or 16 (sigmoid); DeepDiagnosis (ICSE 2022) calls |x| ≥ 5 in more than half of them saturated.
 */
export const saturation = defineRule({
  code: "activation-saturated",
  severity: "warning",
  title: "A sigmoid or tanh is saturated",
  limits: { minSlope: MIN_SLOPE },
  check: (evidence, limits) => {
    const { layers, subjectAt } = evidence;
    const hit = slopesOf(layers).filter(
      ({ slope, isSpread }) => slope < limits.minSlope * (isSpread ? 1 : ONE_SIDED),
    );
    const [first] = hit;
    if (!first) return [];
    const cause = causeOf(first.layer, evidence);
    const more = hit.length > 1 ? said`, the first of ${hit.length},` : "";
    return [
      {
        at: editPlace(first.layer) ?? subjectAt,
        message: said`${first.layer.path || first.layer.type}${more} is saturated: its mean slope is ${short(first.slope)} of the largest possible.`,
        measured: { slope: first.slope, layers: hit.length },
        ...(cause && { cause }),
        layers: hit.map(({ layer }) => layer.path),
      },
    ];
  },
  remedies: (evidence) => [[initialiseAll(evidence)], [normaliseAll(evidence)]],
  gauge: ({ layers }) => ({
    name: said`mean slope`,
    value: Math.min(1, ...slopesOf(layers).map(({ slope }) => slope)),
  }),
});
