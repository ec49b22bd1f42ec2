import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { Heap } from "../../engine/kernels/heap.ts";
import { ReferenceGenerator } from "../../engine/kernels/randomReference.ts";
import { Generator, type RandomKernels } from "../../engine/random.ts";

/** A draw of real PyTorch; see data/drawRandom.py. */
interface Draw {
  readonly name: string;
  readonly seed: string;
  readonly expression: string;
  readonly type: 0 | 1;
  readonly count: number;
  readonly sha256: string;
  readonly step: number;
  readonly bits: readonly string[];
}

const draws = JSON.parse(readFileSync(new URL("data/random.json", import.meta.url), "utf8")) as {
  readonly exact: readonly Draw[];
  readonly close: readonly Draw[];
};

const SOURCE = fileURLToPath(new URL("../../engine/kernels/assembly/random.ts", import.meta.url));
const heap = new Heap();
/** On a host with relaxed SIMD the fused road is tested, elsewhere the emulated one; the suite runs on both. */
const RELAXED = WebAssembly.validate(
  Uint8Array.of(
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16, 1, 14, 0],
    ...[65, 0, 253, 17, 65, 0, 253, 17, 253, 128, 2, 26, 11],
  ),
);

/** The random kernels alone, compiled from their source. */
async function compile(): Promise<RandomKernels> {
  const features = RELAXED ? ["simd", "relaxed-simd"] : ["simd"];
  const options = ["-O3", "--runtime", "stub", "--importMemory", "--noAssert"].concat(
    features.flatMap((feature) => ["--enable", feature]),
  );
  let binary: Uint8Array | undefined;
  const { error } = await asc.main([SOURCE, "--outFile", "random.wasm", ...options], {
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") binary = contents;
    },
  });
  if (error || !binary) throw error ?? new Error("the compiler wrote nothing");
  const env = { memory: heap.memory, abort: () => assert.fail("aborted") };
  const { instance } = await WebAssembly.instantiate(new Uint8Array(binary), { env });
  return instance.exports as unknown as RandomKernels;
}

type Run = (g: Generator, out: number, n: number) => void;

/** Draws one part after another into one place of type t. */
const parts =
  (t: number, ...each: readonly [number, (g: Generator, out: number, n: number) => void][]): Run =>
  (g, out) => {
    let at = out;
    for (const [n, draw] of each) {
      draw(g, at, n);
      at += n * (t ? 8 : 4);
    }
  };

const rand: Run = (g, out, n) => g.uniform(0, out, n, 0, 1);
const randn: Run = (g, out, n) => g.normal(0, out, n, 0, 1);
const seeded = parts(0, [3, rand], [20, randn]);
const bound = 1 / Math.sqrt(77);
const linear: Run = (g, out, n) => g.uniform(0, out, n, -bound, bound);
const f32 = (values: readonly number[], out: number): void => heap.f32.set(values, out / 4);
const f64 = (values: readonly number[], out: number): void => heap.f64.set(values, out / 8);

/** Runs `use` with `bytes` bytes of scratch. */
function lend(bytes: number, use: (at: number) => void): void {
  const at = heap.alloc(bytes);
  use(at);
  heap.free(at);
}

/** f64 draws beside f32 ones: drawn aside, then rounded into place. */
const rounded =
  (run: Run): Run =>
  (g, out, n) =>
    lend(8 * n, (at) => {
      run(g, at, n);
      f32(Array.from(heap.f64.subarray(at / 8, at / 8 + n)), out);
    });

const upTo100 = Array.from({ length: 100 }, (_, i) => i + 1);

