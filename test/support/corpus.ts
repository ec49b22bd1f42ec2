/** The corpus: public model files, fetched by hand, and what PyTorch's gradients of them are. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { collectSources, type Engine } from "../../engine/client.ts";
import type { AnalyzeRequest, Case } from "../../engine/protocol.ts";
import type { Finding, Report } from "../../engine/report.ts";
import { differences, type Difference, type Dtype, type Expected } from "./agree.ts";

const DATA = fileURLToPath(new URL("../corpus/", import.meta.url));
const MOUNT = "/corpus/"; // sources carry no path of this machine
const SUPPLIED = ["einops"]; // folders of `path` that Chainrule's own shims stand for

const BUDGET = { ms: 240_000, bytes: 3.5 * 2 ** 30 };

export interface CorpusCase {
  readonly case: Case;
  readonly expected: Expected;
}

interface Row {
  readonly id: string;
  readonly loss: number;
  readonly lossF64: number | null;
  readonly rng?: readonly [number, number, number];
  /** Where the float64 run draws otherwise. */
  readonly rngF64?: readonly [number, number, number];
  readonly targetFirstF64?: readonly number[];
  readonly rngAtStep?: number;
  readonly outputShape?: readonly number[];
  readonly targetFirst: readonly number[];
  readonly setOrder?: boolean;
  /** name, shape, l2, l2 in float64, first three elements, the same in float64 */
  readonly parameters: readonly [
    string,
    number[],
    number | null,
    number | null,
    number[],
    number[]?,
  ][];
}

/** All cases of cases.json with PyTorch's results.json, both in the folder `data`. */
export async function loadCorpus(data = DATA): Promise<CorpusCase[]> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(data, name), "utf8"));
  const cases = (await read("cases.json")) as Case[];
  const rows = new Map(((await read("results.json")) as Row[]).map((row) => [row.id, row]));
  return cases.map((one) => {
    const row = rows.get(one.id);
    if (!row) throw new Error(`${data}/results.json lacks ${one.id}`);
    return { case: one, expected: expectedOf(row) };
  });
}

function expectedOf(row: Row): Expected {
  return {
    loss: row.loss,
    lossF64: row.lossF64,
    rng: row.rng ?? null,
    rngF64: row.rngF64 ?? row.rng ?? null,
    rngAtStep: row.rngAtStep ?? null,
    targetFirst: row.targetFirst,
    targetFirstF64: row.targetFirstF64 ?? row.targetFirst,
    outputShape: row.outputShape ?? null,
    setOrder: row.setOrder ?? false,
    parameters: row.parameters.map(([name, shape, l2, l2F64, first, firstF64]) => ({
      name,
      shape,
      l2,
      l2F64,
      first,
      firstF64: firstF64 ?? null,
    })),
  };
}

/** Folders for sys.path: those of `path`, and the one that `module` is imported from. */
function folders(one: Case): string[] {
  const path = one["path"];
  const named = (Array.isArray(path) ? path.map(String) : []).filter(
    (dir) => !SUPPLIED.includes(dir),
  );
  const module = one["module"];
  const inside = typeof module === "string" ? `/${module.replaceAll(".", "/")}` : undefined;
  const end = inside === undefined ? -1 : one.file.lastIndexOf(inside);
  const home = end > 0 ? [one.file.slice(0, end)] : [];
  return [...named, ...home.filter((dir) => !named.includes(dir))];
}

/** Files and folders that a case names. */
export function needs(one: Case): string[] {
  return [one.file, ...folders(one)];
}

/** The run that a case asks for, with every file that it imports from the folder `dir`. */
export async function requestOf(one: Case, dir: string, dtype: Dtype): Promise<AnalyzeRequest> {
  const read = async (path: string): Promise<string | undefined> => {
    if (!path.startsWith(MOUNT)) return undefined;
    try {
      return await readFile(join(dir, path.slice(MOUNT.length)), "utf8");
    } catch {
      return undefined; // absent: an import that something else provides
    }
  };
  const file = MOUNT + one.file;
  const roots = folders(one).map((folder) => MOUNT + folder);
  const sources: Record<string, string> = {};
  for (const entry of [file, ...(await packages(one, roots, read))]) {
    Object.assign(sources, (await collectSources(entry, { roots, read })).sources);
  }
  return { file, sources, roots, case: one, dtype, budget: BUDGET };
}

/** `a/__init__.py`, `a/b/__init__.py` for a case whose module is `a.b.c`: importing it runs them first. */
async function packages(
  one: Case,
  roots: readonly string[],
  read: (path: string) => Promise<string | undefined>,
): Promise<string[]> {
  const module = one["module"];
  if (typeof module !== "string") return [];
  const parts = module.split(".");
  const found: string[] = [];
  for (const root of roots) {
    for (let depth = 1; depth < parts.length; depth++) {
      const path = [root, ...parts.slice(0, depth), "__init__.py"].join("/");
      if ((await read(path)) !== undefined) found.push(path);
    }
  }
  return found;
}

export type State = "ok" | "differs" | "unsupported" | "error";

export interface Verdict {
  readonly state: State;
  /** What cases are summed by: a missing name, an error's text, the parameter that differs. */
  readonly cause: string;
  readonly differences: readonly Difference[];
  readonly ms: number;
}

/** Runs a case and compares it with PyTorch. Never throws: a failure is a verdict. */
export async function judge(
  engine: Engine,
  { case: one, expected }: CorpusCase,
  dir: string,
  dtype: Dtype,
): Promise<Verdict> {
  const start = performance.now();
  const verdict = (state: State, cause: string, found: readonly Difference[] = []): Verdict => ({
    state,
    cause,
    differences: found,
    ms: Math.round(performance.now() - start),
  });
  try {
    const report = await engine.analyze(await requestOf(one, dir, dtype));
    const stopped = whyStopped(report);
    if (stopped) return verdict(stopped.state, stopped.cause);
    const found = differences(report, expected, dtype);
    return found[0] ? verdict("differs", found[0].what, found) : verdict("ok", "");
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return verdict("error", lastLine(text));
  }
}

/** Why a report holds no gradients; undefined where it does. */
export function whyStopped(report: Report): { state: State; cause: string } | undefined {
  if (report.loss !== null && report.parameters.some((p) => p.grad)) return undefined;
  const lacking = report.unsupported[0];
  if (lacking) return { state: "unsupported", cause: lacking.name };
  const error = report.findings.find((finding) => finding.severity === "error");
  return { state: "error", cause: error ? describe(error) : "no gradient and no reason" };
}

/** What a Python traceback ends in, without the JavaScript stack that may follow. */
function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() && !/^\s+at /.test(line));
  return lines.at(-1) ?? "";
}

function describe({ code, message, at }: Finding): string {
  const file = at.file.split("/").slice(-2).join("/");
  return `${code}: ${lastLine(message)} (${file}:${String(at.startLine)})`;
}
