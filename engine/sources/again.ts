/**
 * Reports known by what was asked: the same request over sources that say the same to Python gets the same report, its places moved to
 * where the same tokens stand now. An edit of a comment, a docstring or the space between lines costs no run, nor one of a function that the
 * run never began (`unreached.ts`); one within another class than the subject costs what is told of such classes, and no more.
 */
import type { AnalyzeRequest, Outcome, Question } from "../protocol.ts";
import type { Report, Span } from "../report.ts";
import type { Place, Token } from "./tokens.ts";
import { isApart, pairingOf, type Edited, type Idle, type Pairing } from "./unreached.ts";

/** Reports that are kept, the latest ones. */
const MOST = 8;

/** What a run asked its door, and what it was told. */
export interface Told {
  readonly question: Question;
  readonly text: string | null;
}

interface Entry {
  readonly request: AnalyzeRequest;
  readonly told: readonly Told[];
  readonly report: Report;
  /** Lines of the request's file where functions are defined that never began. */
  readonly idle: Idle;
  readonly found: string | null;
}

/** A report, and the sources that it holds for only if they compile. */
interface Answer {
  readonly report: Report;
  readonly unproven: ReadonlyMap<string, string>;
  /** The file's other classes must be looked at again, and the subject be the same: the report is without candidates. */
  readonly lacksOthers: boolean;
}

/** A report that is known. With `found`: but for its candidates, and if a search finds this subject. */
export interface Remembered {
  readonly report: Report;
  readonly found: string | null;
  /** What the run was told by its door. */
  readonly told: readonly Told[];
}

const NONE: Idle = { ever: new Set(), unmeasured: new Set() };

/** Where a place of the old source stands in the new one. Null: unknown. */
type Move = (place: Place, isEnd: boolean) => Place | null;

const same = (a: Place, b: Place): boolean => a.line === b.line && a.column === b.column;
const isBefore = (a: Place, b: Place): boolean =>
  a.line < b.line || (a.line === b.line && a.column < b.column);

function moveBetween({ before: old, after: now }: Pairing): Move {
  return (place, isEnd) => {
    if (place.line === 1 && place.column === 0) return place; // the file as a whole
    const exact = old.findIndex((t) => same(isEnd ? t.to : t.from, place) && !same(t.from, t.to));
    if (exact >= 0) return (isEnd ? now[exact]?.to : now[exact]?.from) ?? null;
    const inside = old.findIndex((t) => isBefore(t.from, place) && isBefore(place, t.to));
    return inside < 0 ? null : within(old[inside]!, now[inside]!, place);
  };
}

/** A place within a token of one line. */
function within(old: Token, now: Token, place: Place): Place | null {
  const isOneLine = old.from.line === old.to.line && now.from.line === now.to.line;
  if (!isOneLine || old.to.column - old.from.column !== now.to.column - now.from.column)
    return null;
  return { line: now.from.line, column: now.from.column + place.column - old.from.column };
}

const isSpan = (value: object): value is Span =>
  "file" in value && "startLine" in value && "endColumn" in value;

class Lost extends Error {}

/** The report with every span moved. Throws Lost where one cannot be. */
function moved<T>(value: T, moves: ReadonlyMap<string, Move>): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => moved(item, moves)) as T;
  if (isSpan(value)) {
    const move = moves.get(value.file);
    if (!move) return value;
    const from = move({ line: value.startLine, column: value.startColumn }, false);
    const to = move({ line: value.endLine, column: value.endColumn }, true);
    if (!from || !to) throw new Lost();
    const lines = { startLine: from.line, endLine: to.line };
    return { ...value, ...lines, startColumn: from.column, endColumn: to.column };
  }
  const entries = Object.entries(value).map(([key, inner]) => [key, moved<unknown>(inner, moves)]);
  return Object.fromEntries(entries) as T;
}

/** True where the report says the same although bodies of functions of its file were edited. */
function isBeside(
  { request, report }: Entry,
  asked: AnalyzeRequest,
  edited: readonly Edited[],
): boolean {
  const { file } = request;
  const elsewhere = Object.entries(asked.sources).filter(([path]) => path !== file);
  const isNamed = edited.some(({ name }) =>
    elsewhere.some(([, text]) => new RegExp(`\\b${name}\\b`, "u").test(text)),
  );
  const sources = [request.sources[file] ?? "", asked.sources[file] ?? ""];
  return !isNamed && isApart(report, edited, sources);
}

/** The entry's report for this request; null where something else is asked or said. */
function answerFor(entry: Entry, asked: AnalyzeRequest): Answer | null {
  const { sources: before, ...rest } = entry.request;
  const { sources: now, ...restNow } = asked;
  if (JSON.stringify(rest) !== JSON.stringify(restNow)) return null;
  const paths = Object.keys(now);
  if (paths.length !== Object.keys(before).length) return null;
  const moves = new Map<string, Move>();
  const unproven = new Map<string, string>();
  let lacksOthers = false;
  for (const path of paths) {
    const [old, text] = [before[path], now[path]];
    if (old === undefined || text === undefined) return null;
    if (old === text) continue;
    const pairing = pairingOf(old, text, path === asked.file ? entry.idle : NONE);
    if (!pairing) return null;
    if (pairing.edited.length > 0) {
      if (!isBeside(entry, asked, pairing.edited)) return null;
      unproven.set(path, text);
      lacksOthers ||= pairing.edited.some(({ isForOthers }) => isForOthers);
    }
    moves.set(path, moveBetween(pairing));
  }
  if (lacksOthers && entry.found === null) return null;
  const report = lacksOthers ? { ...entry.report, candidates: [] } : entry.report;
  if (moves.size === 0) return { report, unproven, lacksOthers };
  // A line that stands in words stays where it was.
  if (/\blines? \d/.test(JSON.stringify(report))) return null;
  try {
    return { report: moved(report, moves), unproven, lacksOthers };
  } catch (error) {
    if (error instanceof Lost) return null;
    throw error;
  }
}

export { isGiven } from "./unreached.ts";

/** What of a run is kept. */
export type Known = Pick<Outcome, "report" | "idle" | "unmeasured" | "found">;

export class KnownReports {
  #entries: Entry[] = [];

  keep(request: AnalyzeRequest, told: readonly Told[], known: Known): void {
    const { report, found } = known;
    const idle = { ever: new Set(known.idle), unmeasured: new Set(known.unmeasured) };
    const entry = { request, told, report, idle, found };
    this.#entries = [entry, ...this.#entries].slice(0, MOST);
  }

  /**
   * `ask` answers as the run's door does now: what was read through it must still be the same. `compiles`: whether Python takes a source,
   * and without a warning.
   */
  async find(
    request: AnalyzeRequest,
    ask: ((question: Question) => Promise<string | null>) | undefined,
    compiles: (path: string, text: string) => Promise<boolean>,
  ): Promise<Remembered | null> {
    for (const entry of this.#entries) {
      const answer = answerFor(entry, request);
      if (!answer || !(await isStill(entry.told, ask))) continue;
      const proofs = [...answer.unproven].map(([path, text]) => compiles(path, text));
      if (!(await Promise.all(proofs)).every(Boolean)) continue;
      const found = answer.lacksOthers ? entry.found : null;
      return { report: answer.report, found, told: entry.told };
    }
    return null;
  }
}

async function isStill(
  told: readonly Told[],
  ask: ((question: Question) => Promise<string | null>) | undefined,
): Promise<boolean> {
  for (const { question, text } of told)
    if (((await ask?.(question).catch(() => null)) ?? null) !== text) return false;
  return true;
}
