/**
 * Edits that a run would not see: in the bodies of top-level functions that never began and that nothing else names; and in those of methods
 * of classes no method of which began before the file's other classes were looked at. Signatures, decorators, defaults and what else a class
 * says count, and so does what finding a subject reads of a source without running it.
 */
import { mayTrain } from "../analysis/mayTrain.ts";
import type { Report } from "../report.ts";
import { tokensOf, type Token } from "./tokens.ts";

/** Lines of functions that never began: in the whole run, and before other classes were looked at. */
export interface Idle {
  readonly ever: ReadonlySet<number>;
  readonly unmeasured: ReadonlySet<number>;
}

/** A top-level function or class of which a body differs. */
export interface Edited {
  readonly name: string;
  readonly isClass: boolean;
  /** What is told of the file's other classes may have changed. */
  readonly isForOthers: boolean;
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
  readonly line: number;
  readonly isDecorated: boolean;
}

interface Part {
  readonly tokens: Token[];
  /** Whose body it is; null: it is no body, and counts. */
  readonly body: Function | null;
  /** Of the top-level function or class that it belongs to. */
  readonly name: string;
}

/** A source in parts: bodies of top-level functions and of methods of top-level classes, and what is between them. */
interface Parts {
  readonly parts: readonly Part[];
  /** Names that top-level functions and classes have. */
  readonly defined: readonly string[];
  /** Lines of each class's methods. */
  readonly methods: ReadonlyMap<string, readonly number[]>;
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

function partsOf(tokens: readonly Token[]): Parts {
  const parts: Part[] = [];
  const defined: string[] = [];
  const methods = new Map<string, number[]>();
  let name = "";
  let body: Function | null = null;
  let head = INDENT; // how the line began that `body` belongs to
  let isDecorated = false;
  for (const line of linesOf(tokens)) {
    const indent = line[0]!.text;
    if (!indent.startsWith(INDENT)) {
      parts.push({ tokens: line, body: null, name: "" }); // a comment that says something
      continue;
    }
    if (body && indent.length > head.length) {
      parts.push({ tokens: line, body, name });
      continue;
    }
    const isTop = indent === INDENT;
    const words = textsOf(line.slice(1));
    const at = words[0] === "async" ? 1 : 0;
    const isDef = words[at] === "def";
    if (isTop) {
      name = isDef || words[at] === "class" ? (words[at + 1] ?? "") : "";
      if (name) defined.push(name);
      if (words[at] === "class") methods.set(name, methods.get(name) ?? []);
    }
    const first = line[1]!.from.line;
    if (isDef && !isTop) methods.get(name)?.push(first);
    body = isDef && (isTop || methods.has(name)) ? { line: first, isDecorated } : null;
    head = indent;
    parts.push({ tokens: line, body: null, name });
    isDecorated = words[0] === "@";
  }
  return { parts: joined(parts), defined, methods };
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

/** Null where the sources say other things outside of bodies of functions of `before` that are idle. */
export function pairingOf(before: string, after: string, idle: Idle): Pairing | null {
  const [old, now] = [tokensOf(before), tokensOf(after)];
  if (!old || !now) return null;
  if (areSame(textsOf(old), textsOf(now))) return { before: old, after: now, edited: [] };
  const [was, is] = [partsOf(old), partsOf(now)];
  if (was.parts.length !== is.parts.length) return null;
  const edited: Edited[] = [];
  const pairs: { before: Token[]; after: Token[] } = { before: [], after: [] };
  for (const [i, part] of was.parts.entries()) {
    const other = is.parts[i]!;
    const [said, says] = [textsOf(part.tokens), textsOf(other.tokens)];
    const { body, name } = part;
    if (name !== other.name || (body === null) !== (other.body === null)) return null;
    if (areSame(said, says)) {
      pairs.before.push(...part.tokens);
      pairs.after.push(...other.tokens);
    } else if (body && !body.isDecorated) {
      const methods = was.methods.get(name);
      if (![body.line, ...(methods ?? [])].every((line) => idle.unmeasured.has(line))) return null;
      const isForOthers = methods !== undefined || !idle.ever.has(body.line);
      const isClass = methods !== undefined;
      edited.push({ name, isClass, isForOthers, words: [...said, ...says] });
    } else return null;
  }
  if ([was, is].some((parts) => edited.some((e) => isNamed(parts, e.name)))) return null;
  return { ...pairs, edited };
}

const wordsIn = (text: string): string[] => text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];

/** True where something outside of the function or class names it, or another one has its name. */
function isNamed({ parts, defined }: Parts, name: string): boolean {
  if (defined.filter((other) => other === name).length !== 1) return true;
  return parts.some(
    (part) => part.name !== name && part.tokens.some(({ text }) => wordsIn(text).includes(name)),
  );
}

/** What the search for a subject, and what a report tells, reads anywhere in a source. */
const READ = new Set(["add_argument", "chainrule", "class", "def", "import", "lambda"]);
const CONSTANTS = new Set(["True", "False", "None"]);
const GIVEN: ReadonlySet<string> = new Set(["case", "directive", "options"]);
/** Somebody said what to run: it is not searched for. */
export const isGiven = ({ subject }: Report): boolean => GIVEN.has(subject?.from ?? "");
const IMPORT = /^[ \t]*(?:from\b.*\bimport\b|import\b)([^\n(]*(?:\([^)]*\))?[^\n]*)/gm;

/** True where such edits change nothing that the report says. `sources`: the file before and after. */
export function isApart(
  report: Report,
  edited: readonly Edited[],
  sources: readonly string[],
): boolean {
  const { subject, candidates } = report;
  if (!subject || subject.from === "script" || subject.case["function"]) return false;
  if (!isGiven(report) && sources.some(mayTrain)) return false;
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
  return edited.every(({ name, isClass, words }) => {
    const isAsked = isClass ? name === subject.entry : entries.has(name);
    const tells = (word: string): boolean =>
      READ.has(word) || (entries.has(word) && !(isClass && word === name));
    const makes = (text: string): boolean =>
      !isClass && /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(text) && mayMake(text);
    return !isAsked && !words.some((text) => wordsIn(text).some(tells) || makes(text));
  });
}
