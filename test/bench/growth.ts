/**
 * `npm run growth [-- RUNS]`: that many runs (500) one after the other in one process, and how long a cancelled run's successor waits.
 * Ends with 1 where each run between the first tenth and the end has left more than `MOST` behind, each time after a collection.
 */
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Engine } from "../../engine/client.ts";
import { figure, msText } from "./figures.ts";

const RUNS = Number(process.argv[2] ?? 500);
const MOST = 2; // KiB: some MiB after a day of work
const CANCELS = 5;
const LOOP = "while True:\n    pass\n";
const MODEL = `from torch import nn


# chainrule: Net(), input=(16, 64), loss=cross_entropy
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, x):
        return self.net(x)
`;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const engine = new Engine({ dir: fileURLToPath(new URL("../../dist", import.meta.url)) });
const run = (text: string, signal?: AbortSignal) =>
  engine.analyze({ file: "a.py", sources: { "a.py": text }, roots: [] }, signal ? { signal } : {});

/** MiB of objects and of memory outside the heap: what a leak of ours would add to. */
async function held(): Promise<{ objects: number; resident: number }> {
  await engine.warm();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { objects: (heapUsed + external) / 2 ** 20, resident: rss / 2 ** 20 };
}

let first = await held();
for (let i = 1; i <= RUNS; i++) {
  await run(MODEL);
  if (i === Math.ceil(RUNS / 10)) first = await held();
  if (i % Math.ceil(RUNS / 10) === 0) {
    const now = await held();
    console.log(
      `${i} runs: ${now.objects.toFixed(1)} MiB of objects, ${now.resident.toFixed(0)} MiB resident`,
    );
  }
}
const last = await held();

const waits: number[] = [];
for (let i = 0; i < CANCELS; i++) {
  const cancel = new AbortController();
  const cancelled = run(LOOP, cancel.signal).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const start = performance.now();
  cancel.abort();
  await cancelled;
  await engine.warm();
  waits.push(performance.now() - start);
}
console.log(`from cancelling to the next interpreter: ${msText(figure(waits))} ms`);
await engine.dispose();
const left = ((last.objects - first.objects) * 1024) / (RUNS - Math.ceil(RUNS / 10));
console.log(
  `objects: each run has left ${left.toFixed(2)} KiB; resident ${(last.resident - first.resident).toFixed(0)} MiB more`,
);
process.exitCode = left > MOST ? 1 : 0;
