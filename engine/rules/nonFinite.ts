import type { Extent } from "../measure/origin.ts";
import type { Layer, Parameter, Stats, Said } from "../report.ts";
import type { BadOperation, Evidence, Judgement, Origin } from "./rule.ts";
import { grownAt } from "./grown.ts";
import { initialiseAll, initialiseSmall, recurrentRemedies } from "./remedies.ts";
import { defineRule, editPlace, short } from "./rule.ts";
import type { Remedy } from "./step.ts";
import { said, type Sentence } from "../said.ts";

const isBad = (s: Stats | null): boolean => s !== null && s.nans + s.infs > 0;
const what = (s: Stats): Said =>
  s.nans > 0
    ? said`${s.nans} of ${s.count} elements are NaN`
    : said`${s.infs} of ${s.count} elements are infinite`;

interface Bad {
  readonly layer: Layer | null;
  readonly parameter: Parameter | null;
  readonly part: "output" | "gradient";
  readonly stats: Stats | null;
}

/** The first in forward order whose output is bad, else the first on the way back; null where all is finite. */
function firstBad({ layers, parameters, loss }: Evidence): Bad | null {
  const forward = layers.find((l) => isBad(l.output));
  if (forward) return { layer: forward, parameter: null, part: "output", stats: forward.output! };
  const back = layers.findLast((l) => isBad(l.inputGrad) || isBad(l.outputGrad));
  if (back) {
    const stats = isBad(back.inputGrad) ? back.inputGrad! : back.outputGrad!;
    return { layer: back, parameter: null, part: "gradient", stats };
  }
  const parameter = parameters.find((p) => isBad(p.grad));
  if (parameter) return { layer: null, parameter, part: "gradient", stats: parameter.grad };
  const isLossBad = loss !== null && !Number.isFinite(loss);
  return isLossBad ? { layer: null, parameter: null, part: "output", stats: null } : null;
}

/** No NaN and no infinity in what was measured. */
export const isFinite = (evidence: Evidence): boolean => firstBad(evidence) === null;

/** Where an operation's slope is infinite. */
const POLES: Readonly<Record<string, "0" | "±1">> = {
  log: "0",
  sqrt: "0",
  rsqrt: "0",
  pow: "0",
  div: "0",
  reciprocal: "0",
  singleNorm: "0",
  acos: "±1",
  asin: "±1",
};

const range = ({ least, most }: Extent): Said => said`from ${short(least)} to ${short(most)}`;

/** What in the operands of a forward operation makes NaN or infinity of them. */
function forwardCause({ op, extents }: BadOperation): Sentence {
  const infinite = extents.find((e) => e.infs > 0);
  if (infinite && op === "softmax") return said`a row of its input has no finite entry`;
  if (infinite) return said`its input holds ${infinite.infs} infinite values`;
  const divisor = op === "div" ? extents[1] : undefined;
  const isNothing = (e: Extent | undefined): boolean => e?.least === 0 && e.most === 0;
  if (isNothing(divisor) && isNothing(extents[0]))
    return said`it divides 0 by 0, as a standard deviation of a single value does (n − 1 is 0)`;
  if (divisor && divisor.zeros > 0) return said`it divides by 0 at ${divisor.zeros} places`;
  const known = extents.filter((e) => e.least <= e.most);
  if (known.length === 0) return said`its input is empty`;
  const each = known.map(range);
  return known.length > 1
    ? said`its inputs go ${each.reduce((a, b) => said`${a} and ${b}`)}`
    : said`its input goes ${each[0]!}`;
}

/** What in the operands makes a gradient infinite, or NaN of 0 × ∞. */
function backwardCause({ op, extents }: BadOperation): Sentence {
  const pole = POLES[op];
  const zeros = Math.max(0, ...extents.map((e) => e.zeros));
  if (pole === "0" && zeros > 0) return said`the slope is infinite at 0, and ${zeros} values are 0`;
  if (pole === "±1") return said`the slope is infinite at ±1, which its input reaches`;
  const known = extents.filter((e) => e.least <= e.most);
  const bad = extents.find((e) => e.infs + e.nans > 0);
  if (bad) return said`it was computed from ${bad.infs + bad.nans} values that are not finite`;
  return known.length > 0
    ? said`its inputs go ${known.map(range).reduce((a, b) => said`${a} and ${b}`)}`
    : said`it overflows`;
}

/** The largest size among an operation's operands. */
const sizeOf = ({ extents }: BadOperation): number =>
  Math.max(
    0,
    ...extents.flatMap((e) => (e.least <= e.most ? [Math.abs(e.least), Math.abs(e.most)] : [])),
  );

/** NaN of an infinity that another operation made is that one's doing; a mask's −∞ is written, not made. */
function forwardOf(origin: Origin | undefined): BadOperation | null {
  const { nan, inf } = origin ?? {};
  return inf && (!nan || nan.extents.some((e) => e.infs > 0)) ? inf : (nan ?? null);
}

/** The operation behind it, where the run was made again to find it. A finite loss lets a bad result of a branch not taken pass. */
function operationOf(
  { origin, loss }: Evidence,
  bad: Bad,
): { readonly made: BadOperation; readonly isBack: boolean } | null {
  const isLossFinite = loss !== null && Number.isFinite(loss);
  const forward = forwardOf(origin);
  const made = bad.part === "gradient" && isLossFinite ? (origin?.back ?? forward) : forward;
  return made ? { made, isBack: made === origin?.back } : null;
}

