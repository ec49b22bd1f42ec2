/** The model classes of a Python text, told from their headers alone: cheap enough for every keystroke. Editor-free. */

/** `line` from 0; columns of the name, end exclusive. */
export interface ModuleClass {
  readonly name: string;
  readonly line: number;
  readonly startColumn: number;
  readonly endColumn: number;
}

const HEADER = /^(class[ \t]+)([\p{L}_][\p{L}\p{N}_]*)[ \t]*\(([^)]*)\)?/gmu;
const MODULE = /^(?:[\p{L}_][\p{L}\p{N}_]*\.)*(?:Lightning)?Module$/u;

const FACTORY =
  /^(def[ \t]+)([\p{L}][\p{L}\p{N}_]*)[ \t]*\((?:[^()]|\([^()]*\))*\)[ \t]*->[ \t]*["']?([\p{L}\p{N}_]+)/gmu;

/** Model classes, and public top-level functions that are annotated to return one; in the text's order. */
export function models(text: string): ModuleClass[] {
  const classes = moduleClasses(text);
  const names = new Set(classes.map(({ name }) => name));
  const lines = lineCounter(text);
  const factories = [...text.matchAll(FACTORY)].flatMap((found) => {
    const [, lead = "", name = "", made = ""] = found;
    return names.has(made) ? [placed(name, lead, lines(found.index))] : [];
  });
  return [...classes, ...factories].sort((a, b) => a.line - b.line);
}

/** Top-level classes that inherit from `nn.Module`, directly or through a class of the same text. */
export function moduleClasses(text: string): ModuleClass[] {
  const known = new Set<string>();
  const found: ModuleClass[] = [];
  const lines = lineCounter(text);
  for (const header of text.matchAll(HEADER)) {
    const [, lead = "", name = "", bases = ""] = header;
    const isModule = bases
      .split(",")
      .map((base) => base.trim().replace(/\[.*$/s, ""))
      .some((base) => MODULE.test(base) || known.has(base));
    if (!isModule) continue;
    known.add(name);
    found.push(placed(name, lead, lines(header.index)));
  }
  return found;
}

const placed = (name: string, lead: string, line: number): ModuleClass => ({
  name,
  line,
  startColumn: lead.length,
  endColumn: lead.length + name.length,
});

/** The line (from 0) where a training loop starts its backward pass; undefined without one. */
export function firstBackward(text: string): number | undefined {
  const found = /^[^#\n]*\.backward\(/m.exec(text);
  return found ? lineCounter(text)(found.index) : undefined;
}

/** The line (from 0) of an offset; offsets are asked in rising order. */
function lineCounter(text: string): (offset: number) => number {
  let line = 0;
  let seen = 0;
  return (offset) => {
    for (; seen < offset; seen++) if (text.charCodeAt(seen) === 10) line++;
    return line;
  };
}
