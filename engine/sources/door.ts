/**
 * The door of the closed room: which files of the host a run may ask for while it runs. Python sources, and of the user's own
 * project small texts (`dataFiles.ts`), below the folders that were opened for it, never by a symbolic link, and a bounded number of
 * them. What it refuses is, for the run, not there.
 */
import {
  isDataFile,
  isDataFolder,
  isExact,
  MAX_FILE_BYTES,
  MAX_RUN_CHARACTERS,
} from "./dataFiles.ts";
import type { DoorFolders, Question } from "../protocol.ts";

export interface Entry {
  readonly name: string;
  /** A symbolic link is `other`, whatever it leads to. */
  readonly kind: "file" | "folder" | "other";
}

/** Who reads: Node's file system or the editor's. Paths are absolute and `/` separated. */
export interface Disk {
  /** Empty where there is no such folder. */
  list(folder: string): Promise<readonly Entry[]>;
  /** Undefined where there is no such file. */
  read(file: string): Promise<string | undefined>;
  /** Bytes; undefined where there is no such file. */
  size(file: string): Promise<number | undefined>;
}

/** Of an environment, packages that Chainrule replaces whatever is installed. */
const REPLACED = new Set(["chainrule", "functorch", "numpy", "torch", "torchgen"]);
/** Packages with compiled parts that they can do without, or whose parts Chainrule brings. */
const DO_WITHOUT = new Set([
  "charset_normalizer",
  "torchaudio",
  "torchtext",
  "torchvision",
  "yaml",
]);

const MAX_ANSWERS = 30_000;
const MAX_CHARACTERS = 96 * 2 ** 20;
/** Folders that one question may look into. */
const MAX_LOOKED_INTO = 100;
const MAX_DEPTH = 3;

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const METADATA_FOLDER = /\.(dist|egg)-info$/;
const COMPILED = /\.(so|pyd|dylib|dll)$/;

const isSource = (name: string): boolean => name.endsWith(".py");

