import type { Layer } from "../report.ts";
import { defineRule } from "./rule.ts";
import { said } from "../said.ts";

const PASSES_ON = /^(Dropout|AlphaDropout|Identity|Flatten)$/;

/** The nearest layer before that does more than hand on, drop or reshape, and the first layer that reads its output. */
function sourceOf(
  layers: readonly Layer[],
  l: Layer,
): { readonly source: Layer; readonly reader: Layer } | null {
  let reader = l;
  for (;;) {
    const source = reader.from === null ? null : (layers[reader.from] ?? null);
    if (!source) return null;
    if (!PASSES_ON.test(source.type)) return { source, reader };
    reader = source;
  }
}

const isLinear = (l: Layer): boolean => l.type === "Linear" && !l.functional;

/**
 * activation-missing: a linear layer feeds a linear layer with nothing between them, and its width is no bottleneck: the two together
 * are one linear layer, and the first one's parameters buy nothing.
 *
 * A narrower layer between two wider ones is a factorisation and often meant; so is a layer whose output has other readers.
 *
 * What helps: an activation between them.
 *
 * Source: the product of two matrices is a matrix; exact.
 */
export const activationMissing = defineRule({
  code: "activation-missing",
  severity: "information",
  title: "Two linear layers with nothing between them",
  check: ({ layers, parameters }) => {
    const widthsOf = (l: Layer): readonly number[] =>
      parameters.find((p) => p.layer === l.path && p.shape.length === 2)?.shape ?? [];
    const seen = new Set<string>();
    return layers.flatMap((second) => {
      const found = isLinear(second) ? sourceOf(layers, second) : null;
      const first = found?.source;
      if (!first || !isLinear(first) || first.path === second.path || !second.definedAt) return [];
      const [out] = widthsOf(second);
      const [inner, into] = widthsOf(first);
      if (out === undefined || inner === undefined || into === undefined) return [];
      if (inner < Math.min(into, out)) return [];
      // Another reader adds its part to the gradient.
      if (first.outputGrad?.l2 !== found.reader.inputGrad?.l2) return [];
      const key = JSON.stringify(second.definedAt);
      if (seen.has(key)) return [];
      seen.add(key);
      return [
        {
          at: second.definedAt,
          message: said`${second.path} takes the output of ${first.path} with no activation between: together they are one linear layer.`,
          measured: { in: into, inner, out },
          layers: [first.path, second.path],
        },
      ];
    });
  },
});
