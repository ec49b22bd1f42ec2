/** Relative paths that sources name in strings: below one of the folders around a script they lead to files (`chainrule/project.py`). */
const ENDINGS = "json|jsonl|ya?ml|toml|csv|tsv|txt|cfg|ini|conf|names|md|config";
const [FIRST, MORE] = ["[\\p{L}\\p{N}_]", "[\\p{L}\\p{N}_.+-]*"]; // as Python's \w
const FILE = `(?:${FIRST}${MORE}/)*${FIRST}${MORE}\\.(?:${ENDINGS})`;
const FOLDER = `(?:${FIRST}${MORE}/)+(?:${FIRST}${MORE})?`;
const PATH = new RegExp(`['"](?:\\./)?(${FILE}|${FOLDER})['"]`, "gu");
const MOST = 300;

/** By the files' order and then the lines', the first 300. */
export function namedPaths(sources: Readonly<Record<string, string>>): readonly string[] {
  const found = new Set<string>();
  for (const text of Object.values(sources))
    for (const [, path = ""] of text.matchAll(PATH)) {
      found.add(path);
      if (found.size === MOST) return [...found];
    }
  return [...found];
}
