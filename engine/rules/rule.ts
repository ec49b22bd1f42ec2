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
  readonly accumulation?: Accumulation;
  /** A run in half precision, where one was asked for. */
  readonly mixed?: Mixed;
  readonly unregistered?: readonly Unregistered[];
  readonly unheld?: readonly Unheld[];
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

/** Activations that a remedy may put in, by their functional names. */
export type Activation = "relu" | "gelu" | "tanh";

/** One change of the model, in its own terms; Python's side (chainrule/edits.py) turns it into edits of the source. */
export type Step =
  /** Another activation at these places, calls or constructors of `from`. */
  | {
      readonly kind: "activation";
      readonly at: readonly Span[];
      readonly from: string;
      readonly to: Activation;
    }
  /** Weights of these layer types drawn with the gain of the activation that follows; biases zero. */
  | {
      readonly kind: "initialise";
      readonly types: readonly string[];
      /** `small`: normal with a standard deviation of 0.02; `orthogonal`: keeps lengths exactly. Both leave biases as they are. */
      readonly gain: Activation | "linear" | "small" | "orthogonal";
    }
  /** A normalisation after the layers that are constructed at these places, or before them. */
  | { readonly kind: "normalise"; readonly at: readonly Span[]; readonly isBefore?: true }
  /** Logarithms, roots and masks of −∞ within these calls, or within the classes of these modules, kept finite. */
  | { readonly kind: "guard"; readonly at: readonly Span[]; readonly types: readonly string[] }
  /** The batch normalisations that are constructed at these places become GroupNorm with one group. */
  | { readonly kind: "group"; readonly at: readonly Span[] }
  /**
   * The scores that these softmax calls are given divided by √channels, `isInstead` of what they are divided or multiplied by; `isModule`:
   * called as a module, not as a function or method.
   */
  | {
      readonly kind: "divide";
      readonly at: readonly Span[];
      readonly channels: number;
      readonly isModule: boolean;
      readonly isInstead: boolean;
    }
  /** The layers at these places gone: a constructor becomes Identity, a call its first argument. */
  | { readonly kind: "remove"; readonly at: readonly Span[]; readonly name: string }
  /** Another name for what is called at these places, with the same arguments. */
  | {
      readonly kind: "rename";
      readonly at: readonly Span[];
      readonly from: string;
      readonly to: string;
    }
  /** `x = f(x)` at these calls becomes `x = x + f(x)`. */
  | { readonly kind: "residual"; readonly at: readonly Span[] }
  /** What the attribute `name` of the class `owner` is given, registered: ModuleList, ModuleDict or Parameter. */
  | {
      readonly kind: "register";
      readonly owner: string;
      readonly name: string;
      readonly isModule: boolean;
    }
  /** This number at these places, or else wherever the file has it, by one that the half dtype holds. */
  | {
      readonly kind: "fit";
      readonly at: readonly Span[];
      /** Null: every number there that is beyond the dtype's range. */
      readonly value: number | null;
      readonly dtype: string;
    }
  /** `scaler.unscale_(optimizer)` before the statements at these places. */
  | { readonly kind: "unscale"; readonly at: readonly Span[] }
  /** Weights and inputs left in float32: `.half()`, `.bfloat16()` and `.to(torch.float16)` gone from the file, `dtype=torch.float16` float32. */
  | { readonly kind: "widen" }
  /** An axis of length 1 taken out of an argument of the calls at these places. */
  | {
      readonly kind: "squeeze";
      readonly at: readonly Span[];
      readonly argument: number;
      readonly axis: number;
    }
  /** bfloat16 in every autocast of the file. */
  | { readonly kind: "bfloat16" }
  /** A GradScaler around `backward()` and `step()` of the script. */
  | { readonly kind: "scaler" }
  /** A keyword argument of the calls at these places. */
  | {
      readonly kind: "argument";
      readonly at: readonly Span[];
      readonly name: string;
      readonly value: number;
    }
  /** The learning rate of the optimizers that are made at these places. */
  | { readonly kind: "rate"; readonly at: readonly Span[]; readonly lr: number }
  /** Losses that are summed, averaged instead: wherever the file says `reduction="sum"`. */
  | { readonly kind: "reduce" }
  /** `zero_grad()` between `backward()` and `step()` put before `backward()`. */
  | { readonly kind: "clear" }
  /** The optimizers that are made at these places are given the parameters of the model that this variable holds. */
  | { readonly kind: "hold"; readonly at: readonly Span[]; readonly name: string }
  /** What cuts a tensor off from its history at these places gone: `detach()`, `.data`, `item()`, a copy by `torch.tensor`. */
  | { readonly kind: "attach"; readonly at: readonly Span[] }
  /** The statements at these places put behind the loop that they stand in. */
  | { readonly kind: "byEpoch"; readonly at: readonly Span[] }
  /** What is detached at these places keeps its history, and is detached where the first loss behind them uses it. */
  | { readonly kind: "attachLate"; readonly at: readonly Span[] }
  /** The optimizers that are made at these places made behind the statement at `behind`. */
  | { readonly kind: "later"; readonly at: readonly Span[]; readonly behind: Span }
  /** The layers that `forward` makes at these places made in the constructor instead, with these widths. */
  | {
      readonly kind: "build";
      readonly at: readonly Span[];
      readonly sizes: Readonly<Record<string, number>>;
    }
  /** The softmax calls or modules at these places go over this axis. */
  | { readonly kind: "axis"; readonly at: readonly Span[]; readonly axis: number }
  /** The softmax calls or modules at these places become sigmoids. */
  | { readonly kind: "sigmoid"; readonly at: readonly Span[] }
  /** The second argument of the losses at these places, which goes from `least` to `most`, brought to 0 to 1. */
  | {
      readonly kind: "range";
      readonly at: readonly Span[];
      readonly least: number;
      readonly most: number;
    }
  /** Tensors that the user's code draws itself, multiplied by a factor where they are drawn. */
  | {
      readonly kind: "shrink";
      readonly weights: readonly { readonly name: string; readonly factor: number }[];
    }
  /** The first two arguments of the calls at these places exchanged. */
  | { readonly kind: "swap"; readonly at: readonly Span[] }
  /** Gradients clipped before `step()`, not behind it. */
  | { readonly kind: "clipFirst" }
  /** In-place operations at these places that make new tensors instead: `x = x.mul(y)`, `x = x * y`. */
  | { readonly kind: "outOfPlace"; readonly at: readonly Span[] }
  /** Gradients clipped behind `backward()`, not before it. */
  | { readonly kind: "clipBehind" }
  /** Recurrent weights drawn orthogonal, or set to the identity (Le et al. 2015, for rectifiers). */
  | { readonly kind: "recurrent"; readonly draw: "orthogonal" | "identity" }
  /** LSTMs start with this bias of the forget gate. */
  | { readonly kind: "forget"; readonly bias: number }
  /** Branches `f(x)` of `x + f(x)` around these calls multiplied by 1/√ of their number; `calls`: how often each place runs. */
  | {
      readonly kind: "scale";
      readonly places: readonly { readonly at: Span; readonly calls: number }[];
    }
  /** The operand of the additions at these places multiplied by a factor. */
  | {
      readonly kind: "weaken";
      readonly at: readonly Span[];
      readonly operand: number;
      readonly factor: number;
    }
  /** `zero_grad()` of the optimizers that are made at these places nowhere but behind each `step()`. */
  | { readonly kind: "clear-late"; readonly at: readonly Span[] }
  /** `zero_grad()` put behind each `step()` of the optimizers that are made at these places. */
  | { readonly kind: "zero"; readonly at: readonly Span[] }
  /** Gradients clipped to this length before `step()` of the optimizers that are made at these places. */
  | { readonly kind: "clip"; readonly at: readonly Span[]; readonly norm: number };

/** Steps that belong together: they are applied and tried as one. */
export type Remedy = readonly Step[];

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
