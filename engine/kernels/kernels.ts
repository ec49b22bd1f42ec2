/**
 * What a kernel backend offers. A kernel sees pointers (bytes) into one linear memory and numbers, never
 * a tensor: shapes, strides and freedom of memory are the caller's.
 *
 * Element type `t`: 0 = f32, 1 = f64. A bool tensor is f32 holding 0 or 1, an int64 tensor is f64, exact to 2^53; so two element
 * types serve every dtype. Index arguments (`idx`) are always f64, truth values (`cond`, comparison results) always f32.
 *
 * Layout blocks (`lay`) are i32 in the same memory: [ndim, shape[ndim], strides of the 1st tensor[ndim], of the 2nd, …], in elements.
 * ndim is at most 16 and the caller has merged what can be merged. Unless stated otherwise tensors are contiguous and do not overlap,
 * `out` may be the same pointer as an input of the same size in elementwise kernels.
 *
 * Reductions run in a fixed order: same inputs, same bits. f32 sums accumulate in f64 or in enough f32 lanes
 * (pairwise) that the relative error stays under 1e-6.
 */

// prettier-ignore
export const UNARY = [
  "neg", "abs", "sign", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt",
  "reciprocal", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
  "acosh", "atanh", "sigmoid", "relu", "erf", "erfc", "erfinv", "floor", "ceil", "round",
  "trunc", "isnan", "isinf", "isfinite", "logicalNot", "square", "lgamma", "digamma", "geluErf",
  "geluTanh", "silu", "softplus", "logSigmoid", "frac", "bitwiseNot",
] as const; // round: half to even; softplus, silu, gelu: stable for large |x|; isnan … logicalNot give 0/1 in type t
export type UnaryOp = (typeof UNARY)[number];

// prettier-ignore
export const BINARY = [
  "add", "sub", "mul", "div", "pow", "maximum", "minimum", "fmod", "remainder", "floorDivide",
  "truncDivide", "atan2", "bitwiseAnd", "bitwiseOr", "bitwiseXor", "shiftLeft", "shiftRight",
  "copysign", "hypot", "logaddexp",
] as const; // maximum, minimum propagate NaN; remainder has the divisor's sign (Python), fmod the dividend's
export type BinaryOp = (typeof BINARY)[number];

export const COMPARE = ["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor"] as const;
export type CompareOp = (typeof COMPARE)[number];

export const REDUCE = [
  "sum",
  "prod",
  "max",
  "min",
  "sumSquares",
  "sumAbs",
  "countNonZero",
] as const; // max, min propagate NaN
export type ReduceOp = (typeof REDUCE)[number];

export const ARG_REDUCE = ["argmax", "argmin"] as const; // the first of equals; NaN wins
export const SCAN = ["cumsum", "cumprod", "cummax", "cummin"] as const;

/** Rounding or conversion applied by `cast`. */
export const CAST = [
  "plain",
  "toInt64",
  "toInt32",
  "toInt16",
  "toInt8",
  "toUint8",
  "toBool",
  "toFloat16",
  "toBfloat16",
] as const;
// toInt*: truncate toward zero, wrap to the width (int64: no wrap); toBool: x != 0; toFloat16, toBfloat16: round ties to even, subnormals
// kept, overflow to ±inf, result stays in the out element type

/** i32 words of a convolution's geometry, in this order; 1-D and 2-D set the leading spatial axes to 1. */
// prettier-ignore
export const CONV_GEOMETRY = [
  "batch", "inChannels", "inD", "inH", "inW", "outChannels", "kD", "kH", "kW", "strideD",
  "strideH", "strideW", "padD", "padH", "padW", "dilationD", "dilationH", "dilationW", "groups",
  "outD", "outH", "outW",
] as const;

/** i32 words of a pooling window; planes = batch × channels. */
// prettier-ignore
export const POOL_GEOMETRY = [
  "planes", "inD", "inH", "inW", "kD", "kH", "kW", "strideD", "strideH", "strideW", "padD",
  "padH", "padW", "dilationD", "dilationH", "dilationW", "outD", "outH", "outW",
] as const;

