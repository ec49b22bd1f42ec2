/** The bench's models, once, over any library. Parameters are taken in the order of PyTorch's `named_parameters`. */
import type { Kind, Library } from "./library.ts";

/** The next parameter, of PyTorch's shape. */
export type Next<T> = (kind: Kind, ...shape: number[]) => T;

export interface Model {
  readonly input: readonly number[];
  /** Of tokens: how many there are; 0 is an input of real numbers. */
  readonly vocabulary: number;
  readonly classes: number;
  /** Scores, (rows, classes). */
  forward<T>(library: Library<T>, next: Next<T>, x: T): T;
}

function linear<T>(lib: Library<T>, next: Next<T>, x: T, from: number, to: number): T {
  const weight = next("linear", to, from);
  return lib.linear(x, weight, next("vector", to));
}

function layerNorm<T>(lib: Library<T>, next: Next<T>, x: T, width: number): T {
  const weight = next("vector", width);
  return lib.layerNorm(x, weight, next("vector", width));
}

interface Sizes {
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly heads: number;
}

/** A pre-norm Transformer block; `mask` is added to the scores. */
function block<T>(lib: Library<T>, next: Next<T>, x: T, sizes: Sizes, mask?: T): T {
  const { batch, tokens, width, heads } = sizes;
  const of = width / heads;
  const normed = layerNorm(lib, next, x, width);
  const qkv = lib.reshape(linear(lib, next, normed, width, 3 * width), [
    ...[batch, tokens, 3, heads],
    of,
  ]);
  const part = (i: number, order: readonly number[]): T =>
    lib.transpose(lib.reshape(lib.slice(qkv, 2, i, 1), [batch, tokens, heads, of]), order);
  const scores = lib.scale(
    lib.matmul(part(0, [0, 2, 1, 3]), part(1, [0, 2, 3, 1])),
    1 / Math.sqrt(of),
  );
  const weights = lib.softmax(mask === undefined ? scores : lib.add(scores, mask));
  const mixed = lib.transpose(lib.matmul(weights, part(2, [0, 2, 1, 3])), [0, 2, 1, 3]);
  const attended = linear(lib, next, lib.reshape(mixed, [batch, tokens, width]), width, width);
  const y = lib.add(x, attended);
  const hidden = linear(lib, next, layerNorm(lib, next, y, width), width, 4 * width);
  return lib.add(y, linear(lib, next, lib.gelu(hidden), 4 * width, width));
}

const mlp: Model = {
  input: [128, 784],
  vocabulary: 0,
  classes: 10,
  forward(lib, next, x) {
    const first = lib.relu(linear(lib, next, x, 784, 1024));
    const second = lib.relu(linear(lib, next, first, 1024, 1024));
    return linear(lib, next, second, 1024, 10);
  },
};

/** `context`: places that the model has; `isTied`: its head is the table of tokens. */
const gptOf = (
  sizes: Sizes,
  more: { vocabulary: number; depth: number; context: number; isTied: boolean },
): Model => ({
  input: [sizes.batch, sizes.tokens],
  vocabulary: more.vocabulary,
  classes: more.vocabulary,
  forward(lib, next, indices) {
    const { batch, tokens, width } = sizes;
    const { vocabulary, depth, context, isTied } = more;
    const above = Float32Array.from({ length: tokens * tokens }, (_, i) =>
      i % tokens > Math.floor(i / tokens) ? -1e9 : 0,
    );
    const mask = lib.constant([1, 1, tokens, tokens], above);
    const table = next("table", vocabulary, width);
    const places = lib.slice(next("table", context, width), 0, 0, tokens);
    let x = lib.add(lib.embedding(table, indices), lib.reshape(places, [1, tokens, width]));
    for (let i = 0; i < depth; i++) x = block(lib, next, x, sizes, mask);
    x = layerNorm(lib, next, x, width);
    if (isTied)
      return lib.matmul(lib.reshape(x, [batch * tokens, width]), lib.transpose(table, [1, 0]));
    return lib.reshape(lib.linear(x, next("linear", vocabulary, width)), [-1, vocabulary]);
  },
});

const gpt = gptOf(
  { batch: 4, tokens: 128, width: 384, heads: 6 },
  { vocabulary: 512, depth: 6, context: 128, isTied: false },
);
const gpt2 = gptOf(
  { batch: 1, tokens: 64, width: 768, heads: 12 },
  { vocabulary: 50257, depth: 12, context: 1024, isTied: true },
);