/** Nothing that an optimizer or the user reads is touched: a mask of −∞, or an infinite slope that a rectifier before it sets to 0. */
const isHarmless = ({ loss, parameters }: Evidence): boolean =>
  loss !== null && Number.isFinite(loss) && !parameters.some((p) => isBad(p.grad));

/** The only way in which connectionist temporal classification makes infinity of finite log-probabilities. */
const isImpossible = ({ layer, part, stats }: Bad): boolean =>
  /^ctc_?loss$/i.test(layer?.type ?? "") && part === "output" && (stats?.infs ?? 0) > 0;

/** CTC losses with `zero_infinity`. */
function impossibleRemedies(bad: Bad): Remedy[] {
  const at = isImpossible(bad) && bad.layer ? editPlace(bad.layer) : null;
  return at ? [[{ kind: "argument", at: [at], name: "zero_infinity", value: true }]] : [];
}

function judged(evidence: Evidence, bad: Bad): Judgement {
  const { subjectAt, origin } = evidence;
  const owner = bad.layer ? bad.layer.path || bad.layer.type : bad.parameter?.name;
  const place = bad.layer ? editPlace(bad.layer) : (bad.parameter?.definedAt ?? null);
  const seen =
    owner === undefined || !bad.stats
      ? said`The loss is not finite, though every layer's output is.`
      : bad.parameter
        ? said`${owner}.grad is not finite: ${what(bad.stats)}.`
        : bad.part === "output"
          ? said`${owner} is the first whose output is not finite: ${what(bad.stats)}.`
          : said`${owner} is the first whose gradient is not finite: ${what(bad.stats)}.`;
  const { nans = 0, infs = 0, count = 0 } = bad.stats ?? {};
  const isMild = isHarmless(evidence);
  const rest = {
    ...(isMild ? { severity: "information" as const } : {}),
    measured: bad.stats ? { nans, infs, count } : {},
    layers: bad.layer ? [bad.layer.path] : bad.parameter ? [bad.parameter.layer] : [],
  };
  const found = operationOf(evidence, bad);
  if (!found?.made.at) return { ...rest, at: place ?? subjectAt, message: seen };
  if (isImpossible(bad))
    return {
      ...rest,
      at: found.made.at,
      message: said`${owner ?? ""} is infinite: a target of more labels than its input has frames, or of as many with one repeated, has no alignment.`,
      related: place ? [{ at: place, text: seen }] : [],
    };
  const { made, isBack } = found;
  const end = isMild ? said` Loss and parameters' gradients are finite all the same.` : "";
  const later = !isBack && made === origin?.inf ? origin.nan : null;
  const grown = isBack ? null : grownAt(evidence, sizeOf(made));
  return {
    ...rest,
    at: found.made.at,
    message: isBack
      ? said`The gradient of ${made.op} here is the first that is not finite: ${backwardCause(made)}.${end}`
      : said`${made.op} here makes the first ${made === origin?.inf ? said`infinity` : "NaN"}: ${forwardCause(made)}.${end}`,
    ...(grown && { cause: grown }),
    related: [
      ...(later?.at
        ? [{ at: later.at, text: said`The first NaN: ${later.op}; ${forwardCause(later)}.` }]
        : []),
      ...(place ? [{ at: place, text: seen }] : []),
    ],
  };
}

/**
 * non-finite: NaN or infinity appears in an activation or a gradient.
 *
 * The run is made again, and the result of each operation is looked at: the finding stands on the first that was given numbers and made
 * NaN or infinity of them, forward or, where the loss is finite, on the way back, and says what its operands were. Where that cannot be
 * told it stands on the first layer. Where huge operands made it, the cause is the layer that grew them. Where the loss and all parameters' gradients are finite all the same, it is information.
 *
 * Source: exact; no threshold. The way back as torch.autograd.set_detect_anomaly has it.
 */
export const nonFinite = defineRule({
  code: "non-finite",
  severity: "error",
  title: "NaN or infinity",
  check: (evidence) => {
    const bad = firstBad(evidence);
    return bad ? [judged(evidence, bad)] : [];
  },
  remedies: (evidence) => {
    const bad = firstBad(evidence);
    if (!bad) return [];
    const made = operationOf(evidence, bad)?.made;
    const at = made?.at ? [made.at] : (bad.layer?.calledAt.slice(0, 1) ?? []);
    const types = bad.layer ? [bad.layer.type] : [];
    const isHalf = evidence.parameters.some(({ value }) => value.dtype === "float16");
    const isGrown = made !== undefined && grownAt(evidence, sizeOf(made)) !== null;
    return [
      ...impossibleRemedies(bad),
      ...(at.length > 0 ? [[{ kind: "guard", at, types } as const]] : []),
      ...(isHalf ? [[{ kind: "widen" } as const]] : []),
      ...(isGrown
        ? [...recurrentRemedies(evidence), [initialiseAll(evidence)], [initialiseSmall(evidence)]]
        : []),
    ];
  },
});