/** f64 words at the head of a `stats` block; absMax leaves NaN out, sums leave NaN and ±inf out. */
export const STATS = [
  "sum",
  "sumSquares",
  "sumAbs",
  "absMax",
  "zeros",
  "nans",
  "infs",
  "f16Flushed",
  "f16Subnormal",
  "f16Overflow",
] as const;
/** After the STATS words stand EXPONENT_BINS f64 counts: bin i counts finite non-zero |x| in [2^(EXPONENT_MIN+i), 2^(EXPONENT_MIN+i+1)); what is smaller falls into bin 0, what is larger into the last. */
export const EXPONENT_MIN = -149;
export const EXPONENT_BINS = 277; // up to 2^127

type P = number; // pointer, bytes

/** Planes, then depth, height and width of an adaptive pooling's input and output. */
// prettier-ignore
export type PoolSides = readonly [
  planes: number, inD: number, inH: number, inW: number, oD: number, oH: number, oW: number,
];

export interface Kernels {
  fill(t: number, out: P, n: number, value: number): void;
  /** out[i] = start + i * step */
  arange(t: number, out: P, n: number, start: number, step: number): void;
  unary(t: number, op: number, out: P, x: P, n: number): void;
  /** Broadcasting: `lay` holds shape, strides of a, strides of b; out is contiguous over the shape. */
  binary(t: number, op: number, out: P, a: P, b: P, lay: P): void;
  /** As binary; out is f32 0/1. */
  compare(t: number, op: number, out: P, a: P, b: P, lay: P): void;
  /** `lay`: shape, strides of cond (f32), a, b. */
  where(t: number, out: P, cond: P, a: P, b: P, lay: P): void;
  /** Strided x to contiguous out. `lay`: shape, strides of x. */
  gatherStrided(t: number, out: P, x: P, lay: P): void;
  /** Contiguous x into strided out; add = 1 accumulates (out strides may be 0: a sum). `lay`: shape, strides of out. */
  scatterStrided(t: number, out: P, x: P, lay: P, add: number): void;
  /** out is of type tOut, x of tIn; mode indexes CAST. */
  cast(tOut: number, tIn: number, mode: number, out: P, x: P, n: number): void;
  /** x: [outer, n, inner] → out: [outer, inner]. sum of an empty axis 0, prod 1. */
  reduce(t: number, op: number, out: P, x: P, outer: number, n: number, inner: number): void;
  /** out: f64 indices. */
  argReduce(t: number, op: number, out: P, x: P, outer: number, n: number, inner: number): void;
  scan(t: number, op: number, out: P, x: P, outer: number, n: number, inner: number): void;
  /** Stable. out: f64 indices along n. */
  argsort(
    t: number,
    out: P,
    x: P,
    outer: number,
    n: number,
    inner: number,
    descending: number,
  ): void;

  /**
   * out[b] = op(A[b]) op(B[b]) (+ out[b] when beta = 1); op(A): [m, k], op(B): [k, n]. transA = 1: A is stored [k, m]. Rows are
   * contiguous; lda, ldb, ldc are row strides; strideA, strideB, strideC are distances between batch items (0: shared), all in elements.
   */
  matmul(
    t: number,
    out: P,
    a: P,
    b: P,
    m: number,
    n: number,
    k: number,
    transA: number,
    transB: number,
    lda: number,
    ldb: number,
    ldc: number,
    batch: number,
    strideA: number,
    strideB: number,
    strideC: number,
    beta: number,
  ): void;

  /** x: [batch, inChannels, D, H, W], w: [outChannels, inChannels/groups, kD, kH, kW]; geo: CONV_GEOMETRY. No bias. */
  conv(t: number, out: P, x: P, w: P, geo: P): void;
  /** Gradient with respect to x from ct: [batch, outChannels, oD, oH, oW]; also the forward of a transposed convolution. Overwrites out. */
  convGradInput(t: number, out: P, ct: P, w: P, geo: P): void;
  convGradWeight(t: number, out: P, ct: P, x: P, geo: P): void;
  /** x: [batch, C, D, H, W] → out: [batch, C·kD·kH·kW, oD·oH·oW] (unfold). */
  im2col(t: number, out: P, x: P, geo: P): void;
  /** The transpose of im2col: sums overlaps; overwrites out. */
  col2im(t: number, out: P, x: P, geo: P): void;

