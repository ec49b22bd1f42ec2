/** jax-js on its WASM backend, the step compiled by its own `jit`: images and kernels as PyTorch's, linear weights (in, out). */
import { defaultDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import type { Library } from "./library.ts";

const EPSILON = 1e-5;
type Compiled = (...args: np.Array[]) => [np.Array, np.Array[]];

export async function jax(oneHot: boolean): Promise<Library<np.Array>> {
  await init();
  defaultDevice("wasm");
  const filled = (shape: readonly number[], values: Float32Array): np.Array =>
    np.array(values).reshape([...shape]);
  /** (x - mean) / √(variance + ε) over the axes. */
  const standard = (x: np.Array, axis: number | number[]): np.Array => {
    const centred = np.subtract(x.ref, np.mean(x.ref, axis, { keepdims: true }));
    const variance = np.mean(np.square(centred.ref), axis, { keepdims: true });
    return np.multiply(centred, np.reciprocal(np.sqrt(np.add(variance, EPSILON))));
  };
  const channels = (x: np.Array): np.Array => x.ref.reshape([1, -1, 1, 1]);
  const linear = (x: np.Array, weight: np.Array, bias?: np.Array): np.Array => {
    const y = np.matmul(x.ref.reshape([-1, x.shape.at(-1) ?? 0]), weight.ref);
    const whole = bias ? np.add(y, bias.ref) : y;
    return whole.reshape([...x.shape.slice(0, -1), weight.shape[1] ?? 0]);
  };
  return {
    weight: (kind, shape, values) =>
      kind === "linear" ? np.add(np.transpose(filled(shape, values)), 0) : filled(shape, values),
    constant: filled,
    indices: (shape, values) => np.array(values).reshape([...shape]),
    images: filled,
    embedding: (table, indices) =>
      oneHot
        ? linear(nn.oneHot(indices.ref, table.shape[0] ?? 0), table)
        : np.take(table.ref, indices.ref, 0),
    linear,
    matmul: (a, b) => np.matmul(a.ref, b.ref),
    add: (a, b) => np.add(a.ref, b.ref),
    multiply: (a, b) => np.multiply(a.ref, b.ref),
    scale: (x, factor) => np.multiply(x.ref, factor),
    reshape: (x, shape) => x.ref.reshape([...shape]),
    transpose: (x, order) => np.transpose(x.ref, [...order]),
    slice: (x, axis, start, size) =>
      x.ref.slice(
        ...x.shape.map((all, i): [number, number] =>
          i === axis ? [start, start + size] : [0, all],
        ),
      ),
    concat: (parts, axis) =>
      np.concatenate(
        parts.map((part) => part.ref),
        axis,
      ),
    relu: (x) => nn.relu(x.ref),
    gelu: (x) => nn.gelu(x.ref, { approximate: false }),
    sigmoid: (x) => nn.sigmoid(x.ref),
    tanh: (x) => np.tanh(x.ref),
    softmax: (x) => nn.softmax(x.ref),
    layerNorm: (x, weight, bias) => np.add(np.multiply(standard(x, -1), weight.ref), bias.ref),
    conv: (images, kernel, stride, padding) =>
      lax.conv(
        images.ref,
        kernel.ref,
        [stride, stride],
        [
          [padding, padding],
          [padding, padding],
        ],
      ),
    batchNorm: (images, weight, bias) =>
      np.add(np.multiply(standard(images, [0, 2, 3]), channels(weight)), channels(bias)),
    maxPool: (images) =>
      lax.reduceWindow(
        np.pad(images.ref, [
          [0, 0],
          [0, 0],
          [1, 1],
          [1, 1],
        ]),
        np.max,
        [3, 3],
        [2, 2],
      ),
    averagePool: (images) => np.mean(images.ref, [2, 3]),
    flat(images) {
      const [batch = 0, width = 0] = images.shape;
      return np.transpose(images.ref.reshape([batch, width, -1]), [0, 2, 1]);
    },
    crossEntropy(scores, labels) {
      const chosen = np.multiply(nn.logSoftmax(scores.ref), labels.ref);
      return np.multiply(np.sum(chosen), -1 / (scores.shape[0] ?? 1));
    },
    step(loss, weights) {
      const argnums = weights.map((_, i) => i);
      const run = jit(
        valueAndGrad(((...args: np.Array[]) => loss(args)) as never, { argnums } as never) as never,
      ) as unknown as Compiled;
      return async () => {
        const [value, grads] = run(...weights.map((w) => w.ref));
        const gradients: Float32Array[] = [];
        const [read = NaN] = (await value.data()) as Float32Array;
        for (const g of grads) gradients.push((await g.data()) as Float32Array);
        return { loss: read, gradients };
      };
    },
  };
}
