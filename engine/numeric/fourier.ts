/** Discrete Fourier transforms of any length in n log n steps, f64, unnormalised. */

/** Σₜ x[t] e^(sign · 2πi · t k / n) for each k, in place; real and imaginary parts apart. */
export type Transform = (real: Float64Array, imag: Float64Array) => void;

const plans = new Map<number, Transform>();

/** The transform of length n with the exponent's sign −1; the other sign is had by swapping the two parts. */
export function transform(n: number): Transform {
  let plan = plans.get(n);
  if (!plan) {
    plan = (n & (n - 1)) === 0 ? powerOfTwo(n) : n <= 32 ? direct(n) : bluestein(n);
    plans.set(n, plan);
  }
  return plan;
}

/** cos and sin of 2π k / n, k < count, each from the nearest eighth of the circle. */
function circle(n: number, count: number): { cos: Float64Array; sin: Float64Array } {
  const angle = (k: number): number => (2 * Math.PI * k) / n;
  return {
    cos: Float64Array.from({ length: count }, (_, k) => Math.cos(angle(k))),
    sin: Float64Array.from({ length: count }, (_, k) => Math.sin(angle(k))),
  };
}

function powerOfTwo(n: number): Transform {
  const { cos, sin } = circle(n, n >> 1);
  const reversed = new Uint32Array(n);
  for (let i = 1; i < n; i++) reversed[i] = (reversed[i >> 1]! >> 1) | (i & 1 ? n >> 1 : 0);
  return (re, im) => {
    for (let i = 0; i < n; i++) {
      const j = reversed[i]!;
      if (j <= i) continue;
      const [a, b] = [re[i]!, im[i]!];
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = a;
      im[j] = b;
    }
    for (let half = 1; half < n; half *= 2) {
      const step = n / (2 * half);
      for (let start = 0; start < n; start += 2 * half)
        for (let k = 0; k < half; k++) {
          const [c, s] = [cos[k * step]!, sin[k * step]!];
          const [p, q] = [start + k, start + k + half];
          const x = re[q]! * c + im[q]! * s;
          const y = im[q]! * c - re[q]! * s;
          re[q] = re[p]! - x;
          im[q] = im[p]! - y;
          re[p]! += x;
          im[p]! += y;
        }
    }
  };
}

/** n² steps, for short lengths. */
function direct(n: number): Transform {
  const { cos, sin } = circle(n, n);
  const [a, b] = [new Float64Array(n), new Float64Array(n)];
  return (re, im) => {
    for (let k = 0; k < n; k++) {
      let [x, y] = [0, 0];
      for (let t = 0, at = 0; t < n; t++, at = (at + k) % n) {
        x += re[t]! * cos[at]! + im[t]! * sin[at]!;
        y += im[t]! * cos[at]! - re[t]! * sin[at]!;
      }
      a[k] = x;
      b[k] = y;
    }
    re.set(a);
    im.set(b);
  };
}

/** As a convolution of a power of two's length. Source: Bluestein, 1970: t k = (t² + k² − (k − t)²) / 2. */
function bluestein(n: number): Transform {
  let m = 1;
  while (m < 2 * n - 1) m *= 2;
  const inner = transform(m);
  const { cos, sin } = circle(2 * n, 2 * n);
  const turn = Uint32Array.from({ length: n }, (_, t) => (t * t) % (2 * n)); // exact up to n = 2^26
  const [br, bi] = [new Float64Array(m), new Float64Array(m)];
  for (let t = 0; t < n; t++) {
    br[t] = br[(m - t) % m] = cos[turn[t]!]!;
    bi[t] = bi[(m - t) % m] = sin[turn[t]!]!;
  }
  inner(br, bi);
  const [ar, ai] = [new Float64Array(m), new Float64Array(m)];
  return (re, im) => {
    ar.fill(0);
    ai.fill(0);
    for (let t = 0; t < n; t++) {
      const [c, s] = [cos[turn[t]!]!, sin[turn[t]!]!];
      ar[t] = re[t]! * c + im[t]! * s;
      ai[t] = im[t]! * c - re[t]! * s;
    }
    inner(ar, ai);
    for (let k = 0; k < m; k++) {
      const x = ar[k]! * br[k]! - ai[k]! * bi[k]!;
      ai[k] = ar[k]! * bi[k]! + ai[k]! * br[k]!;
      ar[k] = x;
    }
    inner(ai, ar); // parts swapped: the other sign
    for (let k = 0; k < n; k++) {
      const [c, s] = [cos[turn[k]!]!, sin[turn[k]!]!];
      re[k] = (ar[k]! * c + ai[k]! * s) / m;
      im[k] = (ai[k]! * c - ar[k]! * s) / m;
    }
  };
}
