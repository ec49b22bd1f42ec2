import type { Span } from "../report.ts";
import { depthOf } from "./depth.ts";
import { initialiseAll, initialiseSmall, shrinkRemedies } from "./remedies.ts";
import { logitsCause } from "./scores.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, samePlace, short } from "./rule.ts";
import { said } from "../said.ts";

/** In units of log C; of 280 healthy public models one exceeds it, with tied embeddings of unit variance. */
const MAX_EXCESS = 6;
const MAX_RATIO = 1e3; // as in gradient-exploding

interface FirstLoss {
  readonly loss: number;
  readonly classes: number;
  /** Where a script takes it. */
  readonly at?: Span;
}

/** The cross-entropy that was measured, and its classes: a script's own, where it is a mean. */
function firstOf(evidence: Evidence): FirstLoss | null {
  const { loss, lossKind, outputShape, layers, given = [] } = evidence;
  if (lossKind === "cross-entropy" && loss !== null)
    return { loss, classes: outputShape.at(-1) ?? 0 };
  const own = given.find(({ classes, isMean }) => classes && isMean);
  const layer = own && layers.find((l) => l.calledAt.some((at) => samePlace(at, own.at)));
  const { output } = layer ?? {};
  return own?.classes && output?.count === 1
    ? { loss: output.mean, classes: own.classes, at: own.at }
    : null;
}

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
    const { layers, subjectAt } = evidence;
    const first = firstOf(evidence);
    if (!first || first.classes < 2) return [];
    const { loss, classes } = first;
    const guess = Math.log(classes);
    if (!(loss - guess >= limits.maxExcess * guess) || !Number.isFinite(loss)) return [];
    // Where gradients explode over the depth, so does the signal: one squiggle tells it.
    if ((depthOf(evidence)?.ratio ?? 1) > MAX_RATIO) return [];
    const last = [...layers].reverse().find((l) => l.outputShape.at(-1) === classes);
    const cause = last && logitsCause(last, classes, evidence);
    return [
      {
        at: last?.definedAt ?? first.at ?? subjectAt,
        message: said`The first loss is ${short(loss)}, guessing among ${classes} classes costs ${short(guess)}: the first scores are too large.`,
        measured: { loss, guess, classes, ...(last?.output ? { rms: last.output.rms } : {}) },
        ...(cause ? { cause } : {}),
        layers: last ? [last.path] : [],
      },
    ];
  },
  remedies: (evidence) => [
    [initialiseSmall(evidence)],
    [initialiseAll(evidence)],
    ...shrinkRemedies(evidence),
  ],
  gauge: (evidence) => {
    const first = firstOf(evidence);
    return first && first.classes > 1
      ? { name: said`first loss over log C`, value: first.loss / Math.log(first.classes) }
      : null;
  },
});
