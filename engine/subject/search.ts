import type { Choice } from "../report.ts";
import { alternatives } from "./alternatives.ts";
import type { Plan } from "./arguments.ts";
import { choicesOf, listsOf, sidesOf, widthsOf } from "./arguments.ts";
import { inputCandidates } from "./inputs.ts";
import { asProbabilities, leafChoice, leafInputs, leavesOf } from "./leaves.ts";
import { mended } from "./mend.ts";
import type { Limits, Ran, Stopped, Tried } from "./outcome.ts";
import { isLater } from "./outcome.ts";
import type { Mode, Problem, Prober } from "./probe.ts";
import { told } from "./probe.ts";
import { expressionOf, reshaped, withIntegers, withKeywords } from "./reshape.ts";
import {
  fitted,
  GUESSED,
  HEAVY,
  isTooLarge,
  MIN_SAMPLES,
  parametersOf,
  sized,
  slimmer,
  tooHeavy,
} from "./size.ts";
import { unpacked } from "./unpack.ts";
import type { EntryFacts, InputSpec, ModelFacts, Param, Spec } from "./spec.ts";
import { renderedAll } from "./values.ts";
import { inWhy, said } from "../said.ts";

type Ready = ReturnType<Prober["ready"]>;

const MAX_ROUNDS = 60;
/** Elements of a model's parameters up to which it is built with values while searching. */
const MAX_REAL = 3e7;

/** One entry with guessed arguments: builds it, mends what its constructor refuses, and looks for inputs that its forward takes. */
export class Search {
  #base: Spec;
  readonly #entry: EntryFacts;
  readonly #all: readonly EntryFacts[];
  readonly #prober: Prober;
  readonly #limits: Limits;
  readonly #from: number;
  /** The smallest batch of a model that is slow but fits, for want of a lighter one. */
  #heavy: Ran | null = null;
  #mode: Mode;
  /** Whether a module without parameters may be run for the gradients of its inputs. */
  readonly #ofLeaves: boolean;

  constructor(
    base: Spec,
    entry: EntryFacts,
    all: readonly EntryFacts[],
    prober: Prober,
    limits: Limits,
    mode: Mode = "meta",
    ofLeaves = false,
  ) {
    this.#base = base;
    this.#entry = entry;
    this.#all = all;
    this.#prober = prober;
    this.#limits = limits;
    this.#from = prober.spent();
    this.#mode = mode;
    this.#ofLeaves = ofLeaves;
  }

