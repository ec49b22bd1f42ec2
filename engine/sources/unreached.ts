/**
 * Edits that a run would not see: in the bodies of top-level functions that never began and that nothing else names. Their signatures,
 * decorators and defaults count, and so does what finding a subject reads of a source without running it: of classes everything.
 */
import { mayTrain } from "../analysis/mayTrain.ts";
import type { Report } from "../report.ts";
import { tokensOf, type Token } from "./tokens.ts";

/** A function whose body differs. */
export interface Edited {
  readonly name: string;
  /** Of the body before and after. */
  readonly words: readonly string[];
}

/** Tokens of two sources that stand for each other, and the bodies that differ. */
export interface Pairing {
  readonly before: readonly Token[];
  readonly after: readonly Token[];
  readonly edited: readonly Edited[];
}

interface Function {
  readonly name: string;
  readonly line: number;
  readonly isDecorated: boolean;
}

interface Part {
  readonly tokens: Token[];
  /** Whose body it is; null: it is no body, and counts. */
  readonly body: Function | null;
  /** The function's name, also where its head stands. */
  readonly name: string;
}

const INDENT = "indent ";

function linesOf(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    lines.at(-1)!.push(token);
    if (token.text === "\n") lines.push([]);
  }
  return lines.filter((line) => line.length > 0);
}

/** The source in parts: bodies of top-level functions, and what is between them. */
function partsOf(tokens: readonly Token[]): Part[] {
  const parts: Part[] = [];
  let inside: Function | null = null;
  let isDecorated = false;
  for (const line of linesOf(tokens)) {
    const isTop = line[0]!.text === INDENT;
    if (inside && !isTop) {
      parts.push({ tokens: line, body: inside, name: inside.name });
      continue;
    }
    const words = textsOf(line.slice(1));
    const at = words[0] === "async" ? 1 : 0;
    const name = words[at] === "def" ? (words[at + 1] ?? "") : "";
    parts.push({ tokens: line, body: null, name });
    inside = isTop && name ? { name, line: line[1]!.from.line, isDecorated } : null;
    isDecorated = words[0] === "@";
  }
  return joined(parts);
}

/** Neighbours of one kind as one part. */
function joined(parts: readonly Part[]): Part[] {
  const found: Part[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    const isMore = last && last.body === part.body && last.name === part.name;
    if (isMore) last.tokens.push(...part.tokens);
    else found.push({ ...part, tokens: [...part.tokens] });
  }
  return found;
}

const textsOf = (tokens: readonly Token[]): string[] => tokens.map(({ text }) => text);
const areSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);

/** Null where the sources say other things outside of bodies of functions defined in the lines `idle` of `before`. */
export function pairingOf(
  before: string,
  after: string,
  idle: ReadonlySet<number>,
): Pairing | null {
  const [old, now] = [tokensOf(before), tokensOf(after)];
  if (!old || !now) return null;
  if (areSame(textsOf(old), textsOf(now))) return { before: old, after: now, edited: [] };
  const [oldParts, nowParts] = [partsOf(old), partsOf(now)];
  if (oldParts.length !== nowParts.length) return null;
  const edited: Edited[] = [];
  const pairs: { before: Token[]; after: Token[] } = { before: [], after: [] };
  for (const [i, part] of oldParts.entries()) {
    const other = nowParts[i]!;
    const [was, is] = [textsOf(part.tokens), textsOf(other.tokens)];
    if (part.name !== other.name || (part.body === null) !== (other.body === null)) return null;
    if (areSame(was, is)) {
      pairs.before.push(...part.tokens);
      pairs.after.push(...other.tokens);
    } else if (part.body && idle.has(part.body.line) && !part.body.isDecorated) {
      edited.push({ name: part.body.name, words: [...was, ...is] });
    } else return null;
  }
  if ([oldParts, nowParts].some((parts) => edited.some((e) => isNamed(parts, e.name)))) return null;
  return { ...pairs, edited };
}

const wordsIn = (text: string): string[] => text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];

/** True where something outside of the function names it, or another one has its name. */
function isNamed(parts: readonly Part[], name: string): boolean {
  if (parts.filter((part) => part.name === name && part.body === null).length !== 1) return true;
  return parts.some(
    (part) => part.name !== name && part.tokens.some(({ text }) => wordsIn(text).includes(name)),
  );
}

/** What the search for a subject, and what a report tells, reads anywhere in a source. */
const READ = new Set(["add_argument", "chainrule", "class", "def", "import", "lambda"]);
const CONSTANTS = new Set(["True", "False", "None"]);
const GIVEN: ReadonlySet<string> = new Set(["case", "directive", "options"]);
const IMPORT = /^[ \t]*(?:from\b.*\bimport\b|import\b)([^\n(]*(?:\([^)]*\))?[^\n]*)/gm;

/** True where such edits change nothing that the report says. `sources`: the file before and after. */
export function isApart(
  { subject, candidates }: Report,
  edited: readonly Edited[],
  sources: readonly string[],
): boolean {
  if (!subject || subject.from === "script" || subject.case["function"]) return false;
  if (!GIVEN.has(subject.from) && sources.some(mayTrain)) return false;
  if (sources.some((text) => /\bimport\s*\(?\s*\*/.test(text))) return false;
  const entries = new Set([subject.entry, ...candidates.map(({ entry }) => entry)]);
  const imported = new Set(
    sources.flatMap((text) => [...text.matchAll(IMPORT)].flatMap(([, names]) => wordsIn(names!))),
  );
  /** What a function returns may make it a factory of modules. */
  const mayMake = (text: string): boolean => {
    const last = wordsIn(text).at(-1) ?? "";
    return imported.has(last) || (/^\p{Lu}/u.test(last) && !CONSTANTS.has(last));
  };
  return edited.every(
    ({ name, words }) =>
      !entries.has(name) &&
      !words.some(
        (text) =>
          wordsIn(text).some((word) => READ.has(word) || entries.has(word)) ||
          (/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(text) && mayMake(text)),
      ),
  );
}
