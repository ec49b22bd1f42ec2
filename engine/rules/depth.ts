import type { Layer, Span } from "../report.ts";
import type { Evidence, Judgement } from "./rule.ts";
import { causeText, theoryOf } from "./cause.ts";
import { editPlace, samePlace, short } from "./rule.ts";
import { forwardText } from "./signal.ts";
import { said, type Sentence } from "../said.ts";

/** A layer on the way of the gradient, with the size of what reaches its output. */
interface Point {
  readonly layer: Layer;
  /** ln of the l2 norm of ∂L/∂output: kept by orthogonal maps whatever the shapes, so layers of all sizes compare. */
  readonly log: number;
}

/** How the gradient grows or shrinks over the whole depth. */
export interface Depth {
  readonly points: readonly Point[];
  /** Typical size near the input over typical size near the output; 1: none lost. */
  readonly ratio: number;
  /** Factor per layer with weights, from the trend. */
  readonly rate: number;
  readonly weighted: number;
}

const MIN_LAYERS = 4; // fewer have no depth to speak of
const MIN_PART = 0.05; // of what its kind does, from which on a place in the source is named
const REPEATED = 0.5; // part of all calls, from which on one layer is what the depth is made of
const END_SHARE = 0.2; // part of the layers at either end that stands for "near the input", "near the output"

const median = (values: readonly number[]): number => {
  const s = Float64Array.from(values).sort();
  const mid = s.length >> 1;
  return s.length === 0 ? NaN : s.length % 2 ? s[mid]! : (s[mid - 1]! + s[mid]!) / 2;
};

/** Median of the slopes between all pairs: a trend that side branches and single odd layers do not bend. Theil 1950, Sen 1968. */
function slope(points: readonly Point[]): number {
  const slopes: number[] = [];
  const step = Math.max(1, Math.floor(points.length / 120)); // at most about 7,000 pairs
  for (let i = 0; i < points.length; i += step)
    for (let j = i + step; j < points.length; j += step)
      slopes.push((points[j]!.log - points[i]!.log) / (j - i));
  return median(slopes);
}

/**
 * The depth profile of output gradients in forward order; null where too few layers carry one. The ratio is the weaker (nearer to 1)
 * of two estimates, trend and ends, so that neither a lone branch nor a lone pair of ends decides.
 */
export function depthOf({ layers, parameters }: Evidence): Depth | null {
  const known = depths.get(layers);
  if (known?.parameters === parameters) return known.depth;
  const depth = profileOf(layers, parameters);
  depths.set(layers, { parameters, depth });
  return depth;
}

/** A dozen rules ask for the profile of the same run. */
const depths = new WeakMap<
  Evidence["layers"],
  { readonly parameters: Evidence["parameters"]; readonly depth: Depth | null }
>();

function profileOf(layers: Evidence["layers"], parameters: Evidence["parameters"]): Depth | null {
  const points = layers.flatMap((layer) => {
    const g = layer.outputGrad;
    // A loss is the root of the gradient, not a layer on its way.
    const isLoss = layer.outputShape.length === 0;
    return g && !isLoss && g.l2 > 0 && g.nans + g.infs === 0
      ? [{ layer, log: Math.log(g.l2) }]
      : [];
  });
  const owners = new Set(parameters.filter((p) => p.shape.length > 1).map((p) => p.layer));
  const weighted = points.filter((p) => owners.has(p.layer.path) && !p.layer.functional);
  if (points.length < MIN_LAYERS) return null;
  const steps = weighted.length >= MIN_LAYERS ? weighted : points;
  const n = Math.max(1, Math.round(points.length * END_SHARE));
  const ends =
    median(points.slice(0, n).map((p) => p.log)) - median(points.slice(-n).map((p) => p.log));
  const perStep = -slope(steps);
  const trend = perStep * (steps.length - 1);
  const agree = Math.sign(ends) === Math.sign(trend);
  const log = agree ? Math.sign(ends) * Math.min(Math.abs(ends), Math.abs(trend)) : 0;
  return { points, ratio: Math.exp(log), rate: Math.exp(perStep), weighted: steps.length };
}

/** The run is in eval mode and has batch normalisations: untrained, they pass their input as it is. */
export const hasInitialStatistics = ({ mode, layers }: Evidence): boolean =>
  mode === "eval" && layers.some((l) => l.type.startsWith("BatchNorm") || l.type === "batch_norm");

/** What one kind of layer does to the gradient, over all its calls. */
export interface Kind {
  readonly type: string;
  readonly functional: boolean;
  readonly layers: readonly Layer[];
  /** Σ ln of l2 factors. */
  readonly total: number;
  /** Geometric mean of the l2 factor. */
  readonly factor: number;
}

/** ‖∂L/∂input‖ / ‖∂L/∂output‖ of one layer; null where either is absent, zero or not finite. */
export function gain(l: Layer): number | null {
  const [i, o] = [l.inputGrad, l.outputGrad];
  if (!i || !o || i.l2 === 0 || o.l2 === 0 || i.nans + i.infs + o.nans + o.infs > 0) return null;
  return i.l2 / o.l2;
}

/** Σ ln of the gains that are known. */
const totalOf = (layers: readonly Layer[]): number =>
  layers.reduce((sum, l) => sum + Math.log(gain(l) ?? 1), 0);

/**
 * Kinds of layers by what they contribute to the product, the strongest shrinking (sign −1) or growing (+1) first. Where none does the sign's
 * work, layers are told apart by their names: of a recurrence's products one may double what two others halve.
 */
