import { asParam } from "./arguments.ts";
import { expressionOf } from "./reshape.ts";
import type { InputSpec, LayerFacts, ModelFacts, Param } from "./spec.ts";

/** Rows of a guessed batch. */
export const BATCH = 8;
const TOKENS = 16;
/** Side lengths tried for images, most usual first; a stem that halves twice wants larger ones. */
const SIDES = [32, 28, 64, 224, 96, 128, 48, 16, 256, 299, 84, 100, 112, 160, 192, 227, 384, 512];
const SIDES_LARGE_STEM = [64, 96, 128, 224, 32, 160, 192, 256, 299, 384];
const LENGTHS = [64, 128, 32, 256, 16, 100, 512, 1000, 1024, 10, 28, 784];

const normal = (...shape: number[]): InputSpec => ({ kind: "randn", shape });
const tokens = (high: number, ...shape: number[]): InputSpec => ({
  kind: "randint",
  low: 0,
  high,
  shape,
});
const first = (v: number | readonly number[] | undefined): number =>
  typeof v === "number" ? v : (v?.[0] ?? 1);

/** Inputs that a layer of this kind, standing first, would accept; likeliest first. */
function forLayer(l: LayerFacts, vocab: number, lengths: readonly number[]): InputSpec[] {
  switch (l.type) {
    case "Conv2d":
    case "ConvTranspose2d": {
      const c = l.in_channels ?? 3;
      const sides = first(l.kernel_size) >= 7 && first(l.stride) >= 2 ? SIDES_LARGE_STEM : SIDES;
      const images = sides.map((s) => normal(BATCH, c, s, s));
      if (l.type === "Conv2d") return images;
      return [normal(BATCH, c, 1, 1), normal(BATCH, c), normal(BATCH, c, 4, 4), ...images];
    }
    case "Conv1d":
    case "ConvTranspose1d":
      return [...lengths.filter((n) => n >= 8), ...LENGTHS].flatMap((n) => [
        normal(BATCH, l.in_channels ?? 1, n),
        normal(BATCH, n, l.in_channels ?? 1),
      ]);
    case "Conv3d":
      return [32, 16, 64, 112].map((s) => normal(2, l.in_channels ?? 3, Math.min(s, 16), s, s));
    case "Linear": {
      const f = l.in_features ?? 1;
      const side = Math.round(Math.sqrt(f));
      const rgb = Math.round(Math.sqrt(f / 3));
      return [
        normal(BATCH, f),
        normal(BATCH, TOKENS, f),
        ...lengths.flatMap((n) => [normal(BATCH, n, f), normal(BATCH, f, n)]),
        ...(side * side === f && side > 4 ? [normal(BATCH, 1, side, side)] : []),
        ...(rgb * rgb * 3 === f ? [normal(BATCH, 3, rgb, rgb)] : []),
        normal(1, f),
        normal(BATCH, f, 8, 8),
        normal(BATCH, 8, 8, f),
        normal(f),
      ];
    }
    case "Bilinear":
      return [normal(BATCH, l.in1_features ?? 1)];
    case "Embedding":
      return [
        tokens(Math.min(vocab, l.num_embeddings ?? vocab), BATCH, TOKENS),
        ...[...lengths.filter((n) => n <= 1024), 32, 8, 4].map((t) =>
          tokens(l.num_embeddings ?? vocab, BATCH, t),
        ),
        tokens(l.num_embeddings ?? vocab, BATCH),
        tokens(l.num_embeddings ?? vocab, 1),
      ];
    case "LSTM":
    case "GRU":
    case "RNN":
      return l.batch_first
        ? [normal(BATCH, TOKENS, l.input_size ?? 1), normal(TOKENS, BATCH, l.input_size ?? 1)]
        : [normal(TOKENS, BATCH, l.input_size ?? 1), normal(BATCH, TOKENS, l.input_size ?? 1)];
    case "LSTMCell":
    case "GRUCell":
    case "RNNCell":
      return [normal(BATCH, l.input_size ?? 1), normal(BATCH, TOKENS, l.input_size ?? 1)];
    case "BatchNorm2d":
      return SIDES.slice(0, 3).map((s) => normal(BATCH, l.num_features ?? 1, s, s));
    case "BatchNorm1d":
      return [normal(BATCH, l.num_features ?? 1)];
    case "MultiheadAttention":
    case "TransformerEncoderLayer":
      return l.embed_dim ? [normal(BATCH, TOKENS, l.embed_dim)] : [];
    default:
      return [];
  }
}

