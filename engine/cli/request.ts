/** From a command to a request: which file, which folders, every source read from disk. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { collectSources, Door, foldersAround, packageFolders } from "../client.ts";
import { EngineError } from "../errors.ts";
import {
  isNotebook,
  joinNotebook,
  readNotebook,
  type JoinedNotebook,
} from "../sources/notebook.ts";
import type { AnalyzeRequest, Case } from "../protocol.ts";
import type { Report } from "../report.ts";
import { disk, projectOf, read, slashed } from "./disk.ts";
import type { Command } from "./options.ts";

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
  readonly door: Door;
  readonly told: (report: Report) => Report;
  /** What is left to run where a notebook's cell stopped the run; undefined: nothing. */
  readonly before?: (report: Report) => Promise<Job> | undefined;
}

/** The request with absolute paths. Throws EngineError `no-file`, `notebook` or `case`. */
export async function jobOf(command: Command): Promise<Job> {
  const { file, casePath } = command;
  if (casePath !== undefined)
    return {
      request: await requestOfCase(command, casePath),
      door: new Door({ workspace: [], environment: await environmentOf(command) }, disk),
      told: (report) => report,
    };
  const path = slashed(resolve(file ?? ""));
  if (!isNotebook(path)) return jobOfFile(command, path, {}, (report) => report);
  const json = await read(path);
  if (json === undefined) throw new EngineError("no-file", `there is no file ${path}`);
  const joined = joinNotebook(path, readNotebook(path, json));
  return jobOfNotebook(command, joined);
}

async function jobOfNotebook(command: Command, joined: JoinedNotebook): Promise<Job> {
  const job = await jobOfFile(command, joined.file, joined.sources, joined.toCells);
  const before = (report: Report): Promise<Job> | undefined => {
    const shorter = joined.before(report);
    return shorter && jobOfNotebook(command, shorter);
  };
  return { ...job, before };
}

/** `given`: sources that stand in no file. */
async function jobOfFile(
  command: Command,
  file: string,
  given: Readonly<Record<string, string>>,
  told: Job["told"],
): Promise<Job> {
  const roots = command.roots.map((root) => slashed(resolve(root)));
  const project = await projectOf(file);
  const { sources, outer } = await collectSources(file, {
    roots,
    around: foldersAround(file, project),
    read: (path) => Promise.resolve(given[path] ?? read(path)),
  });
  const environment = await environmentOf(command);
  return {
    // The table shows one model.
    request: { ...command.wishes, file, roots, outer, sources, others: command.json },
    door: new Door({ workspace: [project, ...roots], environment }, disk),
    told,
  };
}

/** Folders of installed packages: those named, else the active environment's. Throws EngineError `usage`. */
async function environmentOf({ sitePackages, casePath }: Command): Promise<string[]> {
  // A case says all that its run needs, and is the same on every machine.
  const active =
    casePath === undefined && (process.env["VIRTUAL_ENV"] ?? process.env["CONDA_PREFIX"]);
  const named = sitePackages ?? (active ? [active] : []);
  const found: string[] = [];
  for (const path of named) {
    const folders = await packageFolders(slashed(resolve(path)), disk);
    if (folders.length === 0 && sitePackages)
      throw new EngineError("usage", `${path} is no folder of Python packages`);
    found.push(...folders);
  }
  return found;
}

async function requestOfCase(command: Command, casePath: string): Promise<AnalyzeRequest> {
  const { file, roots, wishes } = command;
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
  for (const entry of entries)
    Object.assign(found, (await collectSources(entry, { roots, read })).sources);
  return found;
}