export function kindsOf(points: readonly Point[], sign: 1 | -1): Kind[] {
  const kinds = groupsOf(points, sign, ({ type, functional }) => `${type} ${functional}`);
  return kinds[0] && sign * kinds[0].total > 0
    ? kinds
    : groupsOf(points, sign, ({ type, path, functional }) => `${type} ${functional} ${path}`);
}

function groupsOf(points: readonly Point[], sign: 1 | -1, keyOf: (layer: Layer) => string): Kind[] {
  const groups = new Map<string, Layer[]>();
  for (const { layer } of points) {
    const key = keyOf(layer);
    groups.set(key, [...(groups.get(key) ?? []), layer]);
  }
  return [...groups.values()]
    .map((layers) => {
      const logs = layers
        .map(gain)
        .filter((g) => g !== null)
        .map(Math.log);
      const total = logs.reduce((a, b) => a + b, 0);
      return {
        type: layers[0]!.type,
        functional: layers[0]!.functional,
        layers,
        total,
        factor: Math.exp(total / Math.max(logs.length, 1)),
      };
    })
    .sort((a, b) => sign * (b.total - a.total));
}

/** The places in the source that a kind's layers were made at, each once, in order. */
export function placesOf(layers: readonly Layer[]): { at: Span; layers: Layer[] }[] {
  const found: { at: Span; layers: Layer[] }[] = [];
  for (const l of layers) {
    const at = editPlace(l);
    if (!at) continue;
    const known = found.find((f) => samePlace(f.at, at));
    if (known) known.layers.push(l);
    else found.push({ at, layers: [l] });
  }
  return found;
}

/** Where the gradient, seen from the loss, is first below (sign −1) or above a tenth or tenfold of the last layer's. */
function startOf(
  depth: Depth,
  sign: 1 | -1,
): { readonly layer: Layer; readonly passed: number } | null {
  const { points } = depth;
  const last = points.at(-1)!.log;
  const start = points.findLastIndex((p) => sign * (p.log - last) > Math.LN10);
  return start < 0 ? null : { layer: points[start]!.layer, passed: points.length - 1 - start };
}

/**
 * No layer's own gain tells: a recurrent cell's state is not the input that its gain is measured by. Then it is the layer that is called
 * again and again, or the model as a whole, by the rate over the depth.
 */
function unmeasured(depth: Depth, sign: 1 | -1): Kind {
  const groups = new Map<string, Layer[]>();
  for (const { layer } of depth.points)
    groups.set(layer.path, [...(groups.get(layer.path) ?? []), layer]);
  const most = [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  const isRepeated = most.length > REPEATED * depth.points.length;
  return {
    type: isRepeated ? most[0]!.type : "layer",
    functional: false,
    layers: isRepeated ? most : depth.points.map((p) => p.layer),
    total: sign * Math.abs(Math.log(depth.ratio)),
    factor: depth.rate,
  };
}

/** One judgement per place of the kind that does most of the shrinking or growing. */
export function judge(
  evidence: Evidence,
  depth: Depth,
  sign: 1 | -1,
  sentence: (kind: Kind, numbers: { factor: string; rate: string; ratio: string }) => Sentence,
): Judgement[] {
  const known = kindsOf(depth.points, sign);
  const isKnown = known[0] !== undefined && sign * known[0].total > 0;
  const kinds = isKnown ? known : [unmeasured(depth, sign)];
  const kind = kinds[0]!;
  const first = depth.points[0]!.layer;
  const theory = theoryOf(kind.type, kind.layers, evidence);
  const cause = causeText(kinds, evidence, sign);
  const forward = forwardText(evidence);
  const why = cause && forward ? said`${cause}${forward}` : cause;
  const start = startOf(depth, sign);
  const startAt = start && editPlace(start.layer);
  const numbers = {
    factor: short(kind.factor),
    rate: short(depth.rate),
    ratio: short(depth.ratio),
  };
  const others = kinds
    .slice(1)
    .filter((k) => sign * k.total > 0.25 * sign * kind.total)
    .flatMap((k) => {
      const place = placesOf(k.layers)[0];
      const t = theoryOf(k.type, k.layers, evidence);
      return place
        ? [
            {
              at: place.at,
              text: said`${k.type} passes ×${short(k.factor)}${t ? said`; ${t.text}` : ""}.`,
            },
          ]
        : [];
    });
  const victim = editPlace(first);
  // Not where the same kind does no harm: a head of default initialisation after layers of a wrong one.
  const places = placesOf(kind.layers).filter(({ layers }) =>
    isKnown
      ? sign * totalOf(layers) > MIN_PART * sign * kind.total
      : layers.length > REPEATED * depth.points.length,
  );
  const at = places.length > 0 ? places : [{ at: evidence.subjectAt, layers: [...kind.layers] }];
  return at.map((place) => ({
    at: place.at,
    message: sentence(kind, numbers),
    measured: {
      factor: kind.factor,
      ratePerLayer: depth.rate,
      ratioOverDepth: depth.ratio,
      layers: depth.weighted,
      ...(theory ? { theoryFactor: theory.factor } : {}),
    },
    ...(why ? { cause: { at: place.at, text: why } } : {}),
    related: [
      ...others,
      ...(startAt
        ? [
            {
              at: startAt,
              text: said`It starts at ${start.layer.path || start.layer.type}, ${start.passed} layers from the loss: the gradient is ${sign < 0 ? said`below a tenth` : said`above tenfold`} of the last layer's.`,
            },
          ]
        : []),
      ...(victim
        ? [
            {
              at: victim,
              text: said`${first.path || first.type}: the gradient that arrives here is ${numbers.ratio} of the last layer's.`,
            },
          ]
        : []),
    ],
    layers: place.layers.map((l) => l.path),
  }));
}
