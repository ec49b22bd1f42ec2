import { EngineError } from "../errors.ts";
import type { AnalyzeRequest } from "../protocol.ts";
import type { Candidate, Span, Subject } from "../report.ts";
import { inferArguments, sidesOf, widthsOf, withLists } from "./arguments.ts";
import type { Wanted } from "./directive.ts";
import { directives, parseArgs, parseCall, parseInput } from "./directive.ts";
import { BATCH, inputCandidates } from "./inputs.ts";
import type { EntryFacts, Example, InputSpec, ModelFacts, Spec } from "./spec.ts";
import { callText, py } from "./spec.ts";

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
  attempt(spec: Spec): Answer<Attempt>;
}

/** A forward pass on meta tensors that went through. */
export interface Attempt {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The fewest values per channel that a batch normalisation averages over; null without one. */
  readonly samples: number | null;
  readonly flops: number;
}

export interface Found {
  readonly spec: Spec;
  readonly from: Subject["from"];
  readonly at: Span | null;
  /** Why no run on meta tensors confirmed it; then the real run decides. */
  readonly unconfirmed: Problem | null;
}

const MAX_TRIES = 80;
/** Forward arithmetic of a guessed batch; a larger one is cut, so that the answer comes in seconds. */
const MAX_FLOPS = 6e9;
/** An example of the file's own is taken as it stands up to this. */
const MAX_EXAMPLE_FLOPS = 1e10;
/** Values per channel below which a batch statistic says more about the batch than about the model. */
const MIN_SAMPLES = 8;

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

/** Another class of the file mentions it: a block, not the model. */
const isPart = (e: EntryFacts | undefined, entries: readonly EntryFacts[]): boolean =>
  e !== undefined && entries.some((o) => o.isClass && o !== e && o.uses.includes(e.name));

/**
 * Entries in the order in which they are tried: those that no other mentions (the whole model, not its blocks) first, classes that take no
 * required argument before those whose arguments must be guessed, later definitions before earlier ones; a factory stands
 * in for a class that needs arguments.
 */
export function ranked(entries: readonly EntryFacts[]): EntryFacts[] {
  const required = (e: EntryFacts): number => e.params.filter((p) => !p.hasDefault).length;
  const score = (e: EntryFacts): number => {
    const infer = inferArguments(e);
    const guessable = "kwargs" in infer;
    return (
      (isPart(e, entries) ? 100 : 0) +
      (required(e) === 0 ? 0 : guessable ? (e.isClass ? 10 : 20) : 1000) +
      (e.name.startsWith("_") ? 50 : 0)
    );
  };
  const runnable = entries.filter((e) => !e.isClass || e.forward !== null);
  const whole = runnable.filter((e) => !isPart(e, entries));
  // A block of a model that cannot be built is not what the user asked for.
  return (whole.length > 0 ? whole : runnable).sort(
    (a, b) =>
      score(a) - score(b) ||
      (a.isClass && b.isClass
        ? b.line - a.line
        : Number(b.isClass) - Number(a.isClass) || a.line - b.line),
  );
}

export type Result =
  | { readonly found: Found; readonly candidates: Candidate[] }
  | {
      readonly found: null;
      readonly problem: Problem | null;
      readonly why: string;
      readonly candidates: Candidate[];
    };

/**
 * Finds what to run: options, then a directive comment, then a call that the file itself makes, then inference. Says what is missing where
 * nothing runs, and what was made of the other entries, for their lenses.
 */
