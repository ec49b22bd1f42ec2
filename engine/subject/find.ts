import { EngineError } from "../errors.ts";
import type { AnalyzeRequest } from "../protocol.ts";
import type { Candidate, Choice, Said, Span, Subject } from "../report.ts";
import { inWhy, said, sentenceOf, type Sentence } from "../said.ts";
import { planArguments } from "./arguments.ts";
import { drawnInput, type Wanted } from "./directive.ts";
import { leafChoice, leavesOf } from "./leaves.ts";
import type { Mode, Problem, Prober } from "./probe.ts";
import { withSiblings } from "./modules.ts";
import { isPart, ranked } from "./rank.ts";
import type { Limits, Ran, Stopped } from "./outcome.ts";
import { Search } from "./search.ts";
import { EXAMPLE, fitted, HEAVY, isTooLarge, sized } from "./size.ts";
import type { EntryFacts, Example, InputSpec, Spec } from "./spec.ts";
import { wantedOf } from "./wanted.ts";
import { callText, py, show } from "./spec.ts";

export interface Found {
  readonly spec: Spec;
  readonly from: Subject["from"];
  readonly at: Span | null;
  readonly choices: readonly Choice[];
  /** What was made smaller for the run, and why. */
  readonly reduced: Said | null;
  /** The inputs before anything was made smaller. */
  readonly own?: readonly InputSpec[];
  /** Why no run on meta tensors confirmed it; then the real run decides. */
  readonly unconfirmed: Problem | null;
}

/** As text: equal for subjects that differ in their places alone. */
export const withoutPlaces = (found: Found): string =>
  JSON.stringify(found, (_, value: unknown) =>
    typeof value === "object" && value && "startLine" in value ? null : value,
  );

/**
 * Work (`Prober.spent`) for one entry, for all of them, for one lens and for all lenses: counted, so that a file has the same subject
 * on every machine.
 */
const ENTRY_WORK = 300;
const ALL_WORK = 700;
const LENS_WORK = 15;
const LENSES_WORK = 60;
/** Milliseconds after which a machine is too slow for that work. */
const GUARD_MS = 45_000;

export type Result =
  | { readonly found: Found; readonly candidates: Candidate[] }
  | {
      readonly found: null;
      readonly problem: Problem | null;
      readonly why: Sentence;
      readonly candidates: Candidate[];
    };

/** How a subject is looked for again after its measured run failed: that entry alone, with values in place of meta tensors. */
export interface Again {
  readonly entry: string;
}

/**
 * Finds what to run: options, then a directive comment, then a call that the file itself makes, then inference. Says what is missing where
 * nothing runs.
 */
export function findSubject(
  request: AnalyzeRequest,
  source: string,
  entries: readonly EntryFacts[],
  prober: Prober,
  examples: readonly Example[] = [],
  again: Again | null = null,
  functions: readonly EntryFacts[] = [],
): Result {
  const wanted = wantedOf(request, source, entries);
  const isCall = wanted && (wanted.args.length > 0 || Object.keys(wanted.kwargs).length > 0);
  if (!isCall && !wanted?.inputs && !again) {
    const found = fromExamples(request, entries, examples, wanted, prober);
    if (found) return { found, candidates: [] };
  }
  const from = wanted ? (wanted.line > 0 ? "directive" : "options") : "inference";
  const name = again?.entry ?? wanted?.entry;
  const named = [...entries, ...functions].find((e) => e.name === name);
  const order = name ? [named ?? outside(name)] : ranked(entries);
  const candidates: Candidate[] = [];
  const until = prober.now() + GUARD_MS;
  let problem: Problem | null = null;
  let why: Sentence = said`the file defines no nn.Module that could be built`;
  let isTold = false; // the likeliest entry's reason is the one to tell
  let failed: Failed | null = null;
  const attempt = (entry: EntryFacts, ofLeaves: boolean): ReturnType<typeof tryEntry> => {
    const limits = { work: Math.min(ENTRY_WORK, ALL_WORK - prober.spent()), until };
    const how = { mode: again ? "real" : "meta", ofLeaves } as const;
    return tryEntry(request, entry, entries, wanted, prober, limits, how);
  };
  // What holds no parameters has its turn after all that does: then the gradients are those of its inputs.
  const bare: EntryFacts[] = [];
  const turns = function* (): Generator<readonly [EntryFacts, boolean]> {
    for (const entry of order) yield [entry, false];
    for (const entry of bare) yield [entry, true];
    // A helper beside a model that stops is not what the file is about.
    if (!name && order.length === 0) for (const entry of ranked(functions)) yield [entry, true];
  };
  for (const [entry, ofLeaves] of turns()) {
    const tried = attempt(entry, ofLeaves);
    if ("problem" in tried && tried.problem.type === "NoParameters") {
      bare.push(entry);
      continue;
    }
    if ("spec" in tried && !("problem" in tried)) {
      const found: Found = {
        ...tried,
        choices: [...classChoice(entry, entries, failed, name ?? null), ...tried.choices],
        from,
        at: entry.at.file === "" ? null : entry.at,
      };
      return { found, candidates };
    }
    const text = "missing" in tried ? tried.missing : sentenceOf(tried.problem);
    candidates.push({ entry: entry.name, at: entry.at, subject: null, ...inWhy(text) });
    failed ??= { name: entry.name, why: text };
    if ("missing" in tried) {
      if (!isTold) why = text;
      isTold = true;
      continue;
    }
    // A guess that fails says nothing about the user's code.
    if (tried.problem.type === HEAVY)
      why = isTold ? why : said`${callText(tried.spec)} is too heavy: ${sentenceOf(tried.problem)}`;
    else if ((tried.isGuess || tried.problem.type === "NoGradient") && !tried.problem.unsupported) {
      why = isTold ? why : guessed(tried.spec, tried.problem);
    } else if (!isTold || tried.problem.unsupported) problem ??= tried.problem;
    isTold = true;
    if (prober.spent() >= ALL_WORK || prober.now() > until) break;
  }
  return { found: null, problem, why, candidates };
}

