/** One public file as its user would meet it: no case, no arguments; then the same run under PyTorch. */
import { mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "../../engine/client.ts";
import { readCommand } from "../../engine/cli/options.ts";
import { jobOf } from "../../engine/cli/request.ts";
import type { Case } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";
import { differences, expectedFrom } from "./agree.ts";
import { whyStopped } from "./corpus.ts";
import type { Witness } from "./witness.ts";

const OURS = fileURLToPath(new URL("../../engine/python/site-packages/", import.meta.url));
/** Packages that PyTorch itself cannot lend from us: PyTorch, and what it is built on. */
const THEIRS = /^(torch.*|numpy|chainrule)$/;

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
    const { request, told: inCells } = await jobOf(readCommand(args));
    report = inCells(await engine.analyze(request));
    const told = report.findings.find(({ code }) => code === "no-subject");
    if (told) return made("error", told.message);
    const stopped = whyStopped(report);
    if (stopped)
      return made(stopped.state === "unsupported" ? "unsupported" : "error", stopped.cause);
    const subject = report.subject;
    const shown = `${subject?.from ?? ""}: ${subject?.call ?? ""} ${JSON.stringify(subject?.inputs.map((i) => i.shape))}`;
    if (!witness || !subject) return made("ran", shown);
    try {
      const spec = { ...subject.case, id: file, file, polyfill: true, cuda_noop: true } as unknown as Case;
      const request = { verb: "case", case: spec, root: dir, last: lastOf(dir, file) } as const;
      const f32 = await witness.ask({ ...request, dtype: "float32" });
      const f64 = await witness.ask({ ...request, dtype: "float64" });
      const [off] = differences(report, expectedFrom(f32, f64), "float64");
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

/** The folders above a file, nearest first, then our shims of packages that the machine lacks. */
function lastOf(dir: string, file: string): string[] {
  const folders: string[] = [];
  for (let at = dirname(resolve(dir, file)); relative(dir, at) !== ""; at = dirname(at))
    folders.push(at);
  return [...folders, shims()];
}

let linked: string | null = null;

/** A folder with our small packages alone, whose arithmetic is then PyTorch's. */
function shims(): string {
  if (linked !== null) return linked;
  linked = mkdtempSync(join(tmpdir(), "survey-"));
  for (const name of readdirSync(OURS))
    if (!THEIRS.test(name.replace(/\.py$/, ""))) symlinkSync(join(OURS, name), join(linked, name));
  return linked;
}
