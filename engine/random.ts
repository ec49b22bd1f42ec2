import { assert } from "./errors.ts";
import type { Source } from "./rejection.ts";

/** What kernels/assembly/random.ts exports; pointers in bytes, t: 0 f32, 1 f64. */
export interface RandomKernels {
  randomStateBytes(): number;
  randomSeed(state: number, seed: number): void;
  randomUniform(state: number, t: number, out: number, n: number, from: number, to: number): void;
  randomNormal(
    state: number, t: number, out: number, n: number, mean: number, std: number, serial: number,
  ): void; // prettier-ignore
  randomNormalTail(state: number, out: number, n: number, mean: number, std: number): void;
  randomIntegers(state: number, t: number, out: number, n: number, low: number, high: number): void;
  randomBits(
    state: number, t: number, out: number, n: number, bits: number, inclusive: number,
  ): void; // prettier-ignore
  randomPermutation(state: number, out: number, n: number): void;
  randomBernoulli(state: number, t: number, out: number, n: number, p: number): void;
  randomBernoulliTensor(
    state: number, t: number, out: number, n: number, tp: number, p: number,
  ): void; // prettier-ignore
  randomExponential(state: number, t: number, out: number, n: number, lambda: number): void;
  randomGeometric(state: number, t: number, out: number, n: number, p: number): void;
  randomLogNormal(
    state: number, t: number, out: number, n: number, mean: number, std: number,
  ): void; // prettier-ignore
  randomCauchy(
    state: number, t: number, out: number, n: number, median: number, sigma: number,
  ): void; // prettier-ignore
  randomMultinomial(
    state: number, t: number, out: number, p: number, sums: number, rows: number, n: number, m: number,
  ): void; // prettier-ignore
  erfinvTorch(t: number, out: number, x: number, n: number): void;
}

/** Calls of a kernel for threads without other work: see kernels/pool.ts. */
export interface Shared {
  later(kernel: string, calls: readonly (readonly number[])[]): number;
  finish(ticket: number): void;
}

/** Normals for whose transformation it is worth waking a thread, and the part that one call transforms. */
const SHARED_FROM = 2 ** 15;
const PART = 2 ** 13;
/** Parts that wait at once: what was drawn is still in a cache. */
const AHEAD = 24;

/** The part of kernels/heap.ts that a generator needs; the views are current at every read. */
export interface RandomHeap {
  alloc(bytes: number): number;
  free(ptr: number): void;
  readonly u8: Uint8Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** Values of `random_()` without bounds: low bits of a draw; `inclusive` adds the value 2^bits itself (floating types). */
export const RANDOM_RANGE = {
  float64: { bits: 53, inclusive: true },
  float32: { bits: 24, inclusive: true },
  float16: { bits: 11, inclusive: true },
  bfloat16: { bits: 8, inclusive: true },
  int64: { bits: 63, inclusive: false },
  int32: { bits: 31, inclusive: false },
  int16: { bits: 15, inclusive: false },
  int8: { bits: 7, inclusive: false },
  uint8: { bits: 8, inclusive: false },
  bool: { bits: 1, inclusive: false },
} as const;

const DEFAULT_SEED = 67280421310721n;

/**
 * PyTorch's CPU generator: the same seed gives the bits of torch 1.13 (AVX2 build without MKL). Normals, exponentials and the like of type
 * f64 may differ in their last bits, as PyTorch's own do from one C library to the next.
 * All methods write n elements of type t (0 f32, 1 f64) into linear memory at `out`; int64 and indices are f64.
 */
export class Generator {
  readonly #kernels: RandomKernels;
  readonly #pool: Shared | undefined;
  readonly #heap: RandomHeap;
  readonly #state: number;
  #initialSeed = DEFAULT_SEED;

  constructor(kernels: RandomKernels, heap: RandomHeap, pool?: Shared) {
    this.#kernels = kernels;
    this.#pool = pool;
    this.#heap = heap;
    this.#state = heap.alloc(kernels.randomStateBytes());
    this.seed(DEFAULT_SEED);
  }

