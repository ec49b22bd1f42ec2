/** One public file as its user would meet it: no case, no arguments; then the same run under PyTorch. */
import { dirname, relative, resolve } from "node:path";
import type { Engine } from "../../engine/client.ts";
import { readCommand } from "../../engine/cli/options.ts";
import { jobOf } from "../../engine/cli/request.ts";
import type { Case } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";
import { differences, expectedFrom } from "./agree.ts";
import { whyStopped } from "./corpus.ts";
import type { Witness, WitnessParameter } from "./witness.ts";

/** Relative: norms of the same values, and how far gradients go apart where initial values are rounded otherwise. */
const SAME = 1e-12;
const ROUNDED = 1e-5;
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
    if (witness) args.push("--dtype", "float64");
    const { request, door, told: inCells } = await jobOf(readCommand(args));
    report = inCells(await engine.analyze(request, { door }));
    const told = report.findings.find(({ code }) => code === "no-subject");
    if (told) return made("error", told.message);
    const stopped = whyStopped(report);
    if (stopped)
      return made(stopped.state === "unsupported" ? "unsupported" : "error", stopped.cause);
    const subject = report.subject;
    const shown = `${subject?.from ?? ""}: ${subject?.call ?? ""} ${JSON.stringify(subject?.inputs.map((i) => i.shape))}`;
    if (!witness || !subject) return made("ran", shown);
    try {
      const spec = { ...subject.case, id: file, file, ...NEWER } as unknown as Case;
      const last = foldersAbove(dir, file);
      const request = { verb: "case", case: spec, root: dir, last } as const;
      const f32 = await witness.ask({ ...request, dtype: "float32" });
      const f64 = await witness.ask({ ...request, dtype: "float64" });
      const room = initialRounding(report, f64.parameters) ? ROUNDED : 0;
      const found = differences(report, expectedFrom(f32, f64), "float64");
      const off = found.find((difference) => !(difference.off <= room));
      const said = off && `${off.what}: ${off.ours}, PyTorch ${off.theirs}`;
      return off ? made("differs", `${said ?? ""} · ${shown}`) : made("agrees", shown);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      witnessDied = text.startsWith("the witness ended");
      return made("unwitnessed", `${text} · ${shown}`);
    }
  } catch (error) {
    return made("error", error instanceof Error ? error.message : String(error));
  }
}

/** Are some initial values, which are computed in float32 even for a float64 run, rounded otherwise than PyTorch's? */
export function initialRounding(
  { parameters }: Report,
  theirs: readonly WitnessParameter[],
): boolean {
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
