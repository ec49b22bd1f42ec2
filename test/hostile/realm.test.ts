/** What an object inside leads to: walked by code of the realm itself, from everything that Python can see. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readRoomParts } from "../../engine/doors/assets.ts";
import { openRealm, wordsOf } from "../../engine/doors/realm.ts";
import type { RoomFiles } from "../../engine/room/room.ts";
import type { FromWorker } from "../../engine/protocol.ts";
import { DIST, request } from "./room.ts";

/** Stands in the realm as `Object.walk`; the names of host objects, where it meets one, and roots of prototypes. */
function walk(isPyProxy: (value: unknown) => boolean, ...start: unknown[]): string {
  const doors = new Set(
    `process require module fetch WebSocket XMLHttpRequest Buffer Deno Bun importScripts navigator window
     mainModule setImmediate structuredClone queueMicrotask MessageChannel Worker crypto`.split(
      /\s+/,
    ),
  );
  const known = new Set<unknown>();
  const roots = new Set<unknown>();
  const found: string[] = [];
  const queue: [string, unknown][] = start.map((value, i) => [String(i), value]);
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [path, value] = next;
    if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
    if (known.has(value)) continue;
    known.add(value);
    // Python's own objects lead to Python again; their classes are reached by other ways.
    if (isPyProxy(value)) continue;
    const parent = Object.getPrototypeOf(value) as unknown;
    if (parent === null) {
      if (Object.hasOwn(value, "hasOwnProperty")) roots.add(value);
    } else queue.push([`${path}.__proto__`, parent]);
    if (value instanceof SharedArrayBuffer && value.byteLength > 65536) found.push(path);
    if (ArrayBuffer.isView(value)) {
      queue.push([`${path}.buffer`, value.buffer]);
      continue;
    }
    for (const key of Reflect.ownKeys(value)) {
      const told = Reflect.getOwnPropertyDescriptor(value, key);
      for (const part of [told?.value, told?.get, told?.set] as unknown[]) {
        queue.push([`${path}.${String(key)}`, part]);
        const isThing = typeof part === "function" || (typeof part === "object" && part !== null);
        if (isThing && doors.has(String(key))) found.push(`${path}.${String(key)}`);
      }
    }
  }
  return JSON.stringify({ objects: known.size, roots: roots.size, found });
}

/** Meets the stack's end inside the border's functions: errors caught, and those of them that are not of this realm. */
const OVERFLOW = `() => {
  let caught = 0, foreign = 0;
  const judge = (error) => { caught++; if (!(error instanceof Error)) foreign++; };
  const dive = () => {
    try {
      performance.now();
      new TextDecoder().decode(new Uint8Array(20));
    } catch (error) {
      judge(error);
    }
    dive();
  };
  for (let i = 0; i < 50; i++) {
    try { dive(); } catch (error) { judge(error); }
  }
  return JSON.stringify({ caught, foreign });
}`;

const PYTHON = `
import _chainrule, js, pyodide_js
from pyodide.ffi import JsException, create_proxy
api = pyodide_js._api
try:
    pyodide_js._module.HEAP8.constructor.new(-1)
except JsException as error:
    thrown = getattr(error, "js_error", error)
print(pyodide_js.constructor.walk(api.isPyProxy, _chainrule, js, pyodide_js, api, pyodide_js._module, thrown))
`;

/** Runs `code` in a realm of this thread, without the second wall. Result: what it printed. */
async function printed(code: string, sabotage: (files: RoomFiles) => void) {
  const parts = await readRoomParts({ dir: DIST });
  const bundle = readFileSync(join(DIST, "room.js"), "utf8").trim().replace(/;$/, "");
  const realm = openRealm(
    `(() => {
      Object.walk = (isPyProxy, ...start) => (${walk.toString()})(isPyProxy, globalThis, ...start);
      Object.overflow = ${OVERFLOW};
      return ${bundle};
    })()`,
    DIST,
  );
  const files = realm.filesOf(parts);
  sabotage(files);
  const message = await new Promise<FromWorker>((resolve) => {
    realm.room.open(
      realm.outside,
      (json) => {
        const told = JSON.parse(json) as FromWorker;
        if (told.type === "ready") realm.room.analyze(...wordsOf(request(code)));
        else if (told.type !== "progress") resolve(told);
      },
      files,
    );
  });
  assert.equal(message.type, "report", JSON.stringify(message));
  return (message as { report: { log: string } }).report.log;
}

describe("realm", () => {
  it("holds objects of one realm only, and no door", async () => {
    const told = JSON.parse(await printed(PYTHON, () => undefined)) as Record<string, unknown>;
    assert.ok(Number(told["objects"]) > 2000, String(told["objects"]));
    assert.deepEqual({ roots: told["roots"], found: told["found"] }, { roots: 1, found: [] });
  });

  it("would be told of an object of the outside", async () => {
    const log = await printed(PYTHON, ({ snapshot }) => {
      const inner = Object.getPrototypeOf(snapshot?.head) as { leak?: unknown };
      inner.leak = { process };
    });
    const told = JSON.parse(log) as { roots: number; found: string[] };
    assert.ok(told.roots > 1 && told.found.length > 0, log.slice(0, 300));
  });

  it("keeps its errors to itself where the stack ends inside the border", async () => {
    const log = await printed(
      "import pyodide_js\nprint(pyodide_js.constructor.overflow())",
      () => undefined,
    );
    const told = JSON.parse(log) as { caught: number; foreign: number };
    assert.ok(told.caught > 50, log);
    assert.equal(told.foreign, 0);
  });

  it("has a second wall: no way from the worker's own objects to code from strings", () => {
    const realm = new URL("../../engine/doors/realm.ts", import.meta.url).href;
    const code = `
      const { dropFunctionConstructors } = await import(${JSON.stringify(realm)});
      dropFunctionConstructors();
      const kinds = [() => 1, async () => 1, function* () {}, async function* () {}, class {}, Map, process.cwd];
      console.log(kinds.filter((kind) => kind.constructor !== Object && kind.constructor !== undefined
        && /^(Async)?(Generator)?Function$/.test(kind.constructor.name)).length);`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", code];
    assert.equal(execFileSync(process.execPath, args, { encoding: "utf8" }).trim(), "0");
  });

  it("has a bundle that imports nothing at run time", () => {
    const code = readFileSync(`${DIST}/room.js`, "utf8");
    assert.deepEqual(code.match(/.{0,40}(?<![\w.$])import\(.{0,40}/g) ?? [], []);
  });
});
