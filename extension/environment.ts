/**
 * The user's Python environment: found as VS Code's users have it, read through the editor's file system, never started. In
 * an untrusted workspace there is none.
 */
import { extensions, FileSystemError, Uri, workspace } from "vscode";
import { Door, environmentIn, packageFolders, type Disk, type Entry } from "../engine/client.ts";
import type { Settings } from "./contributions.ts";
import { log, messageOf } from "./log.ts";
import { kindOf, MOST_BYTES, type Files } from "./sources.ts";
import type { Target } from "./target.ts";

/** What we use of the Python extension's interface. */
interface PythonExtension {
  readonly environments?: {
    /** An interpreter, or the folder of an environment. */
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
  };
}

const CACHED_CHARACTERS = 64 * 2 ** 20;

/** What is not there now is not there while nothing is installed; what cannot be read, on a machine with too many open files, may be a moment later. */
const isAbsent = (error: unknown): boolean =>
  error instanceof FileSystemError &&
  ["FileNotFound", "FileNotADirectory", "FileIsADirectory"].includes(error.code);

/** Installed packages as the session has read them: they do not change while nothing is installed. */
class Packages implements Disk {
  readonly #lists = new Map<string, readonly Entry[]>();
  readonly #texts = new Map<string, string | undefined>();
  #characters = 0;

  async list(folder: string): Promise<readonly Entry[]> {
    const known = this.#lists.get(folder);
    if (known) return known;
    let found: readonly Entry[] = [];
    try {
      const entries = await workspace.fs.readDirectory(Uri.file(folder));
      found = entries.map(([name, type]) => ({ name, kind: kindOf(type) }));
    } catch (error) {
      if (!isAbsent(error)) return []; // the next run asks again
    }
    this.#lists.set(folder, found);
    return found;
  }

  async size(path: string): Promise<number | undefined> {
    return (await this.read(path))?.length;
  }

  async read(path: string): Promise<string | undefined> {
    if (this.#texts.has(path)) return this.#texts.get(path);
    let text: string | undefined;
    try {
      const bytes = await workspace.fs.readFile(Uri.file(path));
      if (bytes.byteLength <= MOST_BYTES) text = new TextDecoder().decode(bytes);
    } catch (error) {
      // The import then fails in Python, with Python's own message; the next run asks again.
      if (!isAbsent(error)) return undefined;
    }
    this.#characters += text?.length ?? 0;
    if (this.#characters > CACHED_CHARACTERS) {
      this.#texts.clear();
      this.#characters = text?.length ?? 0;
    }
    this.#texts.set(path, text);
    return text;
  }
}

export class Environment {
  #packages = new Packages();
  /** Times at which the folders were last changed: installing and removing a package changes them. */
  #state = "";

  /** What a run may ask for: the workspace folder's sources and the environment's; undefined where nothing may be read. */
  async door(target: Target, files: Files): Promise<Door | undefined> {
    if (!workspace.isTrusted) return undefined;
    const environment = await this.#folders(target, files);
    const state = JSON.stringify(await Promise.all(environment.map(changed)));
    if (state !== this.#state) this.#packages = new Packages();
    this.#state = state;
    const isInstalled = (path: string): boolean =>
      environment.some((folder) => path === folder || path.startsWith(`${folder}/`));
    const disk = (path: string): Disk => (isInstalled(path) ? this.#packages : files.disk);
    return new Door(
      { workspace: files.root === undefined ? [] : [files.root], environment },
      {
        list: (path) => disk(path).list(path),
        read: (path) => disk(path).read(path),
        size: (path) => disk(path).size(path),
      },
    );
  }

  /** Its folders of packages, by the setting, else by the first of the usual signs that leads to some. */
  async #folders(target: Target, files: Files): Promise<readonly string[]> {
    const chosen = workspace
      .getConfiguration(undefined, target.uri)
      .get<Settings["chainrule.environment"]>("chainrule.environment", "auto")
      .trim();
    // The packages of a file that lies on another machine are there too, or nowhere.
    if (chosen === "off" || !["file", "untitled"].includes(target.uri.scheme)) return [];
    const fresh = new Packages();
    const signs = chosen === "auto" || chosen === "" ? usual(target, files, fresh) : [chosen];
    for (const sign of signs) {
      const path = absolute(await sign, files);
      const found = path === undefined ? [] : await packageFolders(path, fresh);
      if (found.length > 0) return found;
    }
    if (signs.length === 1) log.warn(`chainrule.environment: ${chosen} holds no Python packages`);
    return [];
  }
}

type Sign = string | undefined | Promise<string | undefined>;

/** Where the user's interpreter may be told, in the order in which VS Code's users mean it. */
const usual = ({ uri }: Target, { root }: Files, disk: Disk): Sign[] => [
  activeEnvironment(uri),
  workspace.getConfiguration("python", uri).get<string>("defaultInterpreterPath"),
  root === undefined ? undefined : environmentIn(root, disk),
  process.env["VIRTUAL_ENV"],
  process.env["CONDA_PREFIX"],
];

/** As the Python extension has it, where it is installed. */
async function activeEnvironment(uri: Uri): Promise<string | undefined> {
  try {
    const python = extensions.getExtension<PythonExtension>("ms-python.python");
    const told = python?.isActive ? python.exports : await python?.activate();
    return told?.environments?.getActiveEnvironmentPath(uri).path;
  } catch (error) {
    log.warn(`the Python extension does not tell its environment: ${messageOf(error)}`);
    return undefined;
  }
}

/** As a path of the editor's file system; undefined for a bare `python`, which is looked for by the shell. */
function absolute(path: string | undefined, { root }: Files): string | undefined {
  const home = process.env["HOME"] ?? process.env["USERPROFILE"] ?? "~";
  const full = path
    ?.replace(/\$\{workspaceFolder\}/g, root ?? "")
    .replace(/^~(?=[/\\]|$)/, () => home)
    .replace(/\$\{env:(\w+)\}/g, (_, name: string) => process.env[name] ?? "");
  return full && /^([/\\]|[A-Za-z]:)/.test(full) ? Uri.file(full).path : undefined;
}

async function changed(folder: string): Promise<readonly [string, number]> {
  try {
    return [folder, (await workspace.fs.stat(Uri.file(folder))).mtime];
  } catch {
    return [folder, 0];
  }
}
