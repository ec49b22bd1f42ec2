/**
 * IPython's own commands in a notebook's cells, replaced so that Python reads what is left, each line and column where it
 * was: `%matplotlib inline`, `!pip install …`, `x = !ls`, `model?`. Nothing outside Python is run.
 */

export type CellMagic =
  | { readonly kind: "run" }
  | { readonly kind: "skip" }
  | {
      readonly kind: "write";
      /** As written behind `%%writefile`. */
      readonly path: string;
      readonly isAppended: boolean;
      readonly line: number;
    };

/** Cell magics whose body is Python and is run in the notebook itself. */
const RUNS_BODY = /^%%(time|timeit|capture|prun|memit|mprun|python3?|snakeviz|wandb)\b/;

/** The `%%…` that a cell begins with; undefined without one. */
export function cellMagic(lines: readonly string[]): CellMagic | undefined {
  const line = lines.findIndex((text) => !/^\s*(#.*)?$/.test(text));
  const text = lines[line]?.trim() ?? "";
  if (!text.startsWith("%%")) return undefined;
  const write = /^%%(?:writefile|file)\s+(-a\s+|--append\s+)?["']?([^"'\s]+)["']?\s*$/.exec(text);
  if (write?.[2]?.endsWith(".py"))
    return { kind: "write", path: write[2].replace(/^\.\//, ""), isAppended: !!write[1], line };
  return RUNS_BODY.test(text) ? { kind: "run" } : { kind: "skip" };
}

/** `%time f(x)`: a command whose argument is Python, run in the notebook itself; its options are left out. */
const RUNS_REST = /^(\s*)(%(?:time|timeit|prun|memit)\b(?:\s+-\w\s*\w*)*\s+)(?=[^\s-])/;
const ASSIGNS = /^(\s*[\p{L}_][\p{L}\p{N}_.,[\]\s]*=\s*)([!%]\S.*)$/u;
const COMMAND =
  /^\s*(?:%|!|\?)|^\s*[\p{L}_][\p{L}\p{N}_.]*\?{1,2}\s*$|^(?:pip3?|conda|mamba)\s+install\s/u;
const RUNS_FILE = /^(\s*)%run\s+(?:-\w\s+)*["']?(?:\.\/)?([\w./-]+?)\.py["']?(?:\s.*)?$/;

/** The names that `%pylab` gives, as far as numpy and pyplot have them. */
const PYLAB =
  "import numpy; import numpy as np; from matplotlib import pyplot as plt; from numpy import *";

/** The line without IPython's command, as long as it was where Python stays on it; undefined: it has none. */
function replaced(text: string): string | undefined {
  const file = RUNS_FILE.exec(text);
  if (file && !/\.\.|^\//.test(file[2] ?? ""))
    return `${file[1]}from ${(file[2] ?? "").replaceAll("/", ".")} import *`;
  const other = /^(\s*)%run\s+(\S+)/.exec(text);
  if (other) {
    const named = JSON.stringify(
      `%run ${other[2]}: a Python file below the notebook's folder can be run`,
    );
    return `${other[1]}raise ImportError(${named})`;
  }
  const pylab = /^(\s*)%pylab\b/.exec(text);
  if (pylab) return `${pylab[1]}${PYLAB}`;
  const rest = RUNS_REST.exec(text);
  if (rest) {
    const [whole = "", indent = "", command = ""] = rest;
    // "if 1: " is as short as the shortest command, `%time `.
    return `${indent}if${" ".repeat(command.length - 5)}1: ${text.slice(whole.length)}`;
  }
  const assigned = ASSIGNS.exec(text);
  if (assigned) {
    const [, target = "", command = ""] = assigned;
    const python = /^%time(?:it)?\s+(?!-)/.exec(command);
    return python
      ? target + " ".repeat(python[0].length) + command.slice(python[0].length)
      : `${target}[]`;
  }
  if (!COMMAND.test(text)) return undefined;
  return `${/^\s*/.exec(text)?.[0] ?? ""}pass`;
}

/** A cell's lines as Python: what a command stood on becomes `pass`, and so do the lines that it goes on with. */
export function plainLines(lines: readonly string[]): string[] {
  const state = new Reader();
  let isContinued = false;
  return lines.map((text) => {
    const command = isContinued ? "" : state.isStatement ? replaced(text) : undefined;
    if (command === undefined) {
      state.read(text);
      return text;
    }
    isContinued = /\\\s*$/.test(text);
    if (command.trim() !== "pass") state.read(command);
    return command;
  });
}

const DEFINES = /^(?:\s|#|@|class\b|def\b|async def\b|import\b|from\b|pass$|$)/;

/** Whether a cell does nothing but import and define functions and classes. */
export function onlyDefines(lines: readonly string[]): boolean {
  const state = new Reader();
  return plainLines(lines).every((text) => {
    const isFine = !state.isStatement || DEFINES.test(text);
    state.read(text);
    return isFine;
  });
}

const SHOWS = /^\w+(?:\.\w+|\([^()]*\)|\[[^[\]]*\])*$/;
const ACTS = /\b(?:backward|step|fit|train|zero_grad)\b|_\(/;

/** Whether a cell does nothing but show values: `P.shape`, `P.sum(1, keepdim=True)`. */
export function onlyShows(lines: readonly string[]): boolean {
  const said = plainLines(lines).filter((text) => !/^\s*(?:#|$)/.test(text));
  return said.every((text) => SHOWS.test(text.trimEnd()) && !ACTS.test(text));
}

/** Follows strings, brackets and joined lines, so far as to know whether the next line begins a statement. */
class Reader {
  #quote = "";
  #depth = 0;
  #isJoined = false;

  get isStatement(): boolean {
    return this.#quote === "" && this.#depth === 0 && !this.#isJoined;
  }

  read(line: string): void {
    this.#isJoined = false;
    for (let i = 0; i < line.length; i++) {
      const c = line.charAt(i);
      if (this.#quote !== "") {
        if (c === "\\") i++;
        else if (line.startsWith(this.#quote, i)) {
          i += this.#quote.length - 1;
          this.#quote = "";
        }
      } else if (c === "#") break;
      else if (c === '"' || c === "'") {
        this.#quote = line.startsWith(c.repeat(3), i) ? c.repeat(3) : c;
        i += this.#quote.length - 1;
      } else if ("([{".includes(c)) this.#depth++;
      else if (")]}".includes(c)) this.#depth = Math.max(0, this.#depth - 1);
      else if (c === "\\" && i === line.length - 1) this.#isJoined = true;
    }
    // A short string ends with its line, unless that is joined to the next.
    if (this.#quote.length === 1 && !line.endsWith("\\")) this.#quote = "";
  }
}
