/** One public file as its user would meet it: no case, no arguments; then the same run under PyTorch. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import type { Engine } from "../../engine/client.ts";
import { namedPaths } from "../../engine/analysis/namedPaths.ts";
import { readCommand } from "../../engine/cli/options.ts";
import { runOf } from "../../engine/cli/run.ts";
import type { AnalyzeRequest, Case } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";
import { isNotebook } from "../../engine/sources/notebook.ts";
import { differences, expectedFrom, type Difference, type Dtype } from "./agree.ts";
import { whyStopped } from "./corpus.ts";
import {
  WitnessError,
  type CaseRequest,
  type Witness,
  type WitnessParameter,
  type WitnessRun,
} from "./witness.ts";

/** Relative: norms of the same values, and how far gradients go apart where initial values are rounded otherwise. */
const SAME = 1e-12;
const ROUNDED = 1e-5;
/** Share of the largest gradient below which float32 may leave rounding where the gradient is zero. */
const NOISE = 1e-3;
/** What files ask for beyond PyTorch 1.13 on a machine without a GPU. */
const NEWER = { polyfill: true, cuda_noop: true, lend: true };

export interface Surveyed {
  readonly file: string;
  /** `agrees`, `differs`: compared with PyTorch; `unwitnessed`: PyTorch could not run it; `ran`: not compared. */
  readonly state: "ran" | "agrees" | "differs" | "unwitnessed" | "unsupported" | "error";
  readonly told: string;
  readonly ms: number;
  readonly subject: Report["subject"];
  readonly findings: readonly string[];
  readonly witnessDied: boolean;
}

/** Analyses `file` (below `dir`) as the command line does; `witness`: null without a comparison. Never throws. */
export async function surveyed(
  engine: Engine,
  witness: Witness | null,
  dir: string,
  file: string,
  budgetMs: number,
): Promise<Surveyed> {
  const start = performance.now();
  let report: Report | null = null;
  let witnessDied = false;
  let unfolded: string | null = null;
  const made = (state: Surveyed["state"], told: string): Surveyed => ({
    file,
    state,
    told: told.replace(/\s+/g, " ").slice(0, 200),
    ms: Math.round(performance.now() - start),
    subject: report?.subject ?? null,
    findings: (report?.findings ?? []).map(({ severity, code }) => `${severity} ${code}`),
    witnessDied,
  });
  try {
    const args = ["analyze", resolve(dir, file), "--budget", String(budgetMs / 1000)];
    const { job, found } = await runOf(engine, readCommand(args), {});
    const { request, door } = job;
    report = job.told(found);
    const told = report.findings.find(({ code }) => code === "no-subject");
    if (told) return made("error", told.message);
    const stopped = whyStopped(report);
    if (stopped)
      return made(stopped.state === "unsupported" ? "unsupported" : "error", stopped.cause);
    const subject = report.subject;
    const shown = `${subject?.from ?? ""}: ${subject?.call ?? ""} ${JSON.stringify(subject?.inputs.map((i) => i.shape))}`;
    if (!witness || !subject) return made("ran", shown);
    unfolded = isNotebook(file) ? await unfoldedNotebook(dir, file, request) : null;
    const root = unfolded ?? dir;
    const source = relative(dir, request.file);
    const spec = { ...subject.case, id: file, file: source, ...NEWER } as unknown as Case;
    const sources = Object.keys(request.sources).map((path) => relative(dir, path));
    const last = foldersAbove(root, source);
    const named = namedPaths(request.sources);
    const asked = { verb: "case", case: spec, root, last, sources, named } as const;
    let theirs: Witnessed;
    try {
      theirs = { f32: await witness.ask({ ...asked, dtype: "float32" }), f64: null };
      theirs = { ...theirs, f64: await inDouble(witness, asked) };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      witnessDied = text.startsWith("the witness ended");
      return made("unwitnessed", `${text} · ${shown}`);
    }
    const f64 = theirs.f64 && (await engine.analyze({ ...request, dtype: "float64" }, { door }));
    const isSame = f64 !== null && f64.loss !== null && same(f64.subject, subject);
    const off = isSame
      ? worst(f64, theirs, "float64")
      : worst(report, { ...theirs, f64: null }, "float32");
    if (off && (await wavers(witness, asked, theirs.f32)))
      return made("unwitnessed", `PyTorch's own runs differ from each other · ${shown}`);
    return off
      ? made("differs", `${off.what}: ${off.ours}, PyTorch ${off.theirs} · ${shown}`)
      : made("agrees", shown);
  } catch (error) {
    return made("error", error instanceof Error ? error.message : String(error));
  } finally {
    if (unfolded) await rm(unfolded, { recursive: true });
  }
}

