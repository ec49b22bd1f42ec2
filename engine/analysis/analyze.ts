import { DEFAULT_BUDGET, heaviest } from "../budget.ts";
import { EngineError } from "../errors.ts";
import type { Budget, AnalyzeRequest } from "../protocol.ts";
import type { Candidate, Choice, Package, Replaced, Report, Settings, Span } from "../report.ts";
import { REPORT_VERSION } from "../report.ts";
import { explained, explanation, type Explained } from "../rules/explained.ts";
import { fitting, Judge, mending } from "./judged.ts";
import type { RunAnswer } from "./ran.ts";
import { noSubject, scriptStopped, stopOf, type Why } from "./stops.ts";
import { refusal, refusedBy } from "../rules/halfConstant.ts";
import type { EntryFacts, Example, Spec } from "../subject/spec.ts";
import { trainsOthers, type HelperFacts } from "./trainsOthers.ts";
import { chosenOptimizer } from "./trained.ts";
import { hasDirective } from "../subject/directive.ts";
import { overBudget, withHalf } from "../subject/size.ts";
import type { Again, Found, Result } from "../subject/find.ts";
import { asTraining } from "../subject/lightning.ts";
import { givenEntry } from "../subject/wanted.ts";
import { mayTrain } from "./mayTrain.ts";
import { namedPaths } from "./namedPaths.ts";
import { hasOwnBatch } from "../subject/ownBatch.ts";
import { tamed } from "../subject/finite.ts";
import { findSubject, lensesOf, subjectOf, withoutPlaces } from "../subject/find.ts";
import type { Answer, Problem, Prober } from "../subject/probe.ts";
import { proberOf, type Workplace } from "./workplace.ts";
import { inReduced, inWhy, said, type Sentence } from "../said.ts";

interface Notes {
  readonly replaced: readonly Replaced[];
  readonly choices: readonly Choice[];
}

interface Loaded {
  readonly candidates: readonly EntryFacts[];
  readonly functions: readonly EntryFacts[];
  readonly examples: readonly Example[];
}

/** Share of the time budget that a script may take to its first steps; the rest is left for inference. */
const SCRIPT_SHARE = 0.6;
/** What a launcher of several processes sets in each one's environment: `surroundings.py` has the values. */
const RANKS = /RANK|WORLD_SIZE|MASTER_/;
const NOTHING_CHOSEN = { at: null, choices: [], reduced: null, unconfirmed: null };

/** How a script was run, for its case. */
const commandOf = ({ argv, rows }: RunAnswer): Pick<Spec, "argv" | "rows"> => ({
  ...(argv && { argv }),
  ...(rows && { rows }),
});

/** One request from source to Report. Never throws for the user's mistakes: those are findings. */
export class Analysis {
  readonly #request: AnalyzeRequest;
  readonly #at: Workplace;
  readonly #start: number;
  readonly #ms: Record<string, number> = {};
  #settings: Settings;
  #candidates: readonly Candidate[] = [];
  #trains: "import" | "main" | null = null;
  /** Why the file was not taken as a script, though it trains. */
  #stopped: Problem | null = null;
  /** Arithmetic before the measured run. */
  #flops = 0;
  #reduced: Sentence | null = null;
  /** See `Outcome`. */
  found: string | null = null;

  constructor(request: AnalyzeRequest, workplace: Workplace) {
    this.#start = workplace.now();
    this.#request = request;
    this.#at = workplace;
    const mode = request.case?.["mode"] === "eval" ? "eval" : (request.mode ?? "train");
    const seed = (request.case?.["seed"] as number | undefined) ?? request.seed ?? 0;
    const optimizer = chosenOptimizer(request);
    const dtype = request.dtype ?? "float32";
    this.#settings = { seed, dtype, mode, ...(optimizer && { optimizer }) };
  }

