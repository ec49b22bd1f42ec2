/** Proposals tried: applied to a copy of the sources, run again, and offered only where the numbers got better. */
import type { AnalyzeRequest, Case } from "../protocol.ts";
import type { Finding, Fix, Proposal, Report } from "../report.ts";
import { gaugeOf } from "../rules/index.ts";
import type { Evidence, Gauge } from "../rules/rule.ts";
import { short } from "../rules/rule.ts";
import { applied } from "./apply.ts";

/** Runs one request: the engine's `analyze`. Rejects where the run could not be made. */
export type Run = (request: AnalyzeRequest) => Promise<Report>;

/** A second seed, that a fix must stand as well. */
const OTHER_SEED = 1;
/** A finding that stays is only offered a fix that brings its number this much nearer to its ideal, in powers. */
const MIN_GAIN = 0.5;
/** Fixes of one finding: more is no help. */
const MOST = 3;

interface Tried {
  readonly proposal: Proposal;
  readonly before: Gauge | null;
  readonly after: Gauge | null;
  readonly isCured: boolean;
}

const codesOf = ({ findings }: Report): Set<string> =>
  new Set(findings.filter((f) => f.severity !== "information").map((f) => f.code));

const severityOf = ({ findings }: Report, code: string): string | undefined =>
  findings.find((f) => f.code === code)?.severity;

/** What the rules read, of a finished report. */
export const evidenceOf = (report: Report): Evidence => ({
  ...report,
  mode: report.settings.mode,
  lossKind: report.subject?.loss ?? "",
  outputShape: report.probes?.outputShape ?? [],
  subjectAt: report.subject?.at ?? {
    file: "",
    startLine: 1,
    startColumn: 0,
    endLine: 1,
    endColumn: 0,
  },
});

/** Distance of a gauge from its ideal, in powers of e. */
const distance = (gauge: Gauge | null): number =>
  gauge ? Math.abs(Math.log(Math.max(gauge.value, Number.MIN_VALUE) / (gauge.ideal ?? 1))) : 0;

/** The run that a report tells of, on other sources. */
function again(
  request: AnalyzeRequest,
  report: Report,
  proposal: Proposal,
  seed: number,
): AnalyzeRequest {
  // Nothing was run so far: the sources are looked at anew.
  if (!report.subject)
    return { ...request, sources: applied(request.sources, proposal.edits), seed };
  const { entry: _entry, args: _args, inputs: _inputs, loss: _loss, ...rest } = request;
  const one: Case = {
    id: "fix",
    file: request.file,
    ...request.case,
    ...report.subject?.case,
    seed,
  };
  return { ...rest, sources: applied(request.sources, proposal.edits), case: one, seed };
}

async function tried(
  run: Run,
  request: AnalyzeRequest,
  report: Report,
  proposal: Proposal,
  seed: number,
): Promise<Tried | null> {
  const after = await run(again(request, report, proposal, seed));
  if (after.subject === null || after.loss === null || !Number.isFinite(after.loss)) return null;
  const had = codesOf(report);
  const has = codesOf(after);
  // A cure that makes another illness is none, unless the other is the lesser one.
  const isError = severityOf(report, proposal.code) === "error";
  const isWorse = (code: string): boolean =>
    !had.has(code) && !(isError && severityOf(after, code) === "warning");
  if ([...has].some(isWorse)) return null;
  const gauges = {
    before: gaugeOf(proposal.code, evidenceOf(report)),
    after: gaugeOf(proposal.code, evidenceOf(after)),
  };
  const isCured = !has.has(proposal.code);
  const isBetter =
    gauges.before && gauges.after && distance(gauges.after) < MIN_GAIN * distance(gauges.before);
  return isCured || isBetter ? { proposal, ...gauges, isCured } : null;
}

/** Cures first, then what brings the number nearest to its ideal, then the fewest edits. */
const order = (a: Tried, b: Tried): number =>
  Number(b.isCured) - Number(a.isCured) ||
  distance(a.after) - distance(b.after) ||
  a.proposal.edits.length - b.proposal.edits.length;

function fixOf({ proposal, before, after }: Tried): Fix {
  const effect =
    before && after
      ? `: ${before.name} ${short(before.value)} → ${short(after.value)}, measured`
      : ": cured, measured";
  return {
    title: `${proposal.title}${effect}`,
    kind: proposal.kind,
    edits: proposal.edits,
    before: before ? { [before.name]: before.value } : {},
    after: after ? { [after.name]: after.value } : {},
  };
}

/**
 * The report with fixes: each of its proposals was applied to a copy of the sources and run as the report's own run was, with its
 * seed and a second one. Offered is what cures the finding, or at least halves its distance from the ideal, without a new one; best
 * first, at most three a finding. A proposal whose run fails is dropped.
 */
export async function withFixes(
  run: Run,
  request: AnalyzeRequest,
  report: Report,
): Promise<Report> {
  const found = new Map<string, Tried[]>();
  const seed = report.settings.seed;
  for (const proposal of report.proposals) {
    const known = found.get(proposal.code) ?? [];
    if (known.filter((t) => t.isCured).length >= MOST) continue;
    const first = await tried(run, request, report, proposal, seed).catch(refused);
    if (!first) continue;
    const second = await tried(run, request, report, proposal, seed + OTHER_SEED).catch(refused);
    if (second)
      found.set(proposal.code, [...known, { ...first, isCured: first.isCured && second.isCured }]);
  }
  const fixes = (finding: Finding): readonly Fix[] =>
    finding.severity === "information"
      ? finding.fixes
      : [...(found.get(finding.code) ?? [])].sort(order).slice(0, MOST).map(fixOf);
  return { ...report, findings: report.findings.map((f) => ({ ...f, fixes: fixes(f) })) };
}

/** A run that was cancelled ends the trying; one that failed is a proposal that does not work. */
function refused(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "cancelled") throw error;
  return null;
}
