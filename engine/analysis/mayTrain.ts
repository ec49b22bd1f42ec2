/** `includes` looks at megabytes of sources in no time; the expressions do not. */
const CALLED = ["backward", "step"];
const DOT_BEFORE = /\.\s*$/;
const CALL_BEHIND = /\s*\(/y;
const MOST_SPACE = 80; // between a dot and its name
const IMPORTED = ["lightning", "transformers", "ignite", "fastai"];
const IMPORTS =
  /^\s*(from|import)\b.*\b(pytorch_lightning|lightning|transformers|ignite|fastai)\b/m;

const hasAny = (source: string, words: readonly string[]): boolean =>
  words.some((word) => source.includes(word));

/** `.name(`, spaces allowed. */
function isCalled(source: string, name: string): boolean {
  for (let at = source.indexOf(name); at >= 0; at = source.indexOf(name, at + 1)) {
    CALL_BEHIND.lastIndex = at + name.length;
    if (!CALL_BEHIND.test(source)) continue;
    if (DOT_BEFORE.test(source.slice(Math.max(0, at - MOST_SPACE), at))) return true;
  }
  return false;
}

/** False for a source that trains nothing by itself; `training.py` looks closer at the others. */
export const mayTrain = (source: string): boolean =>
  CALLED.some((name) => isCalled(source, name)) ||
  (hasAny(source, IMPORTED) && IMPORTS.test(source));
