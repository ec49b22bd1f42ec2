/** TensorFlow.js: images (batch, height, width, channels), kernels (height, width, in, out), linear weights (in, out). */
import { createRequire } from "node:module";
import type * as TensorFlow from "@tensorflow/tfjs";
import type { Backend, Library } from "./library.ts";

type Tensor = TensorFlow.Tensor;
const EPSILON = 1e-5;

export async function tensorflow(backend: Backend, oneHot: boolean): Promise<Library<Tensor>> {
  const require = createRequire(import.meta.url);
  const tf = require("@tensorflow/tfjs") as typeof TensorFlow;
  require("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
  await tf.ready();
  const ORDER = { linear: [1, 0], kernel: [2, 3, 1, 0], table: undefined, vector: undefined };
  const filled = (shape: readonly number[], values: Float32Array): Tensor =>
    tf.tensor(values, [...shape]);
  const linear = (x: Tensor, weight: Tensor, bias?: Tensor): Tensor => {
    const y = tf.matMul(x.reshape([-1, x.shape.at(-1) ?? 0]), weight);
    return (bias ? tf.add(y, bias) : y).reshape([...x.shape.slice(0, -1), weight.shape[1] ?? 0]);
  };
  return {
    weight(kind, shape, values) {
      const order = ORDER[kind];
      const plain = filled(shape, values);
      return tf.variable(order ? plain.transpose(order) : plain);
    },
    constant: filled,
    indices: (shape, values) => tf.tensor(values, [...shape], "int32"),
    images: (shape, values) => filled(shape, values).transpose([0, 2, 3, 1]),
    embedding: (table, indices) =>
      oneHot
        ? linear(tf.oneHot(indices, table.shape[0] ?? 0).toFloat(), table)
        : tf.gather(table, indices),
    linear,
    matmul: (a, b) => tf.matMul(a, b),
    add: (a, b) => tf.add(a, b),
    multiply: (a, b) => tf.mul(a, b),
    scale: (x, factor) => tf.mul(x, factor),
    reshape: (x, shape) => x.reshape([...shape]),
    transpose: (x, order) => x.transpose([...order]),
    slice(x, axis, start, size) {
      const begin = x.shape.map((_, i) => (i === axis ? start : 0));
      return tf.slice(
        x,
        begin,
        x.shape.map((all, i) => (i === axis ? size : all)),
      );
    },
    concat: (parts, axis) => tf.concat([...parts], axis),
    relu: (x) => tf.relu(x),
    gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    sigmoid: (x) => tf.sigmoid(x),
    tanh: (x) => tf.tanh(x),
    softmax: (x) => tf.softmax(x),
    layerNorm(x, weight, bias) {
      const { mean, variance } = tf.moments(x, -1, true);
      const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
      return tf.add(tf.mul(scaled, weight), bias);
    },
    conv: (images, kernel, stride, padding) =>
      tf.conv2d(
        images as TensorFlow.Tensor4D,
        kernel as TensorFlow.Tensor4D,
        stride,
        padding,
        "NHWC",
        1,
        "floor",
      ),
    batchNorm(images, weight, bias) {
      const { mean, variance } = tf.moments(images, [0, 1, 2]);
      const vector = (x: Tensor): TensorFlow.Tensor1D => x as TensorFlow.Tensor1D;
      const [offset, scale] = [vector(bias), vector(weight)];
      return tf.batchNorm(images, vector(mean), vector(variance), offset, scale, EPSILON);
    },
    maxPool: (images) => tf.maxPool(images as TensorFlow.Tensor4D, 3, 2, 1, "floor"),
    averagePool: (images) => tf.mean(images, [1, 2]),
    flat: (images) => images.reshape([images.shape[0] ?? 0, -1, images.shape[3] ?? 0]),
    crossEntropy: (scores, labels) =>
      tf.losses.softmaxCrossEntropy(labels, scores as TensorFlow.Tensor2D).asScalar(),
    step(loss, weights) {
      const variables = weights as TensorFlow.Variable[];
      return () => {
        const { value, grads } = tf.variableGrads(() => loss(weights).asScalar(), variables);
        const read = {
          loss: value.dataSync()[0] ?? NaN,
          gradients: variables.map(({ name }) => grads[name]?.dataSync() as Float32Array),
        };
        tf.dispose([value, grads]);
        return Promise.resolve(read);
      };
    },
  };
}