  run(): Report {
    const start = this.#at.now();
    this.#at.progress("import", this.#request.file);
    this.#look();
    if (this.#trains && this.#isFree()) {
      const report = this.#measure(this.#script());
      const stopped = this.#stopped;
      // Its classes alone would run in float32 and say nothing of it.
      // Nor would they meet what stops it, and with it what mends it.
      const isTold = stopped && (refusedBy(stopped.message, stopped.at) ?? this.#mendable(stopped));
      if (report.subject || isTold) return this.#noted(report);
    }
    const loaded = this.#load();
    this.#ms["import"] = this.#at.now() - start;
    if (!loaded.ok) return this.#noted(this.#failed(this.#stopped ?? loaded.problem, null));
    this.#at.progress("subject", "");
    const from = this.#at.now();
    const found = this.#find(loaded);
    this.#ms["subject"] = this.#at.now() - from;
    const stopped = this.#stopped;
    if (!found.found)
      return this.#noted(this.#failed(stopped ?? found.problem, stopped ? null : this.#why(found)));
    this.found = withoutPlaces(found.found);
    if (this.isKnown) return this.#withLenses(this.#empty(), loaded, found.found);
    const first = this.#measure(found.found, () => this.#again(loaded, found.found));
    const report = tamed(found.found, first, this.#prober(), (other) => this.#measure(other));
    if (stopped && !report.subject) return this.#noted(this.#failed(stopped, null));
    return this.#noted(this.#withLenses(report, loaded, found.found));
  }

  get isKnown(): boolean {
    return this.found !== null && this.found === this.#request.known;
  }

  /** Why there is no subject; of a file without candidates, what it is for. */
  #why({ problem, why }: { readonly problem: Problem | null; readonly why: Sentence }): Why {
    if (problem || this.#candidates.length > 0) return { why };
    const asked = { file: this.#at.placeOf(this.#request.file) };
    const told = this.#at.ask<HelperFacts>("helper", asked);
    return (told.ok ? trainsOthers(told) : undefined) ?? { why };
  }

  /** The report with what the file's other classes would be run with. */
  #withLenses(report: Report, loaded: Loaded, found: Found): Report {
    if (this.#request.case || this.#request.others === false) return report;
    const since = this.#at.now();
    const known = [found.spec.entry, ...this.#candidates.map((c) => c.entry)];
    if (report.subject && loaded.candidates.some(({ name }) => !known.includes(name)))
      this.#at.measured(this.#noted(report));
    const ofLeaves = found.spec.requires_grad !== undefined;
    const more = lensesOf(this.#request, loaded.candidates, this.#prober(), known, ofLeaves);
    this.#candidates = [...this.#candidates, ...more];
    this.#ms["lenses"] = this.#at.now() - since;
    return {
      ...report,
      candidates: this.#candidates,
      cost: { ...report.cost, ms: { ...this.#ms } },
    };
  }

  #secondsLeft(): number {
    return Math.max(0, this.#budget.ms - (this.#at.now() - this.#start)) / 1000;
  }

  get #budget(): Budget {
    return this.#request.budget ?? DEFAULT_BUDGET;
  }

  /** Nobody said what to run: no case, no option, no directive. */
  #isFree(): boolean {
    const r = this.#request;
    return !r.case && !r.entry && !hasDirective(r.sources[r.file] ?? "");
  }

  /** Reads the file without running it. */
  #look(): void {
    const r = this.#request;
    const looked = this.#at.ask<{ readonly trains: "import" | "main" | null }>("look", {
      file: this.#at.placeOf(r.file),
      files: Object.fromEntries(Object.keys(r.sources).map((p) => [this.#at.placeOf(p), p])),
      mayTrain: (r.open?.environment ?? []).length > 0 || Object.values(r.sources).some(mayTrain),
      environ: Object.entries(r.sources)
        .filter(([, text]) => text.includes("environ") && RANKS.test(text))
        .map(([p]) => this.#at.placeOf(p)),
      named: namedPaths(r.sources),
      isPublic: !r.case || r.case["each"] === true,
    });
    if (looked.ok) this.#trains = looked.trains;
  }

  #load(): Answer<Loaded> {
    const r = this.#request;
    // A script is run, not imported.
    if (r.case?.["script"]) return { ok: true, candidates: [], functions: [], examples: [] };
    return this.#at.ask("load", {
      file: this.#at.placeOf(r.file),
      root: r.case ? this.#at.placeOf(r.roots[0] ?? "") : "",
      seed: this.#settings.seed,
      spec: r.case ?? null,
      only: givenEntry(r, r.sources[r.file] ?? ""),
      // Importing would train: what fails is left out, for the sake of the classes below it.
      isTolerant: this.#isFree() && this.#trains === "import",
    });
  }

  /** The file itself, as `__main__`. */
  #script(): Found {
    const { seed, mode } = this.#settings;
    const entry = this.#request.file.split("/").at(-1) ?? "";
    const spec = { entry, args: [], kwargs: {}, inputs: [], loss: "auto", mode, seed };
    return { ...NOTHING_CHOSEN, spec: { ...spec, script: true, each: true }, from: "script" };
  }

  /** An exception that an edit may mend, and that the user's own data brought about. */
  #mendable(problem: Problem): Explained | null {
    const known = explained(problem);
    const notes = known?.isOfData ? this.#notes() : null;
    return known && known.remedies.length > 0 && !notes?.replaced.length ? known : null;
  }

  #notes(): Notes | null {
    const notes = this.#at.ask<Notes>("notes", {});
    return notes.ok ? notes : null;
  }

