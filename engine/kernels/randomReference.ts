/**
 * PyTorch's CPU generator in plain arithmetic on single values: slow, for comparison. Every f32 is a number that `Math.fround` keeps.
 * Source: torch 1.13's values (AVX2 build), Cephes' logf and sincosf.
 */
export class ReferenceGenerator {
  readonly #words = new Uint32Array(624);
  #at = 624;
  #cached: number | undefined;

  constructor(seed: number) {
    this.#words[0] = seed;
    for (let j = 1; j < 624; j++) {
      const word = this.#words[j - 1]!;
      this.#words[j] = Math.imul(1812433253, word ^ (word >>> 30)) + j;
    }
  }

  word(): number {
    const w = this.#words;
    if (this.#at === 624) {
      for (let k = 0; k < 624; k++) {
        const y = (w[k]! & 0x80000000) | (w[(k + 1) % 624]! & 0x7fffffff);
        w[k] = w[(k + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.#at = 0;
    }
    let y = w[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  unit32(): number {
    return (this.word() & 0xffffff) * 2 ** -24;
  }

  unit64(): number {
    const high = this.word() & 0x1fffff;
    return (high * 2 ** 32 + this.word()) * 2 ** -53;
  }

  uniform(n: number, from: number, to: number): Float32Array {
    const base = f(from);
    const range = f(f(to) - base);
    return Float32Array.from({ length: n }, () => fma(this.unit32(), range, base));
  }

  normal(n: number, mean: number, std: number, serial = false): Float32Array {
    if (n < 16 || serial)
      return Float32Array.from({ length: n }, () => this.#nextNormal() * std + mean);
    const out = this.uniform(n, 0, 1);
    for (let i = 0; i + 16 <= n; i += 16) block(out, i, f(mean), f(std));
    if (n % 16) {
      out.set(this.uniform(16, 0, 1), n - 16);
      block(out, n - 16, f(mean), f(std));
    }
    return out;
  }

  #nextNormal(): number {
    const cached = this.#cached;
    this.#cached = undefined;
    if (cached !== undefined) return cached;
    const angle = 2 * Math.PI * this.unit64();
    const r = Math.sqrt(-2 * Math.log(1 - this.unit64()));
    this.#cached = r * Math.sin(angle);
    return r * Math.cos(angle);
  }
}

const f = Math.fround;
const word = new DataView(new ArrayBuffer(8));

/** a b + c with one rounding to f32: the f64 product is exact, the f64 sum is made odd where it is inexact. */
export function fma(a: number, b: number, c: number): number {
  const p = a * b;
  const s = p + c;
  const v = s - p;
  const e = p - (s - v) + (c - v);
  if (e === 0 || s === 0) return f(s);
  word.setFloat64(0, s);
  const bits = word.getBigInt64(0);
  if ((bits & 1n) === 0n) word.setBigInt64(0, e > 0 === s > 0 ? bits + 1n : bits - 1n);
  return f(word.getFloat64(0));
}

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.map(f).reduce((sum, c) => fma(sum, x, c));

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
]; // prettier-ignore
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];
const QUARTER_TURN = [0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8]; // pi/4 in pieces

/** ln x for x in 2^-24..1. */
function log(x: number): number {
  word.setFloat32(0, x);
  const bits = word.getUint32(0);
  let e = (bits >>> 23) - 126;
  word.setUint32(0, (bits & 0x7fffff) | 0x3f000000);
  let m = word.getFloat32(0);
  if (m < f(Math.SQRT1_2)) {
    e -= 1;
    m = f(f(m - 1) + m);
  } else m = f(m - 1);
  const z = f(m * m);
  const y = fma(f(horner(LOG, m) * m), z, f(e * f(-2.1219444e-4)));
  return fma(e, 0.693359375, f(m + fma(-z, 0.5, y)));
}

function sinCos(angle: number): { sine: number; cosine: number } {
  const j = (Math.trunc(f(angle * f(1.27323954473516))) + 1) & ~1;
  const x = QUARTER_TURN.reduce((rest, piece) => fma(j, -f(piece), rest), angle);
  const z = f(x * x);
  const c = f(horner(COSINE, z) * z);
  const near = f(fma(c, z, -z / 2) + 1);
  const far = fma(f(horner(SINE, z) * z), x, x);
  const [s, t] = j & 2 ? [near, far] : [far, near];
  return { sine: j & 4 ? -s : s, cosine: ~(j - 2) & 4 ? -t : t };
}

/** 16 uniforms at `i` become normals; the pairs are (j, j + 8). */
function block(x: Float32Array, i: number, mean: number, std: number): void {
  for (let j = i; j < i + 8; j++) {
    const r = f(Math.sqrt(f(-2 * log(f(1 - x[j]!)))));
    const { sine, cosine } = sinCos(f(f(2 * Math.PI) * x[j + 8]!));
    x[j] = fma(f(r * cosine), std, mean);
    x[j + 8] = fma(f(r * sine), std, mean);
  }
}
