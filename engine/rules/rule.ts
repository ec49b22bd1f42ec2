import type {
  Accumulation,
  Clipping,
  Curvature,
  Finding,
  Jacobians,
  Layer,
  Mixed,
  Note,
  Optimizer,
  Parameter,
  Report,
  Severity,
  Span,
  Step as OptimizerStep,
  Term,
} from "../report.ts";
import type { Absorber } from "../measure/absorbers.ts";
import type { Cut } from "../measure/cuts.ts";
import type { Made, Origins } from "../measure/origin.ts";
import { inMessage, inText, type Sentence } from "../said.ts";
import { choiceOf, type RuleSettings } from "./configure.ts";
import type { Remedy } from "./step.ts";

/** A number of the user's code that a half tensor met and whose dtype turns it into 0 or infinity. */
export interface HalfConstant {
  readonly at: Span;
  /** Null: PyTorch refused it at this place, without saying which. */
  readonly value: number | null;
  readonly dtype: string;
  /** The optimizer whose eps it is: `Adam`; `at` is then where that is made. */
  readonly eps?: string;
}

/** A loss by elements whose prediction and target have other shapes; or the two sides of arithmetic on the way to a loss, or of a comparison that is counted. */
export interface Crossed {
  readonly at: Span;
  readonly input: readonly number[];
  readonly target: readonly number[];
  readonly how?: "arithmetic" | "count";
}

/** A learning rate schedule of a script, where the user's code first steps it. */
export interface Schedule {
  /** `StepLR`. */
  readonly type: string;
  readonly at: Span;
  /** The call stands in a loop over batches. */
  readonly byBatch: boolean;
  /** No step of the optimizer came before. */
  readonly early: boolean;
  /** Its steps after which a thousandth of the rate is left; null: it does not only decay, or never so far. */
  readonly down: number | null;
}

/** The first step Δ of an optimizer that scales each element: the loss's slope g·Δ and its bend Δ·HΔ along it. */
export interface FirstStep {
  readonly slope: number;
  readonly bend: number;
}

/** What a loss of a script was given in its first call at a place. */
export interface Given {
  readonly at: Span;
  /** `mse_loss`. */
  readonly loss: string;
  /** The target has a history, and the prediction has none. */
  readonly isSwapped: boolean;
  /** Of a cross-entropy or a negative log-likelihood. */
  readonly classes?: number;
  readonly isMean?: boolean;
  /** How far the exponentials of a row, and those of a class over the batch, are from adding up to 1. */
  readonly sums?: { readonly row: number; readonly batch: number };
  /** The targets' range. */
  readonly least?: number;
  readonly most?: number;
  /** Part of their variance that outputs of a sigmoid, tanh or ReLU cannot come to. */
  readonly beyond?: { readonly sigmoid: number; readonly tanh: number; readonly relu: number };
}

/** What a rule reads: a report without findings, and what theory and the subject say beside it. */
export interface Evidence {
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  readonly loss: number | null;
  /** As the report's subject has it: `cross-entropy`, `mean of squares`, `self`. */
  readonly lossKind: string;
  readonly mode: "train" | "eval";
  /** Of what the loss was taken of. */
  readonly outputShape: readonly number[];
  /** The class's name in the source: where a finding about the whole model stands. */
  readonly subjectAt: Span;
  /** Of a script. */
  readonly optimizers?: readonly Optimizer[];
  readonly steps?: readonly OptimizerStep[];
  readonly schedules?: readonly Schedule[];
  readonly firstStep?: FirstStep;
  readonly clipping?: Clipping;
  readonly curvature?: Curvature;
  readonly terms?: readonly Term[];
  /** The loss may be made of gradients. */
  readonly differentiated?: boolean;
  readonly accumulation?: Accumulation;
  /** A run in half precision, where one was asked for. */
  readonly mixed?: Mixed;
  readonly unregistered?: readonly Unregistered[];
  readonly unheld?: readonly Unheld[];
  /** Of the optimizers, those that hold nothing but what one made before holds. */
  readonly doubled?: readonly number[];
  readonly given?: readonly Given[];
  /** Some of a script's data are Chainrule's, whose range says nothing. */
  readonly madeUp?: boolean;
  /** Losses that were given shapes which differ. */
  readonly crossed?: readonly Crossed[];
  /** The batch is the user's own, not one that Chainrule chose. */
  readonly hasOwnBatch?: boolean;
  /** Where half tensors occur. */
  readonly constants?: readonly HalfConstant[];
  /** Where a run that is not finite ceased to be, operation by operation. */
  readonly origin?: Origin;
  /** Why parameters got no gradient. */
  readonly lost?: readonly Lost[];
  readonly jacobians?: Jacobians;
  /** Gradient over depth by seed, the run's own first, where one seed is no evidence. */
  readonly overSeeds?: readonly number[];
  /** What let nothing of their gradients through. */
  readonly absorbed?: readonly Absorbed[];
  /** There was no time to look what let nothing of them through. */
  readonly isUntraced?: boolean;
  /** What the user wants of the rules. */
  readonly ruleSettings?: RuleSettings;
}

