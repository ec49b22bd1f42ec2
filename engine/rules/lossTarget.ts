import type { Layer } from "../report.ts";
import type { Remedy } from "./step.ts";
import type { Evidence, Given, Judgement } from "./rule.ts";
import { defineRule, editPlace, percent, samePlace, short } from "./rule.ts";
import { said } from "../said.ts";

const MAX_BEYOND = 0.1; // part of the targets' variance that the output cannot come to
const BINARY = /^binary_cross_entropy/;
const SLACK = 1e-3; // a smoothed or rounded label

/** Whole numbers, as of labels or bytes: where 0 to 1 lies among them is no guess. */
const isScale = (least: number, most: number): boolean =>
  Number.isInteger(least) && Number.isInteger(most) && most > least && (least !== 0 || most !== 1);

/** What bounds a prediction, by the layer that gives it. */
const BOUNDS = [
  { of: "sigmoid", type: /^(sigmoid|softmax)$/i, range: said`lies between 0 and 1` },
  { of: "tanh", type: /^tanh$/i, range: said`lies between −1 and 1` },
  { of: "relu", type: /^relu6?$/i, range: said`is never below 0` },
] as const;

interface Bounded {
  readonly given: Given;
  readonly source: Layer;
  readonly bound: (typeof BOUNDS)[number];
  readonly beyond: number;
}

/** Losses whose prediction comes from a bounded function. */
function bounded({ layers, given = [], madeUp }: Evidence): Bounded[] {
  if (madeUp) return [];
  return given.flatMap((one): Bounded[] => {
    const loss = layers.find((l) => l.calledAt.some((at) => samePlace(at, one.at)));
    const source = loss && loss.from !== null ? layers[loss.from] : undefined;
    const bound = source && BOUNDS.find(({ type }) => type.test(source.type));
    return bound && one.beyond && !BINARY.test(one.loss)
      ? [{ given: one, source, bound, beyond: one.beyond[bound.of] }]
      : [];
  });
}

/** A binary cross-entropy whose arguments are no probability each, or stand in each other's place. */
function binary({ given = [], madeUp }: Evidence): Judgement[] {
  return given.flatMap(({ at, loss, isSwapped, least = 0, most = 1 }): Judgement[] => {
    if (!BINARY.test(loss)) return [];
    if (isSwapped)
      return [
        {
          at,
          message: said`The prediction stands in the target's place: the gradient flows to the second argument, and the first has none.`,
          measured: {},
          layers: [],
        },
      ];
    const isOutside = least < -SLACK || most > 1 + SLACK;
    return isOutside && !madeUp
      ? [
          {
            at,
            message: said`The targets go from ${short(least)} to ${short(most)}; a binary cross-entropy takes 0 to 1, and beyond has no minimum.`,
            measured: { least, most },
            layers: [],
          },
        ]
      : [];
  });
}

/**
 * loss-target: a script's targets are what its prediction cannot come to, or its loss does not take.
 *
 * A prediction that ends in a sigmoid, a tanh or a ReLU cannot leave that function's range. Where targets beyond it hold more than a tenth
 * of the targets' variance, the best that training can do is to saturate it. A binary cross-entropy of targets outside 0 to 1 falls without
 * end, and one whose arguments are exchanged trains what it should compare with.
 *
 * Only the user's own data are judged, and known data sets: not where Chainrule made up a file.
 *
 * What helps: no activation on the last layer of a regression, or targets scaled into its range.
 *
 * Source: PyTorch documentation, torch.nn.BCELoss (targets between 0 and 1); NeuraLint (TOSEM 2021) checks the last activation; threshold: a tenth,
 * above what noise of a target bounded by nature has.
 */
export const lossTarget = defineRule({
  code: "loss-target",
  severity: "warning",
  title: "Targets that the prediction cannot come to",
  limits: { maxBeyond: MAX_BEYOND },
  check: (evidence, limits) => [
    ...bounded(evidence)
      .filter(({ beyond }) => beyond > limits.maxBeyond)
      .map(({ given, source, bound, beyond }): Judgement => {
        const { least = 0, most = 0 } = given;
        return {
          at: editPlace(source) ?? given.at,
          message: said`The output of ${source.type} ${bound.range}, the targets go from ${short(least)} to ${short(most)}: ${percent(Math.min(beyond, 1))} of their variance is out of reach.`,
          measured: { least, most, beyond },
          cause: { at: given.at, text: said`This loss compares them.` },
          layers: [source.path],
        };
      }),
    ...binary(evidence),
  ],
  remedies: (evidence) => [
    ...(evidence.given ?? []).flatMap(({ at, loss, isSwapped }): Remedy[] =>
      isSwapped && BINARY.test(loss) ? [[{ kind: "swap", at: [at] }]] : [],
    ),
    ...(evidence.given ?? []).flatMap(({ at, loss, least = 0, most = 1 }): Remedy[] =>
      BINARY.test(loss) && isScale(least, most) ? [[{ kind: "range", at: [at], least, most }]] : [],
    ),
    ...bounded(evidence).flatMap(({ source }): Remedy[] => {
      const at = editPlace(source);
      return at ? [[{ kind: "remove", at: [at], name: source.type }]] : [];
    }),
  ],
});
