import { EngineError } from "../errors.ts";
import type { AnalyzeRequest } from "../protocol.ts";
import type { Candidate, Span, Subject } from "../report.ts";
import { inferArguments } from "./arguments.ts";
import type { Wanted } from "./directive.ts";
import { directives, parseArgs, parseCall, parseInput } from "./directive.ts";
import { inputCandidates } from "./inputs.ts";
import type { EntryFacts, InputSpec, ModelFacts, Spec } from "./spec.ts";
import { callText } from "./spec.ts";

/** An exception in the user's code, as Python's side tells it. */
export interface Problem {
  readonly type: string;
  readonly message: string;
  readonly at: Span | null;
  readonly unsupported: string | null;
  readonly isMeta: boolean;
}
export type Answer<T> =
  ({ readonly ok: true } & T) | { readonly ok: false; readonly problem: Problem };

/** What finding a subject asks of Python. */
export interface Prober {
  ready(spec: Spec): Answer<ModelFacts>;
  attempt(spec: Spec): Answer<{ readonly shape: readonly number[]; readonly dtype: string }>;
}

export interface Found {
  readonly spec: Spec;
  readonly from: Subject["from"];
  readonly at: Span | null;
  /** Why no run on meta tensors confirmed it; then the real run decides. */
  readonly unconfirmed: Problem | null;
}

const MAX_TRIES = 60;

function optionsOf(r: AnalyzeRequest): Wanted | null {
  if (!r.entry && !r.args && !r.inputs && !r.loss) return null;
  const call = r.entry ? parseCall(r.entry) : { entry: null, args: [], kwargs: {} };
  const own = parseArgs(r.args ?? []);
  return {
    entry: call.entry,
    args: [...call.args, ...own.args],
    kwargs: { ...call.kwargs, ...own.kwargs },
    inputs: r.inputs ? r.inputs.flatMap(parseInput) : null,
    loss: r.loss ?? null,
    line: 0,
  };
}

/** The first directive that speaks of a class or has inputs; one without a class stands above the class that it means. */
function directiveOf(source: string, entries: readonly EntryFacts[]): Wanted | null {
  const found = directives(source)[0];
  if (!found) return null;
  if (found.entry) return found;
  const below = entries
    .filter((e) => e.isClass && e.line >= found.line)
    .sort((a, b) => a.line - b.line)[0];
  return { ...found, entry: below?.name ?? null };
}

/**
 * Entries in the order in which they are tried: those that no other mentions (the whole model, not its blocks) first, classes that take no
 * required argument before those whose arguments must be guessed, later definitions before earlier ones; a factory stands
 * in for a class that needs arguments.
 */
export function ranked(entries: readonly EntryFacts[]): EntryFacts[] {
  const usedBy = (e: EntryFacts): number =>
    entries.filter((o) => o.isClass && o !== e && o.uses.includes(e.name)).length;
  const required = (e: EntryFacts): number => e.params.filter((p) => !p.hasDefault).length;
  const score = (e: EntryFacts): number => {
    const infer = inferArguments(e);
    const guessable = "kwargs" in infer;
    return (
      (usedBy(e) > 0 ? 100 : 0) +
      (required(e) === 0 ? 0 : guessable ? (e.isClass ? 10 : 20) : 1000) +
      (e.name.startsWith("_") ? 50 : 0)
    );
  };
  return [...entries]
    .filter((e) => !e.isClass || e.forward !== null)
    .sort(
      (a, b) =>
        score(a) - score(b) ||
        (a.isClass && b.isClass
          ? b.line - a.line
          : Number(b.isClass) - Number(a.isClass) || a.line - b.line),
    );
}

/**
 * Finds what to run: options, then a directive comment, then inference. Throws EngineError "no-subject" with what is missing.
 * Also tells what was made of the other entries, for their lenses.
 */