/** What stands for an entry: as the user or the file says, else guessed and mended. */
function tryEntry(
  request: AnalyzeRequest,
  entry: EntryFacts,
  all: readonly EntryFacts[],
  wanted: Wanted | null,
  prober: Prober,
  limits: Limits,
  { mode, ofLeaves }: { readonly mode: Mode; readonly ofLeaves: boolean },
): Ran | Stopped | { readonly missing: Sentence } {
  const method = entry.forward === null ? entry.methods[0]?.name : undefined;
  const base: Spec = {
    entry: entry.name,
    args: wanted?.args ?? [],
    kwargs: wanted?.kwargs ?? {},
    inputs: [],
    loss: wanted?.loss ?? "auto",
    mode: wanted?.mode ?? request.mode ?? "train",
    seed: request.seed ?? 0,
    ...(method && { call: method }),
    ...(entry.isFunction && { function: true }),
  };
  const isGiven = wanted && (wanted.args.length > 0 || Object.keys(wanted.kwargs).length > 0);
  if (wanted?.inputs && (isGiven || entry.params.every((p) => p.hasDefault)))
    return asGiven({ ...base, inputs: wanted.inputs }, entry, prober);
  const near = isGiven ? all : withSiblings(entry, all, prober);
  const plan = isGiven ? { kwargs: {}, whys: {} } : planArguments(entry, near);
  if ("missing" in plan)
    return {
      missing: said`${entry.name} needs ${plan.missing}; give it in a comment: # chainrule: ${entry.name}(${plan.missing}=…)`,
    };
  const search = new Search(base, entry, near, prober, limits, mode, ofLeaves);
  if (wanted?.inputs) return search.withInputs(plan, wanted.inputs);
  return search.run(plan);
}

/** A spec that the user gave whole: nothing is mended. */
function asGiven(given: Spec, entry: EntryFacts, prober: Prober): Ran | Stopped {
  let spec = given;
  const choices = (): Choice[] => leafChoice(spec, entry.forward ?? []);
  const unconfirmed = (problem: Problem): Ran => {
    return { spec, choices: choices(), reduced: null, unconfirmed: problem };
  };
  const facts = prober.ready(spec, "meta");
  // A constructor that reads values cannot run on meta tensors; with inputs known, the real run may.
  if (!facts.ok)
    return facts.problem.isMeta
      ? unconfirmed(facts.problem)
      : { problem: facts.problem, isGuess: false, spec };
  if (Object.keys(facts.parameters).length === 0)
    spec = { ...spec, requires_grad: leavesOf(entry.forward ?? facts.forward) };
  const tried = prober.attempt(spec, "meta");
  if (tried.ok) return fitted({ spec, choices: choices() }, tried, facts, prober);
  if (tried.problem.isMeta) return unconfirmed(tried.problem);
  return { problem: tried.problem, isGuess: false, spec };
}

/** The likeliest entry, where it cannot be run. */
interface Failed {
  readonly name: string;
  readonly why: Sentence;
}

/** Why this class and not another of the file; nothing where there is no other, or the user named it. */
function classChoice(
  entry: EntryFacts,
  all: readonly EntryFacts[],
  failed: Failed | null,
  name: string | null,
): Choice[] {
  if (name !== null || all.length < 2) return [];
  const why = failed
    ? said`${failed.name} could not be made ready (${failed.why})`
    : isPart(entry, all)
      ? said`no class of the file stands alone`
      : said`no other class of the file uses it`;
  return [{ what: "class", value: entry.name, ...inWhy(why) }];
}

const lossChoice = (spec: Spec, kind: string): Choice[] =>
  spec.script
    ? []
    : [
        {
          what: "loss",
          value: kind,
          ...inWhy(lossReason(spec, kind)),
        },
      ];

