/** One run in the room: the user's sources into Python's file system, the budget, the log, the analysis. */
import { DEFAULT_BUDGET, WARM_BYTES } from "./budget.ts";
import { ask } from "./python/globals.ts";
import { folderOf, placeOf } from "./python/places.ts";
import type { Python } from "./python/host.ts";
import type { AnalyzeRequest, Phase } from "./protocol.ts";
import { Analysis } from "./analyze.ts";
import type { Workplace } from "./workplace.ts";
import type { Report } from "./report.ts";
import type { Heap } from "./kernels/index.ts";
import type { Session } from "./session.ts";
import { startEngine, type KernelParts } from "./start.ts";
import type { Answer } from "./subject/probe.ts";
import { createBridge } from "./python/bridge.ts";

/** Characters of the user's output that a report keeps. */
export const LOG_LIMIT = 65536;

export type Progress = (phase: Phase, detail: string) => void;

/** Puts the sources where Python finds them, the file's folder and the roots first on `sys.path`; opens the door's folders. */
function lay(python: Python, request: AnalyzeRequest): void {
  const texts = Object.entries(request.sources).map(([source, text]) => [placeOf(source), text]);
  python.showFiles(Object.fromEntries(texts) as Record<string, string>);
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
  readonly python: Python;
  readonly session: Session;
  readonly heap: Heap;
  readonly calls: Workplace["calls"];
}

export function benchOf(python: Python, kernels: KernelParts): Bench {
  const { session, generator, heap } = startEngine(kernels);
  session.now = now;
  const { host, ...bridge } = createBridge(session, generator);
  python.register("_chainrule", bridge);
  python.call("chainrule.border.connect", "");
  return { python, session, heap, calls: host.recorder.calls };
}

export function analyzeInRoom(request: AnalyzeRequest, bench: Bench, progress: Progress): Report {
  const { python, session, heap, calls } = bench;
  let log = "";
  python.onStdout((text) => {
    if (log.length < LOG_LIMIT) log += text.slice(0, LOG_LIMIT - log.length);
  });
  const bytes = request.budget?.bytes ?? DEFAULT_BUDGET.bytes;
  python.limitMemory(bytes);
  heap.limit = Math.min(bytes, WARM_BYTES);
  heap.cold.limit = bytes - heap.limit;
  lay(python, request);
  const workplace: Workplace = {
    ask: <T>(name: string, asked: object): Answer<T> =>
      JSON.parse(python.call(`chainrule.driver.${name}`, JSON.stringify(asked))) as Answer<T>,
    placeOf,
    calls,
    made: () => ({ ...session.made }),
    peakBytes: () => heap.peak,
    forgetPeak: () => heap.resetPeak(),
    now,
    progress,
  };
  return { ...new Analysis(request, workplace).run(), log };
}