export function findSubject(
  request: AnalyzeRequest,
  source: string,
  entries: readonly EntryFacts[],
  prober: Prober,
):
  | { found: Found; candidates: Candidate[] }
  | { found: null; problem: Problem | null; why: string; candidates: Candidate[] } {
  const wanted = optionsOf(request) ?? directiveOf(source, entries);
  const from = wanted ? (wanted.line > 0 ? "directive" : "options") : "inference";
  const order = wanted?.entry
    ? [entries.find((e) => e.name === wanted.entry) ?? outside(wanted.entry)]
    : ranked(entries);
  const candidates: Candidate[] = [];
  let problem: Problem | null = null;
  let why = "the file defines no nn.Module that could be built";
  for (const entry of order) {
    const base = specOf(request, entry, wanted);
    if ("missing" in base) {
      const text = `${entry.name} needs ${base.missing}; give it in a comment: # chainrule: ${entry.name}(${base.missing}=…)`;
      candidates.push({ entry: entry.name, at: entry.at, subject: null, why: text });
      if (candidates.length === 1) why = text;
      continue;
    }
    const tried = withInputs(base.spec, wanted?.inputs ?? null, prober);
    if ("found" in tried) {
      const found: Found = {
        spec: tried.found,
        from,
        at: entry.at.file === "" ? null : entry.at,
        unconfirmed: tried.unconfirmed,
      };
      return { found, candidates };
    }
    problem ??= tried.problem;
    candidates.push({ entry: entry.name, at: entry.at, subject: null, why: tried.problem.message });
    if (wanted?.entry) break;
  }
  return { found: null, problem, why, candidates };
}

/** An entry that is no top-level class or factory of the file (`models.Net`). */
function outside(name: string): EntryFacts {
  const at = { file: "", startLine: 1, startColumn: 0, endLine: 1, endColumn: 0 };
  return { name, isClass: true, at, line: 0, uses: [], params: [], forward: [] };
}

function specOf(
  r: AnalyzeRequest,
  entry: EntryFacts,
  wanted: Wanted | null,
): { spec: Spec } | { missing: string } {
  const given = wanted && (wanted.args.length > 0 || Object.keys(wanted.kwargs).length > 0);
  let kwargs: Readonly<Record<string, unknown>> = wanted?.kwargs ?? {};
  if (!given) {
    const inferred = inferArguments(entry);
    if ("missing" in inferred) return inferred;
    kwargs = inferred.kwargs;
  }
  return {
    spec: {
      entry: entry.name,
      args: wanted?.args ?? [],
      kwargs,
      inputs: [],
      loss: wanted?.loss ?? "auto",
      mode: r.mode ?? "train",
      seed: r.seed ?? 0,
    },
  };
}

function withInputs(
  spec: Spec,
  given: readonly InputSpec[] | null,
  prober: Prober,
): { found: Spec; unconfirmed: Problem | null } | { problem: Problem } {
  const facts = prober.ready(spec);
  if (!facts.ok) {
    // A constructor that reads values cannot run on meta tensors; with inputs known, the real run may.
    if (facts.problem.isMeta && given)
      return { found: { ...spec, inputs: given }, unconfirmed: facts.problem };
    return { problem: facts.problem };
  }
  if (Object.keys(facts.parameters).length === 0)
    return {
      problem: {
        type: "NoParameters",
        message: `${spec.entry} has no parameters`,
        at: null,
        unsupported: null,
        isMeta: false,
      },
    };
  if (given) {
    const full = { ...spec, inputs: given };
    const tried = prober.attempt(full);
    if (tried.ok || tried.problem.isMeta)
      return { found: full, unconfirmed: tried.ok ? null : tried.problem };
    return { problem: tried.problem };
  }
  let problem: Problem | null = null;
  const seen = new Set<string>();
  let tries = 0;
  for (const inputs of inputCandidates(facts)) {
    const key = JSON.stringify(inputs);
    if (seen.has(key) || tries++ >= MAX_TRIES) continue;
    seen.add(key);
    const full = { ...spec, inputs };
    const tried = prober.attempt(full);
    if (tried.ok) return { found: full, unconfirmed: null };
    if (tried.problem.isMeta) return { found: full, unconfirmed: tried.problem };
    // Only a wrong shape is worth another try; anything else would fail again.
    problem ??= tried.problem;
    if (tried.problem.unsupported) return { problem: tried.problem };
  }
  return {
    problem: problem ?? {
      type: "NoInput",
      message: "no input was found",
      at: null,
      unsupported: null,
      isMeta: false,
    },
  };
}

/** What the report and the lens say of it. */
export function subjectOf(
  file: string,
  found: Found,
  inputs: Subject["inputs"],
  loss: string,
): Subject {
  return {
    from: found.from,
    file,
    entry: found.spec.entry,
    call: callText(found.spec),
    inputs,
    loss,
    at: found.at,
  };
}

/** Refuses a case without what every case has. */
export function assertEntry(entry: string | undefined): asserts entry is string {
  if (!entry) throw new EngineError("case", "the case names no entry");
}