  run(plan: Plan): Ran | Stopped {
    const built = this.#build(plan);
    if ("problem" in built) return built;
    if (Object.keys(built.facts.parameters).length === 0) return this.#ofInputs(built);
    const found = this.#inputs(built.plan, built.facts);
    if (!("problem" in found) || found.problem.unsupported || !found.isGuess) return found;
    if (found.problem.type === HEAVY) {
      const lighter = this.#lighter(built.plan, found);
      return "problem" in lighter ? (this.#heavy ?? lighter) : lighter;
    }
    return this.#otherArguments(built.plan, found);
  }

  /** A module without parameters: its inputs are the leaves, and values decide which fit. */
  #ofInputs({ plan, facts }: { readonly plan: Plan; readonly facts: ModelFacts }): Ran | Stopped {
    const problem = told("NoParameters", said`${this.#entry.name} has no parameters`);
    if (!this.#ofLeaves) return { problem, isGuess: true, spec: this.#spec(plan) };
    const leaves = leavesOf(this.#forward(facts));
    this.#base = { ...this.#base, requires_grad: leaves };
    this.#mode = "real";
    const built = this.#prober.ready(this.#spec(plan), this.#mode);
    if (!built.ok) return { problem: built.problem, isGuess: true, spec: this.#spec(plan) };
    return this.#inputs(plan, built);
  }

  /** The same where the user gave the inputs: only the arguments are ours. */
  withInputs(plan: Plan, inputs: readonly InputSpec[]): Ran | Stopped {
    const built = this.#build(plan);
    if ("problem" in built) return built;
    const spec = { ...this.#spec(built.plan), inputs };
    const tried = this.#attempt(spec, built.facts);
    const choices = choicesOf(built.plan);
    if (tried.ok) return fitted({ spec, choices }, tried, built.facts, this.#prober, this.#mode);
    if (!tried.problem.isMeta) return { problem: tried.problem, isGuess: false, spec };
    return { spec, choices, reduced: null, unconfirmed: tried.problem };
  }

  #isOver(): boolean {
    const spent = this.#prober.spent() - this.#from;
    return spent >= this.#limits.work || this.#prober.now() > this.#limits.until;
  }

  #spec(plan: Plan): Spec {
    return { ...this.#base, kwargs: { ...this.#base.kwargs, ...renderedAll(plan.kwargs) } };
  }

  /** A plan whose constructor goes through, mended step by step: each step gets further, or stops at something else. */
  #build(first: Plan): { readonly plan: Plan; readonly facts: ModelFacts } | Stopped {
    let plan = first;
    const seen = new Set([JSON.stringify(plan.kwargs)]);
    let last: Ready = this.#ready(plan);
    for (let round = 0; !last.ok && round < MAX_ROUNDS && !this.#isOver(); round++) {
      const { problem } = last;
      if (problem.unsupported || HOPELESS.test(problem.type)) break;
      let next: { readonly plan: Plan; readonly answer: Ready } | null = null;
      for (const other of mended(plan, problem, this.#entry, this.#all)) {
        const key = JSON.stringify(other.kwargs);
        if (seen.has(key)) continue;
        seen.add(key);
        if (this.#isOver()) break;
        const answer = this.#ready(other);
        const isFurther =
          answer.ok ||
          answer.made.ops > last.made.ops ||
          (answer.made.ops === last.made.ops && isLater(problem, answer.problem));
        if (!isFurther) continue;
        next = { plan: other, answer };
        break;
      }
      if (!next) break;
      ({ plan, answer: last } = next);
    }
    if (!last.ok) {
      const isGuess = Object.keys(plan.kwargs).length > 0;
      return { problem: last.problem, isGuess, spec: this.#spec(plan) };
    }
    if (!isTooLarge(last)) return { plan, facts: last };
    let best = { plan, facts: last as ModelFacts };
    for (const small of slimmer(plan, this.#entry)) {
      const answer = this.#ready(small);
      if (answer.ok && parametersOf(answer) < parametersOf(best.facts))
        best = { plan: small, facts: answer };
      if (!isTooLarge(best.facts)) break;
    }
    return best;
  }

  #ready(plan: Plan): Ready {
    const answer = this.#prober.ready(this.#spec(plan), this.#mode);
    if (answer.ok || !answer.problem.isMeta || this.#mode !== "meta") return answer;
    // A constructor that reads values is run with values.
    this.#mode = "built";
    return this.#prober.ready(this.#spec(plan), this.#mode);
  }

  #forward(facts: ModelFacts): readonly Param[] {
    const methods = this.#entry.methods.find((m) => m.name === this.#base.call);
    const told = this.#entry.forward ?? methods?.params ?? [];
    return facts.forward.map((p) => told.find((q) => q.name === p.name) ?? p);
  }

  /** Inputs that go through: the usual ones for the first layers, each reshaped as the messages of what fails say. */
  #inputs(plan: Plan, facts: ModelFacts, most = INPUT_TRIES): Ran | Stopped {
    const spec = this.#spec(plan);
    const forward = this.#forward(facts);
    const known = {
      ...facts,
      forward,
      sides: sidesOf(this.#entry, plan.kwargs),
      widths: widthsOf(this.#entry, plan.kwargs),
      lists: listsOf(plan.kwargs),
    };
    const leaves = this.#base.requires_grad;
    const problems: Problem[] = [];
    const seen = new Set<string>();
    let furthest = { ops: -1, problem: told("NoInput", said`no input was found`) };
    let few: Ran | null = null;
    const whole = new Set<number>(); // inputs that the code wants as integers
    const required = forward.filter((p) => !p.hasDefault).map((p) => p.name);
    const order = (problem: Problem): number[] =>
      (problem.blame?.names ?? []).map((name) => required.indexOf(name)).filter((k) => k >= 0);
    const trial = (inputs: readonly InputSpec[], depth: number): Ran | Stopped | null => {
      const key = JSON.stringify(inputs);
      if (seen.has(key) || seen.size > most || this.#isOver()) return null;
      seen.add(key);
      const full = withKeywords(spec, inputs, forward);
      const tried = this.#attempt(full, facts);
      if (tried.ok) {
        if (!tried.isFinite && leaves) {
          few ??= { spec: full, choices: this.#told(plan, full), reduced: null, unconfirmed: null };
          return trial(asProbabilities(inputs, leaves), 0);
        }
        const ran = this.#settled(plan, full, tried, facts);
        if (!ran) {
          this.#heavy ??= this.#least(plan, full, tried, facts);
          const most = this.#prober.most(parametersOf(facts));
          const problem = told(HEAVY, tooHeavy(tried.made, facts, most));
          return { problem, isGuess: true, spec: full };
        }
        if (tried.samples === null || tried.samples >= MIN_SAMPLES || ran.spec !== full) return ran;
        few ??= ran;
        return null;
      }
      const { problem } = tried;
      if (problem.isMeta) return this.#unconfirmed(plan, full, problem);
      problems.push(problem);
      if (problem.unsupported) return { problem, isGuess: false, spec: full };
      const isFurther = tried.made.ops > furthest.ops;
      if (isFurther) furthest = { ops: tried.made.ops, problem };
      if (depth === 0 || !(isFurther || (depth < DEPTH && tried.made.ops >= furthest.ops)))
        return null;
      let n = 0;
      const others = [
        unpacked(inputs, problem, forward, known),
        reshaped(inputs, problem, order(problem)),
      ];
      for (const other of others.flatMap((o) => [...o])) {
        const before = furthest.ops;
        if (++n > WIDTH) break;
        const hit = trial(other, depth - 1);
        if (hit) return hit;
        if (furthest.ops > before)
          for (const [k, i] of other.entries())
            if (i.kind === "randint" && inputs[k]?.kind === "randn") whole.add(k);
      }
      return null;
    };
    // Any shape suits what has no weights: each usual one comes before the mending of any.
    const usual = leaves ? leafInputs(this.#entry.name, known) : [];
    const missed: (readonly [readonly InputSpec[], Problem])[] = [];
    for (const inputs of usual) {
      const hit = this.#isOver() ? null : trial(inputs, 0);
      if (hit) return hit;
      const problem = problems.at(-1);
      if (problem) missed.push([inputs, problem]);
    }
    if (few) return few;
    for (const [inputs, problem] of missed)
      for (const other of reshaped(inputs, problem, order(problem))) {
        const hit = this.#isOver() ? null : trial(other, 2);
        if (hit) return hit;
      }
    for (const inputs of inputCandidates(known)) {
      if (this.#isOver()) break;
      const hit = trial(withIntegers(inputs, whole), DEPTH);
      if (hit) return hit;
    }
    if (few) return few;
    const [first] = problems;
    // Every input stops at one place: the model is at fault there, not the guess.
    const isOnePlace =
      first !== undefined &&
      problems.length > 3 &&
      problems.every((p) => p.type === first.type && p.at?.startLine === first.at?.startLine);
    const isOurs = !isOnePlace || Object.keys(plan.kwargs).length > 0;
    return { problem: furthest.problem, isGuess: isOurs, spec, ops: furthest.ops };
  }

  #attempt(spec: Spec, facts: ModelFacts): ReturnType<Prober["attempt"]> {
    const tried = this.#prober.attempt(spec, this.#mode);
    if (tried.ok || !tried.problem.isMeta || this.#mode === "real") return tried;
    if (parametersOf(facts) > MAX_REAL) return tried;
    // A forward that reads values is run with values.
    const built = this.#prober.ready(spec, "real");
    if (!built.ok) return { ...tried };
    this.#mode = "real";
    return this.#prober.attempt(spec, "real");
  }

  #unconfirmed(plan: Plan, spec: Spec, problem: Problem): Ran {
    return { spec, choices: this.#told(plan, spec), reduced: null, unconfirmed: problem };
  }

  /** With targets where the model computes its own loss of them, and a batch that fits; null where none does. */
  #settled(plan: Plan, full: Spec, tried: Tried, facts: ModelFacts): Ran | null {
    const withLoss = this.#targets(full, tried, facts);
    const chosen = withLoss ?? { spec: full, tried };
    const fit = sized(chosen.spec, chosen.tried, this.#prober, GUESSED, this.#mode);
    if (!fit) return null;
    const spec = fit.spec === full ? full : fit.spec;
    return { spec, choices: this.#told(plan, spec), reduced: fit.why, unconfirmed: null };
  }

  /** The least of a model that is slow, where the budget has room for it. */
  #least(plan: Plan, full: Spec, tried: Tried, facts: ModelFacts): Ran | null {
    const most = this.#prober.most(parametersOf(facts));
    const fit = sized(full, tried, this.#prober, { ...GUESSED, most }, this.#mode);
    if (!fit) return null;
    const { spec, why } = fit;
    return { spec, choices: this.#told(plan, spec), reduced: why, unconfirmed: null };
  }

  /** The same inputs with targets for an optional parameter of that name, where the output then holds a single number. */
  #targets(
    spec: Spec,
    tried: Tried,
    facts: ModelFacts,
  ): { readonly spec: Spec; readonly tried: Tried } | null {
    const forward = this.#forward(facts);
    const k = forward.findIndex((p) => TARGETS.test(p.name) && p.default === "None");
    if (tried.shape.length === 0 || k < spec.inputs.length || this.#base.loss !== "auto")
      return null;
    const between = forward.slice(spec.inputs.length, k);
    if (between.some((p) => !p.hasDefault || p.keywordOnly)) return null;
    const filling = between.map((p): InputSpec => ({ kind: "py", expr: p.default ?? "None" }));
    const main = spec.inputs[0]?.shape ?? tried.shape;
    const high = Math.max(2, tried.shape.at(-1) ?? 2);
    const shapes =
      spec.inputs[0]?.kind === "randint" ? [main, main.slice(0, 1)] : [main.slice(0, 1)];
    for (const shape of shapes) {
      const target: InputSpec = { kind: "randint", low: 0, high, shape };
      const full = { ...spec, inputs: [...spec.inputs, ...filling, target] };
      const again = this.#attempt(full, facts);
      if (!again.ok) continue;
      if (again.shape.length === 0) return { spec: full, tried: again };
      const path = again.scalars.find((p) => p.includes("loss")) ?? again.scalars[0];
      if (path) return { spec: { ...full, output: path }, tried: again };
    }
    return null;
  }

  #told(plan: Plan, spec: Spec): Choice[] {
    const names =
      this.#entry.forward ?? this.#entry.methods.find((m) => m.name === spec.call)?.params;
    const inputs = spec.inputs.map((i, k): Choice => {
      const name = names?.[k]?.name ?? String(k + 1);
      const isTarget = spec.output !== undefined && k === spec.inputs.length - 1;
      return {
        what: `input ${name}`,
        value: expressionOf(i),
        ...inWhy(
          isTarget
            ? said`the model computes its own loss of it`
            : spec.requires_grad
              ? said`the first that it takes`
              : said`the first that its layers take`,
        ),
      };
    });
    const how = spec.call
      ? [
          {
            what: "method",
            value: spec.call,
            ...inWhy(said`the class has no forward that computes`),
          },
        ]
      : [];
    return [...choicesOf(plan), ...how, ...inputs, ...leafChoice(spec, names ?? [])];
  }

  /** A smaller model, where no batch of the one that was found fits. */
  #lighter(plan: Plan, stopped: Stopped): Ran | Stopped {
    for (const small of slimmer(plan, this.#entry)) {
      const answer = this.#ready(small);
      if (!answer.ok) continue;
      const found = this.#inputs(small, answer);
      if (!("problem" in found)) return found;
    }
    return stopped;
  }

  /** Where no input goes through, other arguments may: those behind what fails first. */
  #otherArguments(plan: Plan, stopped: Stopped): Ran | Stopped {
    for (const other of alternatives(plan, stopped.problem)) {
      if (this.#isOver()) return stopped;
      const answer = this.#ready(other);
      if (!answer.ok) continue;
      const found = this.#inputs(other, answer, FEW_TRIES);
      if (!("problem" in found)) return found;
      // One of them gets further: what stops it there is next.
      if ((found.ops ?? 0) > (stopped.ops ?? 0)) return this.#otherArguments(other, found);
    }
    return stopped;
  }
}

/** Steps of reshaping after one candidate, and reshapings tried at each. */
const DEPTH = 4;
const WIDTH = 12;
/** Lists of inputs tried for one set of arguments: other arguments must have their turn. */
const INPUT_TRIES = 90;
const FEW_TRIES = 30;
const TARGETS = /^(targets?|labels?|y|tgt_labels?|gt)$/i;

/** What no argument mends: the file itself is at fault. */
const HOPELESS = /^(NameError|ImportError|ModuleNotFoundError|SyntaxError)$/;