const runs: Readonly<Record<string, Run>> = {
  rand,
  "rand, 3 values": rand,
  "rand f64": (g, out, n) => g.uniform(1, out, n, 0, 1),
  "uniform_ with Linear's bounds": linear,
  "uniform_ f64": (g, out, n) => g.uniform(1, out, n, -0.3, 0.7),
  "normal_(0.3, 0.7)": (g, out, n) => g.normal(0, out, n, 0.3, 0.7),
  "normal_(1, 0.02)": (g, out, n) => g.normal(0, out, n, 1, 0.02),
  "normal_(3, 1)": (g, out, n) => g.normal(0, out, n, 3, 1),
  "normal_ of a transposed matrix": (g, out, n) => g.normal(0, out, n, 0.1, 2, true),
  randint: (g, out, n) => g.randint(out, n, -5, 1000),
  "randint from 2^32 on": (g, out, n) => g.randint(out, n, 0, 2 ** 40),
  "randperm 8": (g, out, n) => g.randperm(out, n),
  "randperm 1000": (g, out, n) => g.randperm(out, n),
  bernoulli_: (g, out, n) => g.bernoulli(0, out, n, 0.3),
  "bernoulli_ from an odd word on": parts(
    0,
    [3, rand],
    ...[0.3, 0, 1, 0.5].map((p): [number, Run] => [901, (g, out, n) => g.bernoulli(0, out, n, p)]),
  ),
  "bernoulli of f32": (g, out, n) => {
    rand(g, out, n);
    g.bernoulliTensor(0, out, out, n);
  },
  "bernoulli of f64": (g, out, n) => {
    g.uniform(1, out, n, 0, 1);
    g.bernoulliTensor(1, out, out, n);
  },
  dropout: (g, out, n) => {
    g.bernoulli(0, out, n, 1 - 0.3);
    const mask = heap.f32.subarray(out / 4, out / 4 + n);
    mask.forEach((kept, i) => (mask[i] = kept / Math.fround(1 - 0.3)));
  },
  exponential_: (g, out, n) => g.exponential(0, out, n, 1.5),
  geometric_: (g, out, n) => g.geometric(0, out, n, 0.1),
  log_normal_: (g, out, n) => g.logNormal(0, out, n, 0.1, 0.5),
  cauchy_: (g, out, n) => g.cauchy(0, out, n, 0.1, 0.5),
  "random_ float32": (g, out, n) => g.randomFull(0, out, n, "float32"),
  "random_ float64": (g, out, n) => g.randomFull(1, out, n, "float64"),
  "random_ int64": (g, out, n) => g.randomFull(1, out, n, "int64"),
  "random_ int32": (g, out, n) => g.randomFull(1, out, n, "int32"),
  "random_ int16": (g, out, n) => g.randomFull(1, out, n, "int16"),
  "random_ int8": (g, out, n) => g.randomFull(1, out, n, "int8"),
  "random_ uint8": (g, out, n) => g.randomFull(1, out, n, "uint8"),
  "random_ bool": (g, out, n) => g.randomFull(1, out, n, "bool"),
  "random_(3, 17) f32": (g, out, n) => g.random(0, out, n, 3, 17),
  "multinomial, one draw": (g, out) =>
    lend(1600, (p) => {
      f32(Array.from({ length: 50 }, () => [1, 2, 3, 4, 4, 0, 1, 0]).flat(), p);
      g.multinomial(0, out, p, 100, 4, 1, false);
    }),
  "multinomial without replacement": (g, out) =>
    lend(1200, (p) => {
      f32([upTo100, upTo100, upTo100].flat(), p);
      g.multinomial(0, out, p, 3, 100, 20, false);
    }),
  "multinomial with replacement": (g, out) =>
    lend(1200, (p) => {
      f32([upTo100, upTo100, upTo100].flat(), p);
      g.multinomial(0, out, p, 3, 100, 200, true);
    }),
  "multinomial f64": (g, out) =>
    lend(800, (p) => {
      f64(upTo100, p);
      g.multinomial(1, out, p, 1, 100, 50, false);
    }),
  "carry-over": parts(0, ...[5, 1, 16, 2, 7, 31, 3, 40, 1].map((n): [number, Run] => [n, randn])),
  "carry-over through other draws": parts(
    0,
    [3, randn],
    [5, rand],
    [1, rounded((g, out, n) => g.normal(1, out, n, 0, 1))],
    [3, rounded((g, out, n) => g.randint(out, n, 0, 9))],
    [3, randn],
  ),
  "seed 0": seeded,
  "seed -1": seeded,
  "seed 2^63 + 5": seeded,
  "Linear(77, 33)": parts(0, [77 * 33, linear], [33, linear]),
  "randn f64": (g, out, n) => g.normal(1, out, n, 0, 1),
  "randn f64, 15 at a time": (g, out, n) => g.normal(1, out, n, 0, 1, true),
  "exponential_ f64": (g, out, n) => g.exponential(1, out, n, 1.5),
  "cauchy_ f64": (g, out, n) => g.cauchy(1, out, n, 0, 0.5),
  erfinv: (g, out, n) => {
    g.uniform(0, out, n, -1, 1);
    g.erfinv(0, out, out, n);
  },
  "erfinv f64": (g, out, n) => {
    g.uniform(1, out, n, -0.95, 0.95);
    g.erfinv(1, out, out, n);
  },
  trunc_normal_: (g, out, n) => {
    g.uniform(0, out, n, -0.9544997361036416, 0.9544997361036416); // 2 cdf(-2) - 1, 2 cdf(2) - 1
    g.erfinv(0, out, out, n);
    const x = heap.f32.subarray(out / 4, out / 4 + n);
    const scale = Math.fround(Math.SQRT2);
    x.forEach((v, i) => (x[i] = Math.min(2, Math.max(-2, v * scale))));
  },
};

