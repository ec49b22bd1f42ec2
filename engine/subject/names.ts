import { py } from "./spec.ts";

/** Values for parameters that have no default, by name; sizes small enough for a quick first look. */
export const OBVIOUS: readonly (readonly [RegExp, unknown])[] = [
  [/^(input|in|img|image)_?shape$/i, py("(3, 32, 32)")],
  [/^dtype$/i, py("torch.float32")],
  [/(^|_)(kwargs|kw)$/i, py("{}")],
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
  [
    /^(d|dim)_?(ff|feedforward|mlp|hid(den)?|inner)$|^(ffn|mlp|ff)_?(dim|hidden|hidden_dim|size)$/i,
    128,
  ],
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
  [/^betas$/i, [0.0001, 0.02]],
  [/^padding$/i, 1],
  [/^groups$/i, 1],
  [/^(p|dp|dp_(ratio|rate)|.*drop.*|keep_prob.*)$/i, 0.1],
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
export const ENDINGS: readonly (readonly [RegExp, number])[] = [
  [/dilation/i, 2],
  [/(channels?|planes|filters|feat(ure)?s?|feature_num|hidden|units|dims?|width|state)$/i, 16],
  [/(class(es)?|labels?|actions?|n_out)$/i, 10],
  [/(layers|blocks|heads|stages|experts|repeats)$|^n_\w+_(layer|head)$/i, 2],
  [/(len(gth)?|seq|steps|ctx)$/i, 16],
  [/(heights|widths|sizes|kernels)$/i, 3],
  [/(up|down)_?sampl\w*_?(rate|scale|factor|ratio|stride)s?$|strides$/i, 2],
  [/(drop|prob|rate|alpha|eps|slope)/i, 0.1],
  [/size$/i, 4],
  [/^(n|num|nb|dim|d)_?\w*$|_(n|num|dim)$|ratio$|scale$|factor$/i, 4],
];
