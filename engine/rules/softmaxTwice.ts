import type { Layer } from "../report.ts";
import { placesOf } from "./depth.ts";
import { defineRule, editPlace } from "./rule.ts";
import { said } from "../said.ts";

const LOSS = /^(cross_?entropy(loss)?|binary_cross_entropy_with_logits|bcewithlogitsloss)$/i;
const PROBABILITIES = /^(softmax2?d?|sigmoid)$/i;

/** The layer that a layer takes its input from. */
const before = (layers: readonly Layer[], l: Layer): Layer | null =>
  l.from === null ? null : (layers[l.from] ?? null);

/**
 * softmax-twice: cross-entropy takes scores and applies a log-softmax itself; here it is given the output of a softmax or sigmoid. The
 * loss then cannot fall below log(1 + (C − 1)/e), and the gradients are small from the start.
 *
 * Likewise a binary cross-entropy with logits that is given the output of a sigmoid.
 *
 * Where the loss is Chainrule's own choice, and the model ends in a softmax, that is said as information.
 *
 * What helps: give the scores to the loss, and keep the softmax for evaluation; or the negative log-likelihood of the logarithm.
 *
 * Source: PyTorch documentation, torch.nn.CrossEntropyLoss (input: unnormalised logits); exact.
 */
export const softmaxTwice = defineRule({
  code: "softmax-twice",
  severity: "warning",
  title: "Cross-entropy of probabilities",
  check: ({ layers, lossKind }) => {
    const seen = new Set<string>();
    const own = layers.flatMap((loss) => {
      const source = LOSS.test(loss.type) ? before(layers, loss) : null;
      const at = source && PROBABILITIES.test(source.type) ? editPlace(source) : null;
      const key = JSON.stringify(at);
      if (!source || !at || seen.has(key)) return [];
      seen.add(key);
      const here = editPlace(loss);
      return [
        {
          at,
          message: said`${source.type} feeds a cross-entropy, which applies a ${/^b/i.test(loss.type) ? "sigmoid" : "softmax"} itself: the loss cannot come near 0.`,
          measured: {},
          ...(here
            ? { cause: { at: here, text: said`This loss takes scores, not probabilities.` } }
            : {}),
          layers: [source.path],
        },
      ];
    });
    const last = layers.at(-1);
    if (own.length > 0 || lossKind !== "cross-entropy" || !last) return own;
    const at = PROBABILITIES.test(last.type) ? editPlace(last) : null;
    return at
      ? [
          {
            severity: "information" as const,
            at,
            message: said`The model ends in ${last.type}; a cross-entropy, as measured here, would apply a softmax a second time.`,
            measured: {},
            layers: [last.path],
          },
        ]
      : [];
  },
  remedies: ({ layers }) => {
    const sources = layers.flatMap((loss) => {
      const source = LOSS.test(loss.type) ? before(layers, loss) : null;
      return source && PROBABILITIES.test(source.type) ? [source] : [];
    });
    const names = [...new Set(sources.map(({ type }) => type))];
    return names.map((name) => [
      {
        kind: "remove" as const,
        at: placesOf(sources.filter(({ type }) => type === name)).map((place) => place.at),
        name,
      },
    ]);
  },
});
