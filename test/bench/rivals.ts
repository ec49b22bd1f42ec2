/**
 * The MLP's training step, forward and backward, in the libraries of the web: `node --import tsx test/bench/rivals.ts` prints one line of JSON,
 * ms by library. Weights and input are constants: only the time counts. The other models are not written for them.
 */
import { createRequire } from "node:module";
import type * as TensorFlow from "@tensorflow/tfjs";
import { defaultDevice, init, nn, numpy as np, valueAndGrad } from "@jax-js/jax";

const [BATCH, SIZES] = [128, [784, 1024, 1024, 10]] as const;
const ROUNDS = 7;
const sizes: readonly number[] = SIZES;
const layers = sizes.slice(1).map((to, i) => [sizes[i] ?? 0, to] as const);
const filled = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i * 31) % 101) / 101 - 0.5) / 20);

async function fastest(step: () => unknown): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    await step();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

async function tensorflow(backend: "wasm" | "cpu"): Promise<number> {
  const require = createRequire(import.meta.url);
  const tf = require("@tensorflow/tfjs") as typeof TensorFlow;
  require("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
  await tf.ready();
  const weights = layers.map(([from, to]) => tf.variable(tf.tensor(filled(from * to), [from, to])));
  const biases = layers.map(([, to]) => tf.variable(tf.zeros([to])));
  const x = tf.tensor(filled(BATCH * sizes[0]!), [BATCH, sizes[0]!]);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: BATCH }, (_, i) => i % 10),
      "int32",
    ),
    10,
  );
  const loss = () => {
    let h: TensorFlow.Tensor = x;
    weights.forEach((w, i) => {
      h = tf.add(tf.matMul(h, w), biases[i]!);
      if (i < weights.length - 1) h = tf.relu(h);
    });
    return tf.losses.softmaxCrossEntropy(labels, h as TensorFlow.Tensor2D).asScalar();
  };
  return fastest(() => {
    const { value, grads } = tf.variableGrads(loss);
    value.dataSync();
    for (const g of Object.values(grads)) g.dataSync();
    tf.dispose([value, grads]);
  });
}

async function jax(): Promise<number> {
  await init();
  defaultDevice("wasm");
  const weights = layers.map(([from, to]) => np.array(filled(from * to)).reshape([from, to]));
  const biases = layers.map(([, to]) => np.zeros([to]));
  const x = np.array(filled(BATCH * sizes[0]!)).reshape([BATCH, sizes[0]!]);
  const labels = np
    .array(
      filled(BATCH * 10)
        .fill(0)
        .map((_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0)),
    )
    .reshape([BATCH, 10]);
  const loss = (
    w0: np.Array,
    w1: np.Array,
    w2: np.Array,
    b0: np.Array,
    b1: np.Array,
    b2: np.Array,
  ) => {
    const h1 = nn.relu(np.add(np.matmul(x.ref, w0), b0));
    const h2 = nn.relu(np.add(np.matmul(h1, w1), b1));
    const scores = np.add(np.matmul(h2, w2), b2);
    return np.negative(np.mean(np.multiply(nn.logSoftmax(scores), labels.ref)));
  };
  const step = valueAndGrad(loss as never, { argnums: [0, 1, 2, 3, 4, 5] } as never) as unknown as (
    ...args: np.Array[]
  ) => [np.Array, np.Array[]];
  return fastest(async () => {
    const [value, grads] = step(...[...weights, ...biases].map((a) => a.ref));
    await value.data();
    for (const g of grads) await g.data();
  });
}

const told: Record<string, number | string> = {};
for (const [name, run] of [
  ["TensorFlow.js, wasm", () => tensorflow("wasm")],
  ["TensorFlow.js, cpu", () => tensorflow("cpu")],
  ["jax-js, wasm", jax],
] as const) {
  told[name] = await run().catch((error: unknown) => String(error));
}
process.stdout.write(`${JSON.stringify(told)}\n`);