export function findSubject(
  request: AnalyzeRequest,
  source: string,
  entries: readonly EntryFacts[],
  prober: Prober,
  examples: readonly Example[] = [],
): Result {
  const wanted = optionsOf(request) ?? directiveOf(source, entries);
  const isCall = wanted && (wanted.args.length > 0 || Object.keys(wanted.kwargs).length > 0);
  if (!isCall && !wanted?.inputs) {
    const found = fromExamples(request, entries, examples, wanted, prober);
    if (found) return { found, candidates: [] };
  }
  const from = wanted ? (wanted.line > 0 ? "directive" : "options") : "inference";
  const order = wanted?.entry
    ? [entries.find((e) => e.name === wanted.entry) ?? outside(wanted.entry)]
    : ranked(entries);
  const candidates: Candidate[] = [];
  let problem: Problem | null = null;
  let isTold = false; // the likeliest entry's reason is the one to tell
  let why = "the file defines no nn.Module that could be built";
  for (const entry of order) {
    const base = specOf(request, entry, wanted);
    if ("missing" in base) {
      const text = `${entry.name} needs ${base.missing}; give it in a comment: # chainrule: ${entry.name}(${base.missing}=…)`;
      candidates.push({ entry: entry.name, at: entry.at, subject: null, why: text });
      if (!isTold) why = text;
      isTold = true;
      continue;
    }
    const tried = withInputs(base.spec, entry, wanted?.inputs ?? null, prober);
    if ("found" in tried) {
      const found: Found = {
        spec: tried.found,
        from,
        at: entry.at.file === "" ? null : entry.at,
        unconfirmed: tried.unconfirmed,
      };
      return { found, candidates };
    }
    candidates.push({ entry: entry.name, at: entry.at, subject: null, why: tried.problem.message });
    if (tried.problem.type === "NoParameters" && order.length > candidates.length) continue;
    // A guess that fails says nothing about the user's code.
    if (tried.isGuess && !tried.problem.unsupported) {
      why = isTold ? why : guessed(base.spec, tried.problem);
    } else if (!isTold || tried.problem.unsupported) problem ??= tried.problem;
    isTold = true;
    if (wanted?.entry) break;
  }
  return { found: null, problem, why, candidates };
}

/** What to write where no guess fits. */
function guessed(spec: Spec, problem: Problem): string {
  const line = problem.at ? ` in line ${problem.at.startLine}` : "";
  return (
    `no guessed input fits ${callText(spec)} (${problem.type}${line}: ${problem.message}); ` +
    `give arguments and input in a comment: # chainrule: ${callText(spec)}, input=(8, …)`
  );
}

/** The first of the file's own calls that runs: whole models before their blocks. */
function fromExamples(
  request: AnalyzeRequest,
  entries: readonly EntryFacts[],
  examples: readonly Example[],
  wanted: Wanted | null,
  prober: Prober,
): Found | null {
  const usable = examples
    .map((example) => ({ example, entry: entries.find((e) => e.name === example.entry) }))
    .filter((e) => !wanted?.entry || e.example.entry === wanted.entry)
    .sort((a, b) => Number(isPart(a.entry, entries)) - Number(isPart(b.entry, entries)));
  for (const { example, entry } of usable.slice(0, 4)) {
    const spec: Spec = {
      entry: example.entry,
      args: example.args.map(py),
      kwargs: Object.fromEntries(Object.entries(example.kwargs).map(([k, v]) => [k, py(v)])),
      inputs: example.inputs.flatMap(plainInput),
      loss: wanted?.loss ?? "auto",
      mode: request.mode ?? "train",
      seed: request.seed ?? 0,
    };
    const facts = prober.ready(spec);
    if (!facts.ok || Object.keys(facts.parameters).length === 0) continue;
    const tried = prober.attempt(spec);
    if (!tried.ok) continue;
    const full = settled(spec, tried, prober, MAX_EXAMPLE_FLOPS);
    if (full) return { spec: full, from: "example", at: entry?.at ?? null, unconfirmed: null };
  }
  return null;
}

/** `torch.randn(2, 3, 8, 8)` as a shape, whose batch may be changed; anything else as it stands. */
function plainInput(text: string): InputSpec[] {
  const plain = /^(?:Variable\()?torch\.(randn|rand)\(\(?([\d\s,]+)\)?\)\)?$/.exec(text);
  if (!plain) return [{ kind: "py", expr: text }];
  const shape = plain[2]!.split(",").map(Number);
  return [{ kind: plain[1] === "rand" ? "rand" : "randn", shape }];
}

/**
 * The spec with a batch that fits: smaller where the arithmetic would take long, larger where a batch normalisation would average over
 * a handful of values. Null where even the smallest batch of an example asks for much more than `limit`; a guess is taken all the same.
 */
