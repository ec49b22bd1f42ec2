import type { Plan } from "./arguments.ts";
import { bytesText, HELD_BYTES, isWithin, loadText, type Load } from "../budget.ts";
import { BATCH } from "./inputs.ts";
import type { Choice, Said } from "../report.ts";
import { said } from "../said.ts";
import type { Made, Mode, Prober } from "./probe.ts";
import { told } from "./probe.ts";
import type { Ran, Stopped, Tried } from "./outcome.ts";
import { changes, reductions } from "./reduce.ts";
import type { EntryFacts, ModelFacts, Spec } from "./spec.ts";
import { isConfig } from "./values.ts";

/** Values per channel below which a batch statistic says more about the batch than about the model. */
export const MIN_SAMPLES = 8;
/** Elements of all parameters: values and gradients, in float64 for the run that tells noise from signal. */
const MAX_PARAMETERS = 1.3e8;

/** The load that a batch is cut to, and the most that is taken where it cannot be cut so far. */
export interface Bounds {
  readonly aim: Load;
  readonly most: Load;
  /** The user gave the rows: never more of them. */
  readonly keepsRows?: boolean;
}
/** Of guessed inputs: the answer comes in seconds. */
export const GUESSED: Bounds = {
  aim: { flops: 6e9, bytes: 8e8 },
  most: { flops: 2.4e10, bytes: 1.6e9 },
};
/** Of an example of the file's own. */
export const EXAMPLE: Bounds = {
  aim: { flops: 1e10, bytes: 8e8 },
  most: { flops: 4e10, bytes: 1.6e9 },
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
  tried: { readonly samples: number | null; readonly made: Made },
  prober: Prober,
  { aim, most, keepsRows = false }: Bounds,
  mode: Mode = "meta",
): Sized | null {
  const isFew = tried.samples !== null && tried.samples < MIN_SAMPLES;
  const { made } = tried;
  const asIs = isWithin(made, most) ? { spec, why: null } : null;
  const n = spec.inputs.find((i) => i.shape)?.shape?.[0];
  if (n === undefined) return asIs;
  const share = Math.min(aim.flops / Math.max(made.flops, 1), aim.bytes / Math.max(made.bytes, 1));
  const want = !keepsRows && isFew && n < BATCH && share >= 1 ? BATCH : n;
  const least = tried.samples === null ? 1 : isFew ? BATCH : 2;
  const rows = Math.max(Math.min(want, Math.floor(n * share)), Math.min(n, least), 1);
  if (rows === n && asIs) return asIs;
  const tries = [...reductions(spec.inputs, n, rows)];
  // A model that takes images of one size only, and more than the budget with two of them.
  if (least > 1 && n > 1) tries.push(...reductions(spec.inputs, n, 1));
  for (const inputs of tries) {
    const again = prober.attempt({ ...spec, inputs }, mode);
    if (!again.ok || !isWithin(again.made, most)) continue;
    const why =
      rows > n
        ? said`${rows} rows in place of ${n}, so that batch statistics have enough samples`
        : heavy(changes(spec.inputs, inputs), made, tried.samples);
    return { spec: { ...spec, inputs }, why };
  }
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
  const most = prober.most(parametersOf(facts));
  const fit = sized(given.spec, tried, prober, { aim: most, most, keepsRows: true }, mode);
  if (fit) return { ...given, spec: fit.spec, reduced: fit.why, unconfirmed: null };
  return {
    problem: told(HEAVY, tooHeavy(tried.made, facts, most)),
    isGuess: true,
    spec: given.spec,
  };
}

/** Half the rows, or else half of another axis, for a run that took more memory than its forward pass let expect. */
export function withHalf(spec: Spec, prober: Prober): Sized | null {
  const n = spec.inputs.find((i) => i.shape)?.shape?.[0];
  if (n === undefined) return null;
  for (const inputs of reductions(spec.inputs, n, Math.max(1, n >> 1))) {
    if (!prober.ready({ ...spec, inputs }, "meta").ok) return null;
    if (!prober.attempt({ ...spec, inputs }, "meta").ok) continue;
    const why = said`${changes(spec.inputs, inputs)}, with which the run took more memory than its budget`;
    return { spec: { ...spec, inputs }, why };
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

/** What less was taken, why, and what that changes. */
const heavy = (changed: Said, made: Made, samples: number | null): Said =>
  samples === null
    ? said`${changed}, whose forward pass alone takes ${loadText(made)}`
    : said`${changed}, whose forward pass alone takes ${loadText(made)}; batch statistics are of fewer values, so that rates may differ`;

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
