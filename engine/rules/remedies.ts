import type { Layer, Span } from "../report.ts";
import type { Depth } from "./depth.ts";
import { depthOf, kindsOf, placesOf } from "./depth.ts";
import type { Activation, Remedy, Step } from "./step.ts";
import type { Evidence, Gauge } from "./rule.ts";
import { median } from "../numeric/median.ts";
import { spread } from "./cause.ts";
import { said } from "../said.ts";

/** Layer type → the activation whose gain fits its weights; smooth relatives of ReLU take ReLU's. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  relu: "relu",
  relu6: "relu",
  leakyrelu: "relu",
  leaky_relu: "relu",
  prelu: "relu",
  elu: "relu",
  silu: "gelu",
  mish: "gelu",
  gelu: "gelu",
  tanh: "tanh",
};
/** Their slope falls toward 0 on both sides. */
const SATURATING = /^(log)?sigmoid$|^hard_?sigmoid$|^tanh$|^hard_?tanh$|^softsign$/i;
/** Layers whose weights an initialisation draws. */
const WEIGHTED = /^(Linear|Conv[123]d)$/;

const MOST_DRAWN = 0.5; // He's standard deviation over the one that was drawn, up to which weights count as drawn too large

const typesOf = (layers: readonly Layer[], test: RegExp): string[] => [
  ...new Set(layers.map((l) => l.type).filter((type) => test.test(type))),
];

