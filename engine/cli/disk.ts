/**
 * The command's file system: what a door and the collector of sources read from. Paths are absolute and `/` separated. Reads at once: a file
 * takes some 20 µs so and 300 by way of Node's threads, and there is nothing else for this thread to do.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Disk, Entry } from "../client.ts";
import { EngineError } from "../errors.ts";

export const slashed = (path: string): string => path.replaceAll("\\", "/");

const isAbsent = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR", "EISDIR"].includes(String((error as NodeJS.ErrnoException).code));

/** The user's folder for what can be made again. */
export function cacheFolder(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const home = homedir();
  const mac = process.platform === "darwin" && join(home, "Library/Caches");
  return join(XDG_CACHE_HOME || LOCALAPPDATA || mac || join(home, ".cache"), "chainrule");
}

/** A file's text; undefined where there is none or it is a folder. */
export const read = (path: string): Promise<string | undefined> =>
  new Promise((resolve) => resolve(readNow(path)));

function readNow(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found || found.isDirectory()) return undefined;
    const text = readFileSync(path, "utf8");
    // Python's reader drops the mark that editors on Windows put first.
    return path.endsWith(".py") && text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    const code = String((error as NodeJS.ErrnoException).code);
    throw new EngineError("no-file", `${path} cannot be read: ${code}`, { cause: error });
  }
}

function listNow(folder: string): readonly Entry[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.map((e) => ({
      name: e.name,
      kind: e.isFile() ? "file" : e.isDirectory() ? "folder" : "other",
    }));
  } catch {
    return []; // a folder that cannot be read holds nothing for the run
  }
}

const list = (folder: string): Promise<readonly Entry[]> => Promise.resolve(listNow(folder));

function sizeNow(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch {
    return undefined;
  }
}
const size = (path: string): Promise<number | undefined> => Promise.resolve(sizeNow(path));

export const disk: Disk = { list, read, size };

const MARKS = new Set([".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg"]);
/** Levels above a file that lies in no marked project. */
const MAX_LEVELS = 4;
/** Levels above it at which a project's mark is still looked for. */
const MAX_MARK_LEVELS = 8;

/** The folder up to which the modules of `file` may lie: its project's root, or a few levels above it. */
export async function projectOf(file: string): Promise<string> {
  const home = slashed(homedir());
  let folder = slashed(dirname(file));
  let unmarked = folder;
  for (let level = 0; level <= MAX_MARK_LEVELS; level++) {
    if ((await list(folder)).some(({ name }) => MARKS.has(name))) return folder;
    if (level <= MAX_LEVELS) unmarked = folder;
    const parent = slashed(dirname(folder));
    // Neither the system's root nor everything that a person has is a project.
    if (parent === home || dirname(parent) === parent) break;
    folder = parent;
  }
  return unmarked;
}
