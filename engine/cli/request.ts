/** From a command to a request: which file, which folders, every source read from disk. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { collectSources } from "../client.ts";
import { EngineError } from "../errors.ts";
import { isNotebook, joinNotebook, readNotebook } from "../notebook.ts";
import type { AnalyzeRequest, Case } from "../protocol.ts";
import type { Report } from "../report.ts";
import type { Command } from "./options.ts";

const slashed = (path: string): string => path.replaceAll("\\", "/");

/** A file's text; undefined where there is none or it is a folder. */
async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    throw new EngineError("no-file", `${path} cannot be read: ${String(code)}`, { cause: error });
  }
}

/** The case in a JSON file. Throws EngineError `case`. */
async function readCase(path: string): Promise<Case> {
  const text = await read(path);
  if (text === undefined) throw new EngineError("case", `there is no file ${path}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EngineError("case", `${path} is not JSON: ${String(cause)}`, { cause });
  }
  const found = value as Partial<Case> | null;
  if (typeof found !== "object" || typeof found?.file !== "string")
    throw new EngineError("case", `${path} holds no case: one object with a file and an entry`);
  return { id: path, file: found.file, ...found };
}

/** Folders for sys.path: those of `path`, and the one that a case's `module` is imported from. */
function caseFolders(one: Case): string[] {
  const named = Array.isArray(one["path"]) ? one["path"].map(String) : [];
  const module = one["module"];
  if (typeof module !== "string") return named;
  const end = one.file.lastIndexOf(`/${module.replaceAll(".", "/")}`);
  return end > 0 ? [...new Set([...named, one.file.slice(0, end)])] : named;
}

/** `a/__init__.py`, `a/b/__init__.py` for the module `a.b.c`: importing it runs them first. */
const packagesOf = (module: unknown, roots: readonly string[]): string[] =>
  typeof module !== "string"
    ? []
    : roots.flatMap((root) =>
        module
          .split(".")
          .slice(0, -1)
          .map((_, i, parts) => [root, ...parts.slice(0, i + 1), "__init__.py"].join("/"))
          .filter((path) => existsSync(path)),
      );

/** A request, and what its report is to those who asked. */
export interface Job {
  readonly request: AnalyzeRequest;
  readonly told: (report: Report) => Report;
}

/** The request with absolute paths. Throws EngineError `no-file`, `notebook` or `case`. */
export async function jobOf(command: Command): Promise<Job> {
  const { file, roots, casePath, wishes } = command;
  if (casePath === undefined && file !== undefined && isNotebook(file)) {
    const path = slashed(resolve(file));
    const folders = roots.map((root) => slashed(resolve(root)));
    const json = await read(path);
    if (json === undefined) throw new EngineError("no-file", `there is no file ${path}`);
    const joined = joinNotebook(path, readNotebook(path, json));
    const sources = await collectSources(joined.file, folders, (wanted) =>
      Promise.resolve(joined.sources[wanted] ?? read(wanted)),
    );
    const request = { ...wishes, file: joined.file, roots: folders, sources };
    return { request, told: joined.toCells };
  }
  return { request: await requestOf(command), told: (report) => report };
}

async function requestOf(command: Command): Promise<AnalyzeRequest> {
  const { file, roots, casePath, wishes } = command;
  if (casePath === undefined) {
    const entry = slashed(resolve(file ?? ""));
    const folders = roots.map((root) => slashed(resolve(root)));
    return { ...wishes, file: entry, roots: folders, sources: await sourcesOf([entry], folders) };
  }
  const one = await readCase(casePath);
  const root = resolve(roots[0] ?? ".");
  const choices = [...(file ? [resolve(file), resolve(root, file)] : []), resolve(root, one.file)];
  const entry = slashed(choices.find((path) => existsSync(path)) ?? choices[0] ?? root);
  const folders = [
    ...caseFolders(one).map((folder) => slashed(resolve(root, folder))),
    ...roots.slice(1).map((folder) => slashed(resolve(folder))),
  ];
  const sources = await sourcesOf([entry, ...packagesOf(one["module"], folders)], folders);
  return { ...wishes, file: entry, roots: folders, case: one, sources };
}

/** Everything that the entries import. The first entry must exist. */
async function sourcesOf(
  entries: readonly string[],
  roots: readonly string[],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of entries) Object.assign(found, await collectSources(entry, roots, read));
  return found;
}
