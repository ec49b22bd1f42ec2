import type { Choice } from "../report.ts";
import { moduleFor, readOf } from "./modules.ts";
import { ENDINGS, OBVIOUS } from "./names.ts";
import type { EntryFacts, Field, Param, Use } from "./spec.ts";
import { py, show } from "./spec.ts";
import type { Config } from "./values.ts";
import { isConfig, rendered } from "./values.ts";
import { inWhy, said, type Sentence } from "../said.ts";

/** A value and half a sentence of reason. */
export interface Chosen {
  readonly value: unknown;
  readonly why: Sentence;
}

/** Arguments of an entry in the making; `whys`: by name, why each was chosen. */
export interface Plan {
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly whys: Readonly<Record<string, Sentence>>;
}

/** Values of a sequence of which the code does not say how many it takes. */
const FEW = 2;
const NAME = said`what the name usually means`;

/** The value that a name says, by the whole name or by what follows a prefix (`enc_heads`). */
function named(name: string): Chosen | undefined {
  const hit = OBVIOUS.find(([is]) => is.test(name));
  if (hit) return { value: hit[1], why: NAME };
  const rest = /^[a-z0-9]+_(.{3,})$/i.exec(name)?.[1];
  return rest ? named(rest) : undefined;
}

const ending = (name: string): Chosen | undefined => {
  const hit = ENDINGS.find(([end]) => end.test(name));
  return hit && { value: hit[1], why: said`what the name's ending usually means` };
};

const FEEDS: readonly (readonly [RegExp, unknown])[] = [
  [/^\w*Dropout\d?d?\.p$|\.dropout$/, 0.1],
  [/\.in_channels$/, 3],
  [/\.kernel_size$/, 3],
  [/\.stride$/, 1],
  [/\.padding$/, 1],
  [/\.num_embeddings$/, 100],
  [/\.num_heads$|\.nhead$/, 4],
  [/\.num_layers$/, 2],
  [/\.bias$|\.affine$|\.bidirectional$/, true],
  [/\.(eps|negative_slope)$/, 0.01],
  [
    /\.(in|out)_(features|channels)$|\.(input|hidden)_size$|\.embedding_dim$|\.num_features$|\.normalized_shape$|\.num_channels$/,
    16,
  ],
];

/** `Linear.in_features`: an argument of a layer. */
function becomes(target: string): Sentence {
  const [layer = "", argument = ""] = target.split(".");
  return said`it becomes ${layer}'s ${argument}`;
}

const fed = (use: Use): Chosen | undefined => {
  for (const target of use.feeds ?? []) {
    const hit = FEEDS.find(([is]) => is.test(target));
    if (hit) return { value: hit[1], why: becomes(target) };
  }
  return undefined;
};

/** Losses that stand in for one that is not given, likeliest first. */
export const LOSSES = ["CrossEntropyLoss", "BCEWithLogitsLoss", "MSELoss"].map(
  (name) => `torch.nn.${name}()`,
);
const CRITERION = /^crit$|criterion$|(^|_)loss(_?(fn|fcn|func|function))?$/i;
const ACTIVATION = /act(ivation)?s?(_?(fn|func|function|layer))?$|^non_?linearity$/i;

/** A class or a function that the code calls, or a module. */
function callable(p: Param, use: Use, of: EntryFacts, all: readonly EntryFacts[]) {
  const isClass = use.called !== undefined;
  if (ACTIVATION.test(p.name))
    return { value: py(isClass ? "torch.nn.ReLU" : "torch.nn.ReLU()"), why: said`an activation` };
  if (isClass && /norm/i.test(p.name)) {
    const kind = of.forward?.some((f) => f.use?.count === 4) ? "BatchNorm2d" : "LayerNorm";
    const isImage =
      /2d|conv|res|unet|gan/i.test(of.name) || /bn|batch_?norm|norm_layer/i.test(p.name);
    return { value: py(`torch.nn.${isImage ? "BatchNorm2d" : kind}`), why: said`a normalisation` };
  }
  if (isClass && /conv/i.test(p.name))
    return { value: py("torch.nn.Conv2d"), why: said`a convolution's class` };
  const own = moduleFor(p, use, of, all);
  if (own || isClass || !CRITERION.test(p.name)) return own;
  return { value: py(LOSSES[0]!), why: said`a loss` };
}

