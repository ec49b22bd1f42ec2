import type { Layer } from "../report.ts";
import type { Remedy } from "./step.ts";
import type { Given, Judgement } from "./rule.ts";
import { defineRule, editPlace, samePlace } from "./rule.ts";
import { said, type Sentence } from "../said.ts";

const NLL = /^nll_?loss2?d?$/i;
/** They take logarithms of probabilities too, and nothing bounds what they become otherwise. */
const OF_LOGARITHMS = /^(kl_?div|ctc_?)(loss)?$/i;
const CROSS_ENTROPY = /^cross_?entropy(loss)?$/i;
const PROBABILITIES = /^softmax$/i;
const SOFTMAX = /^(log_?)?softmax$/i;
const CLASSES = 1; // their axis, of what a negative log-likelihood takes
const RECTIFIER = /^relu6?$/i;

interface Pair {
  readonly loss: Layer;
  readonly source: Layer;
}

/** Losses with the layer that they take their input from, each place once. */
function pairs(layers: readonly Layer[], loss: RegExp, source: RegExp): Pair[] {
  const seen = new Set<string>();
  return layers.flatMap((l) => {
    const from = l.from === null ? null : layers[l.from];
    if (!loss.test(l.type) || !from || !source.test(from.type)) return [];
    const key = JSON.stringify(editPlace(from));
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ loss: l, source: from }];
  });
}

function judged({ loss, source }: Pair, message: Sentence, cause: Sentence): Judgement[] {
  const [at, here] = [editPlace(source), editPlace(loss)];
  return at
    ? [
        {
          at,
          message,
          measured: {},
          layers: [source.path],
          ...(here ? { cause: { at: here, text: cause } } : {}),
        },
      ]
    : [];
}

const MAX_OFF = 1e-3; // from 1, of probabilities that are normalised
const isAcross = ({ sums }: Given): boolean =>
  sums !== undefined && sums.batch < MAX_OFF && sums.row > 0.1;

/**
 * loss-input: a loss is given what it does not take: probabilities where it takes their logarithms, or scores that a ReLU has cut off at 0.
 *
 * `nll_loss` of probabilities is their negative mean: it has no logarithm, falls to −1 at best, and its gradient hardly depends on how wrong
 * the model is. `kl_div` and `ctc_loss` take logarithms as well. Nor may they be normalised over the batch. Cross-entropy of rectified scores cannot make a class less likely than an even share of those at 0, and units that are off get no gradient.
 *
 * What helps: `log_softmax` before `nll_loss`, or `cross_entropy` of the scores; no activation on the last layer.
 *
 * Source: PyTorch documentation, torch.nn.NLLLoss (input: log-probabilities), torch.nn.CrossEntropyLoss (input: unnormalised logits); UMLAUT (CHI
 * 2021) and NeuraLint (TOSEM 2021) check the last activation; exact.
 */
export const lossInput = defineRule({
  code: "loss-input",
  severity: "warning",
  title: "A loss is given what it does not take",
  check: ({ layers, given = [] }) => [
    ...given.filter(isAcross).map(({ at, sums }) => ({
      at,
      message: said`These probabilities add up to 1 over the batch, not over the classes: the softmax before this loss goes over the wrong axis.`,
      measured: { row: sums?.row ?? 0 },
      layers: [],
    })),
    ...pairs(layers, NLL, PROBABILITIES).flatMap((pair) =>
      judged(
        pair,
        said`${pair.source.type} feeds a negative log-likelihood, which takes logarithms of probabilities: the loss falls to −1 at best.`,
        said`This loss takes log-probabilities.`,
      ),
    ),
    ...pairs(layers, OF_LOGARITHMS, PROBABILITIES).flatMap((pair) =>
      judged(
        pair,
        said`${pair.source.type} feeds ${pair.loss.type}, which takes logarithms of probabilities: it takes each of them for one between 1 and e.`,
        said`This loss takes log-probabilities.`,
      ),
    ),
    ...pairs(layers, CROSS_ENTROPY, RECTIFIER).flatMap((pair) =>
      judged(
        pair,
        said`${pair.source.type} cuts the scores off at 0 before a cross-entropy: no class can get a negative score.`,
        said`This loss takes scores of any sign.`,
      ),
    ),
  ],
  remedies: ({ layers, given = [] }): Remedy[] => [
    ...given.filter(isAcross).flatMap((one): Remedy[] => {
      const loss = layers.find((l) => l.calledAt.some((at) => samePlace(at, one.at)));
      const source = loss && loss.from !== null ? layers[loss.from] : undefined;
      const at = source && SOFTMAX.test(source.type) ? editPlace(source) : null;
      return at ? [[{ kind: "axis", at: [at], axis: CLASSES }]] : [];
    }),
    ...[NLL, OF_LOGARITHMS]
      .flatMap((loss) => pairs(layers, loss, PROBABILITIES))
      .flatMap(({ source }): Remedy[] => {
        const at = editPlace(source);
        const to = /^[A-Z]/.test(source.type) ? "LogSoftmax" : "log_softmax";
        return at ? [[{ kind: "rename", at: [at], from: source.type, to }]] : [];
      }),
    ...pairs(layers, CROSS_ENTROPY, RECTIFIER).flatMap(({ source }): Remedy[] => {
      const at = editPlace(source);
      return at ? [[{ kind: "remove", at: [at], name: source.type }]] : [];
    }),
  ],
});