  /** idx: f64 positions in the input plane (D·H·W); padding never wins; NaN wins. geo: POOL_GEOMETRY. */
  maxPool(t: number, out: P, idx: P, x: P, geo: P): void;
  /** divisor 0: window size (countIncludePad: clipped to the padded input, else to the input). */
  avgPool(t: number, out: P, x: P, geo: P, countIncludePad: number, divisor: number): void;
  avgPoolGrad(t: number, out: P, ct: P, geo: P, countIncludePad: number, divisor: number): void;
  /** Window of output o along an axis: floor(o·in/out) .. ceil((o+1)·in/out). */
  adaptiveAvgPool(t: number, out: P, x: P, ...sides: PoolSides): void;
  adaptiveAvgPoolGrad(t: number, out: P, ct: P, ...sides: PoolSides): void;
  adaptiveMaxPool(t: number, out: P, idx: P, x: P, ...sides: PoolSides): void;

  /** x: [outer, n, inner], idx: [m] → out: [outer, m, inner]. Indices are in 0..n-1 (the caller has checked). */
  indexSelect(
    t: number,
    out: P,
    x: P,
    idx: P,
    outer: number,
    n: number,
    inner: number,
    m: number,
  ): void;
  /** out: [outer, n, inner] += src: [outer, m, inner] at idx: [m]; in order of m. */
  indexAdd(
    t: number,
    out: P,
    src: P,
    idx: P,
    outer: number,
    n: number,
    inner: number,
    m: number,
  ): void;
  /** x: [outer, n, inner], idx: [outer, m, inner] → out: [outer, m, inner]. */
  gather(t: number, out: P, x: P, idx: P, outer: number, n: number, inner: number, m: number): void;
  /** out: [outer, n, inner]; mode 0 sets, 1 adds src: [outer, m, inner] at idx; the last of equals wins. */
  scatter(
    t: number,
    out: P,
    src: P,
    idx: P,
    outer: number,
    n: number,
    inner: number,
    m: number,
    mode: number,
  ): void;
  /** Positions of non-zero elements of x (contiguous, n), as f64 linear indices; returns their number. out may hold n. */
  nonzero(t: number, out: P, x: P, n: number): number;
  /** 1 where every idx is in lo..hi-1. */
  inRange(idx: P, n: number, lo: number, hi: number): number;

  /** out: [rows, inner] = Σ over taps of w · x[idx]; idx, w: [rows, taps], x: rows of length inner. */
  sampleRows(
    t: number,
    out: P,
    x: P,
    idx: P,
    w: P,
    rows: number,
    taps: number,
    inner: number,
  ): void;
  /** out[idx] += w · ct: the transpose of sampleRows in x; ct: [rows, inner]. */
  sampleRowsBack(
    t: number,
    out: P,
    ct: P,
    idx: P,
    w: P,
    rows: number,
    taps: number,
    inner: number,
  ): void;
  /** out: [rows, taps] = ct · x[idx]: the transpose of sampleRows in w. */
  rowDots(t: number, out: P, ct: P, x: P, idx: P, rows: number, taps: number, inner: number): void;
  /**
   * keep: f32 [n], 1 unless a kept box before this one shares more than `threshold` of the union with it. boxes: [n, 4] corners
   * x1, y1, x2, y2; computed in t, as torchvision does, since one rounding can turn a verdict.
   */
  suppress(t: number, keep: P, boxes: P, n: number, threshold: number): void;

