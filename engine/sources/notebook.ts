/**
 * A Jupyter notebook as one Python source, and the way back from its lines to the cells. The engine itself knows
 * no notebook: who reads files (command line, extension) turns a notebook into Python before a run and the
 * report's places back after it.
 */
import { EngineError } from "../errors.ts";
import { cellMagic, onlyDefines, onlyShows, plainLines } from "./magics.ts";
import type { Finding, Report, Said, Span } from "../report.ts";
import { english, inMessage, said, sentenceOf, type Sentence } from "../said.ts";

/** In the notebook's order. */
export interface Cell {
  readonly isCode: boolean;
  /** `python`, `julia`; Markdown cells say `markdown`. */
  readonly language: string;
  readonly text: string;
}

/** A line of a cell; both from 0. */
interface CellLine {
  readonly cell: number;
  readonly line: number;
  /** Stands for the cell as a whole up to here: the line between two cells. */
  readonly isEnd?: boolean;
}

export interface JoinedNotebook {
  /** Path of the notebook's Python source, a key of `sources`. */
  readonly file: string;
  /** That source, and what `%%writefile` cells write, by path. */
  readonly sources: Readonly<Record<string, string>>;
  /** The report of that source with its places in the cells, `notebook.ipynb#cell-3`. */
  readonly toCells: (report: Report) => Report;
  /**
   * The notebook without the cell that a report names as the reason why nothing was run: the cells before it, and of those after it
   * the ones that only define. Its reports tell that reason, too. Undefined where no cell stopped the run, or nothing is left.
   */
  readonly before: (report: Report) => JoinedNotebook | undefined;
}

export const isNotebook = (path: string): boolean => path.endsWith(".ipynb");

/** How spans name a cell; `index` from 0 over all cells, shown from 1 as editors do. */
export const cellFile = (path: string, index: number): string => `${path}#cell-${index + 1}`;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const textOf = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join("") : typeof value === "string" ? value : "";

/** The cells of an `.ipynb` file, formats 3 and 4. Throws EngineError `notebook` for other text. */
export function readNotebook(path: string, json: string): Cell[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new EngineError("notebook", `${path} is no notebook: it is not JSON`, { cause });
  }
  const book = fieldsOf(value);
  const sheets = Array.isArray(book["worksheets"]) ? (book["worksheets"] as unknown[]) : [book];
  const cells = sheets.flatMap((sheet) => fieldsOf(sheet)["cells"] ?? []);
  if (!Array.isArray(book["cells"]) && !Array.isArray(book["worksheets"]))
    throw new EngineError("notebook", `${path} is no notebook: it has no cells`);
  const metadata = fieldsOf(book["metadata"]);
  const kernel = fieldsOf(metadata["kernelspec"]);
  const named = [kernel["language"], fieldsOf(metadata["language_info"])["name"]];
  const language = named.find((name) => typeof name === "string") ?? "python";
  return cells.map(fieldsOf).map((cell) => {
    const own = fieldsOf(fieldsOf(cell["metadata"])["vscode"])["languageId"] ?? cell["language"];
    const isCode = cell["cell_type"] === "code";
    return {
      isCode,
      language: isCode ? (textOf(own) || textOf(language)).toLowerCase() : "markdown",
      text: textOf(cell["source"] ?? cell["input"]),
    };
  });
}

const isPython = ({ isCode, language }: Cell): boolean => isCode && /^i?python\d*$/.test(language);

/** A source under construction, with the cell's line behind each of its own. */
class Source {
  readonly #texts: string[] = [];
  readonly lines: CellLine[] = [];

  add(text: string, at: CellLine): void {
    this.#texts.push(text);
    this.lines.push(at);
  }

  get text(): string {
    return `${this.#texts.join("\n")}\n`;
  }
}

