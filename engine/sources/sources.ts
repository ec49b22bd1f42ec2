/**
 * Which of the user's Python files a run may import: found by reading import statements, also those
 * inside functions and branches; nothing is executed. Resolved as Python does: relative imports from the
 * file's folder, others from the entry's folder and the roots in order; then from the nearest folder around the
 * entry's that holds the module, since a script of the project's root would be started there.
 */
import { EngineError } from "../errors.ts";

/** One module that a statement names; `names` are what `from … import` takes, which may be modules too. */
export interface Import {
  /** Leading dots: 0 for an absolute import. */
  readonly level: number;
  readonly module: string;
  readonly names: readonly string[];
}

/** Never the user's: what a model runs on. */
const ENGINE: ReadonlySet<string> = new Set(["chainrule", "numpy", "torch"]);

/** Top-level packages that Chainrule brings itself: a folder of installed packages does not replace them by being searched. */
export const PROVIDED: ReadonlySet<string> = new Set([
  "PIL", "absl", "accelerate", "beartype", "chainrule", "click", "configargparse", "cv2", "datasets", "dill", "distutils", "docopt", "easydict", "einops",
  "fastprogress", "fire", "functorch", "gym", "gymnasium", "hydra", "imp", "lightning", "lightning_utilities", "matplotlib", "ml_collections", "mpi4py", "natsort", "numba", "numpy", "omegaconf", "packaging",
  "pandas", "pipes", "pkg_resources", "pyrootutils", "pytorch_lightning", "requests", "resource", "rootutils", "scipy", "sentencepiece", "six", "skimage", "sklearn", "termcolor", "thop", "tiktoken", "timm", "torch",
  "torchaudio", "torchmetrics", "torchtext", "torchvision", "tqdm", "transformers", "triton", "typeguard", "typing_extensions", "unidecode",
  "wandb", "yacs", "yaml",
]); // prettier-ignore

const MAX_FILES = 2000;
const MAX_CHARACTERS = 32 * 2 ** 20;