function settled(spec: Spec, tried: Attempt, prober: Prober, limit: number): Spec | null {
  const n = spec.inputs[0]?.shape?.[0];
  const isPlain = n !== undefined && spec.inputs.every((i) => i.shape?.[0] === n);
  const isFew = tried.samples !== null && tried.samples < MIN_SAMPLES;
  if (!isPlain) return tried.flops <= 3 * limit ? spec : null;
  const each = tried.flops / n;
  const fits = Math.floor(limit / Math.max(each, 1));
  const want = isFew && n < BATCH ? BATCH : n;
  const batch = Math.max(Math.min(want, fits), Math.min(n, isFew ? BATCH : 2));
  if (batch === n) return each * n <= 4 * limit ? spec : null;
  const inputs = spec.inputs.map((i) => ({ ...i, shape: [batch, ...i.shape!.slice(1)] }));
  const again = prober.attempt({ ...spec, inputs });
  if (!again.ok) return tried.flops <= 3 * limit ? spec : null;
  return again.flops <= 4 * limit || limit === MAX_FLOPS ? { ...spec, inputs } : null;
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

const WANTS_LIST = /'int' object is not (iterable|subscriptable)|object of type 'int' has no len/;

const told = (type: string, message: string): Problem => ({
  type,
  message,
  at: null,
  unsupported: null,
  isMeta: false,
});

/** A spec with inputs that run, or why none does; `isGuess` where the arguments or inputs that failed were ours. */
function withInputs(
  first: Spec,
  entry: EntryFacts,
  given: readonly InputSpec[] | null,
  prober: Prober,
):
  | { readonly found: Spec; readonly unconfirmed: Problem | null }
  | { readonly problem: Problem; readonly isGuess: boolean } {
  let spec = first;
  let facts = prober.ready(spec);
  const lists = facts.ok || given ? undefined : withLists(spec.kwargs);
  if (!facts.ok && lists && WANTS_LIST.test(facts.problem.message)) {
    spec = { ...spec, kwargs: lists };
    facts = prober.ready(spec);
  }
  if (!facts.ok) {
    // A constructor that reads values cannot run on meta tensors; with inputs known, the real run may.
    if (facts.problem.isMeta && given)
      return { found: { ...spec, inputs: given }, unconfirmed: facts.problem };
    return { problem: facts.problem, isGuess: Object.keys(spec.kwargs).length > 0 && !given };
  }
  if (Object.keys(facts.parameters).length === 0)
    return { problem: told("NoParameters", `${spec.entry} has no parameters`), isGuess: true };
  if (given) {
    const full = { ...spec, inputs: given };
    const tried = prober.attempt(full);
    if (tried.ok || tried.problem.isMeta)
      return { found: full, unconfirmed: tried.ok ? null : tried.problem };
    return { problem: tried.problem, isGuess: false };
  }
  const known = {
    ...facts,
    sides: sidesOf(entry, spec.kwargs),
    widths: widthsOf(entry, spec.kwargs),
  };
  const problems: Problem[] = [];
  const seen = new Set<string>();
  let few: Spec | null = null;
  for (const inputs of inputCandidates(known)) {
    const key = JSON.stringify(inputs);
    if (seen.has(key)) continue;
    if (seen.size >= MAX_TRIES) break;
    seen.add(key);
    const full = { ...spec, inputs };
    const tried = prober.attempt(full);
    if (tried.ok) {
      const fit = settled(full, tried, prober, MAX_FLOPS) ?? full;
      if (tried.samples === null || tried.samples >= MIN_SAMPLES || fit !== full)
        return { found: fit, unconfirmed: null };
      few ??= full;
      continue;
    }
    if (tried.problem.isMeta) return { found: full, unconfirmed: tried.problem };
    problems.push(tried.problem);
    if (tried.problem.unsupported) return { problem: tried.problem, isGuess: false };
  }
  if (few) return { found: few, unconfirmed: null };
  const [likeliest] = problems;
  if (!likeliest) return { problem: told("NoInput", "no input was found"), isGuess: true };
  // Every input stops at one place: the model is at fault there, not the guess.
  const isOnePlace = problems.every(
    (p) => p.type === likeliest.type && p.at?.startLine === likeliest.at?.startLine,
  );
  return { problem: likeliest, isGuess: !isOnePlace };
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
    call: found.spec.script ? found.spec.entry : callText(found.spec),
    inputs,
    loss,
    at: found.at,
    choices: [],
    case: { ...found.spec },
  };
}

/** Refuses a case without what every case has. */
export function assertEntry(entry: string | undefined): asserts entry is string {
  if (!entry) throw new EngineError("case", "the case names no entry");
}
