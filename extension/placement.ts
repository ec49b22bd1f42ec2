/**
 * Where the places of a run stand in the text as it is now. Editor-free.
 *
 * The analysed text and the current one are compared line by line, so typing, undo, reopening and changes
 * from outside all come out the same. A place whose own lines were edited is dropped; moved and
 * re-indented lines carry their places along.
 */
import type { Span } from "../engine/report.ts";

/** The largest table of the line comparison; beyond it the lines between first and last edit are dropped. */
const MAX_CELLS = 4_000_000;

/** For each old line the new line, both from 0; -1: edited or gone. Lines that differ in indentation are the same. */
export function mapLines(before: readonly string[], after: readonly string[]): Int32Array {
  const map = new Int32Array(before.length).fill(-1);
  const a = before.map((line) => line.trim());
  const b = after.map((line) => line.trim());
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) map[head] = head++;
  let tail = 0;
  const shorter = Math.min(a.length, b.length) - head;
  while (tail < shorter && a[a.length - 1 - tail] === b[b.length - 1 - tail]) {
    map[a.length - 1 - tail] = b.length - 1 - tail;
    tail++;
  }
  matchMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), (i, j) => {
    map[head + i] = head + j;
  });
  return map;
}

/** Calls `match` for each pair of a longest common subsequence of a and b. */
function matchMiddle(
  a: readonly string[],
  b: readonly string[],
  match: (i: number, j: number) => void,
): void {
  const width = b.length + 1;
  if (a.length === 0 || b.length === 0 || (a.length + 1) * width > MAX_CELLS) return;
  // length[i, j]: the longest common subsequence of a from i and b from j
  const length = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => length[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) match(i++, j++);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
}

const indentation = (line: string): number => line.length - line.trimStart().length;

/** One analysed file against its current text. */
export class FilePlacement {
  readonly changed: boolean;
  readonly #before: readonly string[];
  readonly #after: readonly string[];
  readonly #map: Int32Array | null;

  constructor(analysed: string, current: string) {
    this.changed = analysed !== current;
    this.#before = analysed.split(/\r\n|\r|\n/);
    this.#after = current.split(/\r\n|\r|\n/);
    this.#map = this.changed ? mapLines(this.#before, this.#after) : null;
  }

  /** The span in the current text; undefined: one of its lines was edited. */
  place(span: Span): Span | undefined {
    if (this.#map === null) return span;
    const start = this.#map[span.startLine - 1] ?? -1;
    if (start < 0) return undefined;
    for (let line = span.startLine; line < span.endLine; line++) {
      if (this.#map[line] !== start + 1 + line - span.startLine) return undefined;
    }
    const end = start + span.endLine - span.startLine;
    return {
      file: span.file,
      startLine: start + 1,
      startColumn: span.startColumn + this.#indented(span.startLine - 1, start),
      endLine: end + 1,
      endColumn: span.endColumn + this.#indented(span.endLine - 1, end),
    };
  }

  #indented(before: number, after: number): number {
    return indentation(this.#after[after] ?? "") - indentation(this.#before[before] ?? "");
  }
}

/** A text as the editor holds it; `version` changes with it. */
export interface CurrentText {
  readonly version: number;
  readonly text: string;
}

/** All files of a run. `current` gives a file's text in the editor; undefined: not open, so unchanged. */
export class Placement {
  readonly #sources: Readonly<Record<string, string>>;
  readonly #current: (path: string) => CurrentText | undefined;
  readonly #files = new Map<string, { readonly version: number; readonly file: FilePlacement }>();

  constructor(
    sources: Readonly<Record<string, string>>,
    current: (path: string) => CurrentText | undefined,
  ) {
    this.#sources = sources;
    this.#current = current;
  }

  /** The span in the current text; undefined: edited since the run, or in no file of it. */
  place(span: Span): Span | undefined {
    return this.#file(span.file)?.place(span);
  }

  get stale(): boolean {
    return Object.keys(this.#sources).some((path) => this.#file(path)?.changed);
  }

  #file(path: string): FilePlacement | undefined {
    const analysed = this.#sources[path];
    if (analysed === undefined) return undefined;
    const current = this.#current(path) ?? { version: -1, text: analysed };
    const known = this.#files.get(path);
    if (known?.version === current.version) return known.file;
    const file = new FilePlacement(analysed, current.text);
    this.#files.set(path, { version: current.version, file });
    return file;
  }
}
