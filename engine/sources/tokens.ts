/**
 * A Python source as what it says: tokens with their places. Comments, blank lines, the width of spaces and strings that stand alone
 * (docstrings) say nothing, unless they speak to Chainrule or show a call, which may be read as an example; of such a comment the distance
 * from the code above counts too.
 */

export interface Place {
  /** From 1, and from 0 in UTF-16 units, as in a Span. */
  readonly line: number;
  readonly column: number;
}

export interface Token {
  readonly text: string;
  readonly from: Place;
  readonly to: Place;
}

const WORD = /[\p{L}\p{N}_.]+/uy;
const STRING = /([rRbBuUfFtT]{0,2})("""|'''|"|')/y;
const SPACE = /[ \t\f\r]+|\\\r?\n/y;
const COMMENT = /#[^\n]*/y;
/** A source that reads its own text: then every character counts. */
const READS_ITSELF = /__doc__|docopt|doctest|inspect|getsource|linecache/;
const DOC = "docstring";
const SPEAKS = /chainrule|[\w\]]\s?\(|>>>/;

/** Lines, from 1, of comments that say something: with the comments right above and below them. */
function speakingLines(source: string): Set<number> {
  const found = new Set<number>();
  let run: { lines: number[]; text: string } = { lines: [], text: "" };
  for (const [i, line] of [...source.split("\n"), ""].entries()) {
    if (/^\s*#/.test(line)) run = { lines: [...run.lines, i + 1], text: run.text + line };
    else {
      if (SPEAKS.test(run.text)) for (const at of run.lines) found.add(at);
      run = { lines: [], text: "" };
      if (SPEAKS.test(/#.*$/.exec(line)?.[0] ?? "")) found.add(i + 1);
    }
  }
  return found;
}

/** Where the string ends whose opening quotes end at `at`. In a formatted one, braces hold code with strings of its own. */
function endOfString(source: string, at: number, quotes: string, isFormatted: boolean): number {
  for (let depth = 0; at < source.length;) {
    const c = source[at];
    if (c === "\\") at += 2;
    else if (depth === 0 && source.startsWith(quotes, at)) return at + quotes.length;
    else if (depth === 0 && c === "\n" && quotes.length === 1) return at;
    else if (!isFormatted) at++;
    else if (depth === 0 && (source.startsWith("{{", at) || source.startsWith("}}", at))) at += 2;
    else if (depth > 0 && (c === '"' || c === "'")) {
      const inner = source.startsWith(c.repeat(3), at) ? c.repeat(3) : c;
      at = endOfString(source, at + inner.length, inner, true);
    } else {
      if (c === "{") depth++;
      else if (c === "}" && depth > 0) depth--;
      at++;
    }
  }
  return source.length;
}

const match = (pattern: RegExp, source: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
};

/** Null for a source that reads its own text. */
export function tokensOf(source: string): Token[] | null {
  if (READS_ITSELF.test(source)) return null;
  const starts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)];
  let row = 0;
  const placeOf = (at: number): Place => {
    while ((starts[row + 1] ?? Infinity) <= at) row++;
    while ((starts[row] ?? 0) > at) row--;
    return { line: row + 1, column: at - (starts[row] ?? 0) };
  };
  const speaking = speakingLines(source);
  const tokens: Token[] = [];
  const add = (text: string, from: number, to: number): void => {
    tokens.push({ text, from: placeOf(from), to: placeOf(to) });
  };
  let depth = 0; // of brackets
  let lineStart = 0; // index of the logical line's first token
  let strings = 0; // tokens of the logical line that are plain strings
  const endLine = (at: number): void => {
    if (tokens.length === lineStart) return;
    const line = tokens.slice(lineStart + 1);
    const isDoc = line.length > 0 && strings === line.length;
    if (isDoc && !line.some(({ text }) => SPEAKS.test(text))) {
      const [first, last] = [line[0]!, line.at(-1)!];
      tokens.splice(lineStart + 1, line.length, { text: DOC, from: first.from, to: last.to });
    }
    add("\n", at, at);
    [lineStart, strings] = [tokens.length, 0];
  };
  for (let at = 0; at < source.length;) {
    const space = match(SPACE, source, at);
    const comment = match(COMMENT, source, at);
    if (space !== undefined) at += space.length;
    else if (source[at] === "\n") {
      if (depth === 0) endLine(at);
      at++;
    } else if (comment !== undefined && speaking.has(placeOf(at).line)) {
      // Beside which code it stands is part of what it says.
      const before = tokens.at(-1)?.to.line ?? 0;
      add(`${comment.trimEnd()} +${placeOf(at).line - before}`, at, at + comment.length);
      at += comment.length;
    } else if (comment !== undefined) at += comment.length;
    else {
      if (tokens.length === lineStart) {
        const { column } = placeOf(at);
        add(`indent ${source.slice(at - column, at)}`, at, at);
      }
      const opening = match(STRING, source, at);
      let end = at + 1;
      if (opening !== undefined) {
        const quotes = /["']+$/.exec(opening)?.[0] ?? '"';
        const isFormatted = /[fFtT]/.test(opening.slice(0, -quotes.length));
        end = endOfString(source, at + opening.length, quotes, isFormatted);
        if (!isFormatted) strings++;
      } else {
        const word = match(WORD, source, at);
        end = at + (word?.length ?? 1);
        if (word === undefined && "([{".includes(source[at] ?? "")) depth++;
        if (word === undefined && ")]}".includes(source[at] ?? "")) depth = Math.max(depth - 1, 0);
      }
      add(source.slice(at, end), at, end);
      at = end;
    }
  }
  endLine(source.length);
  return tokens;
}
