/** Why a gradient shrinks or grows with depth: what was measured beside what theory makes of the weights and inputs found. */
import type { Layer, Parameter } from "../report.ts";
import { normReluRate, reach, slopeOf } from "./meanField.ts";
import type { Evidence } from "./rule.ts";
import { short } from "./rule.ts";
import { said, type Sentence } from "../said.ts";

/** What theory says that a kind of layer passes of a gradient's length. */
export interface Theory {
  readonly factor: number;
  /** Half a sentence. */
  readonly text: Sentence;
}

/** Their slope needs no argument that the report does not have. */
const PLAIN = /^(sigmoid|hard_?sigmoid|tanh|relu6?|gelu|silu|selu|softsign|mish)$/i;
const WEIGHTED = /^(Linear|Conv[123]d)$/;
const DEFAULT_GAIN = 1 / Math.sqrt(3); // kaiming_uniform_ with a = √5: U(±1/√fan_in)
const NEAR = 0.03; // of a gain: still that of the default initialisation
const MOST_SHIFTED = 0.5; // |mean| over standard deviation, up to which weights count as centred

const geometric = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

const weightOf = (l: Layer, parameters: readonly Parameter[]): Parameter | undefined =>
  parameters.find((p) => p.layer === l.path && p.shape.length > 1 && /(^|\.)weight$/.test(p.name));

/** σ √fan_in of a layer's weights; null where they are not centred: then theory is another. */
export function spread(l: Layer, parameters: readonly Parameter[]) {
  const p = weightOf(l, parameters);
  if (!p || p.value.std === 0 || Math.abs(p.value.mean) > MOST_SHIFTED * p.value.std) return null;
  const fanIn = p.shape.slice(1).reduce((a, b) => a * b, 1);
  return { std: p.value.std, fanIn, gain: p.value.std * Math.sqrt(fanIn) };
}

function ofWeights(layers: readonly Layer[], parameters: readonly Parameter[]): Theory | null {
  const found = layers.flatMap((l) => spread(l, parameters) ?? []);
  if (found.length === 0) return null;
  const gain = geometric(found.map((s) => s.gain));
  const one = found[found.length >> 1]!;
  const isDefault = found.every((s) => Math.abs(s.gain / DEFAULT_GAIN - 1) < NEAR);
  const why = isDefault
    ? said`PyTorch's default initialisation U(±1/√fan_in) has variance 1/(3 fan_in), and passes 1/√3`
    : said`weights of standard deviation ${short(one.std)} over ${one.fanIn} inputs pass σ√fan_in`;
  return { factor: gain, text: said`${why} = ×${short(gain)}` };
}

function ofSlope(type: string, layers: readonly Layer[], all: readonly Layer[]): Theory | null {
  const inputs = layers.flatMap((l) => {
    const before = l.from === null ? null : all[l.from]?.output;
    return before && before.std > 0 && before.nans + before.infs === 0 ? [before] : [];
  });
  const slopes = inputs.map((s) => slopeOf(type, s.mean, s.std) ?? 0).filter((s) => s > 0);
  if (slopes.length === 0) return null;
  const factor = geometric(slopes);
  const name = type.toLowerCase();
  const at = `${short(mean(inputs.map((s) => s.mean)))} ± ${short(mean(inputs.map((s) => s.std)))}`;
  const limit = name === "sigmoid" ? said`, at most 1/4,` : "";
  return {
    factor,
    text: said`the rms slope of ${name}${limit} is ×${short(factor)} over normal inputs of ${at}`,
  };
}

/** What one kind of layer should pass, from its weights or from its inputs; null where theory has no word. */
export function theoryOf(
  type: string,
  layers: readonly Layer[],
  { layers: all, parameters }: Evidence,
): Theory | null {
  if (WEIGHTED.test(type)) return ofWeights(layers, parameters);
  return PLAIN.test(type) ? ofSlope(type, layers, all) : null;
}

/** √χ₁ of a network of one activation after each layer with weights, and how many layers a gradient reaches. */
function together(kinds: readonly { readonly type: string; readonly theory: Theory | null }[]) {
  const weights = kinds.filter((k) => WEIGHTED.test(k.type) && k.theory);
  const slopes = kinds.filter((k) => PLAIN.test(k.type) && k.theory);
  if (weights.length !== 1 || slopes.length !== 1) return "";
  const root = weights[0]!.theory!.factor * slopes[0]!.theory!.factor;
  const far = reach(root * root);
  const layers = far > 1000 ? "" : said`, and a gradient reaches about ${short(far)} layers (6 ξ)`;
  return said` Mean-field theory: √χ₁ = ${short(root)} a layer${layers}.`;
}

const MIN_SUMS = 0.2; // of the layers with weights: that many take no layer's output, but what an operation made of several

const SUMS = said` What goes past a block is added to its result, so a branch that passes ×g makes √(1 + g²) of the gradient: branches scaled by 1/√blocks keep it.`;

/** Blocks that add to what goes past them. */
function isResidual(layers: readonly Layer[]): boolean {
  const weighted = layers.filter((l) => WEIGHTED.test(l.type)).slice(1);
  const sums = weighted.filter((l) => l.from === null);
  return sums.length > MIN_SUMS * weighted.length;
}

/** Batch normalisation makes gradients grow by itself, by a rate that the batch sets. */
function ofNorm(layers: readonly Layer[]): Sentence {
  const norms = layers.filter((l) => /^BatchNorm|^batch_norm$/.test(l.type));
  const batch = norms[0]?.outputShape[0] ?? 0;
  if (norms.length < 2 || !layers.some((l) => /^relu$/i.test(l.type))) return "";
  const isFlat = norms.every((l) => l.outputShape.length === 2);
  const rate = isFlat ? normReluRate(batch) : null;
  return rate
    ? said` Batch normalisation with ReLU over a batch of ${batch}: ×${short(Math.sqrt(rate))} a layer in theory (Yang et al. 2019).`
    : said` Batch normalisation with ReLU multiplies by at least √(π/(π−1)) = 1.21 a layer, more over few values; the batch here is ${batch}.`;
}

/** ` Singular values of ∂output/∂input: …`, where they were computed. */
function isometry({ jacobians }: Evidence): Sentence {
  const whole = jacobians?.whole;
  return whole
    ? said` Singular values of ∂output/∂input: root mean square ${short(whole.rms)}, largest ${short(whole.largest)}; dynamical isometry would be 1 and 1.`
    : "";
}

/** The measured kinds, strongest first, beside theory: the text of a finding's cause. */
export function causeText(
  kinds: readonly {
    readonly type: string;
    readonly factor: number;
    readonly layers: readonly Layer[];
  }[],
  evidence: Evidence,
  sign: 1 | -1,
): Sentence | null {
  const known = kinds.map((k) => ({ ...k, theory: theoryOf(k.type, k.layers, evidence) }));
  const [first] = known;
  const [norm, spectrum] = [ofNorm(evidence.layers), isometry(evidence)];
  if (!first || (!first.theory && !norm && !spectrum)) return null;
  if (!first.theory)
    return said`Measured ×${short(first.factor)} for each ${first.type}.${norm}${spectrum}`;
  const further = isResidual(evidence.layers) ? (sign > 0 ? SUMS : "") : together(known);
  return said`Measured ×${short(first.factor)}; ${first.theory.text}.${further}${norm}${spectrum}`;
}
