import type { Layer } from "../report.ts";
import type { Evidence } from "./rule.ts";
import { defineRule, editPlace } from "./rule.ts";
import { said } from "../said.ts";

const NORM = /norm/i;
const BIAS = /(^|\.)bias$/;

/** Layers whose bias gets a gradient that is zero by construction, and whose output goes into a normalisation. */
function undone({ layers, parameters }: Evidence): Layer[] {
  const idle = new Set(
    parameters
      .filter((p) => p.gradIsStructurallyZero && p.shape.length === 1 && BIAS.test(p.name))
      .map((p) => p.layer),
  );
  const normalised = new Set(layers.flatMap((l) => (NORM.test(l.type) ? [l.from] : [])));
  return layers.filter(
    (l, i) => !l.functional && l.call === 0 && idle.has(l.path) && normalised.has(i),
  );
}

/**
 * bias-undone: a layer has a bias, and the normalisation behind it takes the mean out again, so the bias does nothing and its gradient is zero
 * by construction.
 *
 * It does no harm but for memory and time; what is seen of the gradient is rounding noise.
 *
 * What helps: `bias=False` in the layer before a batch, instance or group normalisation of its channels.
 *
 * Source: Ioffe and Szegedy, ICML 2015, section 3.2 (the bias is subsumed); NeuraLint (TOSEM 2021) checks it; exact: |Σ g| / Σ |g| at the
 * rounding of float32.
 */
export const biasUndone = defineRule({
  code: "bias-undone",
  severity: "information",
  title: "A bias that the normalisation behind it takes out",
  check: (evidence) => {
    const found = undone(evidence);
    const [first] = found;
    if (!first) return [];
    const more = found.length > 1 ? said` (and of ${found.length - 1} more)` : "";
    return [
      {
        at: editPlace(first) ?? evidence.subjectAt,
        message: said`The bias of ${first.path}${more} does nothing: the normalisation behind it takes the mean out again.`,
        measured: { layers: found.length },
        layers: found.map(({ path }) => path),
      },
    ];
  },
});
