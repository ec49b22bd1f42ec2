import type { EntryFacts, Param } from "./spec.ts";

/** Values for parameters that have no default, by name; sizes small enough for a quick first look. */
const OBVIOUS: readonly (readonly [RegExp, number | string | boolean])[] = [
  [
    /^(num|n|nb)_?(classes?|cls|labels?|outputs?)$|^classes$|^(out|output)_(dim|size)$|^output_dims?$|^n_?out$/i,
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
  [/^(img|image|input|in)_?(size|res(olution)?)$|^resolution$/i, 32],
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
  [/^reduction(_ratio)?$|^ratio$/i, 4],
];

/** The value that a parameter's name and annotation make obvious; undefined where none is. */
export function obvious(p: Param): number | string | boolean | undefined {
  const hit = OBVIOUS.find(([name]) => name.test(p.name));
  if (hit) return hit[1];
  if (p.annotation === "bool") return false;
  if (p.annotation === "int") return 16;
  if (p.annotation === "float") return 0.1;
  return undefined;
}

/** Arguments for an entry: nothing where all have defaults, else the obvious values; null with the name that is not. */
export function inferArguments(
  entry: EntryFacts,
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
