/**
 * Reports known by what was asked: the same request over sources that say the same to Python gets the same report, its places moved to
 * where the same tokens stand now. An edit of a comment, a docstring or the space between lines costs no run.
 */
import type { AnalyzeRequest, Question } from "./protocol.ts";
import type { Report, Span } from "./report.ts";
import { tokensOf, type Place, type Token } from "./tokens.ts";

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
}

/** Where a place of the old source stands in the new one. Null: unknown. */
type Move = (place: Place, isEnd: boolean) => Place | null;

const same = (a: Place, b: Place): boolean => a.line === b.line && a.column === b.column;
const isBefore = (a: Place, b: Place): boolean =>
  a.line < b.line || (a.line === b.line && a.column < b.column);

/** Null where the sources do not say the same. */
function moveBetween(before: string, after: string): Move | null {
  if (before === after) return (place) => place;
  const [old, now] = [tokensOf(before), tokensOf(after)];
  if (!old || !now || old.length !== now.length) return null;
  if (old.some(({ text }, i) => text !== now[i]?.text)) return null;
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

/** The entry's report for this request; null where something else is asked or said. */
function reportFor({ request, report }: Entry, asked: AnalyzeRequest): Report | null {
  const { sources: before, ...rest } = request;
  const { sources: now, ...restNow } = asked;
  if (JSON.stringify(rest) !== JSON.stringify(restNow)) return null;
  const paths = Object.keys(now);
  if (paths.length !== Object.keys(before).length) return null;
  const moves = new Map<string, Move>();
  for (const path of paths) {
    const move = moveBetween(before[path] ?? "", now[path] ?? "");
    if (!(path in before) || !move) return null;
    if (before[path] !== now[path]) moves.set(path, move);
  }
  if (moves.size === 0) return report;
  // A line that stands in words stays where it was.
  if (/\blines? \d/.test(JSON.stringify(report))) return null;
  try {
    return moved(report, moves);
  } catch (error) {
    if (error instanceof Lost) return null;
    throw error;
  }
}

export class KnownReports {
  #entries: Entry[] = [];

  keep(request: AnalyzeRequest, told: readonly Told[], report: Report): void {
    this.#entries = [{ request, told, report }, ...this.#entries].slice(0, MOST);
  }

  /** `ask` answers as the run's door does now: what was read through it must still be the same. */
  async find(
    request: AnalyzeRequest,
    ask: ((question: Question) => Promise<string | null>) | undefined,
  ): Promise<Report | null> {
    for (const entry of this.#entries) {
      const report = reportFor(entry, request);
      if (report && (await isStill(entry.told, ask))) return report;
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
