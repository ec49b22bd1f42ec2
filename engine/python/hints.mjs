/**
 * Which of CPython's functions every run calls, as a section of its module that V8 reads where it is told to: they are compiled side by
 * side before the interpreter starts, where each would halt it when first called. An engine that does not know the section passes over it.
 * Source: WebAssembly compilation hints, the proposal's first form (V8 up to 13).
 */
import { leb, sectionsOf, toLeb } from "./trim.mjs";

const [IMPORTS, FUNCTIONS] = [2, 3]; // sections' numbers
const CODE = 10;
const [LAZY, EAGER] = [1, 2];
/** By the compiler that optimises, then and later. */
const OPTIMIZED = (2 << 2) | (2 << 4);
const NAME = Buffer.from("compilationHints");
/** Of an import's kinds; the other ones take no number among the functions. */
const FUNCTION = 0;

/** How a limit's bytes are skipped: flags, least, and most where the flags tell of one. */
function afterLimits(bytes, at) {
  const [flags, least] = leb(bytes, at);
  const [, most] = leb(bytes, least);
  return flags & 1 ? leb(bytes, most)[1] : most;
}

/** Functions that the import section brings. */
function importedFunctions(bytes, start) {
  let [count, at] = leb(bytes, start);
  let functions = 0;
  for (; count > 0; count--) {
    for (let name = 0; name < 2; name++) {
      const [size, text] = leb(bytes, at);
      at = text + size;
    }
    const kind = bytes[at++];
    if (kind === FUNCTION) functions++;
    if (kind === FUNCTION) at = leb(bytes, at)[1];
    else if (kind === 1) at = afterLimits(bytes, at + 1);
    else if (kind === 2) at = afterLimits(bytes, at);
    else if (kind === 3) at += 2;
    else at = leb(bytes, at + 1)[1];
  }
  return functions;
}

/** `trace`: what `node --trace-wasm-compilation-times` prints of a run. → the numbers of the functions of its largest module that were called. */
export function calledIn(trace) {
  const modules = new Map();
  for (const [, module, index] of trace.matchAll(/ (0x\w+)#(\d+) using Liftoff/g)) {
    const called = modules.get(module) ?? new Set();
    modules.set(module, called.add(Number(index)));
  }
  const sets = [...modules.values()].sort((a, b) => b.size - a.size);
  return sets[0] ?? new Set();
}

/** Bytes of each function's code. */
function codeSizes(bytes) {
  const { start } = [...sectionsOf(bytes)].find(({ id }) => id === CODE);
  let [left, at] = leb(bytes, start);
  const sizes = [];
  for (; left > 0; left--) {
    const [size, code] = leb(bytes, at);
    at = code + size;
    sizes.push(size);
  }
  return sizes;
}

/**
 * The module with its hints: `called` at once, the others when they are called. The smallest of `called` is optimised too: V8 can keep
 * only a module that has optimised code (doors/nativeCode.ts).
 */
export function withHints(bytes, called) {
  const parts = [bytes.subarray(0, 8)];
  const sizes = codeSizes(bytes);
  let imported = 0;
  for (const { id, at, start, end } of sectionsOf(bytes)) {
    parts.push(bytes.subarray(at, end));
    if (id === IMPORTS) imported = importedFunctions(bytes, start);
    if (id !== FUNCTIONS) continue;
    const [count] = leb(bytes, start);
    const kinds = Array.from({ length: count }, (_, i) =>
      called.has(imported + i) ? EAGER : LAZY,
    );
    const eager = [...kinds.keys()].filter((i) => kinds[i] === EAGER);
    const smallest = eager.reduce((a, b) => (sizes[b] < sizes[a] ? b : a));
    kinds[smallest] |= OPTIMIZED;
    const content = Buffer.from([NAME.length, ...NAME, ...toLeb(count), ...kinds]);
    parts.push(Buffer.from([0, ...toLeb(content.length)]), content);
  }
  return Buffer.concat(parts);
}