  /** Gives the state's memory back; the generator is unusable afterwards. */
  dispose(): void {
    this.#heap.free(this.#state);
  }

  /** The last seed, 0..2^64-1. */
  get initialSeed(): bigint {
    return this.#initialSeed;
  }

  /** Only the low 32 bits of the seed count; drops the cached normal. Throws where a number is no integer. */
  seed(seed: number | bigint): void {
    this.#initialSeed = BigInt.asUintN(64, BigInt(seed));
    this.#kernels.randomSeed(this.#state, Number(BigInt.asUintN(32, this.#initialSeed)));
  }

  /** A copy of everything that decides the next draws; opaque. */
  getState(): Uint8Array {
    return this.#heap.u8.slice(this.#state, this.#state + this.#kernels.randomStateBytes());
  }

  setState(state: Uint8Array): void {
    const bytes = this.#kernels.randomStateBytes();
    assert(state.length === bytes, `generator state of ${state.length} bytes, not ${bytes}`);
    this.#heap.u8.set(state, this.#state);
  }

  /** from + (to - from) u, 0 <= u < 1. */
  uniform(t: number, out: number, n: number, from: number, to: number): void {
    this.#kernels.randomUniform(this.#state, t, out, n, from, to);
  }

  /** `uniform` into float16 or bfloat16 kept as f32: a draw's low 11 or 8 bits, since PyTorch takes as many as the type has. */
  uniformHalf(
    out: number,
    n: number,
    dtype: "float16" | "bfloat16",
    from: number,
    to: number,
  ): void {
    const { bits } = RANDOM_RANGE[dtype];
    this.#kernels.randomBits(this.#state, 0, out, n, bits, 0);
    const values = this.#heap.f32.subarray(out / 4, out / 4 + n);
    const scale = Math.fround(to - from) * 2 ** -bits;
    for (let i = 0; i < n; i++) values[i] = values[i]! * scale + from;
  }

  /** `serial`: the tensor is not contiguous in memory; PyTorch then draws one value after another, as it does for n < 16. */
  normal(t: number, out: number, n: number, mean: number, std: number, serial = false): void {
    if (this.#pool && t === 0 && !serial && n >= SHARED_FROM)
      this.#sharedNormal(this.#pool, out, n, mean, std);
    else this.#kernels.randomNormal(this.#state, t, out, n, mean, std, Number(serial));
  }

  /** The same values: this thread draws, and helps the others, which transform what was drawn, where it is too far ahead of them. */
  #sharedNormal(pool: Shared, out: number, n: number, mean: number, std: number): void {
    const whole = n - (n % 16);
    const tickets: number[] = [];
    let done = 0;
    for (let from = 0; from < whole; from += PART) {
      const [at, count] = [out + 4 * from, Math.min(PART, whole - from)];
      this.#kernels.randomUniform(this.#state, 0, at, count, 0, 1);
      tickets.push(pool.later("randomNormalBlocks", [[at, count, mean, std]]));
      if (tickets.length - done > AHEAD) pool.finish(tickets[done++]!);
    }
    while (done < tickets.length) pool.finish(tickets[done++]!);
    this.#kernels.randomNormalTail(this.#state, out, n, mean, std);
  }

  /** Integers low..high-1 as f64. */
  randint(out: number, n: number, low: number, high: number): void {
    this.random(1, out, n, low, high);
  }

  /** `random_(low, high)`: integers low..high-1 as type t. */
  random(t: number, out: number, n: number, low: number, high: number): void {
    assert(high > low, `random range ${low}..${high}`);
    this.#kernels.randomIntegers(this.#state, t, out, n, low, high);
  }

  /** `random_()` of a tensor of dtype `dtype`, stored as type t. int64 values beyond 2^53 are rounded to f64. */
  randomFull(t: number, out: number, n: number, dtype: keyof typeof RANDOM_RANGE): void {
    const { bits, inclusive } = RANDOM_RANGE[dtype];
    this.#kernels.randomBits(this.#state, t, out, n, bits, Number(inclusive));
  }