/** Further inputs beside the first, by name, likeliest first: masks and lengths are left at None where they may be. */
export function companions(p: Param, main: InputSpec, facts: ModelFacts): InputSpec[] {
  const shape = main.shape ?? [BATCH];
  const n = shape[0] ?? BATCH;
  const none = expression("None");
  const isSequence = main.kind === "randint" && shape.length === 2;
  if (/(Long|Int)Tensor/.test(p.annotation ?? ""))
    return [tokens(2, ...shape.slice(0, 2)), tokens(2, ...shape.slice(0, 1))];
  if (p.annotation === "bool" || /^(is|use|return|with|output|need|do)_|^train(ing)?$/.test(p.name))
    return [expression("False")];
  if (/^(edge_?(index|list)|edges?)$/i.test(p.name))
    return [expression(`torch.randint(0, ${n}, (2, ${4 * n}))`)];
  if (/^(edge_?(attr|weights?|features?))$/i.test(p.name))
    return [none, normal(4 * n), normal(4 * n, 4)];
  if (/^batch(_idx|_index|_ids)?$/i.test(p.name)) return [expression(`torch.zeros(${n}).long()`)];
  if (/mask/i.test(p.name))
    return isSequence || shape.length === 3
      ? [
          none,
          expression(`torch.ones(${n}, ${shape[1] ?? TOKENS})`),
          expression(`torch.ones(${shape[1] ?? TOKENS}, ${shape[1] ?? TOKENS}).bool()`),
          expression(`torch.ones(${n}, 1, 1, ${shape[1] ?? TOKENS})`),
        ]
      : [
          none,
          expression(`torch.ones(${shape.join(", ")})`),
          expression(`torch.ones(${n}, 1, ${shape.slice(2).join(", ") || 1})`),
        ];
  if (
    /^(t|ts|time|times|timesteps?|time_?steps?|noise_steps?|diffusion_steps?|sigmas?|noise_level|step)$/i.test(
      p.name,
    )
  )
    return [tokens(100, n), normal(n), normal(n, 1), expression("1")];
  if (/^(actions?|act|a)$/i.test(p.name))
    return [...narrow(facts, n, main), tokens(2, n), tokens(2, n, 1), main];
  if (/^(y|c|labels?|targets?|class(es)?|cls|cond|.*_labels?|category|gt)$/i.test(p.name))
    return isSequence
      ? [tokens(main.high ?? 10, ...shape), tokens(10, n), main]
      : [tokens(10, n), ...narrow(facts, n, main), normal(n, 10), main];
  if (/^(adj|adjacency|a|a_hat|graph|g|adj_?mat(rix)?|laplacian|support)$/i.test(p.name))
    return [
      normal(n, n),
      normal(shape.at(-2) ?? n, shape.at(-2) ?? n),
      normal(n, shape[1] ?? n, shape[1] ?? n),
    ];
  if (/^(.*len(gth)?s?|.*_len(gth)?s?_.*)$/i.test(p.name))
    return [
      expression(`torch.full((${n},), ${shape[1] ?? TOKENS})`),
      none,
      expression(String(shape[1] ?? TOKENS)),
      expression(
        `[${Array(n)
          .fill(shape[1] ?? TOKENS)
          .join(", ")}]`,
      ),
    ];
  if (/mark/i.test(p.name)) {
    // Months, days, hours as numbers, or as rows of tables.
    const tables = facts.layers.flatMap((l) => l.num_embeddings ?? []);
    const length = shape[1] ?? TOKENS;
    const rows = [4, 5].map((f) => tokens(Math.min(...tables), n, length, f));
    return [...(tables.length > 0 ? rows : []), normal(n, length, 4), none];
  }
  if (
    /^(h|c|hidden|.*_hidden|hidden_.*|h_?0|h_?t.*|state|states|.*_state|hx|hc|hid|prev_h|memory|prev_state|init_states?)$/i.test(
      p.name,
    )
  ) {
    const made = (facts.starts ?? []).flatMap(({ name, params }) =>
      params === 0
        ? [`model.${name}()`]
        : [`model.${name}(${n})`, `model.${name}(${shape[1] ?? n})`],
    );
    const sizes = facts.layers.flatMap((l) => (l.hidden_size ? [l.hidden_size] : []));
    const size = sizes[0];
    const isLstm = facts.layers.some((l) => l.type.startsWith("LSTM"));
    const state = (rows: number): string => {
      const one = `torch.zeros(${facts.layers.find((l) => l.num_layers)?.num_layers ?? 1}, ${rows}, ${size})`;
      return isLstm ? `(${one}, ${one})` : one;
    };
    const own = size ? [state(n), state(shape[1] ?? n)].map(expression) : [];
    return [...made.map(expression), ...own, none, ...narrow(facts, n, main), main];
  }
  if (/^(seg|segment(_ids|_info|s|_label)?|token_type_ids)$/i.test(p.name))
    return [tokens(2, ...shape), none];
  if (/^(pos(ition)?(_ids|s)?|input_pos|cache_position|offset|start_pos|index)$/i.test(p.name))
    return isSequence
      ? [expression(`torch.arange(${shape[1]})`), expression("0"), main]
      : [normal(n, shape[1] ?? 16, 3), expression("0"), main];
  if (/^(xyz|points?|coords?|positions?|pts)$/i.test(p.name))
    return [normal(n, 64, 3), normal(n, 3, 64)];
  if (
    /^(teacher_forcing.*|tf_ratio|temperature|temp|tau|alpha|scale|lam(bda)?_?|p|ratio|eps)$/i.test(
      p.name,
    )
  )
    return [expression("0.5")];
  if (/^(noise|eps(ilon)?|z|latents?)$/i.test(p.name)) return [main, ...narrow(facts, n, main)];
  if (
    /^(context|memory|enc(oder)?_(out(put)?s?|hidden_states|h)|cross|text(_emb.*)?|cond(ition)?)$/i.test(
      p.name,
    )
  )
    return [
      main,
      ...narrow(facts, n, main),
      ...narrow(facts, n, main).map((i) => normal(n, TOKENS, i.shape!.at(-1)!)),
    ];
  if (p.annotation === "int") return [expression("1"), expression("4")];
  if (p.annotation === "float") return [expression("0.5")];
  return [main, ...narrow(facts, n, main)];
}

