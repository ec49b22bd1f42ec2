/** Runs Python in the real worker, as a user's file, and gives back what it printed. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Engine } from "../../engine/client.ts";
import { type EngineError } from "../../engine/client.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";

export const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
assert.ok(existsSync(`${DIST}/worker.cjs`), "dist/ is not built: npm run build");

export const request = (code: string, more: Partial<AnalyzeRequest> = {}): AnalyzeRequest => ({
  file: "hostile.py",
  sources: { "hostile.py": code },
  roots: [],
  ...more,
});

/** The report of a file with that text; its `log` holds what it printed. */
export const runFile = (
  engine: Engine,
  code: string,
  more: Partial<AnalyzeRequest> = {},
): Promise<Report> => engine.analyze(request(code, more));

/** Checks that the run is refused with that code, and that the next run works. */
export async function checkReplaced(
  engine: Engine,
  code: string,
  expected: RegExp,
  more: Partial<AnalyzeRequest> = {},
): Promise<EngineError> {
  let error: EngineError | undefined;
  await assert.rejects(runFile(engine, code, more), (thrown: EngineError) => {
    error = thrown;
    return expected.test(thrown.code);
  });
  await checkHealthy(engine);
  assert.ok(error);
  return error;
}

/** The next run after a bad one finds an interpreter that knows nothing of it. */
export async function checkHealthy(engine: Engine): Promise<void> {
  const report = await runFile(engine, "import os\nprint('alive', os.path.exists('/tmp/trace'))");
  assert.match(report.log, /alive False/);
}