/** The notebook's project in a folder of its own, with the Python source that its cells make beside it. */
async function unfoldedNotebook(
  dir: string,
  file: string,
  { sources }: AnalyzeRequest,
): Promise<string> {
  const [root, top] = [await mkdtemp(join(tmpdir(), "survey-")), file.split("/")[0] ?? ""];
  await cp(resolve(dir, top), join(root, top), { recursive: true });
  for (const [path, text] of Object.entries(sources))
    await writeFile(join(root, relative(dir, path)), text);
  return root;
}

/** In float64 a model may be too large and another one be taken. */
function same(a: Report["subject"], b: Report["subject"]): boolean {
  return (
    a?.call === b?.call &&
    JSON.stringify(a?.inputs.map((i) => i.shape)) === JSON.stringify(b?.inputs.map((i) => i.shape))
  );
}

interface Witnessed {
  readonly f32: WitnessRun;
  readonly f64: WitnessRun | null;
}

/** The run in float64; null for a model that PyTorch runs in float32 alone. */
async function inDouble(witness: Witness, asked: CaseRequest): Promise<WitnessRun | null> {
  try {
    return await witness.ask({ ...asked, dtype: "float64" });
  } catch (error) {
    if (error instanceof WitnessError) return null;
    throw error;
  }
}

/** Does PyTorch itself give other numbers the second time? It does where a model reads memory that nothing wrote. */
async function wavers(witness: Witness, asked: CaseRequest, first: WitnessRun): Promise<boolean> {
  const again = await witness.ask({ ...asked, dtype: "float32" });
  return (
    JSON.stringify([again.loss, again.parameters]) !==
    JSON.stringify([first.loss, first.parameters])
  );
}

/** The largest difference that counts. */
export function worst(report: Report, { f32, f64 }: Witnessed, dtype: Dtype): Difference | null {
  const room = f64 && initialRounding(report, f64.parameters) ? ROUNDED : 0;
  const noise = new Set(f64 ? [] : roundingAlone(report, f32.parameters));
  const found = differences(report, expectedFrom(f32, f64), dtype);
  return found.find(({ what, off }) => !(off <= room || noise.has(what))) ?? null;
}

/** Without PyTorch's float64: gradients that we know to be zero but for rounding, and that are small in PyTorch too. */
function roundingAlone({ parameters }: Report, theirs: readonly WitnessParameter[]): string[] {
  const largest = Math.max(0, ...theirs.map((p) => p.l2 ?? 0));
  const small = new Set(theirs.filter((p) => (p.l2 ?? 0) <= NOISE * largest).map((p) => p.name));
  return parameters.filter((p) => p.gradIsStructurallyZero && small.has(p.name)).map((p) => p.name);
}

/** Are some initial values, which are computed in float32 even for a float64 run, rounded otherwise than PyTorch's? */
function initialRounding({ parameters }: Report, theirs: readonly WitnessParameter[]): boolean {
  const values = new Map(theirs.map((p) => [p.name, p.valueL2]));
  return parameters.some(({ name, value }) => {
    const norm = values.get(name) ?? value.l2;
    return Math.abs(value.l2 - norm) > SAME * norm && Math.abs(value.l2 - norm) < ROUNDED * norm;
  });
}

/** The folders above a file within `dir`, nearest first. */
export function foldersAbove(dir: string, file: string): string[] {
  const folders: string[] = [];
  for (let at = dirname(resolve(dir, file)); relative(dir, at) !== ""; at = dirname(at))
    folders.push(at);
  return folders;
}