const expression = (expr: string): InputSpec => ({ kind: "py", expr });

/** Rows as narrow as the linear layers of the model take, where the first input is not of that width. */
function narrow(facts: ModelFacts, n: number, main: InputSpec): InputSpec[] {
  const widths = facts.layers.flatMap((l) => (l.in_features ? [l.in_features] : []));
  return [...new Set(widths)]
    .filter((w) => w !== main.shape?.at(-1))
    .slice(0, 3)
    .map((w) => normal(n, w));
}

/** An object, a dict or a tuple of inputs where the code reads fields of the parameter or takes it apart; else undefined. */
export function compound(p: Param, main: InputSpec, facts: ModelFacts): InputSpec[] | undefined {
  const use = p.use ?? {};
  const part = (name: string, k: number): string => {
    const own =
      k === 0 ? [main] : companions({ ...p, name, annotation: null, use: {} }, main, facts);
    return expressionOf(own[0] ?? main);
  };
  // A tensor has a device and a dtype too.
  const fields = (use.fields ?? []).filter((f) => !/^(device|dtype|data|is_\w+)$/.test(f.name));
  if (fields.length > 0) {
    const named = fields.map((f, k) => ({ name: f.name, text: part(f.name, k) }));
    if (use.kind === "key")
      return [expression(`{${named.map((f) => `'${f.name}': ${f.text}`).join(", ")}}`)];
    if (use.tensor) return undefined;
    return [
      expression(`types.SimpleNamespace(${named.map((f) => `${f.name}=${f.text}`).join(", ")})`),
    ];
  }
  // `x[0]` of a batch in a tuple, as data loaders give it; the rest of it are lengths.
  if (use.count && !use.tensor && use.many) {
    const rows = main.shape?.[0] ?? BATCH;
    const unnamed =
      main.kind === "randint"
        ? `torch.full((${rows},), ${main.shape?.[1] ?? TOKENS})`
        : expressionOf(main);
    const rest = Array.from({ length: Math.max(1, use.count - 1) }, (_, k) => {
      const name = use.parts?.[k + 1];
      return name === undefined
        ? [unnamed]
        : companions(asParam(name), main, facts).map(expressionOf);
    });
    const most = Math.max(...rest.map((r) => r.length));
    const tuples = Array.from({ length: most }, (_, n) => {
      const parts = rest.map((r) => r[Math.min(n, r.length - 1)]!);
      return expression(`(${[expressionOf(main), ...parts].join(", ")})`);
    });
    return [...tuples, main];
  }
  if (use.many && !use.tensor && facts.lists?.length)
    return [...pyramids(facts).map((p) => expression(`[${p.map(expressionOf).join(", ")}]`)), main];
  return undefined;
}

