import type { Finding } from "../../engine/report.ts";

/** A caret comment: what must be found on the code line above it. */
export interface Expectation {
  readonly line: number;
  readonly startColumn: number;
  readonly endColumn: number;
  readonly severity: string;
  readonly code: string;
}

const CARETS = /^(\s*#?\s*)(\^+)\s+(\w+)\[([\w-]+)\]\s*$/;

/** Expectations of a fixture: carets mark columns of the nearest code line above; several comments may stand below one line. */
export function expectations(source: string): Expectation[] {
  let code = 0;
  return source.split("\n").flatMap((text, i) => {
    const m = CARETS.exec(text);
    if (!m) {
      code = i + 1;
      return [];
    }
    const startColumn = m[1]!.length;
    return [
      {
        line: code,
        startColumn,
        endColumn: startColumn + m[2]!.length,
        severity: m[3]!,
        code: m[4]!,
      },
    ];
  });
}

/** Findings in the shape of expectations, so that a difference reads well. A span over several lines ends at its first line's end. */
export function placed(findings: readonly Finding[], source: string): Expectation[] {
  const lines = source.split("\n");
  return findings
    .map((f) => ({
      line: f.at.startLine,
      startColumn: f.at.startColumn,
      endColumn:
        f.at.endLine === f.at.startLine ? f.at.endColumn : (lines[f.at.startLine - 1] ?? "").length,
      severity: f.severity,
      code: f.code,
    }))
    .sort(
      (a, b) => a.line - b.line || a.startColumn - b.startColumn || a.code.localeCompare(b.code),
    );
}
