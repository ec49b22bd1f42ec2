import type { EntryFacts, Param } from "./spec.ts";
import { callText, py } from "./spec.ts";

/** Values for parameters that have no default, by name; sizes small enough for a quick first look. */
const OBVIOUS: readonly (readonly [RegExp, unknown])[] = [
  [/^(input|in|img|image)_?shape$/i, py("(3, 32, 32)")],
  [/^dtype$/i, py("torch.float32")],
  [/^rope_freq$|^rope_scaling$/i, null],
  [
    /^(num|n|nb)_?(class(es)?|cls|labels?|outputs?)$|^classes$|^(out|output)_(dim|size)$|^output_dims?$|^n_?out$/i,
    10,
  ],
  [
    /vocab(_?size)?$|^n_?vocab$|^(src|trg|tgt|input|enc|dec)_?voc(ab)?_?size$|^n?_?tokens?$|^ntoken$|^num_embeddings$/i,
    100,
  ],
  [
    /^(in|input|img|image|num_input)_?(channels?|chans?|ch|c)$|^channels?$|^n_?channels$|^(in|input)_?(planes|nc)$|^in_c$/i,
    3,
  ],
  [/^(out|output)_?(channels?|chans?|ch|c)$|^out_?planes$|^planes$/i, 16],
  [
    /^(d|n|num|dim)_?(model|embd?|embed(ding)?s?)$|^(embed(ding)?|emb|model|hidden|hid|latent|feature)s?_?(dim|size|d|units|features)s?$|^dim$|^width$|^n_?hid(den)?$|^ninp$|^nhid$/i,
    64,
  ],
  [/^(in|input)_?(dim|size|features|feat)s?$|^n_?in(put)?s?$|^nfeat$|^in_?f$/i, 64],
  [/^(out)_?(features|feat)$/i, 64],
  [/^(d|dim)_?(ff|feedforward|mlp)$|^(ffn|mlp|ff)_?(dim|hidden|hidden_dim|size)$/i, 128],
  [/^(n|num|nb)_?(heads?)$|^heads$|^nhead$/i, 4],
  [/^dim_?head$|^head_?dim$/i, 16],
  [/^(n|num|nb)_?(layers?|blocks?)$|^depth$|^layers$|^nlayers?$/i, 2],
  [/^(img|image|input|in|sample|crop)_?(size|res(olution)?)$|^resolution$/i, 32],
  [/^(img|image)_?(h|height|w|width)$|^(height|width)$/i, 32],
  [/duration$|^(n|num)_?frames$|^frames$/i, 16],
  [/^patch_?size$/i, 8],
  [
    /^(max|block|seq|context|sequence)_?(len|length|size|seq_len)$|^max_?(seq_?)?len(gth)?$|^n_?(ctx|positions)$|^seq_len$|^window(_size)?$/i,
    32,
  ],
  [/^kernel(_?size)?s?$|^k$/i, 3],
  [/^stride$/i, 1],
  [/^padding$/i, 1],
  [/^groups$/i, 1],
  [/^(p|.*drop.*|.*dropout.*)$/i, 0.1],
  [/^(batch_?size|bs)$/i, 8],
  [/^(device)$/i, "cpu"],
  [/^bias$/i, true],
  // Time series: what files of that family read of their configuration.
  [/^(label|pred|prediction)_len(gth)?$|^horizon$/i, 16],
  [/^(enc|dec)_in$|^c_out$|^n?_?(vars|series)$/i, 7],
  [/^(e|d|enc|dec)_layers$|^n_enc$|^n_dec$/i, 2],
  [/^(factor|top_k|num_kernels|expand)$/i, 2],
  [/^moving_avg$/i, 5],
  [/^d_conv$/i, 4],
  [/^activation$/i, "gelu"],
  [/^embed$/i, "timeF"],
  [/^freq$/i, "h"],
  [/^task_name$/i, "long_term_forecast"],
  [/^(output_attention|individual|distil|use_norm|channel_independence)$/i, false],
  [/^reduction(_ratio)?$|^ratio$/i, 4],
];

