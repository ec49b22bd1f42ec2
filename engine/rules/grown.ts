/** Where the numbers grew out of float32: behind an infinity that finite, but huge operands made. */
import type { Layer } from "../report.ts";
import type { Evidence, Remark } from "./rule.ts";
import { editPlace, short } from "./rule.ts";
import { said } from "../said.ts";

const HUGE = 1e9; // of an operand: no data are as large, so layers made it
const MIN_GROWTH = 100; // output over input, from which on one layer is named

/** How many times the layer's output is what it is given; of a layer that takes another operation's result, the layer before. */
function growthOf(layer: Layer, index: number, layers: readonly Layer[]): number {
  const before = layers[layer.from ?? index - 1]?.output;
  const { output } = layer;
  const isKnown = output && before && before.rms > 0 && output.nans + output.infs === 0;
  return isKnown ? output.rms / before.rms : 0;
}

/** The layer that makes its input so large; null where none does alone. `most`: the operand's largest number. */
export function grownAt({ layers }: Evidence, most: number): Remark | null {
  if (most < HUGE) return null;
  const all = layers.map((layer, i) => ({ layer, growth: growthOf(layer, i, layers) }));
  // A first layer is given data, whose size is not known here.
  const [first] = all;
  if (first?.layer.output) first.growth = first.layer.output.rms;
  const worst = all.reduce<(typeof all)[number] | null>(
    (a, b) => (a && a.growth >= b.growth ? a : b),
    null,
  );
  const at = worst && editPlace(worst.layer);
  if (!at || worst.growth < MIN_GROWTH) return null;
  return {
    at,
    text: said`It grows here: ${worst.layer.path || worst.layer.type} makes its outputs as large as ${short(worst.layer.output!.absMax)}.`,
  };
}