const vit: Model = {
  input: [2, 3, 224, 224],
  vocabulary: 0,
  classes: 1000,
  forward(lib, next, images) {
    const sizes = { batch: 2, tokens: 197, width: 192, heads: 3 };
    const { tokens, width } = sizes;
    const token = next("table", 1, 1, width);
    const places = next("table", 1, tokens, width);
    const patches = lib.flat(lib.conv(images, next("kernel", width, 3, 16, 16), 16, 0));
    let x = lib.add(patches, next("vector", width));
    x = lib.add(lib.concat([lib.concat([token, token], 0), x], 1), places);
    for (let i = 0; i < 12; i++) x = block(lib, next, x, sizes);
    x = lib.slice(layerNorm(lib, next, x, width), 1, 0, 1);
    return linear(lib, next, lib.reshape(x, [2, width]), width, 1000);
  },
};

/** One layer over (batch, steps, width). */
function lstmLayer<T>(lib: Library<T>, next: Next<T>, x: T, sizes: Sizes): T {
  const { batch, tokens, width } = sizes;
  const input = next("linear", 4 * width, width);
  const recurrent = next("linear", 4 * width, width);
  const bias = next("vector", 4 * width);
  const gates = lib.add(lib.linear(x, input, bias), next("vector", 4 * width));
  const zeros = lib.constant([batch, width], new Float32Array(batch * width));
  let [h, c] = [zeros, zeros];
  const states: T[] = [];
  for (let t = 0; t < tokens; t++) {
    const now = lib.reshape(lib.slice(gates, 1, t, 1), [batch, 4 * width]);
    const all = lib.add(now, lib.linear(h, recurrent));
    const gate = (i: number): T => lib.slice(all, 1, i * width, width);
    const written = lib.multiply(lib.sigmoid(gate(0)), lib.tanh(gate(2)));
    c = lib.add(lib.multiply(lib.sigmoid(gate(1)), c), written);
    h = lib.multiply(lib.sigmoid(gate(3)), lib.tanh(c));
    states.push(lib.reshape(h, [batch, 1, width]));
  }
  return lib.concat(states, 1);
}

const lstm: Model = {
  input: [8, 64],
  vocabulary: 2000,
  classes: 2000,
  forward(lib, next, indices) {
    const sizes = { batch: 8, tokens: 64, width: 256, heads: 0 };
    const embedded = lib.embedding(next("table", 2000, 256), indices);
    const x = lstmLayer(lib, next, lstmLayer(lib, next, embedded, sizes), sizes);
    return lib.reshape(linear(lib, next, x, 256, 2000), [-1, 2000]);
  },
};

/** A convolution without bias and its BatchNorm. */
function normed<T>(lib: Library<T>, next: Next<T>, x: T, shape: number[], stride: number): T {
  const [to = 0, , size = 0] = shape;
  const y = lib.conv(x, next("kernel", ...shape), stride, Math.floor(size / 2));
  const weight = next("vector", to);
  return lib.batchNorm(y, weight, next("vector", to));
}

const resnet18: Model = {
  input: [8, 3, 64, 64],
  vocabulary: 0,
  classes: 1000,
  forward(lib, next, images) {
    let x = lib.maxPool(lib.relu(normed(lib, next, images, [64, 3, 7, 7], 2)));
    let from = 64;
    for (const [to, first] of [
      [64, 1],
      [128, 2],
      [256, 2],
      [512, 2],
    ] as const)
      for (const stride of [first, 1]) {
        const inner = lib.relu(normed(lib, next, x, [to, from, 3, 3], stride));
        const y = normed(lib, next, inner, [to, to, 3, 3], 1);
        if (from !== to) x = normed(lib, next, x, [to, from, 1, 1], stride);
        x = lib.relu(lib.add(y, x));
        from = to;
      }
    return linear(lib, next, lib.averagePool(x), 512, 1000);
  },
};

/** 1×1, 3×3 with the stride, 1×1 to four times as many channels. */
const resnet50: Model = {
  input: [2, 3, 224, 224],
  vocabulary: 0,
  classes: 1000,
  forward(lib, next, images) {
    let x = lib.maxPool(lib.relu(normed(lib, next, images, [64, 3, 7, 7], 2)));
    let from = 64;
    for (const [width, blocks, first] of [
      [64, 3, 1],
      [128, 4, 2],
      [256, 6, 2],
      [512, 3, 2],
    ] as const)
      for (let i = 0; i < blocks; i++) {
        const stride = i === 0 ? first : 1;
        const to = 4 * width;
        let y = lib.relu(normed(lib, next, x, [width, from, 1, 1], 1));
        y = lib.relu(normed(lib, next, y, [width, width, 3, 3], stride));
        y = normed(lib, next, y, [to, width, 1, 1], 1);
        if (i === 0) x = normed(lib, next, x, [to, from, 1, 1], stride);
        x = lib.relu(lib.add(y, x));
        from = to;
      }
    return linear(lib, next, lib.averagePool(x), 2048, 1000);
  },
};

/** By the names of the bench's subjects. */
export const MODELS: Readonly<Record<string, Model>> = {
  ...{ mlp, resnet18, resnet50 },
  ...{ gpt, gpt2, vit, lstm },
};