/** Where the whole name says nothing, its ending may: small sizes that fit one another. */
const ENDINGS: readonly (readonly [RegExp, number])[] = [
  [/(channels?|planes|filters|feat(ure)?s?|feature_num|hidden|units|dims?|width)$/i, 16],
  [/(class(es)?|labels?|actions?|n_out)$/i, 10],
  [/(layers|blocks|heads|stages|experts|repeats)$/i, 2],
  [/(len(gth)?|seq|steps)$/i, 16],
  [/(heights|widths|sizes|kernels)$/i, 3],
  [/(drop|prob|rate|alpha|eps|slope)/i, 0.1],
  [/size$/i, 4],
  [/^(n|num|nb|dim|d)_?\w*$|_(n|num|dim)$|ratio$|scale$|factor$/i, 4],
];

/** The value that a parameter's name, a like-named default or the annotation makes obvious; undefined where none is. */
export function obvious(p: Param): unknown {
  const hit = OBVIOUS.find(([name]) => name.test(p.name));
  if (hit) return p.annotation === "str" && typeof hit[1] === "number" ? undefined : hit[1];
  if (p.config) return configOf(p.config);
  if (p.hint) return py(p.hint);
  if (p.annotation === "bool") return false;
  if (p.annotation === "int") return ending(p.name) ?? 16;
  if (p.annotation === "float") return 0.1;
  return p.annotation === null ? ending(p.name) : undefined;
}

const ending = (name: string): number | undefined => ENDINGS.find(([end]) => end.test(name))?.[1];

/** `Config(vocab_size=100)`: only what has no default; undefined where a field is not obvious. */
function configOf(config: NonNullable<Param["config"]>): unknown {
  const inferred = inferArguments(config);
  return "kwargs" in inferred
    ? py(callText({ entry: config.name, args: [], kwargs: inferred.kwargs }))
    : undefined;
}

/** Arguments for an entry: nothing where all have defaults, else the obvious values; null with the name that is not. */
export function inferArguments(
  entry: Pick<EntryFacts, "params">,
): { readonly kwargs: Readonly<Record<string, unknown>> } | { readonly missing: string } {
  const kwargs: Record<string, unknown> = {};
  for (const p of entry.params) {
    if (p.hasDefault) continue;
    const guess = obvious(p);
    if (guess === undefined) return { missing: p.name };
    kwargs[p.name] = guess;
  }
  return { kwargs };
}

const PLURAL = /[^s]s$|_list$/i;

/** The same arguments with lists in place of numbers whose names are plurals; undefined where there are none. */
export function withLists(
  kwargs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const isMany = ([name, v]: [string, unknown]): boolean =>
    typeof v === "number" && Number.isInteger(v) && PLURAL.test(name);
  const entries = Object.entries(kwargs);
  if (!entries.some(isMany)) return undefined;
  return Object.fromEntries(entries.map((e) => (isMany(e) ? [e[0], [e[1], e[1]]] : e)));
}

/** Image sides that an entry is given or takes by default: `img_size=224`. */
export function sidesOf(
  entry: Pick<EntryFacts, "params">,
  kwargs: Readonly<Record<string, unknown>>,
): number[] {
  return entry.params
    .filter((p) =>
      /^(img|image|input|sample|in|crop)_?(size|res(olution)?)$|^resolution$/i.test(p.name),
    )
    .flatMap((p) => {
      const given = kwargs[p.name];
      const source = typeof given === "number" ? String(given) : (p.default ?? "");
      const number = /^\(?(\d+)/.exec(source);
      return number ? [Number(number[1])] : [];
    })
    .filter((side) => side >= 8 && side <= 512);
}

/** Features per row that an entry is given or takes by default: `input_dim=80`. */
export function widthsOf(
  entry: Pick<EntryFacts, "params">,
  kwargs: Readonly<Record<string, unknown>>,
): number[] {
  return entry.params
    .filter((p) => /^(in|input|enc|feat(ure)?)_?(dim|size|features|in|channels)?s?$/i.test(p.name))
    .map((p) => kwargs[p.name] ?? Number(p.default ?? NaN))
    .filter((v): v is number => typeof v === "number" && Number.isInteger(v) && v > 0);
}