const STRING_OR_COMMENT =
  /[rRbBuUfFtT]{0,2}("""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?''')|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|#[^\n]*/g;

/** An import statement at the start of a line or after `:` or `;`: dots, module, names; or the modules of a plain one. */
const STATEMENT =
  /(?:^|[;:])[ \t]*(?:from\b[ \t]*(\.[. \t]*|)[ \t]*([\p{L}_][\p{L}\p{N}_.]*|)[ \t]*\bimport\b[ \t]*(\([^)]*\)|[^\n;]*)|import[ \t]+([^\n;]+))/gmu;

/** Source without strings, comments and joined lines. */
const bare = (source: string): string =>
  source
    .replace(/\r\n?/g, "\n")
    .replace(STRING_OR_COMMENT, (text) => (text.startsWith("#") ? "" : "''"))
    .replace(/\\\n/g, " ");

const namesIn = (list: string): string[] =>
  list
    .replace(/[()]/g, " ")
    .split(",")
    .map((part) => part.trim().split(/\s+/)[0] ?? "")
    .filter((name) => /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name));

/** Sources whose statements are known, the latest last: from one run to the next few change. */
const scanned = new Map<string, readonly Import[]>();
const MOST_SCANNED = 500;

/** The import statements of a source; text that is no Python gives what looks like one. */
export function scanImports(source: string): readonly Import[] {
  const imports = scanned.get(source) ?? scan(source);
  scanned.delete(source);
  scanned.set(source, imports);
  for (const old of scanned.keys()) if (scanned.size > MOST_SCANNED) scanned.delete(old);
  return imports;
}

function scan(source: string): Import[] {
  if (!source.includes("import")) return [];
  const imports: Import[] = [];
  for (const [, dots, module = "", names = "", plain] of bare(source).matchAll(STATEMENT)) {
    if (plain === undefined) {
      const level = (dots ?? "").replace(/[ \t]/g, "").length;
      imports.push({ level, module, names: namesIn(names) });
    } else {
      for (const name of namesIn(plain)) imports.push({ level: 0, module: name, names: [] });
    }
  }
  return imports;
}

const parts = (path: string): string[] => path.split("/");
const folderOf = (path: string): string => parts(path).slice(0, -1).join("/");
const join = (folder: string, name: string): string =>
  folder === "" ? name : folder === "/" ? `/${name}` : `${folder}/${name}`;
/** `/` separated, without a slash at the end; the root of a POSIX system is "". */
const trimmed = (root: string): string =>
  root.replaceAll("\\", "/").replace(/\/+$/, "").replace(/^\.$/, "");

class Collector {
  readonly found = new Map<string, string>();
  readonly #read: (path: string) => Promise<string | undefined>;
  readonly #asked = new Map<string, Promise<string | undefined>>();
  readonly #queue: string[] = [];
  #characters = 0;

  constructor(read: (path: string) => Promise<string | undefined>) {
    this.#read = read;
  }

  /** True where there is such a file; it is then part of the sources. */
  async add(path: string): Promise<boolean> {
    const asked = this.#asked.get(path) ?? this.#read(path);
    this.#asked.set(path, asked);
    const text = await asked;
    if (text === undefined) return false;
    if (this.found.has(path)) return true;
    if (this.found.size >= MAX_FILES || this.#characters + text.length > MAX_CHARACTERS)
      return false;
    this.#characters += text.length;
    this.found.set(path, text);
    this.#queue.push(path);
    return true;
  }

  next(): string | undefined {
    return this.#queue.shift();
  }

  /** `a.b.c` below `base`: every package on the way and the module. True where its last part was found. */
  async addModule(base: string, module: string, names: readonly string[]): Promise<boolean> {
    let folder = base;
    let last = module === "";
    if (module !== "") {
      const all = module.split(".");
      for (const [i, name] of all.entries()) {
        const found = await this.#addOne(folder, name);
        // Below a module that is a file there is nothing: a folder of that name may lie elsewhere.
        if (found === "file") return i === all.length - 1;
        last = found === "package";
        folder = join(folder, name);
      }
    }
    for (const name of names) this.#expect(folder, name);
    let any = false;
    for (const name of names) any = (await this.#addOne(folder, name)) !== null || any;
    return last || any;
  }

  /** Begins to read what `#addOne` will ask for. */
  #expect(folder: string, name: string): void {
    for (const path of [join(join(folder, name), "__init__.py"), join(folder, `${name}.py`)]) {
      if (this.#asked.has(path)) continue;
      const asked = this.#read(path);
      asked.catch(() => undefined); // told to who waits for it
      this.#asked.set(path, asked);
    }
  }

  async #addOne(folder: string, name: string): Promise<"package" | "file" | null> {
    this.#expect(folder, name);
    if (await this.add(join(join(folder, name), "__init__.py"))) return "package";
    return (await this.add(join(folder, `${name}.py`))) ? "file" : null;
  }

  /** The `__init__.py` of the packages around `file`, outermost last. Returns the folder that holds the outermost: one named as none can be. */
  async addPackages(file: string): Promise<string> {
    let folder = folderOf(file);
    while (PACKAGE.test(folder) && (await this.add(join(folder, "__init__.py"))))
      folder = folderOf(folder);
    return folder;
  }
}

export interface Search {
  /** Folders for `sys.path` after the entry's own. */
  readonly roots: readonly string[];
  /** Folders around the entry's own in which modules may be looked for, nearest first. */
  readonly around?: readonly string[];
  /** Undefined where there is no such file. */
  readonly read: (path: string) => Promise<string | undefined>;
}

export interface Collected {
  readonly sources: Readonly<Record<string, string>>;
  /** Those of `around` that held a module which was found nowhere else. */
  readonly outer: readonly string[];
}

/** A folder whose name can be a package's. */
const PACKAGE = /(^|\/)[A-Za-z_]\w*$/;
const INSTALLED = /(^|\/)(site|dist)-packages$/;

/** Folders around that of `entry` and their `src`, nearest first: up to `ceiling`, or to the folder of installed packages. */
export function foldersAround(entry: string, ceiling: string): string[] {
  const found: string[] = [];
  const top = trimmed(ceiling);
  for (let folder = folderOf(entry); folder !== top && folder.startsWith(join(top, ""));) {
    folder = folderOf(folder);
    if (INSTALLED.test(folder)) break;
    // Where a project keeps its packages apart, scripts beside them import what is installed from there.
    found.push(folder, join(folder, "src"));
  }
  return found;
}

/**
 * Entry file plus every Python file that it imports, transitively, by path. `read` gives undefined where there is no
 * file. Stops adding at 2,000 files or 32 Mi characters, nearest files first. Throws an EngineError
 * `no-file` when the entry is absent.
 */
export async function collectSources(
  entry: string,
  { roots, around = [], read }: Search,
): Promise<Collected> {
  const collector = new Collector(read);
  if (!(await collector.add(entry))) throw new EngineError("no-file", `there is no file ${entry}`);
  const home = folderOf(entry);
  const searched = [...new Set([home, ...roots.map(trimmed)])];
  const outer: string[] = [];
  let ownPackage: string | undefined;
  let library: string | undefined;

  for (let file = collector.next(); file !== undefined; file = collector.next()) {
    const imports = scanImports(collector.found.get(file) ?? "");
    if (imports.some(({ level }) => level > 0)) {
      const holder = await collector.addPackages(file);
      if (file === entry && holder !== home) {
        // A file inside a package: its own package's absolute imports are found beside it, before ours.
        ownPackage = parts(home.slice(holder === "" ? 0 : holder.length + 1))[0];
        searched.push(holder);
        // Beside an installed package lie all the others of the machine: they are not the user's.
        if (INSTALLED.test(holder)) library = holder;
      }
    }
    for (const { level, module, names } of imports) {
      if (level > 0) {
        const up = parts(folderOf(file));
        const base = up.slice(0, up.length - (level - 1)).join("/");
        await collector.addModule(base, module, names);
        continue;
      }
      const top = module.split(".")[0] ?? "";
      if (ENGINE.has(top) && top !== ownPackage) continue;
      for (const root of [...searched, ...around]) {
        if (root === library && top !== ownPackage) continue;
        if (PROVIDED.has(top) && top !== ownPackage && INSTALLED.test(root)) continue;
        if (!(await collector.addModule(root, module, names))) continue;
        if (!searched.includes(root)) {
          searched.push(root);
          outer.push(root);
        }
        break;
      }
    }
  }
  return { sources: Object.fromEntries(collector.found), outer };
}
