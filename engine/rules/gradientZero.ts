import type { Parameter, Span, Said } from "../report.ts";
import { initialiseAll } from "./remedies.ts";
import type { Remedy } from "./step.ts";
import type { Absorbed, Evidence, Judgement, Remark } from "./rule.ts";
import { defineRule, editPlace, samePlace } from "./rule.ts";
import { said } from "../said.ts";

const isZero = (p: Parameter): boolean =>
  p.grad !== null && p.grad.count > 0 && p.grad.zeros === p.grad.count;

const MOST = 4; // findings of one run: what stands before a layer that passes nothing is one trouble, not many

const HIDDEN = /(^|\.)weight_hh(_l\d+(_reverse)?)?$/;

// One step from a hidden state of zeros: the input's doing, not the model's.
const isHidden = (p: Parameter): boolean => HIDDEN.test(p.name);

/** Passes nothing at any step, whatever the weights are. */
const isForGood = ({ op, among, isBatch }: Absorbed): boolean =>
  op === "cancel" || (among === 1 && !isBatch);

const suspects = (parameters: readonly Parameter[]): Parameter[] =>
  parameters.filter(
    (p) => isZero(p) && !p.gradIsZeroAtStart && !p.gradIsStructurallyZero && !p.cleared,
  );

/** Parameters that a further run must look at. */
export const zeroNames = ({ parameters }: Evidence): string[] =>
  suspects(parameters).map((p) => p.name);

/** They join or choose parts: a part that nobody reads gets zeros. */
const CHOOSES = /^(cat|sliceAssign|gather|indexSelect|stridedScatter|where)$/;
/** Piecewise constant. */
const STEPPED = /^(round|floor|ceil|trunc|sign)$/;
const MOST_OF_BATCH = 2; // values of a batch normalisation's mean: of two, only their order is left, and it does not bend

/** The size of the run's input, or what the loss looks at, makes it pass nothing: not what the layer is. */
const isOfTheRun = ({ op, among, isBatch }: Absorbed, isTraining: boolean): boolean =>
  CHOOSES.test(op) ||
  (op === "softmax" && among === 1 && !isTraining) ||
  (isBatch && among !== null && among <= MOST_OF_BATCH);

const PLAIN: Readonly<Record<string, Said>> = {
  overwrite: said`What it led to is overwritten here.`,
  clamp: said`All values lie beyond the bounds here, where the slope is 0.`,
  relu: said`relu is off for all of its inputs here.`,
  mul: said`It is multiplied by 0 here.`,
  matmul: said`The matrix that it is multiplied by here is 0.`,
  affine: said`The weight of the normalisation is 0 here.`,
  cancel: said`The same values with the same history stand on both sides here: their gradients cancel.`,
};

/** What an operation that passes nothing does, for the place where it stands. */
export function textOf({ op, among, isBatch }: Absorbed): Said {
  if (CHOOSES.test(op)) return said`The loss does not look at the part that passes ${op} here.`;
  if (/softmax$/i.test(op) && among === 1)
    return said`A softmax over a single entry is 1 here, whatever it is given.`;
  if (op === "softmax")
    return said`The softmax over ${among ?? 0} entries gives all weight to one here, so its slope is 0.`;
  if (isBatch)
    return said`The statistics are of ${among ?? 0} values a channel here: nothing passes them.`;
  if (op === "standardize")
    return among === 1
      ? said`A normalisation over a single value gives 0 here, whatever it is given.`
      : said`The normalisation over ${among ?? 0} values passes nothing here.`;
  if (STEPPED.test(op)) return said`The slope of ${op} is 0 wherever it has one.`;
  return PLAIN[op] ?? said`${op} passes exactly 0 here.`;
}

/** What is known of the parameters with a gradient of zero. */
interface Known {
  readonly subjectAt: Span;
  readonly absorbers: (p: Parameter) => readonly Absorbed[];
  /** Zero by the run's doing, or nobody had the time to look by whose. */
  readonly isExcused: (p: Parameter) => boolean;
  /** Nor is a first step alone a verdict, unless what passes nothing there never will. */
  readonly isMinor: (p: Parameter) => boolean;
  readonly overflow: (group: readonly Parameter[]) => Remark | null;
}

