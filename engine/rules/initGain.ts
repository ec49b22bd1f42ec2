import type { Layer, Parameter } from "../report.ts";
import { spread } from "./cause.ts";
import { depthOf } from "./depth.ts";
import { initialiseAll } from "./remedies.ts";
import type { Evidence, Judgement } from "./rule.ts";
import { defineRule, editPlace, short } from "./rule.ts";
import { said } from "../said.ts";
import { swampedOf, swampedRemedies } from "./swamped.ts";

/** σ √fan_in; He's for ReLU is √2. Of 240 healthy public models the largest is 11.4, on a classifier drawn by its fan-out. */
const MAX_GAIN = 16;
const MIN_FAN_IN = 16; // below, a large deviation makes no large output
const MAX_RATIO = 1e3; // as in gradient-exploding
const NORM = /norm/i;

interface Loud {
  readonly layer: Layer;
  readonly std: number;
  readonly fanIn: number;
  readonly gain: number;
}

/** Layers whose output is far larger than their input, and that no normalisation follows: it would take the size out again. */
function loudOf(layers: readonly Layer[], parameters: readonly Parameter[]): Loud[] {
  const normalised = new Set(
    layers.filter((l) => NORM.test(l.type) && l.from !== null).map((l) => l.from),
  );
  const seen = new Set<string>();
  return layers.flatMap((layer, i) => {
    if (layer.functional || normalised.has(i) || seen.has(layer.path)) return [];
    if (!/^(Linear|Conv[123]d)$/.test(layer.type)) return [];
    seen.add(layer.path);
    const found = spread(layer, parameters);
    return found && found.fanIn >= MIN_FAN_IN ? [{ layer, ...found }] : [];
  });
}

const gains = ({ layers, parameters }: Evidence): Loud[] =>
  loudOf(layers, parameters).sort((a, b) => b.gain - a.gain);

/** An embedding that leaves nothing of what it is added to. */
function swamping(evidence: Evidence): Judgement[] {
  const found = swampedOf(evidence);
  if (!found) return [];
  const { large, small } = found;
  const ratio = large.rms / small.rms;
  return [
    {
      at: large.at ?? evidence.subjectAt,
      message: said`${large.name} has an rms of ${short(large.rms)}, ×${short(ratio)} that of what ${small.name} makes in the same shape: in their sum the input is lost.`,
      measured: { rms: large.rms, beside: small.rms, ratio },
      ...(small.at && {
        related: [{ at: small.at, text: said`${small.name}: rms ${short(small.rms)}.` }],
      }),
      layers: [small.name],
    },
  ];
}

/**
 * init-gain: weights are drawn so large that a layer's outputs are many times its inputs: after it activations saturate, scores are far
 * from even, and the first steps only shrink them.
 *
 * σ √fan_in is the factor for centred inputs; He's initialisation for ReLU has √2, Glorot's about 1, PyTorch's default 0.58. Weights of unit
 * variance have √fan_in. Not told where a normalisation takes the size out again, nor where gradients explode over the depth: one finding
 * tells it.
 *
 * An embedding, looked up or a parameter of its own, whose rms is above five and thirty times that of what a layer makes in the same shape
 * leaves nothing of the input in their sum; transformers' embeddings start at 0.02.
 *
 * What helps: He or Glorot initialisation with the gain of the activation used.
 *
 * Source: Glorot and Bengio, AISTATS 2010; He et al., ICCV 2015; threshold: above all healthy public models measured here.
 */
export const initGain = defineRule({
  code: "init-gain",
  severity: "warning",
  title: "Weights are drawn far too large",
  limits: { maxGain: MAX_GAIN },
  check: (evidence, limits) => {
    const loud = gains(evidence).filter(({ gain }) => gain > limits.maxGain);
    const [first] = loud;
    if (!first) return swamping(evidence);
    if ((depthOf(evidence)?.ratio ?? 1) > MAX_RATIO) return [];
    const more = loud.length > 1 ? said` (and ${loud.length - 1} more)` : "";
    return [
      {
        at: editPlace(first.layer) ?? evidence.subjectAt,
        message: said`${first.layer.path}.weight${more} has a standard deviation of ${short(first.std)} over ${first.fanIn} inputs: its outputs are ×${short(first.gain)} its inputs, where ReLU wants √2.`,
        measured: { gain: first.gain, std: first.std, fanIn: first.fanIn, layers: loud.length },
        layers: loud.map(({ layer }) => layer.path),
      },
    ];
  },
  remedies: (evidence) => [...swampedRemedies(evidence), [initialiseAll(evidence)]],
  gauge: (evidence) =>
    swampedOf(evidence)
      ? null
      : { name: said`largest σ√fan_in`, value: gains(evidence)[0]?.gain ?? 1 },
});