  /** x: [outer, n, inner] along n; log = 1: log_softmax, with out apart from x. Subtracts the maximum. A row of −inf gives NaN, as in PyTorch. */
  softmax(t: number, out: P, x: P, outer: number, n: number, inner: number, log: number): void;
  /** From y = softmax(x): y (ct − Σ ct y); log: ct − exp(y) Σ ct. */
  softmaxGrad(
    t: number,
    out: P,
    ct: P,
    y: P,
    outer: number,
    n: number,
    inner: number,
    log: number,
  ): void;
  /**
   * x: [A, B, C]; per b over A and C: mean, population variance and 1 / sqrt(variance + eps), each [B], f64. Two passes or Welford,
   * accumulated in f64.
   */
  moments(
    t: number,
    mean: P,
    variance: P,
    rstd: P,
    x: P,
    A: number,
    B: number,
    C: number,
    eps: number,
  ): void;
  /**
   * x̂ = (x − mean[b]) rstd[b] over [A, B, C], then x̂ · w[c] + shift[c] over the same elements seen as [·, W, S], where W = B and S = C, or A = 1; w and shift may be 0
   * (absent). mean and rstd are f64, and the difference keeps its digits where the mean dwarfs the spread.
   */
  standardize(
    t: number, out: P, x: P, mean: P, rstd: P, w: P, shift: P, A: number, B: number, C: number, W: number, S: number,
  ): void; // prettier-ignore
  /** [2, W] f64 from a cotangent of `standardize`: Σ ct and Σ ct x̂ of each channel. */
  standardizeSums(
    t: number, out: P, ct: P, x: P, mean: P, rstd: P, A: number, B: number, C: number, W: number, S: number,
  ): void; // prettier-ignore
  /**
   * rstd (ct w − mean(ct w) − x̂ mean(ct w x̂)), means over A and C per b; in f64. w may be 0 (absent), and so may sums: `standardizeSums` of the same, where each b is
   * one channel.
   */
  standardizeGrad(
    t: number, out: P, ct: P, x: P, mean: P, rstd: P, w: P, sums: P, A: number, B: number, C: number, W: number, S: number,
  ): void; // prettier-ignore
  /** out = x * scale[b] + shift[b] over [A, B, C]; scale or shift may be 0 (absent). */
  affine(t: number, out: P, x: P, scale: P, shift: P, A: number, B: number, C: number): void;
  /** B: [k, n], or transposed [n, k], as `recurrent` and `recurrentGrad` read it, in k · (n rounded up to 8) elements. */
  packWeight(t: number, out: P, b: P, k: number, n: number, transposed: number): void;
  /**
   * All steps of a recurrent layer for the rows first … first + count of a batch of n. mode indexes RECURRENCE; gates: [steps, n, G · width], the
   * inputs' products with their bias; w: the packed [width, G · width]; bias: GRU's second, or 0. h, and LSTM's cells c: [steps + 1, n, width], the initial
   * state at the end that comes first, each step's result beyond its state. stored: [steps, n, 4 · width]: LSTM's i, f, g, o; GRU's r, z, n and what r multiplies.
   */
  recurrent(
    t: number,
    mode: number,
    h: P,
    c: P,
    stored: P,
    gates: P,
    w: P,
    bias: P,
    steps: number,
    reverse: number,
    n: number,
    width: number,
    first: number,
    count: number,
  ): void;
  /**
   * From the cotangents ct: [steps, n, width] of h, and in their places dh, dc: [n, width], those of the last state: of gates out, of GRU's products of h
   * with their bias down, of the initial state in dh and dc. w: the packed [G · width, width]; the rest as `recurrent` left it.
   */
  recurrentGrad(
    t: number,
    mode: number,
    out: P,
    down: P,
    dh: P,
    dc: P,
    ct: P,
    h: P,
    c: P,
    stored: P,
    w: P,
    steps: number,
    reverse: number,
    n: number,
    width: number,
    first: number,
    count: number,
  ): void;
  /** out = ct * dact(x) in one pass; op indexes ACT_GRAD. */
  actGrad(t: number, op: number, out: P, ct: P, x: P, n: number): void;

  /** Mean over neighbouring rows x, y of ‖x − y‖ / ((‖x‖ + ‖y‖) / 2); rows: at least 2, of n elements, `step` elements apart. Sums in f64. */
  neighbours(t: number, x: P, rows: number, n: number, step: number): number;
  /** y += alpha * x */
  axpy(t: number, y: P, x: P, n: number, alpha: number): void;
  /** out: STATS then EXPONENT_BINS, all f64. */
  stats(t: number, out: P, x: P, n: number): void;
}

/** Recurrent layers; how many gates' products (G) a row has. */
export const RECURRENCE = ["tanh", "relu", "LSTM", "GRU"] as const;
export const RECURRENT_GATES = { tanh: 1, relu: 1, LSTM: 4, GRU: 3 } as const;

/** Derivatives with a pass of their own: relu takes y or x (> 0), sigmoid and tanh take y, the others x. */
export const ACT_GRAD = ["relu", "sigmoid", "tanh", "geluErf", "geluTanh", "silu"] as const;

export type KernelName = keyof Kernels;