/** True for what may be seen in a folder of that name: of the user's own project, texts too. */
function isShown({ name, kind }: Entry, folderName: string, isOwn: boolean): boolean {
  if (METADATA_FOLDER.test(folderName))
    return kind === "file" && /^(METADATA|PKG-INFO)$/.test(name);
  if (kind === "file") return isSource(name) || (isOwn && isDataFile(name));
  if (kind !== "folder" || name === "__pycache__" || name === "node_modules") return false;
  return IDENTIFIER.test(name) || METADATA_FOLDER.test(name) || (isOwn && isDataFolder(name));
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const below = (root: string, name: string): string => `${root === "/" ? "" : root}/${name}`;

/** Names that a distribution's folder may give its package: `Foo_Bar-1.2.dist-info` is foo_bar. */
const distributionOf = (folder: string): string =>
  folder.replace(/-.*$/, "").replace(/[-.]/g, "_").toLowerCase();

export class Door {
  readonly folders: DoorFolders;
  readonly #disk: Disk;
  readonly #lists = new Map<string, Promise<readonly Entry[]>>();

  constructor(folders: DoorFolders, disk: Disk) {
    this.folders = folders;
    this.#disk = disk;
  }

  /**
   * Answers for one run: a file's text, or a folder's names by line, folders with a slash at their end; null: not there, or not
   * for the run.
   */
  visit(): (question: Question) => Promise<string | null> {
    let answers = 0;
    let characters = 0;
    let ofData = 0;
    return async (question) => {
      const text = ++answers > MAX_ANSWERS ? null : await this.#answer(question);
      characters += text?.length ?? 0;
      if (question.kind === "read" && !isSource(question.path)) ofData += text?.length ?? 0;
      return characters > MAX_CHARACTERS || ofData > MAX_RUN_CHARACTERS ? null : text;
    };
  }

  async #answer({ kind, path }: Question): Promise<string | null> {
    const root = this.#rootOf(path);
    if (root === undefined) return null;
    if (!(await this.#leadsTo(root, path, kind === "read" ? "file" : "folder"))) return null;
    return kind === "read" ? this.#text(root, path) : this.#names(root, path);
  }

  async #text(root: string, path: string): Promise<string | null> {
    if (isSource(path)) return (await this.#disk.read(path)) ?? null;
    const folders = path.slice(below(root, "").length).split("/").slice(0, -1);
    if (this.#isOwn(root) && !folders.every(isDataFolder)) return null;
    if (((await this.#disk.size(path)) ?? Infinity) > MAX_FILE_BYTES) return null;
    const text = await this.#disk.read(path);
    return text !== undefined && text.length <= MAX_FILE_BYTES && isExact(text) ? text : null;
  }

  /** The opened folder that holds `path`; undefined where none does or the path is written in another way. */
  #rootOf(path: string): string | undefined {
    if (typeof path !== "string" || path.length > 4096 || /[\\\0]/.test(path)) return undefined;
    if (path.split("/").some((part, i) => part === ".." || part === "." || (part === "" && i > 0)))
      return undefined;
    const { environment, workspace } = this.folders;
    return [...environment, ...workspace].find(
      (root) => path === root || path.startsWith(below(root, "")),
    );
  }

  /** True where every step from the root to `path` is an entry that may be seen, the last of that kind. */
  async #leadsTo(root: string, path: string, kind: "file" | "folder"): Promise<boolean> {
    if (path === root) return kind === "folder";
    let folder = root;
    const steps = path.slice(below(root, "").length).split("/");
    for (const [i, name] of steps.entries()) {
      const wanted = i === steps.length - 1 ? kind : "folder";
      const shown = await this.#shown(root, folder);
      if (!shown.some((entry) => entry.name === name && entry.kind === wanted)) return false;
      folder = below(folder, name);
      if (i === 0 && wanted === "folder" && (await this.#isCompiled(root, name))) return false;
    }
    return true;
  }

  async #names(root: string, folder: string): Promise<string | null> {
    const isMetadata = METADATA_FOLDER.test(folder);
    const isSeen = this.#isOwn(root)
      ? (name: string) => isSource(name) || isDataFile(name)
      : isSource;
    if (folder !== root && !isMetadata && !(await this.#holds(folder, isSeen, true))) return null;
    const shown = await this.#shown(root, folder);
    return shown.map(({ name, kind }) => (kind === "folder" ? `${name}/` : name)).join("\n");
  }

  /** True for a folder of the user's project, false for one of installed packages. */
  #isOwn(root: string): boolean {
    return !this.folders.environment.includes(root);
  }

  async #shown(root: string, folder: string): Promise<readonly Entry[]> {
    const isOwn = this.#isOwn(root);
    const isTop = folder === root && !isOwn;
    const entries = (await this.#list(folder)).filter((e) => isShown(e, lastPart(folder), isOwn));
    return isTop ? entries.filter((e) => !REPLACED.has(e.name.replace(/\.py$/, ""))) : entries;
  }

  /** True for a package of an environment that cannot run from its Python sources alone. */
  async #isCompiled(root: string, name: string): Promise<boolean> {
    if (this.#isOwn(root) || DO_WITHOUT.has(name)) return false;
    if (METADATA_FOLDER.test(name)) return false;
    const metadata = (await this.#list(root)).find(
      (e) => e.name.endsWith(".dist-info") && distributionOf(e.name) === name.toLowerCase(),
    );
    const wheel = metadata && (await this.#disk.read(below(below(root, metadata.name), "WHEEL")));
    if (wheel !== undefined && /^Root-Is-Purelib:\s*true/im.test(wheel)) return false;
    return this.#holds(below(root, name), (file) => COMPILED.test(file), false);
  }

  /** True where the folder or one not far below it holds a file of that kind; `ifMany` where it holds too many folders to tell. */
  async #holds(
    folder: string,
    isSought: (name: string) => boolean,
    ifMany: boolean,
  ): Promise<boolean> {
    let level = [folder];
    let looked = 0;
    for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
      const next: string[] = [];
      for (const path of level) {
        if (++looked > MAX_LOOKED_INTO) return ifMany;
        const entries = await this.#list(path);
        if (entries.some(({ name, kind }) => kind === "file" && isSought(name))) return true;
        for (const { name, kind } of entries)
          if (kind === "folder" && isDataFolder(name)) next.push(below(path, name));
      }
      level = next;
    }
    return false;
  }

  #list(folder: string): Promise<readonly Entry[]> {
    const known = this.#lists.get(folder) ?? this.#disk.list(folder);
    this.#lists.set(folder, known);
    return known;
  }
}
