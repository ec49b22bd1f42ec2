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

/** Top-level classes that inherit from `nn.Module`, directly or through a class of the same text. */
export function moduleClasses(text: string): ModuleClass[] {
  const known = new Set<string>();
  const found: ModuleClass[] = [];
  let line = 0;
  let seen = 0;
  for (const header of text.matchAll(HEADER)) {
    const [, lead = "", name = "", bases = ""] = header;
    const isModule = bases
      .split(",")
      .map((base) => base.trim().replace(/\[.*$/s, ""))
      .some((base) => MODULE.test(base) || known.has(base));
    if (!isModule) continue;
    known.add(name);
    for (; seen < header.index; seen++) if (text.charCodeAt(seen) === 10) line++;
    found.push({
      name,
      line,
      startColumn: lead.length,
      endColumn: lead.length + name.length,
    });
  }
  return found;
}
