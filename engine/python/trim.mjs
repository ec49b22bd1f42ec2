/**
 * What a build leaves out of Pyodide. It serves modules of C that are linked while Python runs: every function of CPython is
 * exported, named in JavaScript and given a place in the table. The room links none, and pays for that at each start. Nothing else
 * is changed; a text that is not found once fails the build.
 */
import { readFileSync } from "node:fs";

const ASSIGN = "function assignWasmExports(wasmExports){";
const STATEMENT =
  /^([\w$]+)(?:=[\w$]+(?:\["[^"]+"\])?)*=wasmExports\["([^"]+)"\](?:\.value(?:>>>0)?)?$/;

/** Only what the module imports by address gets a place in the table. */
const PLACES = [
  "updateGOT=(exports,replace)=>{for(var symName in exports){if(isInternalSym(symName)){continue}",
  "updateGOT=(exports,replace)=>{for(var symName in exports){if(isInternalSym(symName)||!GOT[symName]){continue}",
];
/** The table is not looked through for functions of JavaScript, which can be there only if they were put there. */
const SCAN = [
  "if(!functionsInTableMap){functionsInTableMap=new WeakMap;updateTableMap(0,wasmTable.length)}",
  "functionsInTableMap??=new WeakMap;if(!tableIsScanned){tableIsScanned=true;updateTableMap(0,wasmTable.length)}",
];
const NO_SCAN = [
  "var addFunction=(func,sig)=>{var rtn=getFunctionAddress(func);",
  "var tableIsScanned=false;var addFunction=(func,sig)=>{functionsInTableMap??=new WeakMap;var rtn=functionsInTableMap.get(func);",
];

function place(text, part, from = 0) {
  const at = text.indexOf(part, from);
  if (at < 0) throw new Error(`Pyodide has changed: ${part}`);
  return at;
}

function replaceOnce(text, [from, to]) {
  const at = place(text, from);
  if (text.includes(from, at + 1)) throw new Error(`Pyodide has changed: twice ${from}`);
  return text.slice(0, at) + to + text.slice(at + from.length);
}

const wordsOf = (text) => new Set(text.match(/[\w$]+/g));

/** Pyodide's JavaScript without the names of functions that neither it nor its `loader` uses. */
function trimScript(script, loader) {
  const begin = place(script, ASSIGN);
  const end = place(script, "}", begin);
  const declared = script.lastIndexOf("var ", begin);
  const names = script
    .slice(declared + "var ".length, begin)
    .replace(/;$/, "")
    .split(",");
  const statements = script
    .slice(begin + ASSIGN.length, end)
    .split(";")
    .filter(Boolean);
  const rest = script.slice(0, declared) + script.slice(end);
  const words = wordsOf(rest + loader);
  const isUsed = (statement) => {
    const [, name, exported] = STATEMENT.exec(statement) ?? [];
    return name === undefined || words.has(name) || words.has(exported);
  };
  const used = statements.filter(isUsed);
  const assigned = new Set(used.flatMap((statement) => statement.match(/[\w$]+/g)));
  const kept = names.filter((name) => words.has(name) || assigned.has(name));
  const trimmed = `${script.slice(0, declared)}var ${kept.join(",")};${ASSIGN}${used.join(";")}${script.slice(end)}`;
  return [PLACES, SCAN, NO_SCAN].reduce(replaceOnce, trimmed);
}

/** A number in LEB128 at `at`. → it and where it ends. */
export function leb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return [value >>> 0, at];
  }
}

export function toLeb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

/** A module's sections: number, first byte, first byte of the content, and where it ends. */
export function* sectionsOf(bytes) {
  for (let at = 8; at < bytes.length;) {
    const [length, start] = leb(bytes, at + 1);
    yield { id: bytes[at], at, start, end: start + length };
    at = start + length;
  }
}

const EXPORTS = 7; // the section's number

/** The module's bytes with those exports whose names `isKept` keeps. */
function trimExports(bytes, isKept) {
  const parts = [bytes.subarray(0, 8)];
  for (const { id, at, start, end } of sectionsOf(bytes)) {
    if (id !== EXPORTS) parts.push(bytes.subarray(at, end));
    else {
      const kept = [];
      let [count, next] = leb(bytes, start);
      for (; count > 0; count--) {
        const [size, text] = leb(bytes, next);
        const [, after] = leb(bytes, text + size + 1);
        if (isKept(bytes.toString("utf8", text, text + size)))
          kept.push(bytes.subarray(next, after));
        next = after;
      }
      const content = Buffer.concat([Buffer.from(toLeb(kept.length)), ...kept]);
      parts.push(Buffer.from([EXPORTS, ...toLeb(content.length)]), content);
    }
  }
  return Buffer.concat(parts);
}

/** Pyodide's script and module in `folder`, trimmed. */
export function trimPyodide(folder) {
  const read = (name) => readFileSync(`${folder}/${name}`, "utf8");
  const loader = read("pyodide.mjs");
  const script = trimScript(read("pyodide.asm.mjs"), loader);
  const words = wordsOf(script + loader);
  const isKept = (name) => words.has(name) || words.has(`_${name}`);
  return { script, wasm: trimExports(readFileSync(`${folder}/pyodide.asm.wasm`), isKept) };
}
