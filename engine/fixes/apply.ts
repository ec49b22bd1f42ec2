import type { Edit, Span } from "../report.ts";

/** Offset of a line (from 1) and column in UTF-16 units. */
function offsetOf(lines: readonly number[], line: number, column: number): number {
  return (lines[line - 1] ?? 0) + column;
}

const startsOf = (text: string): number[] => {
  const starts = [0];
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 10) starts.push(i + 1);
  return starts;
};

/** A text with edits applied; an insertion at the start of a replaced piece stands before it. Edits must not overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  const lines = startsOf(text);
  const range = (at: Span): [number, number] => [
    offsetOf(lines, at.startLine, at.startColumn),
    offsetOf(lines, at.endLine, at.endColumn),
  ];
  return edits
    .map(({ at, newText }) => ({ range: range(at), newText }))
    .sort((a, b) => b.range[0] - a.range[0] || b.range[1] - a.range[1])
    .reduce(
      (done, { range: [start, end], newText }) => done.slice(0, start) + newText + done.slice(end),
      text,
    );
}

/** Sources with edits applied, each in its file. */
export function applied(
  sources: Readonly<Record<string, string>>,
  edits: readonly Edit[],
): Record<string, string> {
  const files = new Set(edits.map((edit) => edit.at.file));
  return {
    ...sources,
    ...Object.fromEntries(
      [...files].map((file) => [
        file,
        edited(
          sources[file] ?? "",
          edits.filter((edit) => edit.at.file === file),
        ),
      ]),
    ),
  };
}
