/**
 * CPython in this realm: the only importer of `pyodide`. Boots it, from a memory snapshot where there is
 * one, and speaks to it in strings.
 */
import { loadPyodide } from "pyodide";
import createModule from "pyodide/pyodide.asm.mjs";
import { info } from "pyodide/pyodide-lock.json";
import { consoleNotes, Decoder, Encoder } from "./globals.ts";
import { deferFile, openFolder, showFiles, type Ask, type FileSystem } from "./lazyFiles.ts";
import { folderOf } from "./places.ts";

export interface PythonFiles {
  /** `pyodide.asm.wasm`, compiled. */
  readonly wasm: WebAssembly.Module;
  /** Bytes of `python_stdlib.zip`. */
  readonly library: () => Uint8Array;
  /** Without it the boot takes some three seconds instead of a fifth of one. */
  readonly snapshot?: Snapshot | undefined;
  readonly packages: Packages;
}

/** Our own `.py` files by their paths below `PACKAGES`. */
export interface Packages {
  readonly names: () => readonly string[];
  readonly text: (path: string) => string | undefined;
}

export interface Snapshot {
  /** Pyodide's, without the memory behind it. */
  readonly head: Uint8Array;
  readonly memoryBytes: number;
  /** Puts what Python's memory held into a fresh one. */
  readonly restore: (memory: ArrayBufferLike) => void;
}

export interface Python {
  /** Calls the function with that dotted name, `chainrule.driver.describe`, with one string; it returns one. */
  call(name: string, json: string): string;
  /** Files that are not there yet: text by path. `read` is told when one is first looked at. */
  showFiles(texts: Readonly<Record<string, string>>, read: (path: string) => void): void;
  /** Shows a folder of the host at that place, by what `ask` answers. */
  openFolder(place: string, ask: Ask): void;
  /** What the user's file prints, stdout and stderr in one, as it comes. */
  onStdout(listener: (text: string) => void): void;
  /** Registers what `import name` gives. */
  register(name: string, module: object): void;
  /** Bytes that Python's memory may grow to from now on. */
  limitMemory(bytes: number): void;
}

/** Where our own packages lie in Python's file system, the same at build and at run: a snapshot names them. */
export const PACKAGES = "/lib/chainrule";

const ENVIRONMENT = { HOME: "/home", PYTHONHASHSEED: "0", PYTHONINSPECT: "0" };
const PAGE = 65536;
const LIBRARY = "/lib/python314.zip";

interface EmscriptenModule {
  readonly growMemory: (bytes: number) => number | undefined;
  readonly memory: WebAssembly.Memory;
}

type PyProxy = { (...args: unknown[]): unknown; destroy(): void };

/** The part of Pyodide's interface that we use. */
interface Pyodide {
  readonly FS: FileSystem & { writeFile(path: string, data: string | Uint8Array): void };
  readonly _api: { readonly config: { _loadSnapshot?: unknown } };
  runPython(code: string): unknown;
  registerJsModule(name: string, module: object): void;
  setStdin(options: { stdin: () => string | null | undefined }): void;
  setStdout(options: { write: (bytes: Uint8Array) => number; isatty: boolean }): void;
  setStderr(options: { write: (bytes: Uint8Array) => number; isatty: boolean }): void;
  makeMemorySnapshot(): Uint8Array;
}

/** Bytes at the end of `bytes` that begin a UTF-8 character and do not end it, 0..3. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/**
 * A module that is compiled already, so that workers share its code. What Pyodide adds to the imports is
 * its marker of a raised error: a value that nothing else equals.
 */