/** Feature maps as a backbone's stages give them, each half as large as the one before, or all of one size. */
const pyramids = (facts: ModelFacts): InputSpec[][] =>
  (facts.lists ?? []).flatMap((channels) => [
    channels.map((c, i) => normal(2, c, Math.max(64 >> i, 2), Math.max(64 >> i, 2))),
    channels.map((c) => normal(2, c, 32, 32)),
  ]);

const BY_TOKENS =
  /^(idx|ids|input_ids|tokens?|src|text|sentences?|words?|seq|sequence|x_ids|inp?|input_seq|in_idx|inputs?|.*_ids|src_.*)$/i;

/**
 * Lists of inputs to try on meta tensors, likeliest first: what the first layers accept, once for every required parameter of
 * `forward`. Image sizes are found by trying, until the flattened size fits the next Linear.
 */
export function inputCandidates(facts: ModelFacts): InputSpec[][] {
  const vocab = 100;
  const required = facts.forward.filter((p) => !p.hasDefault);
  const wantsTokens = BY_TOKENS.test(required[0]?.name ?? "");
  const lengths = facts.lengths ?? [];
  const embeddings = facts.layers.filter((l) => l.type === "Embedding");
  const smallest = Math.min(...embeddings.map((l) => l.num_embeddings ?? vocab), Infinity);
  const kinds = facts.layers.filter(
    (l, i) => facts.layers.findIndex((o) => o.type === l.type) === i,
  );
  // A normalisation is registered first by some; what it normalises says more.
  const order = [
    ...kinds.filter((l) => !/Norm/.test(l.type)),
    ...kinds.filter((l) => /Norm/.test(l.type)),
  ];
  const ranked = wantsTokens
    ? [
        ...order.filter((l) => l.type === "Embedding"),
        ...order.filter((l) => l.type !== "Embedding"),
      ]
    : order;
  const high = Number.isFinite(smallest) ? Math.max(smallest, 2) : vocab;
  // Each kind of layer has its say early: a long list of image sizes must not use up all tries.
  const lists = ranked.map((l) => forLayer(l, high, lengths));
  const channels = order.find((l) => l.type === "Conv2d")?.in_channels ?? 3;
  const images = (facts.sides ?? []).map((s) => normal(BATCH, channels, s, s));
  // Without a convolution it is patches of RGB that become rows.
  const isPatch = (f = 2): boolean => Number.isInteger(Math.sqrt(f / 3));
  const isConvolved =
    kinds.length === 0 ||
    kinds.some((l) => /^Conv(Transpose)?2d$/.test(l.type) || isPatch(l.in_features));
  const isImage = ranked[0]?.type === "Conv2d" || (isConvolved && !wantsTokens);
  const rows = (facts.widths ?? []).flatMap((f) => [
    normal(BATCH, f),
    normal(BATCH, TOKENS, f),
    normal(BATCH, 4 * TOKENS, f),
  ]);
  const saysMore = ranked[0]?.type === "Embedding";
  const mains = [
    ...(isImage ? images : []),
    ...(saysMore ? [] : rows),
    ...lists.flatMap((l) => l.slice(0, 8)),
    ...(saysMore ? rows : []),
    ...lists.flatMap((l) => l.slice(8)),
  ];
  const plain = [
    ...(facts.widths ?? []).map((f) => normal(BATCH, f)),
    normal(BATCH, 3, 32, 32),
    normal(BATCH, TOKENS, 64),
    normal(BATCH, 64),
    normal(BATCH, 16, 32, 32),
    ...lengths.flatMap((n) => [normal(BATCH, n, 64), normal(BATCH, n)]),
  ];
  const points = [normal(BATCH, 3, 64), normal(BATCH, 64, 3)];
  const isPoints = /^(xyz|points?|pts|pcd?|point_?cloud|pointcloud)$/i.test(
    required[0]?.name ?? "",
  );
  const ranks = required[0]?.use?.rank;
  const fits = (i: InputSpec): boolean => ranks === undefined || i.shape?.length === ranks;
  const every = [...(isPoints ? points : []), ...mains, ...plain];
  const all = [...every.filter(fits), ...every.filter((i) => !fits(i))];
  if (required.length === 0)
    return facts.isVariadic
      ? [...pyramids(facts), ...all.map((m) => [m])]
      : facts.forward.length === 0
        ? [[]]
        : [...all.map((m) => [m]), []];
  return all.flatMap((main) => {
    const choices = required.map((p, i) => {
      const made = compound(p, main, facts);
      return made ?? (i === 0 ? [main] : companions(p, main, facts));
    });
    const most = Math.max(...choices.map((c) => c.length));
    return Array.from({ length: most }, (_, k) =>
      choices.map((c) => c[Math.min(k, c.length - 1)] ?? main),
    );
  });
}