  /** The report with what was replaced and chosen, and why a script that trains was not taken as one. */
  #noted(report: Report): Report {
    const notes = this.#notes();
    if (!notes) return report;
    const { subject } = report;
    const stopped = subject ? this.#stopped : null;
    const line = stopped?.at ? said` in line ${stopped.at.startLine}` : "";
    const why = stopped ? said`as a script it stops${line}: ${stopped.message}` : "";
    const instead: Choice[] =
      stopped && subject?.from !== "script"
        ? [{ what: "subject", value: subject?.call ?? "", ...inWhy(why) }]
        : [];
    return {
      ...report,
      replaced: [...report.replaced, ...notes.replaced],
      subject: subject && {
        ...subject,
        choices: [...instead, ...subject.choices, ...notes.choices],
      },
      findings: stopped
        ? [...report.findings, scriptStopped(stopped, this.#wholeFile(), !notes.replaced.length)]
        : report.findings,
    };
  }

  #find(
    loaded: Loaded,
  ): { found: Found } | { found: null; problem: Problem | null; why: Sentence } {
    const r = this.#request;
    if (r.case) {
      if (!r.case.entry && !r.case["script"])
        throw new EngineError("case", "the case names no entry");
      const spec = {
        mode: "train",
        seed: 0,
        args: [],
        kwargs: {},
        inputs: [],
        loss: "auto",
        ...r.case,
      } as unknown as Spec;
      return {
        found: { ...NOTHING_CHOSEN, spec, from: r.case["script"] ? "script" : "case" },
      };
    }
    try {
      const result = this.#search(loaded, null);
      this.#candidates = result.candidates;
      return result.found ? { ...result, found: asTraining(result.found, this.#prober()) } : result;
    } catch (e) {
      if (!(e instanceof EngineError) || e.code !== "directive") throw e;
      return { found: null, problem: null, why: e.message };
    }
  }

  #search(loaded: Loaded, again: Again | null): Result {
    const r = this.#request;
    const { candidates, examples, functions } = loaded;
    const source = r.sources[r.file] ?? "";
    const prober = this.#prober();
    const result = findSubject(r, source, candidates, prober, examples, again, functions);
    if (result.found) this.#at.expect(prober.takes());
    return result;
  }

  #prober(): Prober {
    return proberOf(this.#at, this.#request.file, (elements) =>
      heaviest(this.#budget, elements, this.#settings.dtype === "float64"),
    );
  }

  /** A guess that fails only with values is looked for again with values. */
  #again(loaded: Loaded, found: Found): Found | null {
    if (found.from !== "inference") return null;
    const result = this.#search(loaded, { entry: found.spec.entry });
    return result.found;
  }

