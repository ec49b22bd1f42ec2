import type { DType } from "./dtype.ts";
import type { Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

export type Operand = Tensor | number;

/**
 * The differentiable vocabulary in which vjps are written. It computes at once, and records too when the gradient
 * itself is to be differentiated: one rule serves both.
 */
export interface Executor {
  add(a: Tensor, b: Operand): Tensor;
  sub(a: Operand, b: Operand): Tensor;
  mul(a: Tensor, b: Operand): Tensor;
  div(a: Operand, b: Operand): Tensor;
  pow(a: Operand, b: Operand): Tensor;
  maximum(a: Tensor, b: Operand): Tensor;
  minimum(a: Tensor, b: Operand): Tensor;
  /** 1 where true, 0 elsewhere, in the dtype of a; not differentiable. */
  is(op: "eq" | "ne" | "lt" | "le" | "gt" | "ge", a: Tensor, b: Operand): Tensor;
  where(cond: Tensor, a: Operand, b: Operand): Tensor;
  neg(x: Tensor): Tensor;
  abs(x: Tensor): Tensor;
  sign(x: Tensor): Tensor;
  exp(x: Tensor): Tensor;
  log(x: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  rsqrt(x: Tensor): Tensor;
  sin(x: Tensor): Tensor;
  cos(x: Tensor): Tensor;
  sinh(x: Tensor): Tensor;
  cosh(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  digamma(x: Tensor): Tensor;
  /** ct · act′, read from x or y as kernels.ACT_GRAD says. */
  actGrad(
    op: "relu" | "sigmoid" | "tanh" | "geluErf" | "geluTanh" | "silu",
    ct: Tensor,
    x: Tensor,
  ): Tensor;

  matmul(a: Tensor, b: Tensor): Tensor;
  /** The last two axes swapped. */
  mT(x: Tensor): Tensor;
  sum(x: Tensor, axes: readonly number[], keepdim?: boolean): Tensor;
  mean(x: Tensor, axes: readonly number[], keepdim?: boolean): Tensor;
  /** Sums a cotangent down to an input's shape: the transpose of broadcasting. */
  unbroadcast(ct: Tensor, shape: Shape): Tensor;
  cumsum(x: Tensor, axis: number): Tensor;
  flip(x: Tensor, axes: readonly number[]): Tensor;

  reshape(x: Tensor, shape: Shape): Tensor;
  permute(x: Tensor, axes: readonly number[]): Tensor;
  expand(x: Tensor, shape: Shape): Tensor;
  narrow(x: Tensor, axis: number, start: number, length: number): Tensor;
  /** Zeros of `geometry.shape` with x written at a strided place: the transpose of `asStrided`. */
  asStrided(x: Tensor, shape: Shape, strides: readonly number[], offset: number): Tensor;
  stridedScatter(
    x: Tensor,
    shape: Shape,
    strides: readonly number[],
    offset: number,
    into: Shape,
  ): Tensor;
  cat(xs: readonly Tensor[], axis: number): Tensor;
  cast(x: Tensor, dtype: DType): Tensor;
  full(shape: Shape, like: Tensor, value: number): Tensor;

  indexSelect(x: Tensor, idx: Tensor, axis: number): Tensor;
  /** Zeros of length n along axis, plus x at idx. */
  indexAdd(x: Tensor, idx: Tensor, axis: number, n: number): Tensor;
  gather(x: Tensor, idx: Tensor, axis: number): Tensor;
  scatterAdd(x: Tensor, idx: Tensor, axis: number, n: number): Tensor;

  /** Any op of the table by its name, for vjps of one family (`convGradInput`). */
  op(
    name: string,
    inputs: readonly (Tensor | null)[],
    attrs?: Readonly<Record<string, unknown>>,
  ): Tensor;
}
