/**
 * One model's training step, forward and backward, in one library of the web: `node --import tsx test/bench/rivals.ts MODEL LIBRARY [one-hot]`. Prints a line of
 * JSON after the first step (loss, norm of the gradients, ms) and one more for the fastest step. Parameters and input come of rivals/plain.py's formula.
 */
import { setFlagsFromString } from "node:v8";
import { V8_OF_WIDE } from "../../engine/kernels/index.ts";
import type { Library } from "./rivals/library.ts";
import { jax } from "./rivals/jax.ts";
import { MODELS, type Model } from "./rivals/models.ts";
import { tensorflow } from "./rivals/tfjs.ts";

// What Chainrule's command takes of V8, its rivals are given too.
if (V8_OF_WIDE.test(process.versions.v8)) setFlagsFromString("--experimental-wasm-revectorize");

const [ROUNDS, ENOUGH_MS] = [7, 2500];
const INPUT = 1000; // above every parameter's number

/** In [-1, 1), the i-th of the array of that number. */
const filled = (count: number, number: number, bound: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => {
    let x = Math.imul(i + Math.imul(number, 0x9e3779b9), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x = (x ^ (x >>> 16)) >>> 0;
    return (x / 2 ** 31 - 1) * bound;
  });
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

async function run<T>(lib: Library<T>, model: Model) {
  const { input, vocabulary, classes } = model;
  const count = product(input);
  const x = vocabulary
    ? lib.indices(
        input,
        Int32Array.from({ length: count }, (_, i) => (i * 7919) % vocabulary),
      )
    : input.length === 4
      ? lib.images(input, filled(count, INPUT, 1))
      : lib.constant(input, filled(count, INPUT, 1));
  const rows = vocabulary ? count : (input[0] ?? 0);
  const labels = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) labels[row * classes + ((row * 7) % classes)] = 1;
  const oneHot = lib.constant([rows, classes], labels);
  const weights: T[] = [];
  model.forward(
    lib,
    (kind, ...shape) => {
      const bound = kind === "vector" ? 0.1 : 1 / Math.sqrt(product(shape.slice(1)));
      const values = filled(product(shape), weights.length, bound);
      const weight = lib.weight(kind, shape, values);
      weights.push(weight);
      return weight;
    },
    x,
  );
  const step = lib.step((given) => {
    let taken = 0;
    return lib.crossEntropy(
      model.forward(lib, () => given[taken++] as T, x),
      oneHot,
    );
  }, weights);
  const say = (value: unknown): void => console.log(JSON.stringify(value));
  let start = performance.now();
  const { loss, gradients } = await step();
  let best = performance.now() - start;
  const square = gradients.map((g) => g.reduce((sum, v) => sum + v * v, 0));
  say({ loss, norm: Math.sqrt(square.reduce((a, b) => a + b, 0)), ms: best });
  const since = performance.now();
  for (let i = 0; i < ROUNDS && performance.now() - since < ENOUGH_MS; i++) {
    start = performance.now();
    await step();
    best = Math.min(best, performance.now() - start);
  }
  say({ ms: best });
}

const [name = "", library = "", embedding] = process.argv.slice(2);
const model = MODELS[name];
if (!model) throw new Error(`a model of ${Object.keys(MODELS).join()}`);
const oneHot = embedding === "one-hot";
try {
  if (library === "jax") await run(await jax(oneHot), model);
  else await run(await tensorflow(library as "wasm" | "cpu", oneHot), model);
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
process.exit(0);
