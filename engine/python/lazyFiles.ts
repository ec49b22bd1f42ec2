/**
 * Folders of the host in Python's file system: what a folder holds and what a file says is asked for when somebody first
 * looks. Python's own import system, `os.listdir`, `inspect` and `importlib.metadata` then work as on a disk. What the run
 * writes stays in memory.
 */

import { folderOf } from "./places.ts";

/** The answer of the outside: a file's text, or a folder's names by line, folders with a slash at their end. */
export type Ask = (kind: "list" | "read", place: string) => string | undefined;

interface Operations {
  readonly [name: string]: (...args: never[]) => unknown;
}

interface FileNode {
  readonly name: string;
  parent: FileNode;
  mtime: number;
  mode: number;
  /** A folder's nodes by name, or a file's bytes. */
  contents: unknown;
  usedBytes: number;
  node_ops: Operations;
  stream_ops: Operations;
}

/** The part of Emscripten's `FS` that we use. */
export interface FileSystem {
  readonly filesystems: {
    readonly MEMFS: {
      createNode(parent: FileNode, name: string, mode: number, device: number): FileNode;
      readonly node_ops: {
        lookup(parent: FileNode, name: string): FileNode;
        readdir(node: FileNode): string[];
        getattr(node: FileNode): unknown;
        setattr(node: FileNode, attributes: { size?: number }): void;
      };
    };
  };
  mkdir(path: string, mode?: number): unknown;
  mkdirTree(path: string): void;
  lookupPath(path: string): { readonly node: FileNode };
  getPath(node: FileNode): string;
  destroyNode(node: FileNode): void;
}

const FOLDER = 0o40755;
const FILE = 0o100644;

/** Shows the host's folder at `place`. Files that are there already, and those that the run makes, hide the host's. */
export function openFolder(
  fs: FileSystem,
  place: string,
  ask: Ask,
  encode: (text: string) => Uint8Array,
): void {
  const memory = fs.filesystems.MEMFS;
  const known = new Set<FileNode>();

  const children = (folder: FileNode): Record<string, FileNode> =>
    folder.contents as Record<string, FileNode>;

  const childOf = (folder: FileNode, name: string): FileNode | undefined =>
    Object.hasOwn(children(folder), name) ? children(folder)[name] : undefined;

  const isPlainFolder = ({ node_ops }: FileNode): boolean =>
    node_ops["readdir"] === memory.node_ops.readdir;

  /** A name that turns out to stand for nothing. Throws the file system's own error for it. */
  const drop = (node: FileNode): never => {
    const { parent, name } = node;
    fs.destroyNode(node);
    delete children(parent)[name];
    memory.node_ops.lookup(parent, name);
    throw new Error("internal: a file that is not there was found");
  };

  const fill = (folder: FileNode): void => {
    if (known.has(folder)) return;
    known.add(folder);
    const names = ask("list", fs.getPath(folder));
    if (names === undefined) {
      if (folder !== top && Object.keys(children(folder)).length === 0) drop(folder);
      return;
    }
    const { mtime } = folder;
    for (const line of names.split("\n")) {
      const isFolder = line.endsWith("/");
      const name = isFolder ? line.slice(0, -1) : line;
      const there = childOf(folder, name);
      if (isFolder && there && isPlainFolder(there)) there.node_ops = folderOperations(there);
      if (name === "" || there) continue;
      const node = memory.createNode(folder, name, isFolder ? FOLDER : FILE, 0);
      if (isFolder) node.node_ops = folderOperations(node);
      else defer(memory, node, textOf);
    }
    // The names were there before: importlib's list of the folder, made while we were asked, is not out of date.
    folder.mtime = mtime;
  };

  const textOf = (file: FileNode): Uint8Array => {
    const text = ask("read", fs.getPath(file));
    return text === undefined ? drop(file) : encode(text);
  };

  const folderOperations = (folder: FileNode): Operations => ({
    ...folder.node_ops,
    lookup: (parent: FileNode, name: string): FileNode => {
      fill(parent);
      return childOf(parent, name) ?? memory.node_ops.lookup(parent, name);
    },
    readdir: (node: FileNode): string[] => {
      fill(node);
      return memory.node_ops.readdir(node);
    },
    getattr: (node: FileNode): unknown => {
      fill(node);
      return memory.node_ops.getattr(node);
    },
  });

  /** Folders that are there already are found by their path, without a look into the one above. */
  const open = (folder: FileNode): void => {
    folder.node_ops = folderOperations(folder);
    for (const node of Object.values(children(folder))) if (isPlainFolder(node)) open(node);
  };

  fs.mkdirTree(place);
  const top = fs.lookupPath(place).node;
  open(top);

  // A folder that a listing named and that turns out to stand for nothing is not in the way of a new one.
  const mkdir = fs.mkdir.bind(fs);
  fs.mkdir = (path, mode) => {
    try {
      const { node } = fs.lookupPath(path);
      if (node.mode === FOLDER && !isPlainFolder(node)) fill(node);
    } catch {
      // Not there: to be made.
    }
    return mkdir(path, mode);
  };
}

type Memory = FileSystem["filesystems"]["MEMFS"];

/** A file's bytes are asked for when somebody first looks, unless it is written anew before. */
function defer(memory: Memory, file: FileNode, bytes: (file: FileNode) => Uint8Array): void {
  let isRead = false;
  const load = (): void => {
    if (isRead) return;
    isRead = true;
    const contents = bytes(file);
    file.contents = contents;
    file.usedBytes = contents.length;
  };
  file.node_ops = {
    ...file.node_ops,
    getattr: (node: FileNode): unknown => {
      load();
      return memory.node_ops.getattr(node);
    },
    setattr: (node: FileNode, attributes: { size?: number }): void => {
      // Cut to be written anew: what it would have held no longer counts.
      if (attributes.size === 0) isRead = true;
      load();
      memory.node_ops.setattr(node, attributes);
    },
  };
  file.stream_ops = { ...file.stream_ops, open: load };
}

/** A file that is there already, with other bytes: those are asked for when somebody first looks. */
export function deferFile(fs: FileSystem, place: string, bytes: () => Uint8Array): void {
  defer(fs.filesystems.MEMFS, fs.lookupPath(place).node, bytes);
}

/** New files by their paths; folders are made. Of hundreds a run reads a few: only those are encoded, and told to `read`. */
export function showFiles(
  fs: FileSystem,
  texts: Readonly<Record<string, string>>,
  encode: (text: string) => Uint8Array,
  read: (place: string) => void,
): void {
  const memory = fs.filesystems.MEMFS;
  const folders = new Map<string, FileNode>();
  for (const [place, text] of Object.entries(texts)) {
    const at = folderOf(place);
    if (!folders.has(at)) fs.mkdirTree(at || "/");
    const folder = folders.get(at) ?? fs.lookupPath(at || "/").node;
    folders.set(at, folder);
    const name = place.slice(place.lastIndexOf("/") + 1);
    defer(memory, memory.createNode(folder, name, FILE, 0), () => {
      read(place);
      return encode(text);
    });
  }
}
