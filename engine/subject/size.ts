import type { Plan } from "./arguments.ts";
import { BATCH } from "./inputs.ts";
import type { Made, Mode, Prober } from "./probe.ts";
import type { EntryFacts, InputSpec, ModelFacts, Spec } from "./spec.ts";
import { isConfig } from "./values.ts";

/** Forward arithmetic of a guessed batch; a larger one is cut, so that the answer comes in seconds. */
export const MAX_FLOPS = 6e9;
/** An example of the file's own is taken as it stands up to this. */
export const MAX_EXAMPLE_FLOPS = 1e10;
/** Values per channel below which a batch statistic says more about the batch than about the model. */
export const MIN_SAMPLES = 8;
/** Results of a forward pass, in float32: the tape may hold them all, and the measured run as much again. */
const MAX_BYTES = 8e8;
/** Elements of all parameters: values and gradients, in float64 for the run that tells noise from signal. */
const MAX_PARAMETERS = 1.3e8;

export interface Sized {
  readonly spec: Spec;
  /** What was made smaller or larger, and why; null where nothing was. */
  readonly why: string | null;
}

export const parametersOf = (facts: ModelFacts): number =>
  Object.values(facts.parameters).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

export const isTooLarge = (facts: ModelFacts): boolean => parametersOf(facts) > MAX_PARAMETERS;

/**
 * The spec with a batch that fits: smaller where the arithmetic would take long or the results much memory, larger where a batch
 * normalisation would average over a handful of values. Null where even the smallest batch of an example asks for much more than `limit`.
 */
export function sized(
  spec: Spec,
  tried: { readonly samples: number | null; readonly made: Made },
  prober: Prober,
  limit: number,
  mode: Mode = "meta",
): Sized | null {
  const n = spec.inputs[0]?.shape?.[0];
  const isPlain = n !== undefined && spec.inputs.every((i) => i.shape?.[0] === n);
  const isFew = tried.samples !== null && tried.samples < MIN_SAMPLES;
  const { flops, bytes } = tried.made;
  if (!isPlain) return flops <= 3 * limit && bytes <= 2 * MAX_BYTES ? { spec, why: null } : null;
  const fits = Math.floor(n * Math.min(limit / Math.max(flops, 1), MAX_BYTES / Math.max(bytes, 1)));
  const want = isFew && n < BATCH ? BATCH : n;
  const least = tried.samples === null ? 1 : isFew ? BATCH : 2;
  const batch = Math.max(Math.min(want, fits), Math.min(n, least), 1);
  const isCheap = (m: Made): boolean => m.flops <= 4 * limit && m.bytes <= 2 * MAX_BYTES;
  if (batch === n) return isCheap(tried.made) ? { spec, why: null } : null;
  const inputs = spec.inputs.map((i): InputSpec => ({
    ...i,
    shape: [batch, ...i.shape!.slice(1)],
  }));
  const again = prober.attempt({ ...spec, inputs }, mode);
  if (!again.ok) return isCheap(tried.made) ? { spec, why: null } : null;
  if (!isCheap(again.made)) return null;
  const cost = `${(flops / 1e9).toPrecision(2)} GFLOP and ${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const why =
    batch < n
      ? `${batch} rows in place of ${n}, which would take ${cost}`
      : `${batch} rows in place of ${n}, so that batch statistics have enough samples`;
  return { spec: { ...spec, inputs }, why };
}

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
          whys[p.name] = "smaller than its own, which would not fit a first look";
          continue;
        }
        const now = typeof value === "number" ? value : number(p.default);
        const size = now === undefined ? undefined : small(p.name, now);
        if (size === undefined) continue;
        kwargs[p.name] = size;
        whys[p.name] = `${now} would make a model too large for a first look`;
      }
      return { kwargs, whys };
    })
    .filter((p) => JSON.stringify(p.kwargs) !== JSON.stringify(plan.kwargs));
}

const number = (source: string | null | undefined): number | undefined =>
  source && /^\d+$/.test(source) ? Number(source) : undefined;