  #measure(found: Found, again: (() => Found | null) | null = null): Report {
    const { spec } = found;
    this.#flops = this.#at.made().flops;
    this.#at.forgetPeak();
    this.#reduced = found.reduced;
    this.#settings = { ...this.#settings, mode: spec.mode };
    this.#at.progress("forward", spec.entry);
    const request = {
      spec,
      seconds: (SCRIPT_SHARE * this.#budget.ms) / 1000,
      dtype: this.#settings.dtype,
      file: this.#at.placeOf(this.#request.file),
      precision: this.#request.precision,
    };
    const ran = this.#at.ask<RunAnswer>("run", request);
    if (!ran.ok) {
      if (found.from === "script" && this.#isFree()) this.#stopped = ran.problem;
      const isFull =
        ran.problem.type === "MemoryError" && !this.#request.case && found.from !== "script";
      if (isFull) {
        const own = found.own ?? spec.inputs;
        const less = withHalf(spec, own, found.from === "inference", this.#prober());
        if (less)
          return this.#measure({ ...found, own, spec: less.spec, reduced: less.why }, again);
      }
      const other = ran.problem.unsupported ? null : again?.();
      if (other) return this.#measure(other);
      return isFull
        ? this.#failed(null, { why: overBudget(spec, this.#budget.bytes) }, found)
        : this.#failed(ran.problem, null, found);
    }
    if (ran.problem) this.#stopped = ran.problem;
    this.#reduced ??= ran.reduced ?? null;
    const cost = this.#cost(); // without the runs that only tell zeros apart
    Object.assign(this.#ms, ran.ms);
    this.#at.progress("rules", "");
    const start = this.#at.now();
    const asRun = { ...found, spec: { ...spec, ...commandOf(ran) } };
    const subject = subjectOf(this.#request.file, asRun, ran.inputs, ran.lossKind);
    const wholeFile = this.#wholeFile();
    const judge = new Judge(this.#at, this.#request, this.#settings, {
      seconds: () => this.#secondsLeft(),
      ms: this.#budget.ms,
    });
    const judged = judge.judged(ran, request, asRun.spec, {
      subjectAt: subject.at ?? wholeFile,
      wholeFile,
      hasOwnBatch: hasOwnBatch(subject, this.#reduced),
    });
    this.#ms["rules"] = this.#at.now() - start;
    return {
      ...this.#empty(),
      cost: { ...cost, ms: { ...this.#ms } },
      subject,
      loss: ran.loss,
      probes: ran.probes,
      ...judged,
    };
  }

  #wholeFile(): Span {
    return { file: this.#request.file, startLine: 1, startColumn: 0, endLine: 1, endColumn: 0 };
  }

  /** The user's exception, or what is missing to find a subject, as one finding on its line. */
  #failed(problem: Problem | null, why: Why | null, found?: Found): Report {
    const at = problem?.at ?? found?.at ?? this.#candidates[0]?.at ?? this.#wholeFile();
    const lacking = problem?.unsupported ?? null;
    const refused = problem && refusedBy(problem.message, problem.at);
    const isOfScript = found?.from === "script" || problem === this.#stopped;
    const known = problem && !refused && isOfScript ? explained(problem) : null;
    const finding = !problem
      ? noSubject(why ?? { why: "" }, at)
      : refused
        ? refusal(refused, `${problem.type}: ${problem.message}`, "")
        : known
          ? explanation(known, problem, at, !this.#notes()?.replaced.length)
          : stopOf(problem, at, found ?? null);
    return {
      ...this.#empty(),
      findings: [finding],
      unsupported: lacking ? [{ name: lacking, at: problem?.at ?? null }] : [],
      proposals: refused
        ? fitting(this.#at, this.#request.file, this.#settings.mode, finding, refused)
        : known
          ? mending(this.#at, this.#request.file, known)
          : [],
    };
  }

  #packages(): readonly Package[] {
    const request = { file: this.#at.placeOf(this.#request.file) };
    const told = this.#at.ask<{ readonly packages: readonly Package[] }>("imported", request);
    return told.ok ? told.packages : [];
  }

  #empty(): Report {
    return {
      version: REPORT_VERSION,
      subject: null,
      settings: this.#settings,
      loss: null,
      probes: null,
      layers: [],
      parameters: [],
      findings: [],
      proposals: [],
      unsupported: [],
      candidates: this.#candidates,
      replaced: [],
      packages: this.#packages(),
      cost: this.#cost(),
      log: "",
    };
  }

  /** What was spent since the measured run began. */
  #cost(): Report["cost"] {
    return {
      ms: { ...this.#ms },
      peakBytes: this.#at.peakBytes(),
      flops: this.#at.made().flops - this.#flops,
      ...(this.#reduced && inReduced(this.#reduced)),
    };
  }
}
