/** One run in the room: the user's sources into Python's file system, the budget, the log, the analysis. */
import { folderOf, placeOf } from "./places.ts";
import type { Python } from "./host.ts";
import type { AnalyzeRequest, Phase } from "../protocol.ts";
import { REPORT_VERSION, type Report } from "../report.ts";

/** Characters of the user's output that a report keeps. */
export const LOG_LIMIT = 65536;
const DEFAULT_BYTES = 2 * 2 ** 30;

export type Progress = (phase: Phase, detail: string) => void;

const PATHS = `
import os, sys
sys.path[:] = paths + [path for path in sys.path if path and path not in paths]
sys.argv[:] = [file]
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
`;

/** Puts the sources where Python finds them, the file's folder and the roots first on `sys.path`. */
function lay(python: Python, request: AnalyzeRequest): void {
  for (const [source, text] of Object.entries(request.sources)) {
    python.writeFile(placeOf(source), text);
  }
  const file = placeOf(request.file);
  const folder = folderOf(file);
  const paths = [folder, ...request.roots.map((root) => placeOf(root))];
  python.run(PATHS, JSON.stringify({ paths: [...new Set(paths)], file, folder }));
}

export function analyzeInRoom(
  request: AnalyzeRequest,
  python: Python,
  _kernels: Readonly<Record<string, WebAssembly.Module>>,
  progress: Progress,
): Report {
  let log = "";
  python.onStdout((text) => {
    if (log.length < LOG_LIMIT) log += text.slice(0, LOG_LIMIT - log.length);
  });
  python.limitMemory(request.budget?.bytes ?? DEFAULT_BYTES);
  progress("import", request.file);
  python.register("_chainrule", { ping: (value: number) => value + 1 });
  lay(python, request);
  const problem = python.run(
    `
import runpy, traceback
problem = ""
try:
    runpy.run_path(file, run_name="__main__")
except BaseException as error:
    problem = "".join(traceback.format_exception_only(error))
problem
`,
    JSON.stringify({ file: placeOf(request.file) }),
  );
  const nowhere = { startLine: 1, startColumn: 0, endLine: 1, endColumn: 0 };
  return {
    version: REPORT_VERSION,
    subject: null,
    settings: {
      seed: request.seed ?? 0,
      dtype: request.dtype ?? "float32",
      mode: request.mode ?? "train",
    },
    loss: null,
    probes: null,
    layers: [],
    parameters: [],
    findings: problem
      ? [
          {
            code: "python-error",
            severity: "error",
            at: { file: request.file, ...nowhere },
            message: problem.trim(),
            measured: {},
            layers: [],
            fixes: [],
          },
        ]
      : [],
    unsupported: [],
    candidates: [],
    cost: { ms: {}, peakBytes: 0, flops: 0 },
    log,
  };
}
