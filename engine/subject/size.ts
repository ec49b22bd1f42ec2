import type { Plan } from "./arguments.ts";
import { bytesText, HELD_BYTES, isWithin, loadText, type Load } from "../budget.ts";
import { BATCH } from "./inputs.ts";
import type { Choice, Said } from "../report.ts";
import { said } from "../said.ts";
import type { Made, Mode, Prober } from "./probe.ts";
import { told } from "./probe.ts";
import type { Ran, Stopped, Tried } from "./outcome.ts";
import { changes, mainShape, withRows } from "./reduce.ts";
import { smaller } from "./smaller.ts";
import { callText, type EntryFacts, type InputSpec, type ModelFacts, type Spec } from "./spec.ts";
import { isConfig } from "./values.ts";

/** Values per channel below which a batch statistic says more about the batch than about the model. */
export const MIN_SAMPLES = 8;
/** Elements of all parameters: values and gradients, in float64 for the run that tells noise from signal. */
const MAX_PARAMETERS = 1.3e8;

/** The load that a batch is cut to, and the most that is taken where it cannot be cut so far. */
export interface Bounds {
  readonly aim: Load;
  readonly most: Load;
  /** Whose sizes they are: rows that were given are never made more, and what is guessed has no verdict that a smaller size might lose. */
  readonly sizes: "given" | "guessed" | "shown";
}
/** Of guessed inputs: the answer comes in seconds. */
export const GUESSED: Bounds = {
  aim: { flops: 6e9, bytes: 8e8 },
  most: { flops: 2.4e10, bytes: 1.6e9 },
  sizes: "guessed",
};
/** Of an example of the file's own. */
export const EXAMPLE: Bounds = {
  aim: { flops: 1e10, bytes: 8e8 },
  most: { flops: 4e10, bytes: 1.6e9 },
  sizes: "shown",
};

export interface Sized {
  readonly spec: Spec;
  /** What was made smaller or larger, and why; null where nothing was. */
  readonly why: Said | null;
}

export const parametersOf = (facts: ModelFacts): number =>
  Object.values(facts.parameters).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

export const isTooLarge = (facts: ModelFacts): boolean => parametersOf(facts) > MAX_PARAMETERS;

/**
 * The spec with inputs that fit: fewer rows where the arithmetic would take long or the results much memory, then shorter sequences and
 * smaller images; more rows where a batch normalisation would average over a handful of values. Null where nothing fits.
 */
export function sized(
  spec: Spec,
  tried: Tried,
  prober: Prober,
  { aim, most, sizes }: Bounds,
  mode: Mode = "meta",
): Sized | null {
  const { made, samples } = tried;
  const asIs = isWithin(made, most) ? { spec, why: null } : null;
  const n = mainShape(spec.inputs)?.[0];
  if (n === undefined) return asIs;
  const share = Math.min(aim.flops / Math.max(made.flops, 1), aim.bytes / Math.max(made.bytes, 1));
  const isFew = samples !== null && samples < MIN_SAMPLES;
  if (sizes !== "given" && isFew && n < BATCH && share >= 1) {
    const inputs = withRows(spec.inputs, 0, n, BATCH);
    const again = prober.attempt({ ...spec, inputs }, mode);
    if (!again.ok || !isWithin(again.made, most)) return asIs;
    const why = said`${BATCH} rows in place of ${n}, so that batch statistics have enough samples`;
    return { spec: { ...spec, inputs }, why };
  }
  if (share >= 1 && asIs) return asIs;
  const rows = (all: number): number => Math.min(all, Math.floor(all * share));
  if (asIs && rows(n) === n) return asIs;
  const cut = { rows, isGuess: sizes === "guessed", onlyRows: asIs !== null };
  for (const { inputs, tried: again } of smaller(spec, tried, cut, prober, mode))
    if (isWithin(again.made, most))
      return { spec: { ...spec, inputs }, why: heavy(changes(spec.inputs, inputs), made, samples) };
  return asIs;
}

/** A spec that the user gave, smaller only where the budget has no room for it; stopped where it has none for any of it. */
export function fitted(
  given: { readonly spec: Spec; readonly choices: readonly Choice[] },
  tried: Tried,
  facts: ModelFacts,
  prober: Prober,
  mode: Mode = "meta",
): Ran | Stopped {
  const { spec } = given;
  const most = prober.most(parametersOf(facts));
  const bounds: Bounds = { aim: most, most, sizes: "given" };
  const fit = sized(spec, tried, prober, bounds, mode);
  if (fit)
    return { ...given, spec: fit.spec, reduced: fit.why, own: spec.inputs, unconfirmed: null };
  const why = tooHeavy(tried.made, facts, most);
  const isKept = sized(spec, tried, prober, { ...bounds, sizes: "guessed" }, mode) !== null;
  const because = isKept
    ? said`${why}; smaller inputs would fit, but pass fewer steps, see mostly padding or are too few, so that their verdicts are not those of this one`
    : why;
  return { problem: told(HEAVY, because), isGuess: true, spec };
}

