/**
 * Chainrule kept alive: one analysis per line of standard input, one line of JSON each. Started by run.ts with
 * FILE, ENTRY and SHAPE. The next interpreter is booted before the answer, so that it disturbs no one's timing.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { collectSources, Engine } from "../../engine/client.ts";
import { ROOT } from "../support/host.ts";

const [file = "", entry = "", shape = ""] = process.argv.slice(2);
const read = (name: string): Promise<string | undefined> =>
  readFile(name, "utf8").catch(() => undefined);

const engine = new Engine({ dir: path.join(ROOT, "dist") });
const say = (value: unknown): void => console.log(JSON.stringify(value));
await engine.warm();
say({ node: process.version, v8: process.versions.v8 });

for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const { sources } = await collectSources(file, { roots: [], read });
  const wishes = { entry, inputs: [shape], loss: "cross_entropy" };
  const report = await engine.analyze({ file, sources, roots: [], ...wishes });
  const total = performance.now() - start;
  const error = report.subject ? undefined : report.findings[0]?.message;
  const boot = performance.now();
  await engine.warm();
  say({
    error,
    loss: report.loss,
    l2: Object.fromEntries(report.parameters.map((p) => [p.name, p.grad?.l2])),
    layers: report.layers.length,
    ms: { ...report.cost.ms, total, boot: performance.now() - boot },
  });
}
await engine.dispose();