/** An operation that was given numbers and made something else. */
export interface BadOperation extends Made {
  readonly at: Span | null;
}

/** See measure/origin.ts. */
export type Origin = { readonly [W in keyof Origins]: BadOperation | null };

/** A module or parameter that its owner's `parameters()` does not give. */
export interface Unregistered {
  /** Path of the module that holds it. */
  readonly owner: string;
  readonly ownerType: string;
  /** `layers[0]`. */
  readonly name: string;
  readonly isModule: boolean;
  /** A tensor that an operation made of a parameter, as `nn.Parameter(…) * 0.02`. */
  readonly isMade?: true;
  /** Their elements. */
  readonly parameters: number;
  /** Where a module was constructed. */
  readonly at: Span | null;
}

/** A module of a script that a gradient reaches and no optimizer was given. */
export interface Unheld {
  /** Below the variable that leads to it: `model.fc`; its class's name where none does. */
  readonly name: string;
  /** Their elements. */
  readonly parameters: number;
  /** It was made while another module ran. */
  readonly isInner: boolean;
  /** It stands, or some of its parameters stand, where weights stood that an optimizer holds. */
  readonly isLate: boolean;
  /** The widths that it was made with, by the names of its constructor's arguments. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly at: Span | null;
}

/** A parameter's way to the loss, see measure/cuts.ts. */
export interface Lost extends Omit<Cut, "site"> {
  readonly name: string;
  readonly at: Span | null;
}

/** An operation that stands between a parameter and the loss, and passed on exactly zero. */
export interface Absorbed extends Omit<Absorber, "site"> {
  readonly name: string;
  readonly at: Span | null;
}

/** A finding as a rule gives it; code and severity are the rule's unless it lowers them. */
export interface Judgement extends Pick<Finding, "at" | "measured" | "layers" | "isUnnecessary"> {
  readonly severity?: Severity;
  readonly message: Sentence;
  readonly cause?: Remark;
  readonly related?: readonly Remark[];
}

/** What a rule says of a place. */
export interface Remark {
  readonly at: Span;
  readonly text: Sentence;
}

const noteOf = ({ at, text }: Remark): Note => ({ at, ...inText(text) });

export interface Rule<L extends string = string> {
  /** Stable, as users see and suppress it. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence for the list of rules. */
  readonly title: string;
  readonly check: (evidence: Evidence, limits: Readonly<Record<L, number>>) => readonly Judgement[];
  /** Thresholds that a user may set, by name, with their defaults. */
  readonly limits?: Readonly<Record<L, number>>;
  /** What may help where `check` found something, likeliest first. */
  readonly remedies?: (evidence: Evidence) => readonly Remedy[];
  /** The number that a fix is judged by. */
  readonly gauge?: (evidence: Evidence) => Gauge | null;
}

export interface Gauge {
  /** `gradient over depth`. */
  readonly name: Sentence;
  /** 1 is ideal, or `ideal`; the farther away by ratio, the worse. */
  readonly value: number;
  readonly ideal?: number;
}

/** Type-checks a rule against its own limits. */
export const defineRule = <L extends string = never>(rule: Rule<L>): Rule => rule;

/** Findings of one rule as the report carries them. A severity that the user set is every finding's, but for information, which stays. */
export function findingsOf(rule: Rule, evidence: Evidence): Report["findings"] {
  const { severity: wanted, limits } = choiceOf(evidence.ruleSettings, rule.code);
  if (wanted === "off") return [];
  const severityOf = (own: Severity | undefined): Severity =>
    own === "information" ? own : (wanted ?? own ?? rule.severity);
  return rule
    .check(evidence, { ...rule.limits, ...limits })
    .map(({ at, message, measured, cause, related, layers, severity, isUnnecessary }) => ({
      code: rule.code,
      severity: severityOf(severity),
      at,
      ...inMessage(message),
      measured,
      ...(cause && { cause: noteOf(cause) }),
      ...(related && { related: related.map(noteOf) }),
      layers,
      ...(isUnnecessary && { isUnnecessary }),
      fixes: [],
    }));
}

/** Where the user would edit: the call of a functional layer, the constructor of a module. */
export const editPlace = (l: Layer): Span | null =>
  l.functional ? (l.calledAt[0] ?? null) : (l.definedAt ?? l.calledAt[0] ?? null);

/** 0.00123 → "1.2e-3", 0.141 → "0.141": short, and the same everywhere. */
export function short(x: number): string {
  if (x === 0) return "0";
  const a = Math.abs(x);
  return a >= 0.01 && a < 10000 ? String(Number(x.toPrecision(3))) : x.toExponential(1);
}

export const percent = (share: number): string => {
  const p = 100 * share;
  return p >= 99.95 ? "100%" : p >= 10 ? `${p.toFixed(0)}%` : `${p.toFixed(1)}%`;
};

/** The same place in a source. */
export const samePlace = (a: Span | null, b: Span | null): boolean =>
  a !== null &&
  b !== null &&
  a.file === b.file &&
  a.startLine === b.startLine &&
  a.startColumn === b.startColumn;
