/** Proposals tried: applied to a copy of the sources, run again, and offered only where the numbers got better. */
import type { AnalyzeRequest, Case } from "../protocol.ts";
import type { Finding, Fix, Proposal, Report, Stats } from "../report.ts";
import { gaugeOf } from "../rules/index.ts";
import type { Evidence, Gauge } from "../rules/rule.ts";
import { short } from "../rules/rule.ts";
import { hasOwnBatch } from "../subject/ownBatch.ts";
import { applied } from "./apply.ts";
import { TRIAL } from "./propose.ts";
import { joined } from "./together.ts";
import { english, inTitle, said, titled } from "../said.ts";

/** Runs one request: the engine's `analyze`. Rejects where the run could not be made. */
export type Run = (request: AnalyzeRequest) => Promise<Report>;

/** A second seed, that a fix must stand as well. */
const OTHER_SEED = 1;
/** A finding that stays is only offered a fix that brings its number this much nearer to its ideal, in powers. */
const MIN_GAIN = 0.5;
/** Nor is one cured whose number stays farther from its ideal than this part of the way. */
const CURED_GAIN = 0.9;
/** Fixes of one finding: more is no help. */
const MOST = 3;

interface Tried {
  readonly proposal: Proposal;
  readonly before: Gauge | null;
  readonly after: Gauge | null;
  readonly isCured: boolean;
  /** Codes that the run had and that are left. */
  readonly left: ReadonlySet<string>;
}

const codesOf = ({ findings }: Report): Set<string> =>
  new Set(findings.filter((f) => f.severity !== "information").map((f) => f.code));

const severityOf = ({ findings }: Report, code: string): string | undefined =>
  findings.find((f) => f.code === code)?.severity;

const isStopped = ({ findings }: Report): boolean =>
  findings.some((f) => f.code === "script-stopped");

/** What the rules read, of a finished report. */
export const evidenceOf = (report: Report): Evidence => ({
  ...report,
  mode: report.settings.mode,
  hasOwnBatch: report.subject !== null && hasOwnBatch(report.subject, report.cost.reduced),
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

const isNothing = (grad: Stats | null): boolean => grad === null || grad.zeros === grad.count;

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
    id: TRIAL,
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
  // Nor is one that the script stops at.
  if (isStopped(after) && !isStopped(report)) return null;
  // Nor one that leaves nothing to learn by: a loss that is set to 0 where it was infinite.
  if (after.parameters.length > 0 && after.parameters.every(({ grad }) => isNothing(grad)))
    return null;
  // A cure that makes another illness is none, unless the other is the lesser one.
  const isError = severityOf(report, proposal.code) === "error";
  const isWorse = (code: string): boolean =>
    !had.has(code) && !(isError && severityOf(after, code) === "warning");
  if ([...has].some(isWorse)) return null;
  const gauges = {
    before: gaugeOf(proposal.code, evidenceOf(report)),
    after: gaugeOf(proposal.code, evidenceOf(after)),
  };
  const gain =
    gauges.after && distance(gauges.before) > 0
      ? distance(gauges.after) / distance(gauges.before)
      : null;
  // A finding that is gone while its number stays was lost, not cured.
  const isCured = !has.has(proposal.code) && (gain ?? 0) < CURED_GAIN;
  // Any number is nearer than none: of what was infinite only a cure counts.
  const isBetter = gain !== null && Number.isFinite(distance(gauges.before)) && gain < MIN_GAIN;
  const left = new Set([...has].filter((code) => had.has(code)));
  return isCured || isBetter ? { proposal, ...gauges, isCured, left } : null;
}

/** Cures first, then what brings the number nearest to its ideal, then the fewest edits. */
const order = (a: Tried, b: Tried): number =>
  Number(b.isCured) - Number(a.isCured) ||
  distance(a.after) - distance(b.after) ||
  a.proposal.edits.length - b.proposal.edits.length;

function fixOf({ proposal, before, after }: Tried): Fix {
  const effect =
    before && after
      ? said`${titled(proposal)}: ${before.name} ${short(before.value)} → ${short(after.value)}, measured`
      : said`${titled(proposal)}: cured, measured`;
  return {
    ...inTitle(effect),
    kind: proposal.kind,
    edits: proposal.edits,
    before: before ? { [english(before.name)]: before.value } : {},
    after: after ? { [english(after.name)]: after.value } : {},
  };
}

/** The best fix of each finding, and where there is but one finding its two best, applied as one; null where one alone leaves no more behind. */
async function together(
  lists: readonly (readonly Tried[])[],
  attempt: (proposal: Proposal) => Promise<Tried | null>,
): Promise<Tried | null> {
  const least = Math.min(...lists.flat().map(({ left }) => left.size));
  if (lists.length === 0 || least === 0) return null;
  const [only] = lists;
  const best =
    lists.length > 1 ? lists.flatMap(([first]) => first ?? []) : (only ?? []).slice(0, 2);
  const proposal = joined(best.map((one) => one.proposal));
  const tried = proposal && (await attempt(proposal));
  return tried && tried.left.size < least ? tried : null;
}

const fixOfAll = ({ proposal, left }: Tried, had: number): Fix => ({
  ...inTitle(said`${titled(proposal)}: ${had} findings → ${left.size}, measured`),
  kind: proposal.kind,
  edits: proposal.edits,
  before: { findings: had },
  after: { findings: left.size },
});

/**
 * The report with fixes: each of its proposals was applied to a copy of the sources and run as the report's own run was, with its
 * seed and a second one. Offered is what cures the finding, or at least halves its distance from the ideal, without a new one; best
 * first, at most three a finding, and all of them together where that cures more. A proposal whose run fails is dropped.
 */
export async function withFixes(
  run: Run,
  request: AnalyzeRequest,
  report: Report,
): Promise<Report> {
  const found = new Map<string, Tried[]>();
  const seed = report.settings.seed;
  const twice = async (proposal: Proposal): Promise<Tried | null> => {
    const first = await tried(run, request, report, proposal, seed).catch(refused);
    if (!first) return null;
    const second = await tried(run, request, report, proposal, seed + OTHER_SEED).catch(refused);
    return (
      second && {
        ...first,
        isCured: first.isCured && second.isCured,
        left: new Set([...first.left, ...second.left]),
      }
    );
  };
  for (const proposal of report.proposals) {
    const known = found.get(proposal.code) ?? [];
    if (known.filter((t) => t.isCured).length >= MOST) continue;
    const one = await twice(proposal);
    if (one) found.set(proposal.code, [...known, one]);
  }
  const all = await together(
    [...found.values()].map((list) => list.sort(order)),
    twice,
  );
  const had = codesOf(report);
  const fixes = (finding: Finding): readonly Fix[] => {
    if (finding.severity === "information") return finding.fixes;
    const own = (found.get(finding.code) ?? []).slice(0, MOST).map(fixOf);
    return all && !all.left.has(finding.code) ? [...own, fixOfAll(all, had.size)] : own;
  };
  return { ...report, findings: report.findings.map((f) => ({ ...f, fixes: fixes(f) })) };
}

/** A run that was cancelled ends the trying; one that failed is a proposal that does not work. */
function refused(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "cancelled") throw error;
  return null;
}