/** Half the rows, or else half of another axis, for a run that took more memory than its forward pass let expect. `own`: the inputs before anything was cut. */
export function withHalf(
  spec: Spec,
  own: readonly InputSpec[],
  isGuess: boolean,
  prober: Prober,
): Sized | null {
  if (!prober.ready(spec, "meta").ok) return null;
  const tried = prober.attempt(spec, "meta");
  if (!tried.ok) return null;
  const cut = { rows: (n: number) => n >> 1, isGuess };
  for (const { inputs } of smaller(spec, tried, cut, prober, "meta")) {
    const what = said`${changes(own, inputs)}, with which the run took more memory than its budget`;
    return { spec: { ...spec, inputs }, why: withStatistics(what, tried.samples) };
  }
  return null;
}

/** What no budget has room for. */
export const HEAVY = "TooHeavy";
export const tooHeavy = (made: Made, facts: ModelFacts, most: Load): Said => {
  const elements = parametersOf(facts);
  const size = (elements / 1e6).toPrecision(3);
  const held = bytesText(HELD_BYTES * elements);
  if (most.bytes === 0)
    return said`its ${size} M parameters take ${held} with their gradients, which is more memory than the budget has`;
  return said`its forward pass takes ${loadText(made)} beside ${size} M parameters, which take ${held} with their gradients, and the budget has room for ${loadText(most)}`;
};

/** Of a run that ended in want of memory, though its forward pass let expect less. */
export const overBudget = (spec: Spec, bytes: number): Said =>
  said`${callText(spec)} is too heavy: with input ${spec.inputs.map((i) => `[${i.shape?.join(", ") ?? ""}]`).join(", ")} its run takes more memory than the ${bytesText(bytes)} of the budget, and smaller inputs do not help`;

/** What less was taken, why, and what that changes. */
const heavy = (changed: Said, made: Made, samples: number | null): Said =>
  withStatistics(said`${changed}, whose forward pass alone takes ${loadText(made)}`, samples);
const withStatistics = (why: Said, samples: number | null): Said =>
  samples === null
    ? why
    : said`${why}; batch statistics are of fewer values, so that rates may differ`;

const DEPTHS =
  /depth|(^|_)n?_?layers?$|num_(hidden_|encoder_|decoder_)?layers|blocks?(_per_\w+)?$|^n_?layers?$|_layer$/i;
const SLIMMER: readonly (readonly [RegExp, number])[] = [
  [DEPTHS, 2],
  [/^(img|image|input|sample)_?(size|res(olution)?)$|^resolution$/i, 64],
  [/vocab/i, 1000],
  [/hidden|emb|dim(_max)?$|d_model|width|channels|n[gd]f$|filters/i, 128],
  [/kv_(heads|groups)/i, 2],
  [/(?<!dim_?)heads?$/i, 4],
  [/context_length|max_(seq|position)|block_size/i, 256],
];

/** The same arguments for a model of less depth, then of less of everything, for one that is too large for a first look. */
export function slimmer(plan: Plan, entry: EntryFacts): Plan[] {
  const rules = [SLIMMER.slice(0, 1), SLIMMER.slice(0, 3), SLIMMER];
  return rules
    .map((few): Plan => {
      const kwargs = { ...plan.kwargs };
      const whys = { ...plan.whys };
      const small = (name: string, current: unknown): number | undefined => {
        const hit = few.find(([is]) => is.test(name));
        if (!hit) return undefined;
        const isLarger = current === undefined || (typeof current === "number" && current > hit[1]);
        return isLarger ? hit[1] : undefined;
      };
      for (const p of entry.params) {
        const value = kwargs[p.name];
        if (isConfig(value)) {
          const fields = { ...value.fields };
          const names = [
            ...(p.config?.params ?? []).map((q) => ({
              name: q.name,
              now: fields[q.name] ?? number(q.default),
            })),
            ...(value.table ? (p.config?.fields ?? []) : []).map(({ name }) => ({
              name,
              now: fields[name],
            })),
          ];
          for (const { name, now } of names) {
            const size = small(name, now);
            if (size !== undefined && (value.table || typeof now === "number")) fields[name] = size;
          }
          kwargs[p.name] = { ...value, fields };
          whys[p.name] = said`smaller than its own, which would not fit a first look`;
          continue;
        }
        const now = typeof value === "number" ? value : number(p.default);
        const size = now === undefined ? undefined : small(p.name, now);
        if (size === undefined) continue;
        kwargs[p.name] = size;
        whys[p.name] = said`${String(now)} would make a model too large for a first look`;
      }
      return { kwargs, whys };
    })
    .filter((p) => JSON.stringify(p.kwargs) !== JSON.stringify(plan.kwargs));
}

const number = (source: string | null | undefined): number | undefined =>
  source && /^\d+$/.test(source) ? Number(source) : undefined;
