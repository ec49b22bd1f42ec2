import assert from "node:assert/strict";
import { join } from "node:path";
import { Engine } from "../../engine/client.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";

export const DIST = join(import.meta.dirname, "../../dist");

/** The built engine for tests: one client, sources from memory. */
export interface Analyst {
  analyze(request: AnalyzeRequest): Promise<Report>;
  /** A single file, as if it lay in an empty folder. */
  analyzeText(file: string, source: string, more?: Partial<AnalyzeRequest>): Promise<Report>;
  stop(): Promise<void>;
}

export function startAnalyst(): Analyst {
  const engine = new Engine({ dir: DIST });
  const analyze: Analyst["analyze"] = (request) => engine.analyze(request);
  return {
    analyze,
    analyzeText: (file, source, more = {}) =>
      analyze({ file, sources: { [file]: source }, roots: [], ...more }),
    stop: () => engine.dispose(),
  };
}

/** The report of a script, and the lines that it printed. Fails where it was not run as one. */
export async function ranScript(
  analyst: Analyst,
  text: string,
): Promise<{ readonly report: Report; readonly lines: readonly string[] }> {
  const report = await analyst.analyzeText("/train.py", text);
  assert.equal(report.subject?.from, "script", report.findings[0]?.message);
  return { report, lines: report.log.trim().split("\n") };
}