  /** A permutation of 0..n-1 as f64. */
  randperm(out: number, n: number): void {
    this.#kernels.randomPermutation(this.#state, out, n);
  }

  /** 1 with probability p, else 0. */
  bernoulli(t: number, out: number, n: number, p: number): void {
    this.#kernels.randomBernoulli(this.#state, t, out, n, p);
  }

  /** 1 with probability p[i], else 0; p: [n] of type tp. */
  bernoulliTensor(t: number, out: number, p: number, n: number, tp = t): void {
    this.#kernels.randomBernoulliTensor(this.#state, t, out, n, tp, p);
  }

  exponential(t: number, out: number, n: number, lambda: number): void {
    this.#kernels.randomExponential(this.#state, t, out, n, lambda);
  }

  /** Number of trials up to the first success, p: 0..1 exclusive. */
  geometric(t: number, out: number, n: number, p: number): void {
    this.#kernels.randomGeometric(this.#state, t, out, n, p);
  }

  logNormal(t: number, out: number, n: number, mean: number, std: number): void {
    this.#kernels.randomLogNormal(this.#state, t, out, n, mean, std);
  }

  cauchy(t: number, out: number, n: number, median: number, sigma: number): void {
    this.#kernels.randomCauchy(this.#state, t, out, n, median, sigma);
  }

  /**
   * m category indices (f64) per row of the weights p: [rows, n] of type t. Without replacement: the m largest of p / q,
   * q exponential; the caller has checked that a row has m positive weights. With replacement: bisection of the running sum.
   */
  multinomial(
    t: number,
    out: number,
    p: number,
    rows: number,
    n: number,
    m: number,
    replacement: boolean,
  ): void {
    const count = replacement ? n : rows * n;
    const scratch = this.#heap.alloc(count * (t === 0 ? 4 : 8));
    try {
      if (replacement) {
        this.#kernels.randomMultinomial(this.#state, t, out, p, scratch, rows, n, m);
        return;
      }
      this.exponential(t, scratch, count, 1);
      const view = t === 0 ? this.#heap.f32 : this.#heap.f64;
      const from = p / view.BYTES_PER_ELEMENT;
      const to = scratch / view.BYTES_PER_ELEMENT;
      for (let i = 0; i < count; i++) view[to + i] = view[from + i]! / view[to + i]!;
      for (let row = 0; row < rows; row++) {
        const scores = view.subarray(to + row * n, to + (row + 1) * n);
        this.#heap.f64.set(largest(scores, m), out / 8 + row * m);
      }
    } finally {
      this.#heap.free(scratch);
    }
  }

  /** x[i] ← draw(source, x[i], second[i]) in order, the source's numbers being the generator's next f64 ones. */
  each(
    t: number,
    x: number,
    n: number,
    draw: (source: Source, parameter: number, second: number) => number,
    second?: number,
  ): void {
    const cell = this.#heap.alloc(8);
    const next = (): number => this.#heap.f64[cell / 8]!;
    const source: Source = {
      uniform: () => {
        this.uniform(1, cell, 1, 0, 1);
        return next();
      },
      normal: () => {
        this.normal(1, cell, 1, 0, 1);
        return next();
      },
    };
    try {
      const view = t === 0 ? this.#heap.f32 : this.#heap.f64;
      const at = x / view.BYTES_PER_ELEMENT;
      const other = second === undefined ? null : second / view.BYTES_PER_ELEMENT;
      for (let i = 0; i < n; i++)
        view[at + i] = draw(source, view[at + i]!, other === null ? 0 : view[other + i]!);
    } finally {
      this.#heap.free(cell);
    }
  }

  /** The inverse of erf, with PyTorch's roundings. `out` may be `x`. */
  erfinv(t: number, out: number, x: number, n: number): void {
    this.#kernels.erfinvTorch(t, out, x, n);
  }
}

/** Indices of the m largest, largest first; of equals the first. */
function largest(scores: Float32Array | Float64Array, m: number): number[] {
  if (m === 1) {
    let best = 0;
    for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
    return [best];
  }
  const order = Array.from(scores.keys());
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, m);
}
