/** What the models need of a library: each function in the library's own terms. Arguments are borrowed; images lie as the library likes them. */
export type Kind = "linear" | "table" | "kernel" | "vector";
export type Backend = "wasm" | "cpu";

export interface Library<T> {
  /** A parameter from PyTorch's layout to the library's own: (out, in), table, (out, in, height, width) or as it is. */
  weight(kind: Kind, shape: readonly number[], values: Float32Array): T;
  constant(shape: readonly number[], values: Float32Array): T;
  indices(shape: readonly number[], values: Int32Array): T;
  /** (batch, channels, height, width) to the library's own order. */
  images(shape: readonly number[], values: Float32Array): T;
  embedding(table: T, indices: T): T;
  /** Over the last axis. */
  linear(x: T, weight: T, bias?: T): T;
  matmul(a: T, b: T): T;
  add(a: T, b: T): T;
  multiply(a: T, b: T): T;
  scale(x: T, factor: number): T;
  reshape(x: T, shape: readonly number[]): T;
  transpose(x: T, order: readonly number[]): T;
  /** A part of an axis, which stays. */
  slice(x: T, axis: number, start: number, size: number): T;
  concat(parts: readonly T[], axis: number): T;
  relu(x: T): T;
  /** With the error function. */
  gelu(x: T): T;
  sigmoid(x: T): T;
  tanh(x: T): T;
  softmax(x: T): T;
  layerNorm(x: T, weight: T, bias: T): T;
  conv(images: T, kernel: T, stride: number, padding: number): T;
  /** By the batch's own statistics. */
  batchNorm(images: T, weight: T, bias: T): T;
  /** 3×3, stride 2, padding 1, of what is not negative. */
  maxPool(images: T): T;
  /** (batch, channels). */
  averagePool(images: T): T;
  /** (batch, places, channels). */
  flat(images: T): T;
  crossEntropy(scores: T, oneHot: T): T;
  /** Loss and gradients, read out. */
  step(loss: (weights: readonly T[]) => T, weights: readonly T[]): () => Promise<Step>;
}

export interface Step {
  readonly loss: number;
  readonly gradients: readonly Float32Array[];
}
