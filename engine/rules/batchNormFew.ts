import type { Layer, Parameter, Span } from "../report.ts";
import { placesOf } from "./depth.ts";
import type { Remedy } from "./step.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, percent } from "./rule.ts";
import { said } from "../said.ts";

const MAX_VALUES = 4; // per channel: mean and variance take two of them
const TAKEN = 2;
const CENTRED = 1e-4; // of the output's rms: how near its mean lies to the shift where the batch was normalised

/** Values per channel that a batch normalisation averages over: batch × positions; infinite for another layer. */
export const valuesPerChannel = ({ type, outputShape: [n = 1, , ...space] }: Layer): number =>
  type.startsWith("BatchNorm") || type === "batch_norm"
    ? space.reduce((a, b) => a * b, n)
    : Infinity;

/** The batch's own statistics were used: then the output's mean is the shift's, to rounding. With running statistics it is not. */
function normalisesBatch({ path, output }: Layer, parameters: readonly Parameter[]): boolean {
  if (!output || output.std === 0 || output.nans + output.infs > 0) return false;
  const shift = parameters.find((p) => p.layer === path && /(^|\.)bias$/.test(p.name));
  return Math.abs(output.mean - (shift?.value.mean ?? 0)) <= CENTRED * output.rms;
}

/** Batch normalisations over few values, by the place where they are made. */
function fewOf(evidence: Evidence, most: number): { at: Span; layers: Layer[] }[] {
  const { layers, parameters, mode, hasOwnBatch } = evidence;
  if (!hasOwnBatch || mode === "eval") return [];
  return placesOf(
    layers.filter((l) => {
      const values = valuesPerChannel(l);
      return !l.functional && values > 1 && values <= most && normalisesBatch(l, parameters);
    }),
  );
}

/** Layer normalisations over a single value, by the place where they are made: x − mean(x) is 0. */
const loneOf = ({ layers, parameters }: Evidence): { at: Span; layers: Layer[] }[] =>
  placesOf(
    layers.filter((l) => {
      const weight = parameters.find((p) => p.layer === l.path && /(^|\.)weight$/.test(p.name));
      const size = weight?.shape.reduce((a, b) => a * b, 1);
      return l.type === "LayerNorm" && !l.functional && size === 1;
    }),
  );

/**
 * batch-norm-few: a batch normalisation in training takes mean and variance of at most four values per channel (batch × positions), so what
 * it normalises by is noise of the batch, and little gradient passes.
 *
 * Mean and variance take two directions of the gradient: of m values per channel m − 2 are left. With two, every normalised value is
 * +1 or −1 whatever the input was, and what passes is what eps leaves. Only of the user's own batch: a script's, or one that a
 * comment or an option gives. An example input that Chainrule chose says nothing of the batch in training.
 *
 * A layer normalisation over a single value, as behind a last layer with one output, gives its own shift whatever it is given: nothing
 * before it is trained.
 *
 * What helps: a larger batch, a normalisation that does not look at the batch (GroupNorm, LayerNorm), none on maps of one pixel.
 *
 * Source: Ioffe and Szegedy 2015, section 3 (the gradient through mean and variance); Wu and He, Group Normalization, ECCV 2018; exact for
 * the share, the threshold is where half of the directions are gone.
 */
export const batchNormFew = defineRule({
  code: "batch-norm-few",
  severity: "warning",
  title: "A normalisation averages over only a few values",
  limits: { maxValues: MAX_VALUES },
  check: (evidence, limits) => {
    const found = fewOf(evidence, limits.maxValues).map((place) => {
      const values = Math.min(...place.layers.map(valuesPerChannel));
      return { ...place, values, layer: place.layers.find((l) => valuesPerChannel(l) === values)! };
    });
    const lone = loneOf(evidence).map(({ at, layers }) => ({
      at,
      message: said`${layers[0]?.path ?? ""}: a layer normalisation over a single value gives its shift whatever it is given, so nothing before it is trained.`,
      measured: { values: 1 },
      layers: layers.map((l) => l.path),
    }));
    const [first, ...others] = found.sort((a, b) => a.values - b.values);
    if (!first) return lone;
    const { layer, values } = first;
    const [batch = 1] = layer.outputShape;
    const lost = Math.min(1, TAKEN / values);
    const what =
      values === TAKEN
        ? said`every normalised value is ±1 whatever the input, and almost no gradient passes`
        : said`mean and variance are noise of the batch, and ${percent(lost)} of the gradient's directions are lost in them`;
    return [
      ...lone,
      {
        at: first.at,
        message: said`${layer.path || layer.type}: the batch normalisation averages over only ${values} values per channel (${batch} samples × ${values / batch} positions): ${what}.`,
        measured: { values, batch, lost },
        related: others.map((o) => ({
          at: o.at,
          text: said`${o.layer.path || o.layer.type}: ${o.values} values per channel.`,
        })),
        layers: found.flatMap((place) => place.layers.map((l) => l.path)),
      },
    ];
  },
  remedies: (evidence): Remedy[] => [
    ...[fewOf(evidence, MAX_VALUES).map(({ at }) => at)].flatMap((at): Remedy[] =>
      at.length > 0 ? [[{ kind: "group", at }]] : [],
    ),
    ...[loneOf(evidence).map(({ at }) => at)].flatMap((at): Remedy[] =>
      at.length > 0 ? [[{ kind: "remove", at, name: "LayerNorm" }]] : [],
    ),
  ],
});