function knownOf(evidence: Evidence): Known {
  const { absorbed = [], parameters, subjectAt, hasOwnBatch, lossKind } = evidence;
  // What a script trains on is the case that it is written for.
  const isTraining = hasOwnBatch === true && lossKind === "script";
  const by = new Map<string, Absorbed[]>();
  for (const one of absorbed) by.set(one.name, [...(by.get(one.name) ?? []), one]);
  const absorbers = (p: Parameter): readonly Absorbed[] => by.get(p.name) ?? [];
  // Where nothing at all is learned, no part of the run is to blame.
  const isAnyAlive = parameters.some((p) => p.grad !== null && !isZero(p));
  const isExcused = (p: Parameter): boolean =>
    isAnyAlive &&
    (evidence.isUntraced === true ||
      (absorbers(p).length > 0 && absorbers(p).every((one) => isOfTheRun(one, isTraining))));
  const isMinor = (p: Parameter): boolean =>
    isHidden(p) || (p.gradIsZeroAtStart === null && !(isTraining && absorbers(p).some(isForGood)));
  const overflow = (group: readonly Parameter[]): Remark | null => overflowCause(evidence, group);
  return { subjectAt, absorbers, isExcused, isMinor, overflow };
}

/** What stands behind most of them: a layer's own weight may have another reason than what lies before it. */
function mainAbsorber(group: readonly Parameter[], known: Known): Absorbed | undefined {
  const counts = new Map<string, { readonly one: Absorbed; count: number }>();
  for (const one of group.flatMap((p) => known.absorbers(p)).filter((a) => a.at)) {
    const key = JSON.stringify([one.op, one.at]);
    const entry = counts.get(key) ?? { one, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.one;
}

/** An operation whose result half precision does not hold: what is divided by infinity is 0. */
function overflowCause({ origin }: Evidence, group: readonly Parameter[]): Remark | null {
  const dtype = group.map((p) => p.value.dtype).find((one) => one === "float16");
  const { at, op } = origin?.inf ?? {};
  if (!dtype || !at) return null;
  return {
    at,
    text: said`${op ?? ""} overflows ${dtype} here, whose largest number is 65504: it gives infinity, and what is divided by that is 0.`,
  };
}

/** Severity, cause and layers of one finding. */
function rest(
  group: readonly Parameter[],
  known: Known,
): Pick<Judgement, "severity" | "cause" | "layers"> {
  const isMild = group.every((p) => known.isMinor(p) || known.isExcused(p));
  const main = mainAbsorber(group, known);
  const cause = known.overflow(group) ?? (main?.at ? { at: main.at, text: textOf(main) } : null);
  return {
    ...(isMild ? { severity: "information" } : {}),
    ...(cause && { cause }),
    layers: [...new Set(group.map((one) => one.layer))],
  };
}

const until = (p: Parameter, isMany: boolean): Said =>
  p.gradIsZeroAtStart === null
    ? said` at the first step; later ones were not run.`
    : isMany
      ? said`, and still are after three steps.`
      : said`, and still is after three steps.`;

const alone = (p: Parameter, known: Known): Judgement => ({
  at: p.definedAt ?? known.subjectAt,
  message: said`${p.name}.grad is exactly 0 in all ${p.grad!.count} elements${until(p, false)}`,
  measured: { zeros: p.grad!.zeros, count: p.grad!.count },
  ...rest([p], known),
});

/** One judgement for many, at the one that is nearest to the loss: what stops the gradient is there or behind it. */
function together(group: readonly Parameter[], known: Known): Judgement[] {
  const last = group.at(-1);
  if (!last) return [];
  const count = group.reduce((sum, p) => sum + p.grad!.count, 0);
  return [
    {
      at: last.definedAt ?? known.subjectAt,
      message: said`${last.name}.grad and those of ${group.length - 1} more parameters are exactly 0${until(last, true)}`,
      measured: { parameters: group.length, count },
      ...rest(group, known),
    },
  ];
}

/** Where the user would edit an operation that stands at `at`: where a softmax that is a module is made. */
const softmaxPlace = (at: Span, { layers }: Evidence): Span => {
  const layer = layers.find(
    (l) => /^softmax$/i.test(l.type) && l.calledAt.some((call) => samePlace(call, at)),
  );
  return (layer && editPlace(layer)) ?? at;
};

/** A cross-entropy of one score as one of two classes. */
function ofOneScore({ absorbed = [], layers }: Evidence): Remedy[] {
  const lone = absorbed.filter(({ op, among }) => /softmax$/i.test(op) && among === 1);
  const losses = layers.filter(
    (l) =>
      /^cross_?entropy(loss)?$/i.test(l.type) &&
      lone.some(({ at }) => l.calledAt.some((call) => samePlace(call, at))),
  );
  return losses.flatMap((loss): Remedy[] => {
    const at = editPlace(loss);
    const to = loss.functional ? "binary_cross_entropy_with_logits" : "BCEWithLogitsLoss";
    return at ? [[{ kind: "rename", at: [at], from: loss.type, to }]] : [];
  });
}

/**
 * gradient-zero: every element of a parameter's gradient is exactly 0, and stays 0 over three optimizer steps.
 *
 * The parameter is used, yet nothing that it does reaches the loss: units that are always off, a saturated function, a multiplication by 0,
 * a selection that never takes it. Gradients that are 0 only because a head, gate or branch starts at 0 wake within
 * three steps and are not reported; nor are those that are zero by construction, like a bias before a normalisation.
 *
 * The run is made again, and the zeros are followed back to the operations that were given a gradient and passed on none of it. Where the run's
 * own size does it, or there was no time for that, it is information: a softmax over a single position, the statistics of a batch of two, a part of the output that this
 * loss does not look at.
 *
 * Of a script its own steps are followed. Where there are fewer than four, or no time is left, only the first is known: then it is information.
 *
 * The weights of a recurrent layer's hidden state are information: one step from a state of zeros gives them none.
 *
 * Certain at the first step already: a softmax or a normalisation over a single value in a script's own data, and a difference of the
 * same values with the same history (a policy's old and new log-probability), whose two gradients cancel. Of weights in float16 the run is
 * made again to find an operation that overflows: what is divided by infinity is 0.
 *
 * Source: Amazon SageMaker Debugger, rule AllZero; exact zeros need no threshold.
 */
export const gradientZero = defineRule({
  code: "gradient-zero",
  severity: "warning",
  title: "A gradient is exactly zero",
  check: (evidence) => {
    const hit = suspects(evidence.parameters);
    const known = knownOf(evidence);
    const isMild = (p: Parameter): boolean => known.isMinor(p) || known.isExcused(p);
    const told = [hit.filter((p) => !isMild(p)), hit.filter(isMild)];
    return told.flatMap((group) =>
      group.length > MOST ? together(group, known) : group.map((p) => alone(p, known)),
    );
  },
  remedies: (evidence) => [
    ...(evidence.absorbed ?? []).flatMap(({ op, at }): Remedy[] =>
      at && STEPPED.test(op) ? [[{ kind: "remove", at: [at], name: op }]] : [],
    ),
    ...(evidence.absorbed ?? []).flatMap(({ op, among, at }): Remedy[] =>
      at && op === "softmax" && among === 1
        ? [[{ kind: "sigmoid", at: [softmaxPlace(at, evidence)] }]]
        : [],
    ),
    ...ofOneScore(evidence),
    ...(evidence.absorbed ?? []).flatMap(({ op, at }): Remedy[] =>
      at && op === "cancel" ? [[{ kind: "detach", at: [at] }]] : [],
    ),
    ...(overflowCause(evidence, suspects(evidence.parameters))
      ? [[{ kind: "widen" } as const]]
      : []),
    [initialiseAll(evidence)],
  ],
});