const FUTURE = /^from[ \t]+__future__[ \t]+import[ \t]+([\w, \t]+?)[ \t]*(?:[#;].*)?$/;
/** What IPython puts into every notebook's namespace. */
const OWN_NAMES = [
  ["get_ipython", "from IPython import get_ipython"],
  ["display", "from IPython.display import display"],
] as const;

/** `from __future__` holds for the cells after it and must come first in a file; then IPython's own names. */
function firstLine(futures: ReadonlySet<string>, text: string): string {
  const names = OWN_NAMES.filter(([name]) => new RegExp(`\\b${name}\\b`).test(text));
  const head = futures.size > 0 ? [`from __future__ import ${[...futures].join(", ")}`] : [];
  return [...head, ...names.map(([, statement]) => statement)].join("; ");
}

/**
 * The Python cells of a notebook, in order, as one source at `path` + `.py`. Line 1 is ours; then each cell keeps its
 * lines and columns, IPython's commands are left out, and a `pass` ends it, so that what a cell leaves open is an error there and
 * not in the next one. Throws EngineError `notebook` where no cell is Python.
 */
export function joinNotebook(path: string, cells: readonly Cell[]): JoinedNotebook {
  const own = cells.find(({ isCode }) => isCode);
  if (own && !cells.some(isPython))
    throw new EngineError("notebook", `${path} holds ${own.language} cells and none of Python`);
  const file = `${path}.py`;
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const texts = cells.map(linesOf);
  const main = new Source();
  const written = new Map<string, Source>();
  const futures = new Set<string>();
  cells.forEach((cell, index) => {
    const lines = texts[index] ?? [];
    if (!isPython(cell) || cell.text.trim() === "") return;
    const magic = cellMagic(lines);
    if (magic?.kind === "skip") return;
    if (magic?.kind === "write") {
      const target = magic.path.startsWith("/") ? magic.path : folder + magic.path;
      const source = (magic.isAppended && written.get(target)) || new Source();
      lines.slice(magic.line + 1).forEach((text, i) => {
        source.add(text, { cell: index, line: magic.line + 1 + i });
      });
      written.set(target, source);
      return;
    }
    plainLines(lines).forEach((text, line) => {
      const future = FUTURE.exec(text);
      future?.[1]?.split(",").forEach((name) => futures.add(name.trim()));
      main.add(future ? "pass" : text, { cell: index, line });
    });
    main.add("pass", { cell: index, line: lines.length - 1, isEnd: true });
  });
  const body = main.text;
  const first = Math.max(0, cells.findIndex(isPython));
  const maps: Record<string, readonly CellLine[]> = {
    [file]: [{ cell: first, line: 0 }, ...main.lines],
  };
  const sources: Record<string, string> = { [file]: `${firstLine(futures, body)}\n${body}` };
  for (const [target, source] of written) {
    sources[target] = source.text;
    maps[target] = source.lines;
  }
  const places = new Places(path, file, texts, maps);
  const toCells = (report: Report): Report => places.mapped(report) as Report;
  const before = (report: Report): JoinedNotebook | undefined => {
    const stop = report.subject ? undefined : report.findings.find((f) => STOPS.has(f.code));
    const cell = stop?.at.file === file ? maps[file]?.[stop.at.startLine - 1]?.cell : undefined;
    if (cell === undefined) return undefined;
    // A cell that shows a name which a later one sets was run after that one.
    const early = /^NameError: name '(\w+)' is not defined/.exec(stop?.message ?? "")?.[1];
    const isEarly = (one: Cell | undefined): boolean =>
      early !== undefined && !!one && isShowing(one) && RegExp(`\\b${early}\\b`).test(one.text);
    const left = isEarly(cells[cell])
      ? cells.map((one) => (isEarly(one) ? EMPTY : one))
      : cells.map((one, i) => (i < cell || (i > cell && isDefining(one)) ? one : EMPTY));
    if (!left.some(isPython)) return undefined;
    const told = toCells({ ...report, findings: report.findings.filter((f) => f === stop) });
    const how = isEarly(cells[cell]) ? leftOut : stopped;
    return telling(joinNotebook(path, left), told.findings.map(how));
  };
  return { file, sources, toCells, before };
}

/** Findings that say why nothing could be run. */
const STOPS: ReadonlySet<string> = new Set(["python-error", "unsupported"]);

const stopped = (finding: Finding): Finding => ({
  ...finding,
  ...inMessage(
    finding.message.endsWith(".")
      ? said`${sentenceOf(finding)} The cells before this one and the definitions after it were analyzed.`
      : said`${sentenceOf(finding)}. The cells before this one and the definitions after it were analyzed.`,
  ),
});

const leftOut = (finding: Finding): Finding => ({
  ...finding,
  severity: "information",
  ...inMessage(
    said`${sentenceOf(finding)}, where the cells run in their order. Cells that only show it were left out.`,
  ),
});

/** The notebook with findings that all its reports end with. */
const telling = (notebook: JoinedNotebook, findings: readonly Finding[]): JoinedNotebook => ({
  ...notebook,
  toCells: (found) => {
    const report = notebook.toCells(found);
    return { ...report, findings: [...report.findings, ...findings] };
  },
  before: (report) => {
    const shorter = notebook.before(report);
    return shorter && telling(shorter, findings);
  },
});

/** In place of a cell that is not run, so that the others keep their numbers. */
const EMPTY: Cell = { isCode: false, language: "markdown", text: "" };

const linesOf = ({ text }: Cell): string[] => text.split(/\r\n|\r|\n/);
const isDefining = (cell: Cell): boolean => isPython(cell) && onlyDefines(linesOf(cell));
const isShowing = (cell: Cell): boolean => isPython(cell) && onlyShows(linesOf(cell));

/** The places of a notebook's sources in its cells. */
class Places {
  readonly #path: string;
  readonly #file: string;
  readonly #texts: readonly (readonly string[])[];
  readonly #maps: Readonly<Record<string, readonly CellLine[]>>;
  readonly #told: RegExp;

  constructor(
    path: string,
    file: string,
    texts: readonly (readonly string[])[],
    maps: Readonly<Record<string, readonly CellLine[]>>,
  ) {
    this.#path = path;
    this.#file = file;
    this.#texts = texts;
    this.#maps = maps;
    const name = file.slice(file.lastIndexOf("/") + 1).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    // `(net.ipynb.py, line 7)`, `File "/w/net.ipynb.py", line 7`, `in line 7`, `on line 7`, `detected at line 7`
    this.#told = new RegExp(
      `(?:"[^"\\n]*${name}"|${name}), line (\\d+)|\\b(in|on|at|as) line (\\d+)`,
      "g",
    );
  }

  /** A copy of plain data with every span and every sentence about a line in terms of cells. */
  mapped(value: unknown): unknown {
    if (typeof value === "string") return this.#sentence(value);
    if (Array.isArray(value)) return value.map((each) => this.mapped(each));
    if (typeof value !== "object" || value === null) return value;
    if ("startLine" in value && "file" in value) return this.#span(value as Span);
    if ("template" in value && "values" in value) return this.#said(value as Said);
    const own = "said" in value ? (value.said as Said | undefined) : undefined;
    const text = own && english(own);
    const copy = (each: unknown): unknown =>
      own && each === text ? english(this.#said(own)) : this.mapped(each);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]));
  }

  /** Numbers of lines within a sentence to translate. */
  #said({ template, values }: Said): Said {
    const inCell = (value: Sentence, i: number): Sentence => {
      const at = template.includes(`line {${i}}`) && this.#maps[this.#file]?.[Number(value) - 1];
      return at ? said`${at.line + 1} of cell ${at.cell + 1}` : (this.mapped(value) as Sentence);
    };
    return { template, values: values.map(inCell) };
  }

  #sentence(text: string): string {
    if (text === this.#file) return this.#path;
    const name = this.#file.slice(this.#file.lastIndexOf("/") + 1);
    if (text === name) return name.replace(/\.py$/, ""); // a script is called by its file's name
    return text.replace(this.#told, (whole, inFile?: string, word?: string, line?: string) => {
      const at = this.#maps[this.#file]?.[Number(inFile ?? line) - 1];
      if (!at) return whole;
      return inFile === undefined
        ? `${word} line ${at.line + 1} of cell ${at.cell + 1}`
        : `cell ${at.cell + 1}, line ${at.line + 1}`;
    });
  }

  #span(span: Span): Span {
    const lines = this.#maps[span.file];
    const start = lines?.[span.startLine - 1];
    if (!lines || !start) return span;
    const end = lines[span.endLine - 1] ?? start;
    const text = this.#texts[start.cell] ?? [];
    const lengthOf = (line: number): number => text[line]?.length ?? 0;
    const isWhole = start.isEnd === true || end.cell !== start.cell || end.isEnd === true;
    const last = isWhole ? (start.isEnd ? start.line : text.length - 1) : end.line;
    const indent = /^\s*/.exec(text[start.line] ?? "")?.[0].length ?? 0;
    return {
      file: cellFile(this.#path, start.cell),
      startLine: start.line + 1,
      startColumn: start.isEnd ? indent : Math.min(span.startColumn, lengthOf(start.line)),
      endLine: last + 1,
      endColumn: isWhole ? lengthOf(last) : Math.min(span.endColumn, lengthOf(last)),
    };
  }
}
