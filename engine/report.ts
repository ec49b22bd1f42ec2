/**
 * The border: everything an analysis says, as plain JSON. Nothing right of it knows a tensor, nothing
 * left of it knows an editor. One file, however long: the border is read whole, and its schema is generated from it.
 */

export const REPORT_VERSION = 1;

/**
 * A place in a source. Lines from 1; columns from 0 in UTF-16 units; end exclusive. `file` of a place in a notebook names
 * the cell, counted from 1 over all cells as they were at the run: `/w/train.ipynb#cell-3`; its lines are the cell's.
 */
export interface Span {
  readonly file: string;
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Number of finite non-zero elements by binary exponent: `counts[i]` has 2^(min+i) ≤ |x| < 2^(min+i+1). */
export interface Exponents {
  readonly min: number;
  readonly counts: readonly number[];
}

/**
 * One tensor's numbers, from one pass over its elements. Sums leave NaN and ±inf out; `rms` = l2/√count,
 * `std` is the population's. A non-finite figure cannot stand in JSON, so none occurs here.
 */
export interface Stats {
  readonly dtype: string;
  readonly count: number;
  readonly l2: number;
  readonly rms: number;
  readonly mean: number;
  readonly std: number;
  readonly absMax: number;
  readonly meanAbs: number;
  readonly zeros: number;
  readonly nans: number;
  readonly infs: number;
  readonly exponents: Exponents;
  /** Shares (0..1) of the non-zero elements at loss scale 1. */
  readonly float16: {
    readonly flushed: number;
    readonly subnormal: number;
    readonly overflow: number;
  };
}

/** One call of a module or a functional layer, in forward order. Identity: (path, calledAt[0], call). */
export interface Layer {
  /** Dotted module path from the model's root, `encoder.0.fc1`; for a functional call the enclosing module's. */
  readonly path: string;
  /** `Linear`, `sigmoid`: class name of a module, function name of a functional call. */
  readonly type: string;
  readonly functional: boolean;
  /** 0 for the first call of this layer, 1 for the second (shared weights, recurrent steps). */
  readonly call: number;
  /** Where the module was constructed; for a functional call, the call. */
  readonly definedAt: Span | null;
  /** Call sites, innermost first. */
  readonly calledAt: readonly Span[];
  readonly outputShape: readonly number[];
  /** Index of the layer whose output this one takes, through nothing but views; null: another op is between, or none. */
  readonly from: number | null;
  readonly output: Stats | null;
  /** ‖x − y‖ over the mean length of rows of the output: samples, or tokens of one. Absent: it has but one row, or rows of zeros. */
  readonly difference?: number;
  readonly outputGrad: Stats | null;
  /** Gradient with respect to the layer's input, through this layer alone. */
  readonly inputGrad: Stats | null;
  /** rms(∂L/∂input) / rms(∂L/∂output); null where either is absent or zero. */
  readonly factor: number | null;
}

/** What a gradient was taken of: a parameter of the model, or an input of a module that has none. */
export interface Parameter {
  /** `input`: a loss, a normalisation or a function of tensors was run, and its inputs are the leaves. */
  readonly kind: "parameter" | "input";
  /** `encoder.0.fc1.weight`, as `named_parameters()` says; of an input, the name that the call gives it: `pred`, `outputs.0`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Path of the owning module; an input's is "", the module itself. */
  readonly layer: string;
  readonly layerType: string;
  /** Where the owning module was constructed; of an input, its name in the definition. */
  readonly definedAt: Span | null;
  readonly requiresGrad: boolean;
  readonly value: Stats;
  /** null: `grad` is None. */
  readonly grad: Stats | null;
  /** First elements of the gradient, at most three. */
  readonly gradFirst: readonly number[];
  /** True: the gradient is mathematically zero (a bias before a normalisation); what is there is rounding noise. */
  readonly gradIsStructurallyZero: boolean;
  /** True: exactly zero at step 0 only, since a head, gate or branch starts at zero; it wakes within three steps. Null: it is
   *  exactly zero, and later steps were not run (a script, or no time). */
  readonly gradIsZeroAtStart: boolean | null;
  /** rms of the optimizer's first update over rms of the parameter before it; null or absent: no step was made, or it starts at zero. */
  readonly updateRatio?: number | null;
  /** Of weights in float16 or bfloat16: share of the elements with a gradient that the optimizer's first step left as they were. */
  readonly updateLost?: number | null;
  /** Which of the report's optimizers holds it, where a script has more than one. */
  readonly optimizer?: number;
  /** True: a gradient came to it, and was cleared before the optimizer's step. */
  readonly cleared?: boolean;
  /** True: its optimizer has made no step in the time that the script had, so nothing is known of its gradient. */
  readonly waits?: boolean;
}

/** An optimizer of the user's script, or the chosen one. */
export interface Optimizer {
  /** `SGD`, `AdamW`. */
  readonly type: string;
  /** Of its first group. */
  readonly lr: number;
  /** Of its first group, where it has them and they are not 0. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  /** A schedule has put the rate below its full value for the first step. */
  readonly warmsUp: boolean;
  /** Where it is made; null: it was chosen. */
  readonly at: Span | null;
}

/** One step of the user's script, or of a chosen optimizer on one batch; numbers from before the update. */
export interface Step {
  /** Null: not finite. */
  readonly loss: number | null;
  /** l2 over all gradients that the optimizer holds; null: not finite. */
  readonly gradNorm: number | null;
  /** Length of the gradient after clipping over its length before; absent: nothing clipped. */
  readonly clipped?: number;
  /** True: the gradient of the step before was still there, and this one was added to it. */
  readonly kept?: boolean;
  /** rms of each gradient, in the order of the report's parameters; null: None or not finite. */
  readonly grads?: readonly (number | null)[];
  /** rms of each parameter. */
  readonly values?: readonly (number | null)[];
  /** rms of each update over rms of its parameter before it; null: no gradient, or it is zero. */
  readonly updates?: readonly (number | null)[];
}

/** How a script clips its gradients. */
export interface Clipping {
  /** All of them to a length, or each element to a size. */
  readonly kind: "norm" | "value";
  readonly limit: number;
  readonly at: Span | null;
  /** True: it comes behind the step, which used the gradients as they were. */
  readonly late?: boolean;
  /** True: it comes before backward(), where no gradient was computed yet. */
  readonly early?: boolean;
}

/** The Hessian's eigenvalue of largest size, of the loss on the run's batch with respect to all parameters. */
export interface Curvature {
  readonly eigenvalue: number;
  /** Hessian-vector products that it took, and the relative change at the last. */
  readonly products: number;
  readonly change: number;
}

/** One term of a script's loss, where that is a sum. */
export interface Term {
  readonly at: Span;
  /** The addition that takes it, and as which operand; null: the loss is nothing else. */
  readonly addition: Span | null;
  readonly operand: number;
  /** Made of parameters alone: it knows no data. */
  readonly isPenalty: boolean;
  /** By parameter: ‖its part of the gradient‖ / (‖its part‖ + ‖the rest‖). */
  readonly shares: readonly { readonly name: string; readonly share: number }[];
}

/** Backward passes from one place that a script makes before its first step. */
export interface Accumulation {
  readonly at: Span | null;
  readonly passes: number;
  /** The largest that a term has in the loss of a pass: 1/passes where the loss is divided. Null: unknown. */
  readonly factor: number | null;
  /** Somebody cleared the gradients between two passes. */
  readonly cleared: boolean;
  /** Of gradients in float16 or bfloat16: ‖their sum − the sum in float64‖ / ‖that sum‖. */
  readonly lost?: number;
}

export interface Edit {
  readonly at: Span;
  readonly newText: string;
}

export interface Fix {
  readonly title: string;
  readonly said?: Said;
  readonly kind: "safe" | "behaviour";
  readonly edits: readonly Edit[];
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** A change that may help and has not been tried; `engine/fixes/` makes fixes of those that do. */
export interface Proposal {
  /** Of the findings that it is meant for. */
  readonly code: string;
  /** `Replace sigmoid by ReLU`. */
  readonly title: string;
  readonly said?: Said;
  readonly kind: Fix["kind"];
  readonly edits: readonly Edit[];
}

export type Severity = "error" | "warning" | "information";

/** The English text beside it as a translation needs it: `{0} of {1} layers` and what fills the holes. */
export interface Said {
  readonly template: string;
  readonly values: readonly (string | Said)[];
}

/** What is to be said of a place. */
export interface Note {
  readonly at: Span;
  readonly text: string;
  readonly said?: Said;
}

export interface Finding {
  /** Stable: `gradient-vanishing`, `float16-underflow`, `python-error`, `unsupported`. */
  readonly code: string;
  readonly severity: Severity;
  readonly at: Span;
  /** One sentence. */
  readonly message: string;
  readonly said?: Said;
  /** Every number that the message mentions, and those behind the verdict. */
  readonly measured: Readonly<Record<string, number>>;
  readonly cause?: Note;
  /** Other places that belong to it: victims, theory. */
  readonly related?: readonly Note[];
  /** Layer path or parameter name that the finding is about, to mark it in the panel. */
  readonly layers: readonly string[];
  /** What stands at `at` does nothing; absent: it does something, or that is not known. */
  readonly isUnnecessary?: true;
  readonly fixes: readonly Fix[];
}

/** A value that Chainrule chose for the user, and why. */
export interface Choice {
  /** `n_head`, `input x`, `loss`, `class`. */
  readonly what: string;
  /** As Python source, `4`, `torch.randn(8, 3, 32, 32)`. */
  readonly value: string;
  /** Half a sentence: `n_head divides d_model`. */
  readonly why: string;
  readonly said?: Said;
}

/** What the run used in place of something that was not there: a data set, an image file, a checkpoint. */
export interface Replaced {
  /** `torchvision.datasets.MNIST`, `data/train.csv`. */
  readonly what: string;
  /** `64 synthetic samples: image [1, 28, 28], label 0..9`. */
  readonly by: string;
  readonly said?: Said;
  readonly at: Span | null;
}

/** A third-party package that the run imported. */
export interface Package {
  readonly name: string;
  readonly version: string | null;
  /** Chainrule's own shim, a folder of the workspace, or the user's Python environment. */
  readonly from: "chainrule" | "workspace" | "environment";
  /** Why the environment's own was not taken, where there is one. */
  readonly note?: string;
}

export interface Subject {
  /** How it was found. */
  readonly from:
    "directive" | "inference" | "case" | "options" | "script" | "example" | "lightning";
  readonly file: string;
  /** Class or factory, `Net`. */
  readonly entry: string;
  /** As a user would write it: `Net(depth=12)`. */
  readonly call: string;
  /** `[32, 1, 28, 28]` per input; of a tuple, per tensor in it. What is no tensor has its Python type in place of a dtype. */
  readonly inputs: readonly { readonly shape: readonly number[]; readonly dtype: string }[];
  /** `cross-entropy`, `mse`, `sum`, `self`. */
  readonly loss: string;
  /** The class's name in the source. */
  readonly at: Span | null;
  /** What was chosen rather than given, in the order of the choices. */
  readonly choices: readonly Choice[];
  /** The run as a case: what another run, here or under PyTorch, needs to repeat it. */
  readonly case: Readonly<Record<string, unknown>>;
}

export interface Settings {
  readonly seed: number;
  readonly dtype: "float32" | "float64";
  readonly mode: "train" | "eval";
  /** The chosen optimizer as torch.optim makes it, and the steps that were asked for. */
  readonly optimizer?: ChosenOptimizer;
}

export interface ChosenOptimizer {
  /** `momentum`, as it was asked for. */
  readonly name: string;
  /** `SGD`. */
  readonly type: string;
  readonly lr: number;
  readonly options: { readonly momentum?: number; readonly nesterov?: boolean };
  readonly steps: number;
}

export interface Cost {
  /** Milliseconds by phase: boot, import, subject, forward, backward, measure, rules. */
  readonly ms: Readonly<Record<string, number>>;
  /** Most bytes of tensors at once in the measured run, forward and backward. */
  readonly peakBytes: number;
  /** Of the measured run. */
  readonly flops: number;
  /** What was made smaller or larger for the run, and why. */
  readonly reduced?: string;
  readonly said?: Said;
}

/** What a comparison with PyTorch needs beside the gradients; present in every report that ran a model. */
export interface Probes {
  /** Null for a script: it builds and draws as it goes. */
  readonly rngAfterBuild: number | null;
  readonly rngAfterInputs: number | null;
  readonly rngAfterForward: number;
  readonly targetFirst: readonly number[];
  readonly outputShape: readonly number[];
}

/** Shares (0..1) of finite non-zero elements that a format turns into 0, holds with fewer digits, or turns into infinity. */
export interface Shares {
  readonly flushed: number;
  readonly subnormal: number;
  readonly overflow: number;
}

/** What one format of 16 or 8 bits holds of the run. */
export interface FormatRange {
  readonly format: "float16" | "bfloat16" | "float8_e5m2" | "float8_e4m3";
  /** Of all gradients of parameters, at loss scale 1. */
  readonly gradients: Shares;
  /** Of all layers' outputs. */
  readonly activations: Shares;
  /** Exponents of the loss scales 2^k: from `smallest` on at most 1 % of the gradients' elements become 0, up to `largest` none is infinite. */
  readonly window: { readonly smallest: number; readonly largest: number };
  /** Steps that GradScaler skips from its first scale, 65536, down to the largest one. */
  readonly skipped: number;
}

/** What a script's own GradScaler does on a GPU. */
export interface Scaler {
  /** Where it is made. */
  readonly at: Span | null;
  /** Its scale at each step, and whether the step was skipped since a gradient was not finite. */
  readonly steps: readonly { readonly scale: number; readonly skipped: boolean }[];
  /** Where gradients are clipped that still carry the scale. */
  readonly clippedScaled: readonly Span[];
}

/** A run under CUDA's autocast, with its op lists and rounding, beside the float32 run. */
export interface Mixed {
  readonly dtype: "float16" | "bfloat16";
  /** Null: not finite. */
  readonly loss: number | null;
  /** The loss scale that GradScaler comes to from 65536, and the steps that it skips on the way; 1 and 0 for bfloat16. */
  readonly scale: number;
  readonly skipped: number;
  readonly parameters: readonly {
    readonly name: string;
    /** ‖difference‖ / ‖float32 gradient‖; null: not finite. */
    readonly error: number | null;
    /** Share of the gradient's non-zero elements that became 0. */
    readonly lost: number;
  }[];
  /** True: where autocast is on was left to the user's own code. */
  readonly isOwn: boolean;
  readonly scaler?: Scaler;
}

/**
 * Singular values of a Jacobian, from products with random vectors: the root of their mean square, and the largest (a lower bound within a
 * per cent). Both 1: dynamical isometry.
 */
export interface Spectrum {
  readonly rms: number;
  readonly largest: number;
}

/** Computed where gradients vanish or explode. */
export interface Jacobians {
  /** Of the output by the first floating input; null without one. A batch counts as one input. */
  readonly whole: Spectrum | null;
  /** Of modules by their input, at most 32 of them, in the order of their calls. */
  readonly layers: readonly (Spectrum & { readonly path: string })[];
}

/** A class or factory that a user could analyse, for code lenses. */
export interface Candidate {
  readonly entry: string;
  readonly at: Span;
  /** Null: it could not be made ready; `why` says so. */
  readonly subject: Subject | null;
  readonly why?: string;
  readonly said?: Said;
}

export interface Report {
  readonly version: typeof REPORT_VERSION;
  /** Null when nothing could be run; then a finding says why. */
  readonly subject: Subject | null;
  readonly settings: Settings;
  readonly loss: number | null;
  readonly probes: Probes | null;
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  /** Of a script: those that have stepped, and its first steps; or the chosen optimizer's. */
  readonly optimizers?: readonly Optimizer[];
  readonly steps?: readonly Step[];
  /** Of a script that clips. */
  readonly clipping?: Clipping;
  /** At the first step of a chosen optimizer, or of a small script with SGD; absent where a second derivative is missing. */
  readonly curvature?: Curvature;
  /** Of a script's first loss, where it is a sum; terms that take long to tell apart are left out. */
  readonly terms?: readonly Term[];
  /** Of a script that makes several passes before a step. */
  readonly accumulation?: Accumulation;
  /** Where there are gradients. */
  readonly formats?: readonly FormatRange[];
  /** Where a run in half precision was asked for. */
  readonly mixed?: Mixed;
  /** Where gradients vanish or explode over the depth. */
  readonly jacobians?: Jacobians;
  readonly findings: readonly Finding[];
  readonly proposals: readonly Proposal[];
  readonly unsupported: readonly { readonly name: string; readonly at: Span | null }[];
  readonly candidates: readonly Candidate[];
  readonly replaced: readonly Replaced[];
  readonly packages: readonly Package[];
  readonly cost: Cost;
  /** What the user's file printed, cut at 64 KiB. */
  readonly log: string;
}
