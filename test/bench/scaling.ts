/**
 * How time and memory grow with a model: `node --import tsx test/bench/scaling.ts`. One size is doubled again and again, the others stand. The
 * last column is the exponent between the smallest and the largest size: 1 is linear, 2 quadratic.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Engine } from "../../engine/client.ts";
import { ROOT } from "../support/host.ts";

const RUNS = 3;

interface Sweep {
  readonly what: string;
  readonly file: string;
  readonly entry: string;
  readonly sizes: readonly number[];
  readonly of: (size: number) => { readonly args: readonly string[]; readonly input: string };
}

const gpt = (depth: number): string[] => ["vocabulary=512", "width=192", `depth=${depth}`, "heads=6", "context=512"]; // prettier-ignore
const tokens = (rows: number, columns: number): string => `randint(0, 512, (${rows}, ${columns}))`;

const SWEEPS: readonly Sweep[] = [
  {
    what: "GPT's blocks, 4×64 tokens",
    file: "gpt.py",
    entry: "GPT",
    sizes: [4, 8, 16, 32],
    of: (size) => ({ args: gpt(size), input: tokens(4, 64) }),
  },
  {
    what: "rows of 64 tokens",
    file: "gpt.py",
    entry: "GPT",
    sizes: [8, 16, 32, 64],
    of: (size) => ({ args: gpt(4), input: tokens(size, 64) }),
  },
  {
    what: "tokens of 2 rows (attention is quadratic)",
    file: "gpt.py",
    entry: "GPT",
    sizes: [64, 128, 256, 512],
    of: (size) => ({ args: gpt(4), input: tokens(2, size) }),
  },
  {
    what: "tokens of a row, scaled_dot_product_attention alone (time is quadratic)",
    file: "attention.py",
    entry: "Attention",
    sizes: [512, 1024, 2048, 4096],
    of: (size) => ({ args: [], input: `(1, ${size}, 256)` }),
  },
  {
    what: "million parameters of an MLP",
    file: "mlp.py",
    entry: "MLP",
    sizes: [2, 4, 8, 16],
    of: (size) => ({ args: [`width=${widthOf(size)}`], input: "(64, 784)" }),
  },
];

/** Of the MLP that holds so many million parameters: w² + 795 w + 10. */
const widthOf = (millions: number): number =>
  Math.round((-795 + Math.sqrt(795 ** 2 + 4e6 * millions)) / 2);

interface Cost {
  readonly ms: number;
  readonly mib: number;
}

const engine = new Engine({ dir: path.join(ROOT, "dist") });

/** Forward, backward and statistics: the fastest of some runs. */
async function costOf({ file, entry, of }: Sweep, size: number): Promise<Cost> {
  const name = path.join(ROOT, "test/bench", file);
  const sources = { [name]: await readFile(name, "utf8") };
  const { args, input } = of(size);
  const request = {
    ...{ file: name, roots: [], entry, args, inputs: [input], others: false, sources },
    loss: "cross_entropy",
  };
  const costs: Cost[] = [];
  for (let i = 0; i < RUNS; i++) {
    await engine.prepared();
    const { cost, findings, subject } = await engine.analyze({ ...request, seed: i });
    if (!subject) throw new Error(findings[0]?.message);
    const { forward = NaN, backward = NaN, measure = NaN } = cost.ms;
    costs.push({ ms: forward + backward + measure, mib: cost.peakBytes / 2 ** 20 });
  }
  return costs.reduce((best, one) => (one.ms < best.ms ? one : best));
}

const exponent = (sizes: readonly number[], values: readonly number[]): string =>
  (Math.log(values.at(-1)! / values[0]!) / Math.log(sizes.at(-1)! / sizes[0]!)).toFixed(2);

console.log("| growing | sizes | forward, backward, statistics, ms | exponent | tensors, MiB | exponent |"); // prettier-ignore
console.log("| --- | --- | --- | --- | --- | --- |");
for (const sweep of SWEEPS) {
  const costs: Cost[] = [];
  for (const size of sweep.sizes) costs.push(await costOf(sweep, size));
  const [ms, mib] = [costs.map((c) => c.ms), costs.map((c) => c.mib)];
  const cells = [
    sweep.what,
    sweep.sizes.join(", "),
    ...[ms.map((x) => x.toFixed(0)).join(", "), `**${exponent(sweep.sizes, ms)}**`],
    ...[mib.map((x) => x.toFixed(0)).join(", "), `**${exponent(sweep.sizes, mib)}**`],
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
await engine.dispose();