const runOf = (draw: Draw): Run => {
  const run = runs[draw.name] ?? (/^randn \d+$/.test(draw.name) ? randn : undefined);
  assert.ok(run, `no run for "${draw.name}"`);
  return run;
};

describe("random numbers", () => {
  let kernels: RandomKernels;
  let generator: Generator;
  let out: number;

  before(async function () {
    this.timeout(60_000);
    kernels = await compile();
    generator = new Generator(kernels, heap);
    out = heap.alloc(2 ** 22);
  });

  function draw(d: Draw): Uint8Array {
    generator.seed(BigInt(d.seed));
    runOf(d)(generator, out, d.count);
    return heap.u8.slice(out, out + d.count * (d.type ? 8 : 4));
  }
  const bitsOf = (d: Draw, bytes: Uint8Array): bigint[] =>
    d.type
      ? Array.from(new BigUint64Array(bytes.buffer))
      : Array.from(new Uint32Array(bytes.buffer), BigInt);

  describe("PyTorch's bits", () => {
    for (const d of draws.exact) {
      it(d.name, () => {
        const bytes = draw(d);
        const some = bitsOf(d, bytes).filter((_, i) => i % d.step === 0);
        assert.deepEqual(some.map((b) => b.toString(16)), d.bits, d.expression); // prettier-ignore
        assert.equal(createHash("sha256").update(bytes).digest("hex"), d.sha256);
      });
    }
  });

  describe("PyTorch's values up to the C library's last bits", () => {
    /** Largest distance in ulp, and the share of values (0..1) that may differ at all. */
    const limits: Readonly<Record<string, readonly [number, number]>> = {
      "randn f64": [2, 0.01],
      "randn f64, 15 at a time": [2, 0.01],
      "exponential_ f64": [2, 0.01],
      "cauchy_ f64": [2, 0.01],
      "erfinv f64": [24, 1],
    };
    for (const d of draws.close) {
      it(d.name, () => {
        const distances = bitsOf(d, draw(d)).map((b, i) => {
          const off = Number(b - BigInt(`0x${d.bits[i]!}`));
          return Math.abs(off);
        });
        const [ulp, share] = limits[d.name]!;
        assert.ok(Math.max(...distances) <= ulp, `${Math.max(...distances)} ulp`);
        const differing = distances.filter((x) => x > 0).length;
        assert.ok(differing <= share * d.count, `${differing} of ${d.count} differ`);
      });
    }
  });

  describe("the vector road against plain arithmetic", () => {
    const f32At = (n: number): Float32Array => heap.f32.slice(out / 4, out / 4 + n);
    const sizes = [0, 1, 3, 4, 5, 15, 16, 17, 33, 623, 624, 625, 2000, 300_000];
    for (const [mean, std] of [
      [0, 1],
      [0.5, 1],
      [-3, 0.25],
      [1e-3, 0.1],
    ] as const)
      // prettier-ignore
      it(`normal(${mean}, ${std})`, () => {
        generator.seed(99);
        const slow = new ReferenceGenerator(99);
        for (const n of sizes) {
          generator.normal(0, out, n, mean, std);
          assert.deepEqual(f32At(n), slow.normal(n, mean, std), `n = ${n}`);
        }
      });
    for (const [from, to] of [
      [0, 1],
      [-1, 1],
      [-0.1, 0.1],
      [0.25, 1e4],
      [-1e-3, 3],
    ] as const)
      // prettier-ignore
      it(`uniform(${from}, ${to})`, () => {
        generator.seed(5);
        const slow = new ReferenceGenerator(5);
        for (const n of sizes) {
          generator.uniform(0, out, n, from, to);
          assert.deepEqual(f32At(n), slow.uniform(n, from, to), `n = ${n}`);
        }
      });
  });

  it("goes on from a restored state, the cached normal included", () => {
    generator.seed(3);
    generator.normal(0, out, 3, 0, 1);
    const state = generator.getState();
    const next = (): Uint8Array => {
      generator.normal(0, out, 700, 0, 1);
      generator.normal(0, out, 1, 0, 1);
      return heap.u8.slice(out, out + 2800);
    };
    const first = next();
    assert.notDeepEqual(next(), first);
    generator.setState(state);
    assert.deepEqual(next(), first);
    assert.throws(() => generator.setState(new Uint8Array(8)), /generator state of 8 bytes/);
  });

  it("keeps generators apart and reports the seed as PyTorch does", () => {
    const other = new Generator(kernels, heap);
    generator.seed(-2);
    other.seed(4);
    rand(other, out, 100);
    rand(generator, out, 1);
    const mixed = heap.f32[out / 4];
    generator.seed(2n ** 64n - 2n);
    rand(generator, out, 1);
    assert.equal(heap.f32[out / 4], mixed);
    assert.equal(generator.initialSeed, 2n ** 64n - 2n);
    other.dispose();
  });
});
