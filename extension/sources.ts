/** Documents and the paths by which a run knows them. Text is read from the editor first, then from its file system. */
import { FileType, workspace, type TextDocument, type Uri } from "vscode";
import {
  collectSources,
  foldersAround,
  type Disk,
  type Entry,
  type JoinedNotebook,
} from "../engine/client.ts";
import type { Report } from "../engine/report.ts";
import { NotebookRun } from "./notebookRun.ts";
import type { CurrentText } from "./placement.ts";
import { isNotebook, type Target } from "./target.ts";

export const MOST_BYTES = 4 << 20; // a model file is text that a person wrote

/** A symbolic link's type has another bit. */
export const kindOf = (type: FileType): Entry["kind"] =>
  type === FileType.File ? "file" : type === FileType.Directory ? "folder" : "other";

/** A source without its byte order mark; any other text with it, as Python's `open` gives it. */
const decoded = (path: string, bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { ignoreBOM: !path.endsWith(".py") }).decode(bytes);

/** `/a/b.py` → `/a`, `b.py`. */
function split(path: string): [string, string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(at, 0)), path.slice(at + 1)];
}

/** One run's view of the file system: paths of the entry's own scheme and authority. */
export class Files {
  /** Path of the Python source that is run. */
  readonly entry: string;
  /** Path of the file that the user knows: the notebook, or the source itself. */
  readonly name: string;
  readonly roots: readonly string[];
  /** The workspace's folder; undefined for a file outside of every one. */
  readonly root: string | undefined;
  readonly #target: Target;
  readonly #uri: Uri;
  readonly #base: Uri;
  readonly #uris = new Map<string, Uri>();
  readonly #notebook: NotebookRun | undefined;
  readonly #listings = new Map<string, Promise<ReadonlyMap<string, FileType>>>();

  /** `joined`: a notebook's cells where not all of them are run. */
  constructor(target: Target, joined?: JoinedNotebook) {
    const { uri } = target;
    this.#target = target;
    this.#uri = uri;
    const folder = workspace.getWorkspaceFolder(uri) ?? workspace.workspaceFolders?.[0];
    const rooted = uri.path.startsWith("/");
    // An untitled text has no folder: it imports as a file in the workspace's root would.
    this.#base = rooted || !folder ? uri : folder.uri;
    const ending = isNotebook(target) ? "ipynb" : "py";
    this.name = rooted
      ? uri.path
      : `${folder?.uri.path ?? ""}/${uri.path.replace(/\W/g, "_")}.${ending}`;
    this.#notebook = isNotebook(target) ? new NotebookRun(target, this.name, joined) : undefined;
    this.entry = this.#notebook?.joined.file ?? this.name;
    this.root = folder?.uri.path;
    this.roots = folder ? [folder.uri.path, `${folder.uri.path}/src`] : [];
  }

  uri(path: string): Uri {
    const cell = this.#notebook?.uri(path);
    if (cell) return cell;
    if (path === this.entry || path === this.name) return this.#uri;
    // Asked for each layer whenever the cursor moves, and an address writes itself out only once.
    const known = this.#uris.get(path) ?? this.#base.with({ path });
    this.#uris.set(path, known);
    return known;
  }

  /** The report as the user knows the places: those of a notebook lie in its cells. */
  told(report: Report): Report {
    return this.#notebook?.joined.toCells(report) ?? report;
  }

  /** What is left to run where a notebook's cell stopped the run; undefined: nothing. */
  before(report: Report): Files | undefined {
    const joined = this.#notebook?.joined.before(report);
    return joined && new Files(this.#target, joined);
  }

  /** A step's detail with the name that the user knows. */
  named(detail: string): string {
    return detail === this.entry ? this.name : detail;
  }

  /** The analysed texts by the names that spans give them. */
  texts(sources: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { ...sources, ...this.#notebook?.texts };
  }

  /** A text as the editor holds it now; undefined: not open. */
  current(path: string): CurrentText | undefined {
    const cell = this.#notebook?.current(path);
    if (cell) return cell;
    const open = this.document(path);
    return open && { version: open.version, text: open.getText() };
  }

  /** Whether a notebook's cells were added, moved or removed since the run. */
  get isReordered(): boolean {
    return this.#notebook?.isReordered ?? false;
  }

  /** The open document of a path. */
  document(path: string): TextDocument | undefined {
    const uri = this.uri(path).toString();
    return workspace.textDocuments.find((document) => document.uri.toString() === uri);
  }

  /** The entry and every file it imports, by path; and the folders around it that hold some of them. */
  collect(): ReturnType<typeof collectSources> {
    return collectSources(this.entry, {
      roots: this.roots,
      around: this.root === undefined ? [] : foldersAround(this.entry, this.root),
      read: (path) => this.#read(path),
    });
  }

  /** What a run's door reads from: unsaved text first, like the rest. */
  readonly disk: Disk = {
    list: async (folder) =>
      [...(await this.#list(folder))].map(([name, type]) => ({
        name,
        kind: kindOf(type),
      })),
    read: (path) => this.#read(path),
    size: (path) => this.#size(path),
  };

  async #size(path: string): Promise<number | undefined> {
    const open = this.document(path);
    if (open) return open.getText().length;
    try {
      return (await workspace.fs.stat(this.uri(path))).size;
    } catch {
      return undefined; // absent
    }
  }

  async #read(path: string): Promise<string | undefined> {
    const joined = this.#notebook?.joined.sources[path];
    if (joined !== undefined) return joined;
    const open = this.document(path);
    if (open) return open.getText();
    if (!(await this.#isFile(path))) return undefined;
    try {
      const bytes = await workspace.fs.readFile(this.uri(path));
      return bytes.byteLength <= MOST_BYTES ? decoded(path, bytes) : undefined;
    } catch {
      return undefined; // absent: the import then fails in Python, with Python's own message
    }
  }

  /** Ten names are asked for and absent for each that is there: a folder's list is one request. */
  async #isFile(path: string): Promise<boolean> {
    const [folder, name] = split(path);
    return (((await this.#list(folder)).get(name) ?? 0) & FileType.File) !== 0;
  }

  #list(folder: string): Promise<ReadonlyMap<string, FileType>> {
    const known = this.#listings.get(folder);
    if (known) return known;
    const listing = this.#readFolder(folder);
    this.#listings.set(folder, listing);
    return listing;
  }

  /** Empty where there is no such folder, which its own folder's list may tell. */
  async #readFolder(folder: string): Promise<ReadonlyMap<string, FileType>> {
    const [parent, name] = split(folder);
    const around = await this.#listings.get(parent);
    if (around && ((around.get(name) ?? 0) & FileType.Directory) === 0) return new Map();
    try {
      return new Map(await workspace.fs.readDirectory(this.#base.with({ path: folder || "/" })));
    } catch {
      return new Map();
    }
  }
}