/** The activation that most calls use; linear where there is none. */
function usedActivation(layers: readonly Layer[]): Activation | "linear" {
  const counts = new Map<Activation, number>();
  for (const { type } of layers) {
    const found = ACTIVATIONS[type.toLowerCase()];
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "linear";
}

/** The number that fixes of the depth rules are judged by. */
export function depthGauge(evidence: Evidence): Gauge | null {
  const depth = depthOf(evidence);
  return depth && { name: said`gradient over depth`, value: depth.ratio };
}

/** What may help against a gradient that shrinks (sign −1) or grows (+1) with depth, likeliest first. */
export function depthRemedies(evidence: Evidence, sign: 1 | -1): Remedy[] {
  const depth = depthOf(evidence);
  const kind = depth && kindsOf(depth.points, sign)[0];
  if (!kind) return [];
  const { layers } = evidence;
  const types = typesOf(layers, WEIGHTED);
  const saturating = layers.filter((l) => SATURATING.test(l.type));
  const initialise = (gain: Activation | "linear"): Step => ({ kind: "initialise", types, gain });
  const activation = (to: Activation): Step[] =>
    typesOf(saturating, /./).map((from) => ({
      kind: "activation",
      at: placesOf(saturating.filter((l) => l.type === from)).map((place) => place.at),
      from,
      to,
    }));
  const normalise: Step = { kind: "normalise", at: constructed(layers) };
  const residual: Step = { kind: "residual", at: called(depth) };
  const scale: Step = { kind: "scale", places: branches(layers) };
  const isGated = layers.some((l) => /^LSTM(Cell)?$/.test(l.type));
  const used = usedActivation(layers);
  return [
    ...(sign < 0 && saturating.length > 0
      ? [
          [...activation("relu"), initialise("relu")],
          [...activation("gelu"), initialise("relu")],
          activation("relu"),
        ]
      : []),
    ...(sign > 0 && scale.places.length > 0 ? [[scale]] : []),
    ...(sign < 0 && isGated ? forgetRemedies(layers) : []),
    ...recurrentRemedies(evidence),
    [initialise(used)],
    ...(sign > 0 ? shrinkRemedies(evidence) : []),
    [normalise],
    [residual],
    ...(sign < 0 && saturating.length > 0 ? [[...activation("relu"), normalise]] : []),
    [initialise(used), residual],
    ...(sign > 0 ? [[{ kind: "initialise", types, gain: "small" } as const]] : []),
    [{ kind: "initialise", types: typesOf(layers, /^Linear$/), gain: "orthogonal" } as const],
    ...drawnRemedies(depth, evidence),
  ].filter((remedy) => remedy.every((step) => !("at" in step) || step.at.length > 0));
}

/** Weights by as much smaller or larger as each layer passes too much or too little: for activations that no scheme knows, as sin(ω x). */
function drawnRemedies({ rate }: Depth, { layers, parameters }: Evidence): Remedy[] {
  const gains = layers.flatMap((l) => spread(l, parameters)?.gain ?? []);
  const gain = Number(((median(gains) ?? 0) / rate).toPrecision(2));
  const types = typesOf(layers, WEIGHTED);
  return gain > 0 && Number.isFinite(gain) ? [[{ kind: "draw", types, gain }]] : [];
}

/** An LSTM's forget gates open: with a bias of 1, or so wide that a cell called T times holds something to the end, ln(T − 1) (Tallec and Ollivier 2018). */
function forgetRemedies(layers: readonly Layer[]): Remedy[] {
  const steps = Math.max(...layers.map(({ type, call }) => (type === "LSTMCell" ? call + 1 : 0)));
  const wide = Number(Math.log(Math.max(steps - 1, 1)).toFixed(1));
  return [1, ...(wide > 1 ? [wide] : [])].map((bias) => [{ kind: "forget", bias }]);
}

/** Where the layers with weights are constructed, but for the last: its output is the model's answer. */
const constructed = (layers: readonly Layer[]): Span[] => {
  const places = placesOf(layers.filter((l) => WEIGHTED.test(l.type) && !l.functional));
  const last = layers.findLast((l) => WEIGHTED.test(l.type) && !l.functional);
  const isAlone = (place: { readonly layers: readonly Layer[] }): boolean =>
    place.layers.every((l) => l.path === last?.path);
  return places.filter((place) => !isAlone(place)).map((place) => place.at);
};

/** Where the layers on the way of the gradient are called. */
const called = (depth: Depth): Span[] =>
  depth.points.flatMap(({ layer }) => layer.calledAt.slice(0, 1));

/** `x = f(x)` in a loop as `x = x + f(x)`, around whatever is called on the way of the signal. */
export const residualAll = ({ layers }: Evidence): Step => ({
  kind: "residual",
  at: layers.flatMap((l) => [...l.calledAt]),
});

/** What keeps a recurrent state's length over time, where there is one; a script's optimizer may have to clip as well. */
export function recurrentRemedies({ layers, optimizers }: Evidence): Remedy[] {
  const types = typesOf(layers, /^(RNN|GRU|LSTM)(Cell)?$/);
  if (types.length === 0) return [];
  const draws = types.every((type) => /^RNN/.test(type))
    ? (["orthogonal", "identity"] as const)
    : (["orthogonal"] as const);
  const remedies: Remedy[] = draws.map((draw) => [{ kind: "recurrent", draw }]);
  const at = (optimizers ?? []).flatMap((made) => (made.at ? [made.at] : []));
  const clip: Step = { kind: "clip", at, norm: 1 };
  return at.length === 0 ? remedies : [...remedies, ...remedies.map((one) => [...one, clip])];
}

/** Every call on the way to a layer with weights, with how often it runs: as often as the layer that it leads to least often. */
function branches(layers: readonly Layer[]): { at: Span; calls: number }[] {
  const found = new Map<string, { at: Span; inner: Map<string, number> }>();
  const keyOf = (at: Span): string => `${at.file}:${at.startLine}:${at.startColumn}`;
  for (const { calledAt, functional } of layers) {
    const [first] = calledAt;
    if (functional || !first) continue;
    for (const at of calledAt) {
      const known = found.get(keyOf(at)) ?? { at, inner: new Map<string, number>() };
      known.inner.set(keyOf(first), (known.inner.get(keyOf(first)) ?? 0) + 1);
      found.set(keyOf(at), known);
    }
  }
  return [...found.values()].map(({ at, inner }) => ({ at, calls: Math.min(...inner.values()) }));
}

/** Every layer with weights drawn with the gain of the activation that the model uses. */
export const initialiseAll = ({ layers }: Evidence): Step => ({
  kind: "initialise",
  types: typesOf(layers, WEIGHTED),
  gain: usedActivation(layers),
});

/** Embeddings and linear layers drawn small, as GPT-2 has it. */
export const initialiseSmall = ({ layers }: Evidence): Step => ({
  kind: "initialise",
  types: typesOf(layers, /^(Linear|Embedding)$/),
  gain: "small",
});

/** A normalisation after each layer with weights. */
export const normaliseAll = ({ layers }: Evidence): Step => ({
  kind: "normalise",
  at: constructed(layers),
});

/** Another activation at the places of these layers, which must be of one type. */
export const activationAt = (layers: readonly Layer[], to: Activation): Step => ({
  kind: "activation",
  at: placesOf(layers).map((place) => place.at),
  from: layers[0]?.type ?? "",
  to,
});

/** Tensors that the user's code draws itself, brought to He's size: one remedy for `x @ w`, one for `w @ x`. */
export function shrinkRemedies({ parameters }: Evidence): Remedy[] {
  const own = parameters.filter((p) => p.shape.length === 2 && !WEIGHTED.test(p.layerType));
  const loud = (axis: number): { name: string; factor: number }[] =>
    own.flatMap(({ name, shape, value }) => {
      const wanted = Math.sqrt(2 / (shape[axis] ?? 1));
      const factor = wanted / value.std;
      return factor < MOST_DRAWN ? [{ name, factor: Number(factor.toPrecision(2)) }] : [];
    });
  return [0, 1].map(loud).flatMap((weights): Remedy[] => {
    return weights.length > 0 ? [[{ kind: "shrink", weights }]] : [];
  });
}