function instantiateWith(wasm: WebAssembly.Module): unknown {
  return (
    imports: Record<string, Record<string, unknown>>,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object => {
    const raised = Symbol("raised");
    imports["env"] = Object.assign(imports["env"] ?? {}, {
      Jsv_GetError_import: () => raised,
      JsvError_Check: (value: unknown) => (value === raised ? 1 : 0),
    });
    done(new WebAssembly.Instance(wasm, imports), wasm);
    return {};
  };
}

/** `made` is called as soon as the module stands, before anything of Python's runs in a boot from a snapshot. */
async function load(
  files: PythonFiles,
  makeSnapshot: boolean,
  made: (module: EmscriptenModule) => void = () => undefined,
): Promise<[Pyodide, EmscriptenModule]> {
  const { snapshot } = files;
  let module: EmscriptenModule | undefined;
  const options = {
    indexURL: "/",
    packageBaseUrl: "/",
    stdLibURL: "/python_stdlib.zip",
    lockFileContents: { info, packages: {} },
    env: ENVIRONMENT,
    // `import js` finds an empty object: nothing of this realm.
    jsglobals: Object.create(null) as object,
    _makeSnapshot: makeSnapshot,
    // Behind the head stands no memory: Pyodide copies nothing, and what `restore` has put there remains.
    ...(snapshot ? { _loadSnapshot: snapshot.head } : {}),
    createPyodideModule: async (settings: Record<string, unknown>): Promise<unknown> => {
      settings["instantiateWasm"] = instantiateWith(files.wasm);
      if (snapshot) settings["INITIAL_MEMORY"] = snapshot.memoryBytes;
      module = (await createModule(settings)) as EmscriptenModule;
      // The memory starts at 30 MiB; a larger snapshot does not fit before it has grown.
      const bytes = snapshot?.memoryBytes ?? 0;
      if (bytes > module.memory.buffer.byteLength) module.growMemory(bytes);
      made(module);
      snapshot?.restore(module.memory.buffer);
      return module;
    },
  };
  const scope = globalThis as unknown as { readbuffer: (path: string) => ArrayBufferLike };
  const { readbuffer } = scope;
  // A boot from the snapshot reads the library when somebody imports what is not in memory.
  scope.readbuffer = (path) =>
    path.endsWith("python_stdlib.zip") && !snapshot ? files.library().buffer : new ArrayBuffer(0);
  try {
    const python = (await loadPyodide(options as object)) as unknown as Pyodide;
    if (!module) throw new Error("internal: Pyodide has made no module");
    delete python._api.config._loadSnapshot;
    if (snapshot) deferFile(python.FS, LIBRARY, files.library);
    return [python, module];
  } catch (cause) {
    throw new Error(`CPython did not start: ${String(cause)}\n${consoleNotes()}`, { cause });
  } finally {
    scope.readbuffer = readbuffer;
  }
}

const encoded = (text: string): Uint8Array => new Encoder().encode(text);

/** Shows our packages' sources: for tracebacks and `inspect`, since a boot from the snapshot imports none of them. */
function mount(python: Pyodide, packages: Packages): void {
  const folders = new Map<string, Set<string>>();
  const namesIn = (wanted: string): string => {
    for (const path of folders.size > 0 ? [] : packages.names()) {
      let name = path;
      for (let folder = folderOf(path); ; folder = folderOf(folder)) {
        const names = folders.get(folder) ?? new Set();
        folders.set(folder, names.add(name.slice(folder === "" ? 0 : folder.length + 1)));
        if (folder === "") break;
        name = `${folder}/`;
      }
    }
    return [...(folders.get(wanted) ?? [])].join("\n");
  };
  const ask: Ask = (kind, place) => {
    const path = place.slice(PACKAGES.length + 1);
    return kind === "read" ? packages.text(path) : namesIn(path);
  };
  openFolder(python.FS, PACKAGES, ask, encoded);
}

/**
 * Modules of the standard library that model files import. They cost memory in the snapshot and nothing at
 * the start of a run.
 */
const STANDARD = `
abc argparse ast array base64 bisect builtins collections collections.abc contextlib copy csv dataclasses datetime
_ast_unparse decimal encodings.utf_16_le enum fractions functools gc glob hashlib heapq importlib importlib.util inspect io itertools json keyword
linecache logging math numbers operator os os.path pathlib pickle platform pprint queue random re shutil signal
statistics string struct sys tempfile textwrap threading time timeit tokenize traceback types typing unittest
unittest.mock uuid warnings weakref
`;

const FIND_PACKAGES = `import sys; sys.path.append("${PACKAGES}")`;

const IMPORT_ALL = `
def _import_all(names):
    import importlib, sys, traceback
    from importlib.machinery import FileFinder
    failed = []
    for name in names.split():
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed.append(f"{name} cannot be imported:\\n" + "".join(traceback.format_exception(error)))
    for finder in sys.path_importer_cache.values():
        if isinstance(finder, FileFinder):  # the library's list of files holds
            finder.invalidate_caches()
    return "\\n".join(failed)
`;

/** Dotted module names of the packages' files: `torch/nn/__init__.py` is `torch.nn`. */
function moduleNames(packages: Packages): string {
  return packages
    .names()
    .filter((path) => path.endsWith(".py"))
    .map((path) => path.replace(/(\/__init__)?\.py$/, "").replaceAll("/", "."))
    .sort()
    .join(" ");
}

/** Imports everything into the memory that becomes the snapshot. Result: what failed, and how. */
function importAll(python: Pyodide, packages: Packages): string {
  python.runPython(FIND_PACKAGES);
  python.runPython(IMPORT_ALL);
  const run = python.runPython("_import_all") as PyProxy;
  const failed = String(run(`${STANDARD} ${moduleNames(packages)}`));
  run.destroy();
  // What is there now is there for good: no collection of a run walks it again.
  python.runPython("del _import_all; import gc; gc.collect(); gc.freeze()");
  return failed;
}

/**
 * CPython's memory with the standard library and our packages imported, as Pyodide gives it. Nothing of the user, no JS module.
 * `failed` tells which modules could not be imported, and is empty where all could.
 */
export async function makeSnapshot(
  files: PythonFiles,
): Promise<{ readonly bytes: Uint8Array; readonly failed: string }> {
  const [python] = await load({ ...files, snapshot: undefined }, true);
  mount(python, files.packages);
  const failed = importAll(python, files.packages);
  return { bytes: python.makeMemorySnapshot(), failed };
}

/** The memory that a boot from Pyodide's `snapshot` finds before it is restored. */
export async function freshMemory(files: PythonFiles, snapshot: Uint8Array): Promise<Uint8Array> {
  const headBytes = new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(4, true);
  let fresh = new Uint8Array(0);
  const boot = {
    head: snapshot.slice(0, headBytes),
    memoryBytes: snapshot.length - headBytes,
    restore: (memory: ArrayBufferLike) => {
      new Uint8Array(memory).set(snapshot.subarray(headBytes));
    },
  };
  await load({ ...files, snapshot: boot }, false, ({ memory }) => {
    fresh = new Uint8Array(memory.buffer).slice();
  });
  return fresh;
}

/** Boots CPython. Rejects with what it wrote to its console where it does not start. */
export async function bootPython(files: PythonFiles): Promise<Python> {
  const [python, module] = await load(files, false);
  mount(python, files.packages);
  if (!files.snapshot) python.runPython(FIND_PACKAGES);

  let limit = Infinity;
  const grow = module.memory.grow.bind(module.memory);
  module.memory.grow = (pages: number): number => {
    if (module.memory.buffer.byteLength + pages * PAGE > limit)
      throw new RangeError("memory limit");
    return grow(pages);
  };

  let listener: (text: string) => void = () => undefined;
  const output = () => {
    const decoder = new Decoder();
    let rest = new Uint8Array(0);
    return {
      isatty: false,
      write: (bytes: Uint8Array): number => {
        const all = new Uint8Array(rest.length + bytes.length);
        all.set(rest);
        all.set(bytes, rest.length);
        const whole = all.length - unfinished(all);
        rest = all.slice(whole);
        listener(decoder.decode(all.subarray(0, whole)));
        return bytes.length;
      },
    };
  };
  python.setStdin({ stdin: () => null });
  python.setStdout(output());
  python.setStderr(output());

  const call = python.runPython("from chainrule import border; border.start()") as PyProxy;
  return {
    call(name, json) {
      const answer = call(name, json);
      if (typeof answer !== "string") throw new Error(`internal: ${name} returned no string`);
      return answer;
    },
    showFiles(texts, read) {
      showFiles(python.FS, texts, encoded, read);
    },
    openFolder(place, ask) {
      openFolder(python.FS, place, ask, encoded);
    },
    onStdout(next) {
      listener = next;
    },
    register: (name, object) => {
      python.registerJsModule(name, object);
    },
    limitMemory(bytes) {
      limit = bytes;
    },
  };
}
