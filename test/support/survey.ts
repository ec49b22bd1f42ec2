/** One public file as its user would meet it: no case, no arguments; then the same run under PyTorch. */
import { resolve } from "node:path";
import type { Engine } from "../../engine/client.ts";
import { readCommand } from "../../engine/cli/options.ts";
import { jobOf } from "../../engine/cli/request.ts";
import type { Case } from "../../engine/protocol.ts";
import type { Report } from "../../engine/report.ts";
import { whyStopped } from "./corpus.ts";
import type { Witness } from "./witness.ts";

/** Relative difference of two gradient norms in float64. */
const TOLERANCE = 1e-7;
/** Norms below this part of the largest are rounding noise in both. */
const NOISE = 1e-12;

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
      const spec = { ...subject.case, id: file, file } as unknown as Case;
      const theirs = await witness.ask({ verb: "case", case: spec, root: dir, dtype: "float64" });
      const off = unlike(report, theirs.parameters);
      return off ? made("differs", `${off} · ${shown}`) : made("agrees", shown);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      witnessDied = text.startsWith("the witness ended");
      return made("unwitnessed", `${text} · ${shown}`);
    }
  } catch (error) {
    return made("error", error instanceof Error ? error.message : String(error));
  }
}

/** The parameter that differs most; null where all agree. */
function unlike(
  report: Report,
  theirs: readonly { readonly name: string; readonly l2: number | null }[],
): string | null {
  const ours = new Map(report.parameters.map((p) => [p.name, p.grad?.l2 ?? null]));
  if (ours.size !== theirs.length)
    return `${String(ours.size)} parameters, PyTorch has ${String(theirs.length)}`;
  const largest = Math.max(0, ...theirs.map((p) => p.l2 ?? 0));
  let worst: { readonly off: number; readonly text: string } | null = null;
  for (const { name, l2 } of theirs) {
    const mine = ours.get(name);
    if (mine === undefined) return `${name} is missing`;
    const off =
      mine === null || l2 === null
        ? Number(mine !== l2) * Infinity || 0
        : Math.max(mine, l2) <= NOISE * largest
          ? 0
          : Math.abs(mine - l2) / Math.max(Math.abs(l2), NOISE * largest);
    if (!(off <= TOLERANCE) && !(worst && worst.off >= off))
      worst = { off, text: `${name}: ${String(mine)}, PyTorch ${String(l2)}` };
  }
  return worst?.text ?? null;
}
