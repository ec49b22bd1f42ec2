/** From a run's numbers to a report's: kinds of zero told apart, further runs made where there is time, rules asked, remedies proposed. */
import { DEFAULT_BUDGET } from "../budget.ts";
import { proposals, titleOf, TRIAL } from "../fixes/propose.ts";
import type { Explained } from "../rules/explained.ts";
import { withFurther } from "./further.ts";
import { inMixed, NOT_MIXED, type InMixed } from "./mixed.ts";
import type { AnalyzeRequest } from "../protocol.ts";
import { layersOf, type RunAnswer } from "./ran.ts";
import type { Edit, Finding, Parameter, Proposal, Report, Settings, Span } from "../report.ts";
import { unsuppressed } from "../rules/configure.ts";
import { judgeAll } from "../rules/index.ts";
import { rangesOf } from "../rules/ranges.ts";
import type { Remedy } from "../rules/step.ts";
import type { Evidence, HalfConstant } from "../rules/rule.ts";
import type { Spec } from "../subject/spec.ts";
import { cameWithSteps, trained, type Trained } from "./trained.ts";
import type { Workplace } from "./workplace.ts";
import { inTitle } from "../said.ts";
import { toldZeros } from "./zeros.ts";

/** Share of the time left that further runs may take, and what they cost in passes of the first. */
const REPEAT_SHARE = 0.6;
const NORMS_PASSES = 3; // in float64, without SIMD's full width
const WAKE_PASSES = 5;
const HALF_PASSES = 3;
const WAKE_MS = DEFAULT_BUDGET.ms; // a larger budget is for the run itself

/** A run that Python has been asked for. */
export interface Asked {
  readonly spec: Spec;
  readonly dtype: string;
  readonly file: string;
}

/** What a report has of a run that went through. */
export type Judged = Pick<
  Report,
  | "layers"
  | "parameters"
  | "optimizers"
  | "steps"
  | "clipping"
  | "curvature"
  | "terms"
  | "accumulation"
  | "mixed"
  | "formats"
  | "jacobians"
  | "findings"
  | "proposals"
>;

type Steps = Pick<Report, "optimizers" | "steps" | "clipping" | "curvature">;

/** What only a script tells, or a chosen optimizer's steps. */
const stepsOf = ({
  optimizers,
  steps,
  clipping,
  curvature,
}: Pick<RunAnswer, keyof Steps> | Steps): Steps => ({
  ...(optimizers && { optimizers }),
  ...(steps && { steps }),
  ...(clipping && { clipping }),
  ...(curvature && { curvature }),
});

/** A remedy as edits of the user's source; null where it has no place there. */
function editsOf(
  at: Workplace,
  file: string,
  remedy: Remedy,
  entry: string,
  holder: string | null,
): readonly Edit[] | null {
  const found = at.ask<{ readonly edits: readonly Edit[] | null }>("edit", {
    remedy,
    entry,
    file,
    holder,
  });
  return found.ok ? found.edits : null;
}

/** What may help against a number that PyTorch refused: nothing was measured, the constant is all the evidence. */
export function fitting(
  at: Workplace,
  file: string,
  mode: Settings["mode"],
  finding: Finding,
  refused: HalfConstant,
): readonly Proposal[] {
  const evidence: Evidence = {
    layers: [],
    parameters: [],
    loss: null,
    lossKind: "",
    mode,
    outputShape: [],
    subjectAt: finding.at,
    constants: [refused],
  };
  return proposals([finding], evidence, (remedy) => editsOf(at, file, remedy, "", null));
}

/** What may help against an exception that is understood: nothing was measured. */
export const mending = (
  at: Workplace,
  file: string,
  { code, remedies }: Explained,
): readonly Proposal[] =>
  remedies.flatMap((remedy): Proposal[] => {
    const edits = editsOf(at, file, remedy, "", null);
    return edits ? [{ code, ...inTitle(titleOf(remedy)), kind: "behaviour", edits }] : [];
  });

/** Judges one run. `seconds`: what is left of its budget, which is `ms` in all. */
export class Judge {
  readonly #at: Workplace;
  readonly #request: AnalyzeRequest;
  readonly #settings: Settings;
  readonly #seconds: () => number;
  readonly #ms: number;

  constructor(
    at: Workplace,
    request: AnalyzeRequest,
    settings: Settings,
    budget: { readonly seconds: () => number; readonly ms: number },
  ) {
    this.#at = at;
    this.#request = request;
    this.#settings = settings;
    this.#seconds = budget.seconds;
    this.#ms = budget.ms;
  }

