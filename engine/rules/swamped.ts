/** Embeddings that are so large beside what they are added to that nothing of it is left. */
import type { Span } from "../report.ts";
import type { Evidence } from "./rule.ts";
import type { Remedy } from "./step.ts";

const MIN_RMS = 5; // nn.Embedding draws N(0, 1); with a factor of √d it comes to 28 for 768 channels, but so do the tokens
const MIN_RATIO = 30;
const SMALL = 0.02; // of transformers' embeddings
const MAKES = /^(Linear|Conv[123]d|Embedding)$/;

interface Signal {
  readonly name: string;
  readonly rms: number;
  readonly shape: readonly number[];
  readonly at: Span | null;
  /** A parameter of the user's own class. */
  readonly isOwn: boolean;
}

export interface Swamped {
  readonly large: Signal;
  readonly small: Signal;
}

/** The outermost axis may be the batch. */
const alike = (a: Signal, b: Signal): boolean =>
  a.shape.length > 1 && b.shape.length > 1 && a.shape.slice(-2).join() === b.shape.slice(-2).join();

/** An embedding, learned or looked up, and what a layer makes in the same shape; null where none is that much larger. */
export function swampedOf({ layers, parameters }: Evidence): Swamped | null {
  const made: Signal[] = layers.flatMap((l) =>
    MAKES.test(l.type) && !l.functional && l.output
      ? [{ name: l.path, rms: l.output.rms, shape: l.outputShape, at: l.definedAt, isOwn: false }]
      : [],
  );
  const types = new Set(layers.map((l) => l.type));
  const own: Signal[] = parameters.flatMap((p) =>
    p.kind === "parameter" && p.requiresGrad && p.shape.length > 1 && !types.has(p.layerType)
      ? [{ name: p.name, rms: p.value.rms, shape: p.shape, at: p.definedAt, isOwn: true }]
      : [],
  );
  const embedded = layers.filter((l) => l.type === "Embedding").map((l) => l.path);
  const candidates = [...own, ...made.filter(({ name }) => embedded.includes(name))];
  for (const large of candidates.filter(({ rms }) => rms > MIN_RMS)) {
    const small = made.find((one) => one.name !== large.name && alike(one, large));
    if (small && small.rms > 0 && large.rms > MIN_RATIO * small.rms) return { large, small };
  }
  return null;
}

/** It drawn as small as transformers' embeddings are. */
export function swampedRemedies(evidence: Evidence): Remedy[] {
  const large = swampedOf(evidence)?.large;
  if (!large?.isOwn) return [];
  const factor = Number((SMALL / large.rms).toPrecision(2));
  return [[{ kind: "shrink", weights: [{ name: large.name, factor }], isEmbedding: true }]];
}
