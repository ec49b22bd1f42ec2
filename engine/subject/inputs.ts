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
      return [...lengths, ...LENGTHS].flatMap((n) => [
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
function companions(p: Param, main: InputSpec, facts: ModelFacts): InputSpec[] {
  const shape = main.shape ?? [BATCH];
  const n = shape[0] ?? BATCH;
  const none: InputSpec = { kind: "py", expr: "None" };
  if (/mask/i.test(p.name)) return [none];
  if (/^(t|time|timesteps?|steps?|sigma|noise_level)$/i.test(p.name)) return [tokens(100, n)];
  if (/^(y|labels?|class(es)?|cond|.*_labels?)$/i.test(p.name)) return [tokens(10, n), main];
  if (/^(adj|adjacency|a|graph)$/i.test(p.name)) return [normal(n, n)];
  if (/^(.*len(gth)?s?)$/i.test(p.name))
    return [{ kind: "py", expr: `torch.full((${n},), ${shape[1] ?? TOKENS})` }, none];
  if (/mark/i.test(p.name)) return [normal(n, shape[1] ?? TOKENS, 4), none];
  if (/^(h|c|hidden|.*_hidden|h0|state|hx|hc|memory|prev_state|init_states?)$/i.test(p.name)) {
    const made = (facts.starts ?? []).flatMap(({ name, params }) =>
      params === 0
        ? [`model.${name}()`]
        : [`model.${name}(${n})`, `model.${name}(${shape[1] ?? n})`],
    );
    return [...made.map((expr): InputSpec => ({ kind: "py", expr })), none];
  }
  if (/^(seg|segment(_ids|_info|s|_label)?|token_type_ids)$/i.test(p.name))
    return [tokens(2, ...shape), none];
  return [main];
}

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
  const order = facts.layers.filter(
    (l, i) => facts.layers.findIndex((o) => o.type === l.type) === i,
  );
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
  const isImage = ranked[0]?.type === "Conv2d" || !wantsTokens;
  const mains = [
    ...(isImage ? images : []),
    ...(ranked[0]?.type === "Embedding" ? [] : (facts.widths ?? [])).flatMap((f) => [
      normal(BATCH, f),
      normal(BATCH, TOKENS, f),
      normal(BATCH, 4 * TOKENS, f),
    ]),
    ...lists.flatMap((l) => l.slice(0, 8)),
    ...lists.flatMap((l) => l.slice(8)),
  ];
  const plain = [
    normal(BATCH, 3, 32, 32),
    normal(BATCH, TOKENS, 64),
    normal(BATCH, 64),
    normal(BATCH, 16, 32, 32),
    ...lengths.flatMap((n) => [normal(BATCH, n, 64), normal(BATCH, n)]),
  ];
  const all = [...mains, ...plain];
  if (required.length === 0)
    return facts.forward.length === 0 ? [[]] : [...all.map((m) => [m]), []];
  return all.flatMap((main) => {
    const choices = required.map((p, i) => (i === 0 ? [main] : companions(p, main, facts)));
    const most = Math.max(...choices.map((c) => c.length));
    return Array.from({ length: most }, (_, k) =>
      choices.map((c) => c[Math.min(k, c.length - 1)] ?? main),
    );
  });
}
