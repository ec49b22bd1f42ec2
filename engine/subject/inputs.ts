import type { InputSpec, LayerFacts, ModelFacts, Param } from "./spec.ts";

const BATCH = 8;
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
function forLayer(l: LayerFacts, vocab: number): InputSpec[] {
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
      return LENGTHS.flatMap((n) => [
        normal(BATCH, l.in_channels ?? 1, n),
        normal(BATCH, n, l.in_channels ?? 1),
      ]);
    case "Conv3d":
      return [16, 32, 64, 112].map((s) => normal(2, l.in_channels ?? 3, Math.min(s, 16), s, s));
    case "Linear": {
      const f = l.in_features ?? 1;
      const side = Math.round(Math.sqrt(f));
      const rgb = Math.round(Math.sqrt(f / 3));
      return [
        normal(BATCH, f),
        normal(BATCH, TOKENS, f),
        ...(side * side === f && side > 4 ? [normal(BATCH, 1, side, side)] : []),
        ...(rgb * rgb * 3 === f ? [normal(BATCH, 3, rgb, rgb)] : []),
        normal(f),
      ];
    }
    case "Bilinear":
      return [normal(BATCH, l.in1_features ?? 1)];
    case "Embedding":
      return [
        tokens(Math.min(vocab, l.num_embeddings ?? vocab), BATCH, TOKENS),
        ...[32, 8, 4].map((t) => tokens(l.num_embeddings ?? vocab, BATCH, t)),
        tokens(l.num_embeddings ?? vocab, BATCH),
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

/** Further inputs beside the first, by name: masks and lengths are left at None where they may be. */
function companion(p: Param, main: InputSpec): InputSpec {
  const shape = main.shape ?? [BATCH];
  const n = shape[0] ?? BATCH;
  if (/mask/i.test(p.name)) return { kind: "py", expr: "None" };
  if (/^(t|time|timesteps?|steps?|sigma|noise_level)$/i.test(p.name)) return tokens(100, n);
  if (/^(y|labels?|class(es)?|cond)$/i.test(p.name)) return tokens(10, n);
  if (/^(h|hidden|h0|state|hx|hc|memory|prev_state|init_states?)$/i.test(p.name))
    return { kind: "py", expr: "None" };
  return main;
}

/**
 * Lists of inputs to try on meta tensors, likeliest first: what the first layers accept, once for every required parameter of
 * `forward`. Image sizes are found by trying, until the flattened size fits the next Linear.
 */
export function inputCandidates(facts: ModelFacts): InputSpec[][] {
  const vocab = 100;
  const required = facts.forward.filter((p) => !p.hasDefault);
  const wantsTokens =
    /^(idx|ids|input_ids|tokens?|src|text|sentence|word|seq|sequence|x_ids|inp?)$/i.test(
      required[0]?.name ?? "",
    );
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
  const mains = ranked.flatMap((l) =>
    forLayer(l, Number.isFinite(smallest) ? Math.max(smallest, 2) : vocab),
  );
  const plain = [
    normal(BATCH, 3, 32, 32),
    normal(BATCH, TOKENS, 64),
    normal(BATCH, 64),
    normal(BATCH, 16, 32, 32),
  ];
  const all = [...mains, ...plain];
  if (required.length === 0)
    return facts.forward.length === 0 ? [[]] : [...all.map((m) => [m]), []];
  return all.map((main) => required.map((p, i) => (i === 0 ? main : companion(p, main))));
}
