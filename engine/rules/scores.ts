/** Where scores that are too large come from: what stands before a softmax or makes the logits, beside what theory has there. */
import type { Layer, Parameter, Said } from "../report.ts";
import { said } from "../said.ts";
import { spread } from "./cause.ts";
import type { Evidence, Judgement } from "./rule.ts";
import { editPlace, short } from "./rule.ts";

type Cause = NonNullable<Judgement["cause"]>;

/** Products of queries with keys, as layers are recorded. */
const PRODUCT = /^(matmul|bmm|baddbmm|einsum)$/;
const LARGE_GAIN = 1.5; // σ√fan_in, from which on a projection is named: He's is √2, unit variance's √fan_in
const LARGE_SCORE = 2; // σ√d of an output layer, from which on it is named; 1 keeps lengths
export const LARGE_PRODUCT = 3; // standard deviation of the scores, from which on the product itself is named

/** A layer whose outputs are scores where something is done to them before a softmax: a router, a head under a temperature. */
const SCORER = /^(Linear|linear|Conv2d)$/;

/** What a softmax is given. */
export interface Scores {
  readonly product: Layer;
  readonly std: number;
  /** Nothing but views between the product and the softmax. */
  readonly isDirect: boolean;
  /** Channels that the product sums over; null: unknown. */
  readonly channels: number | null;
}

/** Width of what a layer gives to one head; a third of it where queries, keys and values are projected at once. */
function headWidth(layer: Layer, heads: number, parameters: readonly Parameter[]): number | null {
  const [out = 0, into = 0] = parameters.find((p) => p.layer === layer.path)?.shape ?? [];
  const isFused = layer.type === "Linear" && out === 3 * into;
  const width = (layer.outputShape.at(-1) ?? 0) / (isFused ? 3 : 1) / heads;
  return Number.isInteger(width) && width > 1 ? width : null;
}

/** The product that a softmax's scores come from: its input itself, or the last of the same shape before it. */
export function scoresOf(softmax: Layer, { layers, parameters }: Evidence): Scores | null {
  const direct = softmax.from === null ? undefined : layers[softmax.from];
  const shape = String(softmax.outputShape);
  const product =
    direct ??
    layers
      .slice(0, layers.indexOf(softmax))
      .findLast(
        (l) => (PRODUCT.test(l.type) || SCORER.test(l.type)) && String(l.outputShape) === shape,
      );
  if (!product?.output || (direct !== undefined && !PRODUCT.test(product.type))) return null;
  const source = product.from === null ? undefined : layers[product.from];
  const heads = softmax.outputShape.length === 4 ? (softmax.outputShape[1] ?? 1) : 1;
  return {
    product,
    std: product.output.std,
    isDirect: direct !== undefined,
    channels: source && PRODUCT.test(product.type) ? headWidth(source, heads, parameters) : null,
  };
}

/** The linear layers between the product before and this one that make what they are given much longer. */
function largeProjections(product: Layer, { layers, parameters }: Evidence) {
  const until = layers.indexOf(product);
  const from = layers.findLastIndex((l, i) => i < until && PRODUCT.test(l.type)) + 1;
  return layers.slice(from, until).flatMap((layer) => {
    const found = layer.type === "Linear" ? spread(layer, parameters) : null;
    return found && found.gain > LARGE_GAIN ? [{ layer, ...found }] : [];
  });
}

const ofWeights = ({ std, fanIn, gain }: { std: number; fanIn: number; gain: number }): Said =>
  said`weights of standard deviation ${short(std)} over ${fanIn} inputs multiply lengths by σ√fan_in = ${short(gain)}`;

/** Why the scores before a softmax are so large: a division that is missing, projections that are too long, or what comes after both. */
export function scoresCause(scores: Scores, evidence: Evidence): Cause | null {
  const { product, std, isDirect, channels } = scores;
  const at = editPlace(product);
  if (!at) return null;
  const texts: Said[] = [
    said`The scores of ${SCORER.test(product.type) ? product.path || product.type : said`the ${product.type}`} have a standard deviation of ${short(std)}`,
  ];
  if (isDirect && std > LARGE_PRODUCT)
    texts.push(
      channels === null
        ? said`nothing divides them by √d before the softmax`
        : said`nothing divides them by √d before the softmax; by √${channels} = ${short(Math.sqrt(channels))} it would be ${short(std / Math.sqrt(channels))}`,
    );
  if (std <= LARGE_PRODUCT)
    texts.push(said`what is done to them before the softmax makes them large`);
  const [first] = largeProjections(product, evidence);
  if (first) texts.push(said`${first.layer.path}: ${ofWeights(first)}`);
  return { at, text: said`${texts.reduce((a, b) => said`${a}; ${b}`)}.` };
}

/** Why the first scores over `classes` are so large: an embedding of unit variance that is the output layer as well, or its own weights. */
export function logitsCause(head: Layer, classes: number, evidence: Evidence): Cause | null {
  const { layers, parameters } = evidence;
  const own = head.functional ? null : spread(head, parameters);
  if (own && head.definedAt) {
    if (own.gain < LARGE_SCORE) return null;
    const input = head.from === null ? null : layers[head.from]?.output;
    const given = input ? said`; its input has an rms of ${short(input.rms)}` : "";
    return { at: head.definedAt, text: said`${head.path}: ${ofWeights(own)}${given}.` };
  }
  // Without a weight of its own the output layer has the embedding's, where no other has that many rows or columns.
  const [tied, ...others] = parameters.filter(
    (p) => p.shape.length === 2 && p.shape.includes(classes),
  );
  if (tied?.layerType !== "Embedding" || others.length > 0 || !tied.definedAt) return null;
  const width = tied.shape[1] ?? 1;
  const score = tied.value.std * Math.sqrt(width);
  if (tied.shape[0] !== classes || score < LARGE_SCORE) return null;
  return {
    at: tied.definedAt,
    text: said`${tied.name} is the weight of the output layer as well, with a standard deviation of ${short(tied.value.std)} (nn.Embedding draws N(0, 1)): over ${width} channels of unit size scores spread by σ√d = ${short(score)}. With 0.02 they would by ${short(0.02 * Math.sqrt(width))}, with d^−½ = ${short(1 / Math.sqrt(width))} by 1.`,
  };
}