function lossReason(spec: Spec, kind: string): Sentence {
  if (spec.loss !== "auto") return said`given`;
  if (kind === "self") return said`the model returns it`;
  return kind === "cross-entropy"
    ? said`the output looks like class scores; the classes are random`
    : said`the output does not look like class scores`;
}

/** A call that is longer, in characters, is named without its arguments. */
const LONG_CALL = 48;

/** What to write where no guess fits. */
function guessed(spec: Spec, { type, message, at }: Problem): Sentence {
  const where = at ? said` in ${at.file.slice(at.file.lastIndexOf("/") + 1)}:${at.startLine}` : "";
  const call = callText(spec);
  const example = call.length > LONG_CALL ? `${spec.entry}(…)` : call;
  return said`no guessed input fits ${spec.entry} (${type}${where}: ${message}); give arguments and input in a comment: # chainrule: ${example}, input=(8, …)`;
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
    .sort(
      (a, b) =>
        partOrder(a.entry, entries) - partOrder(b.entry, entries) ||
        Number(a.example.isShown ?? false) - Number(b.example.isShown ?? false),
    );
  for (const { example, entry } of usable.slice(0, 4)) {
    const keywords = Object.entries(example.keywords).map(([k, v]) => [k, py(v)] as const);
    const spec: Spec = {
      entry: example.entry,
      args: example.args.map(py),
      kwargs: Object.fromEntries(Object.entries(example.kwargs).map(([k, v]) => [k, py(v)])),
      inputs: example.inputs.map((text) => drawnInput(text) ?? { kind: "py", expr: text }),
      loss: wanted?.loss ?? "auto",
      mode: wanted?.mode ?? request.mode ?? "train",
      seed: request.seed ?? 0,
      ...(keywords.length > 0 && { call_kwargs: Object.fromEntries(keywords) }),
    };
    const facts = prober.ready(spec, "meta");
    if (!facts.ok || Object.keys(facts.parameters).length === 0 || isTooLarge(facts)) continue;
    const tried = prober.attempt(spec, "meta");
    if (!tried.ok) continue;
    const fit = sized(spec, tried, prober, EXAMPLE);
    if (!fit) continue;
    const choice = {
      what: "subject",
      value: callText(spec),
      ...inWhy(
        example.isShown
          ? said`the file shows it in line ${example.line}`
          : said`the file itself calls it in line ${example.line}`,
      ),
    };
    return {
      spec: fit.spec,
      from: "example",
      at: entry?.at ?? null,
      choices: [choice],
      reduced: fit.why,
      own: spec.inputs,
      unconfirmed: null,
    };
  }
  return null;
}

const partOrder = (e: EntryFacts | undefined, entries: readonly EntryFacts[]): number =>
  Number(isPart(e, entries));

/** An entry that is no top-level class or factory of the file (`models.Net`). */
function outside(name: string): EntryFacts {
  const at = { file: "", startLine: 1, startColumn: 0, endLine: 1, endColumn: 0 };
  return {
    name,
    isClass: true,
    at,
    line: 0,
    uses: [],
    has: [],
    bases: [],
    params: [],
    forward: [],
    methods: [],
  };
}

/** What the other entries would be run with, for their lenses: in bounded time. `ofLeaves`: those without parameters too. */
export function lensesOf(
  request: AnalyzeRequest,
  entries: readonly EntryFacts[],
  prober: Prober,
  known: readonly string[],
  ofLeaves: boolean,
): Candidate[] {
  const until = prober.now() + GUARD_MS / 10;
  const candidates: Candidate[] = [];
  for (const entry of ranked(entries)) {
    if (known.includes(entry.name)) continue;
    const limits = { work: LENS_WORK, until };
    const tried =
      prober.spent() >= LENSES_WORK || prober.now() > until
        ? { missing: said`not looked at: the file has many classes` }
        : tryEntry(request, entry, entries, null, prober, limits, { mode: "meta", ofLeaves });
    const at = entry.at;
    if ("missing" in tried)
      candidates.push({ entry: entry.name, at, subject: null, ...inWhy(tried.missing) });
    else if ("problem" in tried)
      candidates.push({
        entry: entry.name,
        at,
        subject: null,
        ...inWhy(sentenceOf(tried.problem)),
      });
    else {
      const found: Found = { ...tried, from: "inference", at };
      const shapes = tried.spec.inputs.map((i) => ({
        shape: i.shape ?? [],
        dtype:
          i.kind === "randint" ? "int64" : i.kind === "py" ? show(py(i.expr ?? "")) : "float32",
      }));
      candidates.push({
        entry: entry.name,
        at,
        subject: subjectOf(at.file, found, shapes, "auto"),
      });
    }
  }
  return candidates;
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
    choices: [...found.choices, ...lossChoice(found.spec, loss)],
    case: { ...found.spec },
  };
}

/** Refuses a case without what every case has. */
export function assertEntry(entry: string | undefined): asserts entry is string {
  if (!entry) throw new EngineError("case", "the case names no entry");
}
