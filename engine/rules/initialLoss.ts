import { depthOf } from "./depth.ts";
import { initialiseAll, initialiseSmall } from "./remedies.ts";
import { logitsCause } from "./scores.ts";
import { defineRule, short } from "./rule.ts";
import { said } from "../said.ts";

/** In units of log C; of 280 healthy public models one exceeds it, with tied embeddings of unit variance. */
const MAX_EXCESS = 6;
const MAX_RATIO = 1e3; // as in gradient-exploding

/**
 * initial-loss: before any training the cross-entropy over C classes is at least seven times log C, the loss of a model that knows nothing:
 * the first scores are far too large, and the first steps only bring them down.
 *
 * What helps: a smaller initialisation of the last layer or of tied embeddings, a normalisation before the last layer.
 *
 * Source: log C is the cross-entropy of even probabilities; TheDeepChecker (TOSEM 2023) allows an excess of one
 * log C, which healthy models with batch statistics of a small batch pass as well; threshold: six, above those measured here.
 */
export const initialLoss = defineRule({
  code: "initial-loss",
  severity: "warning",
  title: "The first loss is far above that of guessing",
  limits: { maxExcess: MAX_EXCESS },
  check: (evidence, limits) => {
    const { loss, lossKind, outputShape, layers, subjectAt } = evidence;
    const classes = outputShape.at(-1) ?? 0;
    if (lossKind !== "cross-entropy" || loss === null || classes < 2) return [];
    const guess = Math.log(classes);
    if (!(loss - guess >= limits.maxExcess * guess) || !Number.isFinite(loss)) return [];
    // Where gradients explode over the depth, so does the signal: one squiggle tells it.
    if ((depthOf(evidence)?.ratio ?? 1) > MAX_RATIO) return [];
    const last = [...layers].reverse().find((l) => l.outputShape.at(-1) === classes);
    const cause = last && logitsCause(last, classes, evidence);
    return [
      {
        at: last?.definedAt ?? subjectAt,
        message: said`The first loss is ${short(loss)}, guessing among ${classes} classes costs ${short(guess)}: the first scores are too large.`,
        measured: { loss, guess, classes, ...(last?.output ? { rms: last.output.rms } : {}) },
        ...(cause ? { cause } : {}),
        layers: last ? [last.path] : [],
      },
    ];
  },
  remedies: (evidence) => [[initialiseSmall(evidence)], [initialiseAll(evidence)]],
  gauge: ({ loss, outputShape }) =>
    loss === null
      ? null
      : { name: said`first loss over log C`, value: loss / Math.log(outputShape.at(-1) ?? 2) },
});