  /** `asRun`: the run with what it chose by itself; `wholeFile`: where a finding without a place stands. */
  judged(
    ran: RunAnswer,
    asked: Asked,
    asRun: Spec,
    about: { readonly subjectAt: Span; readonly wholeFile: Span; readonly hasOwnBatch: boolean },
  ): Judged {
    const { subjectAt, wholeFile } = about;
    const isTrial = this.#request.case?.id === TRIAL;
    const told = this.#told(ran, asked);
    const layers = layersOf(ran, this.#at.calls, asked.spec.script === true);
    const after = this.#trained(asked);
    const parameters = told.map((p) =>
      after ? { ...p, updateRatio: after.ratios[p.name] ?? null } : p,
    );
    const further = { ...asked, spec: asRun, seconds: this.#seconds() };
    const halved = this.#halved(ran, further, wholeFile);
    const shown = {
      layers,
      parameters,
      ...stepsOf(after ?? ran),
      ...(ran.terms && ran.terms.length > 0 && { terms: ran.terms }),
      ...(ran.accumulation && { accumulation: ran.accumulation }),
      ...(halved.mixed && { mixed: halved.mixed }),
    };
    const measured: Evidence = {
      ...shown,
      // Python's side writes null for a loss that is NaN or infinite.
      loss: ran.loss ?? NaN,
      lossKind: ran.lossKind,
      mode: this.#settings.mode,
      outputShape: ran.probes.outputShape,
      subjectAt,
      unregistered: ran.unregistered,
      unheld: ran.unheld ?? [],
      doubled: ran.doubled ?? [],
      differentiated: ran.differentiated ?? false,
      given: ran.given ?? [],
      madeUp: ran.madeUp ?? false,
      schedules: ran.schedules ?? [],
      ...(ran.firstStep && { firstStep: ran.firstStep }),
      crossed: ran.crossed ?? [],
      hasOwnBatch: about.hasOwnBatch || isTrial,
      constants: [...(ran.constants ?? []), ...halved.constants],
      ...(this.#request.rules && { ruleSettings: this.#request.rules }),
    };
    const evidence = withFurther(this.#at, measured, {
      ...further,
      seconds: this.#seconds(),
      pass: (ran.ms["forward"] ?? 0) + (ran.ms["backward"] ?? 0),
      isTrial,
    });
    const found = judgeAll(evidence);
    const later = after ? cameWithSteps(evidence, found, after) : [];
    const findings = unsuppressed([...found, ...later, ...halved.findings], this.#request.sources);
    const edit = (remedy: Remedy): readonly Edit[] | null =>
      editsOf(this.#at, this.#request.file, remedy, ran.type, ran.holder ?? null);
    const formats = rangesOf(layers, parameters);
    const { jacobians } = evidence;
    return {
      ...shown,
      formats,
      ...(jacobians && { jacobians }),
      findings,
      proposals: proposals(findings, evidence, edit),
    };
  }

  /** The chosen optimizer's steps, in the time that is left; a script has optimizers of its own, and a function no parameters. */
  #trained(asked: Asked): Trained | null {
    const { optimizer } = this.#settings;
    if (!optimizer || asked.spec.script || asked.spec.requires_grad) return null;
    return trained(this.#at, asked, optimizer, REPEAT_SHARE * this.#seconds());
  }

  /** Parameters with the kinds of zero told apart, by further runs where these can be made and there is time for them. */
  #told(ran: RunAnswer, asked: Asked): Parameter[] {
    const pass = (ran.ms["build"] ?? 0) + (ran.ms["forward"] ?? 0) + (ran.ms["backward"] ?? 0);
    const fits = (passes: number, ms: number): boolean => {
      const left = ms - this.#ms + 1000 * this.#seconds();
      return passes * pass < REPEAT_SHARE * left;
    };
    // A script's second run would train anew from other draws.
    const mayRepeat = !asked.spec.script;
    const other = asked.dtype === "float64" ? "float32" : "float64";
    return toldZeros(ran, this.#at.calls, asked.dtype === "float64", {
      norms: () => {
        if (!mayRepeat || !fits(NORMS_PASSES, this.#ms)) return null;
        const doubled = { ...asked, dtype: other };
        const again = this.#at.ask<{ readonly norms: Record<string, number> }>("norms", doubled);
        return again.ok ? again.norms : null;
      },
      wake: (names) => {
        if (ran.woken) return ran.woken;
        if (!mayRepeat || !fits(WAKE_PASSES, Math.min(WAKE_MS, this.#ms))) return null;
        const steps = this.#at.ask<{ readonly woken: string[] }>("wake", { ...asked, names });
        return steps.ok ? steps.woken : null;
      },
    });
  }

  /** The run in half precision that was asked for, or that the code's own autocast would make on a GPU; that one where time is left. */
  #halved(
    ran: RunAnswer,
    request: { readonly spec: Spec; readonly seconds: number },
    wholeFile: Span,
  ): InMixed {
    const wanted = this.#request.precision;
    const isOwn = Boolean(ran.autocast) && (request.spec.script === true || !wanted);
    const precision = isOwn ? ran.autocast : (wanted ?? ran.autocastOnGpu);
    const pass = Object.values(ran.ms).reduce((sum, ms) => sum + ms, 0) / 1000;
    // What nobody asked for takes no part of a larger budget.
    const seconds = Math.min(request.seconds, wanted ? Infinity : WAKE_MS / 1000);
    if (!precision || (!wanted && HALF_PASSES * pass > REPEAT_SHARE * seconds)) return NOT_MIXED;
    const further = { ...request, seconds };
    const conditional = !isOwn && request.spec.script === true ? ran.autocastOnGpu : null;
    const how = { isOwn: true, onGpu: true };
    const found = conditional ? inMixed(this.#at, further, conditional, how, wholeFile) : NOT_MIXED;
    return found !== NOT_MIXED || !(isOwn || wanted)
      ? found
      : inMixed(this.#at, further, precision, { isOwn }, wholeFile);
  }
}
