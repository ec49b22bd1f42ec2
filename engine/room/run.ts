/** One run in the room: the user's sources into Python's file system, the budget, the log, the analysis. */
import { DEFAULT_BUDGET, WARM_BYTES } from "../budget.ts";
import { ask, bytecode } from "../python/globals.ts";
import { folderOf, placeOf, sourceOf } from "../python/places.ts";
import type { Python } from "../python/host.ts";
import type { AnalyzeRequest, Outcome, Preparation, Prepared } from "../protocol.ts";
import { Analysis } from "../analysis/analyze.ts";
import type { Workplace } from "../analysis/workplace.ts";
import type { Taken } from "../measure/taken.ts";
import { SHARED_MEMORY, type Heap, type Pool } from "../kernels/index.ts";
import type { Session } from "../session.ts";
import { startEngine, type KernelParts } from "./start.ts";
import type { Answer } from "../subject/probe.ts";
import { createBridge } from "../python/bridge.ts";

/** Characters of the user's output that a report keeps. */
export const LOG_LIMIT = 65536;

/** Memory that idle helpers take before a run asks for it, at most: a forward pass counts results that are long gone at its end. */
const MOST_AHEAD = 2 ** 30;

/** Who is told while it runs. */
export type Listening = Pick<Workplace, "progress" | "measured">;

/** Puts the sources where Python finds them (`read` gets those that are looked at), the file's folder and the roots first on `sys.path`; opens the door's folders. */
function lay(python: Python, request: AnalyzeRequest, read: string[]): void {
  const texts = Object.entries(request.sources).map(([source, text]) => [placeOf(source), text]);
  python.showFiles(Object.fromEntries(texts) as Record<string, string>, (place) => {
    read.push(sourceOf(place));
  });
  const { workspace, environment } = request.open ?? { workspace: [], environment: [] };
  for (const opened of [...environment, ...workspace]) {
    const at = placeOf(opened);
    python.openFolder(at, (kind, place) => ask(kind, opened + place.slice(at.length)));
  }
  const file = placeOf(request.file);
  const folder = folderOf(file);
  const paths = [folder, ...request.roots.map((root) => placeOf(root))];
  python.call(
    "chainrule.border.lay",
    JSON.stringify({
      paths: [...new Set(paths)],
      outer: (request.outer ?? []).map(placeOf),
      environment: environment.map(placeOf),
      workspace: workspace.map(placeOf),
      file,
      folder,
    }),
  );
}

const now = (): number =>
  (globalThis as unknown as { performance: { now(): number } }).performance.now();

/** An interpreter beside its engine, before there is anything to run. */
export interface Bench {
  readonly kernels: KernelParts;
  readonly python: Python;
  readonly session: Session;
  readonly heap: Heap;
  readonly pool: Pool | undefined;
  readonly calls: Workplace["calls"];
  readonly taken: Taken;
}

export function benchOf(python: Python, kernels: KernelParts): Bench {
  const { session, generator, heap, pool } = startEngine(kernels);
  session.now = now;
  const { host, ...bridge } = createBridge(session, generator);
  python.register("_chainrule", bridge);
  python.register("_chainrule_bytecode", { of: (place: string) => bytecode(sourceOf(place)) });
  python.call("chainrule.border.connect", "");
  const { recorder, taken } = host;
  return { python, kernels, session, heap, pool, calls: recorder.calls, taken };
}

/** A small model trained in an engine that is then gone: both interpreters know our code when the user's comes. */
function warm({ python, kernels }: Bench): void {
  const memory = kernels.memory && new WebAssembly.Memory(SHARED_MEMORY);
  const { session, generator } = startEngine({ ...kernels, memory, helpers: 0 });
  session.now = now;
  const { host: _, ...bridge } = createBridge(session, generator);
  python.register("_chainrule_warm", bridge);
  python.call("chainrule.warming.run", "_chainrule_warm");
}

/** What an interpreter that waits can do for the run that it will have. */
export function prepare(bench: Bench, task: Preparation): Prepared {
  if (task.kind === "compile") {
    const file = { path: placeOf(task.path), text: task.text };
    const code = bench.python.call("chainrule.compiled.ahead", JSON.stringify(file));
    return { ok: code !== "", code };
  }
  if (task.kind === "memory") bench.heap.touch(task.bytes);
  else warm(bench);
  return { ok: true };
}

export function analyzeInRoom(
  request: AnalyzeRequest,
  bench: Bench,
  listening: Listening,
): Outcome {
  const read: string[] = [];
  const { python, session, heap, pool, calls, taken } = bench;
  let log = "";
  python.onStdout((text) => {
    if (log.length < LOG_LIMIT) log += text.slice(0, LOG_LIMIT - log.length);
  });
  const bytes = request.budget?.bytes ?? DEFAULT_BUDGET.bytes;
  python.limitMemory(bytes);
  heap.limit = Math.min(bytes, WARM_BYTES);
  heap.cold.limit = bytes - heap.limit;
  lay(python, request, read);
  const idle = (): number[] => JSON.parse(python.call("chainrule.border.idle", "")) as number[];
  let unmeasured: number[] | undefined;
  const workplace: Workplace = {
    ask: <T>(name: string, asked: object): Answer<T> =>
      taken.filled(
        JSON.parse(python.call(`chainrule.driver.${name}`, JSON.stringify(asked))) as Answer<T>,
      ),
    placeOf,
    calls,
    made: () => ({ ...session.made }),
    peakBytes: () => heap.peak,
    forgetPeak: () => heap.resetPeak(),
    expect: (bytes) => pool?.ahead(Math.min(bytes, MOST_AHEAD)),
    now,
    progress: listening.progress,
    measured: (report) => {
      unmeasured = idle();
      listening.measured({ ...report, log });
    },
  };
  const analysis = new Analysis(request, workplace);
  const report = { ...analysis.run(), log };
  const { found, isKnown } = analysis;
  const never = idle();
  return { report, read, idle: never, unmeasured: unmeasured ?? never, found, isKnown };
}
