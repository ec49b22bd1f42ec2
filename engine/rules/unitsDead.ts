import type { Layer, Stats } from "../report.ts";
import { activationAt, initialiseAll, normaliseAll } from "./remedies.ts";
import { defineRule, editPlace, percent } from "./rule.ts";
import { said } from "../said.ts";

/** Their derivative is 0 wherever their output is. */
const RECTIFIER = /^(relu6?|threshold)$/i;
/** What may stand in a rectifier's place: of these, too, an output of exactly 0 says that a unit is off. */
const SUCCESSOR = /^(relu6?|threshold|leaky_?relu|gelu|elu|silu)$/i;
const MAX_ZERO = 0.9; // share of a layer's outputs; at a centred initialisation it is 0.5, whatever the width
const MIN_COUNT = 256; // outputs: fewer say nothing about a share

interface Dead {
  readonly layer: Layer;
  readonly output: Stats;
  readonly share: number;
}

/** Activations of a kind with the share of their outputs that is 0. */
const offShares = (layers: readonly Layer[], kind: RegExp): Dead[] =>
  layers.flatMap((layer) => {
    const { output } = layer;
    return output && kind.test(layer.type) && output.count >= MIN_COUNT
      ? [{ layer, output, share: output.zeros / output.count }]
      : [];
  });

/**
 * units-dead: almost all outputs of a rectifier are exactly 0, so almost no gradient passes it, and its units cannot recover.
 *
 * A rectifier that is fed centred values shows zeros in half of its outputs. Far more means that its inputs are shifted below zero: a
 * negative bias, inputs that are all negative, or a learning rate that threw the weights away.
 *
 * What helps: biases of zero and He initialisation; a normalisation before the activation; LeakyReLU or GELU, which pass some gradient
 * below zero.
 *
 * Source: Amazon SageMaker Debugger, rule DyingRelu (more than half of the units dead); threshold: 0.9 of the outputs, above all
 * healthy public models measured here.
 */
export const unitsDead = defineRule({
  code: "units-dead",
  severity: "warning",
  title: "Rectifier units are off for almost all inputs",
  limits: { maxZero: MAX_ZERO },
  check: ({ layers, subjectAt }, limits) => {
    const dead = offShares(layers, RECTIFIER).filter(({ share }) => share > limits.maxZero);
    const [first] = dead;
    if (!first) return [];
    const more = dead.length > 1 ? said` (and of ${dead.length - 1} more)` : "";
    return [
      {
        at: editPlace(first.layer) ?? subjectAt,
        message: said`${percent(first.share)} of the outputs of ${first.layer.path || first.layer.type}${more} are exactly 0 and pass no gradient.`,
        measured: {
          zeros: first.output.zeros,
          count: first.output.count,
          share: first.share,
          layers: dead.length,
        },
        layers: dead.map(({ layer }) => layer.path),
      },
    ];
  },
  remedies: (evidence) => {
    const dead = offShares(evidence.layers, RECTIFIER).filter(({ share }) => share > MAX_ZERO);
    return [
      [initialiseAll(evidence)],
      [normaliseAll(evidence)],
      [
        activationAt(
          dead.map(({ layer }) => layer),
          "gelu",
        ),
      ],
    ];
  },
  gauge: ({ layers }) => {
    const shares = offShares(layers, SUCCESSOR).map(({ share }) => share);
    return { name: said`outputs that are not 0`, value: 1 - Math.max(0, ...shares), ideal: 0.5 };
  },
});
