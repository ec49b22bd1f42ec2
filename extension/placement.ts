/**
 * Where the places of a run stand in the text as it is now. Editor-free.
 *
 * The analysed text and the current one are compared line by line, so typing, undo, reopening and changes
 * from outside all come out the same. A place whose own lines were edited is dropped; moved and
 * re-indented lines carry their places along.
 */
import type { Span } from "../engine/report.ts";

/** Lines that may be new or gone; beyond it the lines between first and last edit are dropped. */
const MOST_EDITS = 1_000;

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

/**
 * Calls `match` for each pair of a longest common subsequence of a and b, last first. Takes time by the lines and the square of
 * the edits, so that a few of them in a long file cost nothing. Source: Myers, Algorithmica 1, 1986, the greedy algorithm.
 */
function matchMiddle(
  a: readonly string[],
  b: readonly string[],
  match: (i: number, j: number) => void,
): void {
  if (a.length === 0 || b.length === 0) return;
  const most = Math.min(a.length + b.length, MOST_EDITS);
  // furthest[k]: how far in `a` a path of so many edits comes on the diagonal i − j = k − most − 1
  const furthest = new Int32Array(2 * most + 3);
  const before: Int32Array[] = [];
  const isDown = (on: Int32Array, k: number, edits: number, middle: number): boolean =>
    k === -edits || (k !== edits && at(on, middle + k - 1) < at(on, middle + k + 1));
  for (let edits = 0; edits <= most; edits++) {
    before.push(furthest.slice(most - edits, most + edits + 3));
    for (let k = -edits; k <= edits; k += 2) {
      const middle = most + 1;
      let i = isDown(furthest, k, edits, middle)
        ? at(furthest, middle + k + 1)
        : at(furthest, middle + k - 1) + 1;
      while (i < a.length && i - k < b.length && a[i] === b[i - k]) i++;
      furthest[middle + k] = i;
      if (i >= a.length && i - k >= b.length) return backtrack(edits);
    }
  }

  /** From the end of both along the path that came there. */
  function backtrack(edits: number): void {
    let [i, j] = [a.length, b.length];
    for (let left = edits; i > 0 && j > 0; left--) {
      const on = before[left] ?? furthest;
      const k = i - j;
      const from = isDown(on, k, left, left + 1) ? k + 1 : k - 1;
      const start = left === 0 ? 0 : at(on, left + 1 + from);
      while (i > start && j > start - from && i > 0 && j > 0) match(--i, --j);
      [i, j] = [start, start - from];
    }
  }
}

const at = (numbers: Int32Array, index: number): number => numbers[index] ?? 0;

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