/** Must it be a module or a class of one: by how the code uses it, its annotation or its name? */
export const isModule = (p: Param, use: Use): boolean =>
  use.called !== undefined || (!PLAIN.test(p.annotation ?? "") && looksLikeModule(p, use));

/** Annotations of what is no module, whatever its name. */
const PLAIN = /^(Optional\[)?(int|float|bool|str)\b/;

const looksLikeModule = (p: Param, use: Use): boolean =>
  use.module === true ||
  /(^|\.)(Module|Type|Callable|type)\b/.test(p.annotation ?? "") ||
  (MODULES.test(p.name) && !use.number && !use.text && !use.options?.length && !use.feeds?.length);

/** The likeliest value for a parameter; undefined where nothing in the file says one. */
export function chooseValue(
  p: Param,
  of: EntryFacts,
  all: readonly EntryFacts[],
): Chosen | undefined {
  const use = p.use ?? {};
  const given = p.given?.[0];
  if (given) return { value: py(given.value), why: given.why };
  if (p.config) return configFor(p.config, of, all);
  if (p.annotation === "str" || use.options?.length) {
    const known = OBVIOUS.find(([is]) => is.test(p.name))?.[1];
    const options = use.options ?? [];
    if (known === false) return { value: known, why: NAME };
    if (typeof known === "string" && (options.length === 0 || options.includes(known)))
      return { value: known, why: NAME };
    if (options[0] !== undefined)
      return {
        value: options[0],
        why: said`the code compares it with ${options.map(show).join(", ")}`,
      };
    if (p.hint)
      return { value: py(p.hint), why: said`a default of this name elsewhere in the file` };
    return undefined;
  }
  if (isModule(p, use) && !/device|dtype/.test(p.name)) {
    const found = callable(p, use, of, all);
    if (found) return found;
    if (of.isWrapper && use.called === undefined && !use.many && readOf(use).length === 0)
      return {
        value: py("torch.nn.Linear(64, 64)"),
        why: said`any module, one that keeps the shape`,
      };
  }
  if (use.tensor && !use.many) return undefined;
  if (use.text && !use.number && !use.many && !named(p.name))
    return { value: p.name, why: said`a text` };
  const listed = SEVERAL.exec(p.annotation ?? "");
  if (!use.many && !listed) return scalar(p, use);
  const inner = (listed?.[2] ?? "").split(",").map((part) => part.trim());
  const isTuple = inner.length > 1 && !inner.includes("...");
  const one = scalar(listed ? { ...p, annotation: inner[0] || null } : p, use);
  const taken = isTuple ? { ...use, count: inner.length } : use;
  return several(one ?? { value: 16, why: said`the code takes several` }, taken, p.name);
}

/** An annotation of several values, and what it says of them: `Tuple[float, float]`. */
const SEVERAL = /^(?:typing\.)?(list|tuple|List|Tuple|Sequence)\b(?:\[(.*)\]$)?/;

function several(one: Chosen, use: Use, name: string): Chosen {
  if (typeof one.value !== "number") return one;
  // Several channels are those of stages, not of an image.
  const isSide = /kernel|height/i.test(name);
  const each = one.value === 3 && !isSide ? 16 : one.value;
  const inner = use.item?.many ? several({ ...one, value: each }, use.item, name).value : each;
  const n = use.count && use.count > 1 ? use.count : FEW;
  const why =
    use.count && use.count > 1
      ? said`the code takes ${n} of them`
      : said`the code takes several of them`;
  return { value: Array.from({ length: n }, () => inner), why };
}

function scalar(p: Param, use: Use): Chosen | undefined {
  const hit = named(p.name);
  const isNumber = use.number === true || fed(use) !== undefined;
  if (hit && !(isNumber && typeof hit.value === "object")) return hit;
  if (p.hint) return { value: py(p.hint), why: said`a default of this name elsewhere in the file` };
  if (p.annotation === "bool") return { value: false, why: said`its annotation` };
  const byFeed = fed(use);
  if (p.annotation === "int") return ending(p.name) ?? byFeed ?? { value: 16, why: said`an int` };
  if (p.annotation === "float") return { value: 0.1, why: said`a float` };
  if (byFeed) return byFeed;
  if (p.annotation === null || use.number) {
    const end = ending(p.name);
    if (end) return end;
    if (use.number) return { value: 4, why: said`the code calculates with it` };
    if (!MODULES.test(p.name)) return { value: fallback(p.name), why: said`nothing says more` };
  }
  return undefined;
}

/** Names of parameters that are modules, where the code does not show it. */
const MODULES =
  /(encoder|decoder|backbone|generator|discriminator|critic|actor|net|network|model|module|block|attn|attention|embedder|transformer|unet|layer|fn|func|function|criterion|matcher|tokenizer|dataset|head)$/i;

/** Settings that are classes or functions. */
const CLASSES = /layer|norm|act|class|cls|fn$/i;

/** A configuration: its class with what has no default, the file's own table, or the fields that the code reads. */
function configFor(
  config: NonNullable<Param["config"]>,
  of: EntryFacts,
  all: readonly EntryFacts[],
): Chosen | undefined {
  const fields: Record<string, unknown> = {};
  for (const p of config.params) {
    if (p.hasDefault) continue;
    const chosen = chooseValue(p, of, all);
    if (!chosen) return undefined;
    fields[p.name] = chosen.value;
  }
  const table = config.tables[0] ?? null;
  if (!table && !config.params.length)
    // What the code calls on the configuration itself is a method, not a setting.
    for (const f of config.fields.filter((g) => g.called === undefined || CLASSES.test(g.name)))
      fields[f.name] = fieldValue(f, of, all);
  const made: Config = { $config: config.name, table, fields };
  const why = table
    ? said`a table of the file that holds what is read`
    : config.params.length > 0
      ? said`the file's configuration class`
      : config.from
        ? said`the fields that the code reads, as ${config.from} sets them`
        : said`the fields that the code reads`;
  return { value: made, why };
}

/** A field of a configuration: what its name says, a nested configuration, or a small number. */
function fieldValue(f: Field, of: EntryFacts, all: readonly EntryFacts[]): unknown {
  if (f.set !== undefined) return f.set;
  if (f.fields?.length && !f.many && !f.tensor) {
    const fields = Object.fromEntries(f.fields.map((g) => [g.name, fieldValue(g, of, all)]));
    const name = f.kind === "key" ? "dict" : "types.SimpleNamespace";
    return { $config: name, table: null, fields } satisfies Config;
  }
  if (f.tensor && !f.number && !f.many) return py("torch.zeros(4)");
  return chooseValue(asParam(f.name, f), of, all)?.value ?? fallback(f.name);
}

export const asParam = (name: string, use: Use = {}): Param => ({
  name,
  hasDefault: false,
  default: null,
  annotation: null,
  keywordOnly: true,
  use,
});

/** What stands for a field of which nothing is known: a switch is off, all else is small. */
export const fallback = (name: string): unknown =>
  /^(use|is|with|has|do|return|enable|add|share|tie|learn|freeze|if)_|bias$|bidirectional|pretrained/i.test(
    name,
  )
    ? false
    : 4;

/** Arguments for an entry: nothing where all have defaults, else the likeliest values; or the name that none was found for. */
export function planArguments(
  entry: EntryFacts,
  all: readonly EntryFacts[] = [],
): Plan | { readonly missing: string } {
  const kwargs: Record<string, unknown> = {};
  const whys: Record<string, Sentence> = {};
  const tensors: Param[] = [];
  for (const p of entry.params) {
    if (p.hasDefault) continue;
    const chosen = chooseValue(p, entry, all);
    if (!chosen && p.use?.tensor) tensors.push(p);
    else if (!chosen) return { missing: p.name };
    else {
      kwargs[p.name] = chosen.value;
      whys[p.name] = chosen.why;
    }
  }
  for (const p of tensors) {
    const rows = sizeNamed(kwargs, /vocab|num_emb|n_?tokens?|ntoken/i) ?? 16;
    const width =
      sizeNamed(kwargs, /emb\w*_?(dim|size)$/i) ?? sizeNamed(kwargs, /emb|dim|width|hidden/i) ?? 16;
    kwargs[p.name] = py(`torch.randn(${rows}, ${width})`);
    whys[p.name] = said`a tensor, of the sizes that the other arguments name`;
  }
  return { kwargs, whys };
}

/** The first value of such a name among the arguments and the fields of their configurations, as source. */
function sizeNamed(kwargs: Readonly<Record<string, unknown>>, is: RegExp): string | undefined {
  const fields = Object.values(kwargs).flatMap((v) =>
    isConfig(v) ? Object.entries(v.fields) : [],
  );
  const hit = [...Object.entries(kwargs), ...fields].find(
    ([name, v]) => is.test(name) && !isConfig(v),
  );
  return hit && show(rendered(hit[1]));
}

/** The choices that a plan made, as the report says them. */
export const choicesOf = (plan: Plan): Choice[] =>
  Object.entries(plan.kwargs).map(([what, v]) => ({
    what,
    value: show(rendered(v)),
    ...inWhy(plan.whys[what] ?? said`given`),
  }));

/** Image sides that an entry is given or takes by default: `img_size=224`. */
export function sidesOf(
  entry: Pick<EntryFacts, "params">,
  kwargs: Readonly<Record<string, unknown>>,
): number[] {
  return numbersOf(
    entry,
    kwargs,
    /^(img|image|input|sample|in|crop)_?(size|res(olution)?)$|^resolution$/i,
  ).filter((side) => side >= 8 && side <= 512);
}

/** Features per row that an entry is given or takes by default: `input_dim=80`. */
export function widthsOf(
  entry: Pick<EntryFacts, "params">,
  kwargs: Readonly<Record<string, unknown>>,
): number[] {
  const is =
    /^(in|input|enc|feat(ure)?|x|obs|state|node|n|d|num)_?(dim|size|features?|feats?|in|model|obs|state)?s?$/i;
  return numbersOf(entry, kwargs, is).filter((v) => Number.isInteger(v) && v > 1);
}

/** Lists of numbers among the arguments: channels of stages, as a pyramid's maps have them. */
export const listsOf = (kwargs: Readonly<Record<string, unknown>>): number[][] =>
  Object.values(kwargs).flatMap((v) => {
    const list = /^[([]\s*(\d+(?:\s*,\s*\d+)+)\s*,?\s*[)\]]$/.exec(show(rendered(v)))?.[1];
    return list ? [list.split(",").map(Number)] : [];
  });

/** Numbers of the parameters with such a name, given or by default; the first of several. */
function numbersOf(
  entry: Pick<EntryFacts, "params">,
  kwargs: Readonly<Record<string, unknown>>,
  is: RegExp,
): number[] {
  return entry.params
    .filter((p) => is.test(p.name))
    .flatMap((p) => {
      const given = kwargs[p.name];
      const source = given === undefined ? (p.default ?? "") : show(rendered(given));
      const number = /^[([]?\s*(\d+)/.exec(source);
      return number ? [Number(number[1])] : [];
    });
}
