/**
 * Chainrule kept alive: one analysis per line of standard input, one line of JSON each. Started by run.ts with
 * FILE, ENTRY and INPUT. The next interpreter is booted before the answer, so that it disturbs no one's timing.
 */
import path from "node:path";
import { createInterface } from "node:readline";
import { cacheFolder, read } from "../../engine/cli/disk.ts";
import { collectSources, Engine } from "../../engine/client.ts";
import { ROOT } from "../support/host.ts";

const [file = "", entry = "", input = ""] = process.argv.slice(2);

/** Run when the file is imported: forward and backward that nobody looks at, and in turns with them the same with all statistics. */
const STEPS = `

def _steps():
    import time
    import torch
    from chainrule import measured
    from torch import _engine, _layers

    def step(what, looks):
        model.zero_grad(set_to_none=True)
        _layers.reset()
        _layers.recording = looks
        _engine.bridge().recording(int(looks))
        start = time.perf_counter()
        out = model(x)
        _layers.recording = False
        classes = out.shape[-1]
        target = torch.randint(0, classes, (out.numel() // classes,))
        torch.nn.functional.cross_entropy(out.reshape(-1, classes), target).backward()
        if looks:
            _engine.bridge().recording(0)
            measured.parameters(model)
            measured.calls(measured.paths(model))
        print(what, 1000 * (time.perf_counter() - start))

    torch.manual_seed(0)
    model = ${entry}()
    x = torch.${input.startsWith("randint") ? input : `randn(*${input})`}
    for _ in range(3):
        step("plain", False)
        step("measured", True)

_steps()
`;

const engine = new Engine({ dir: path.join(ROOT, "dist"), cache: cacheFolder(), wide: true });
const say = (value: unknown): void => console.log(JSON.stringify(value));
const wishes = { entry, inputs: [input], loss: "cross_entropy", others: false };

/** ms of the fastest step without statistics, and of the fastest with them. */
async function steps(sources: Readonly<Record<string, string>>): Promise<Record<string, number>> {
  const text = `${sources[file] ?? ""}${STEPS}`;
  const { log } = await engine.analyze({
    ...{ file, roots: [], ...wishes },
    sources: { ...sources, [file]: text },
  });
  const times = [...log.matchAll(/^(plain|measured) (\S+)$/gm)];
  const fastest = (name: string): number =>
    Math.min(...times.filter(([, which]) => which === name).map(([, , ms]) => Number(ms)));
  return { plain: fastest("plain"), measured: fastest("measured") };
}

await engine.prepared();
say({ node: process.version, v8: process.versions.v8 });

for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const { sources } = await collectSources(file, { roots: [], read });
  const report = await engine.analyze({ file, sources, roots: [], ...wishes });
  const total = performance.now() - start;
  const error = report.subject ? undefined : report.findings[0]?.message;
  const boot = performance.now();
  await engine.prepared();
  const booted = performance.now() - boot;
  const timed = await steps(sources);
  await engine.prepared();
  say({
    error,
    loss: report.loss,
    l2: Object.fromEntries(report.parameters.map((p) => [p.name, p.grad?.l2])),
    layers: report.layers.length,
    ms: { ...report.cost.ms, total, ...timed, boot: booted },
  });
}
await engine.dispose();
