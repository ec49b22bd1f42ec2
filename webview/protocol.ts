/**
 * Messages between the extension and the side panel, and the view types that they carry. Types only:
 * the panel knows no Report, `extension/panel.ts` converts.
 */

export type Severity = "error" | "warning" | "information";

/** One tensor as the panel draws it. `rms` and `absMax` leave NaN and ±inf out and are finite. */
export interface Magnitude {
  readonly rms: number;
  readonly absMax: number;
  /** Elements; the three below are numbers of elements, too. */
  readonly count: number;
  readonly zeros: number;
  readonly nans: number;
  readonly infs: number;
  /** Shares (0..1) of the non-zero elements that float16 at loss scale 1 makes 0, subnormal, infinite. */
  readonly float16: {
    readonly flushed: number;
    readonly subnormal: number;
    readonly overflow: number;
  };
  /** Finite non-zero elements by binary exponent: `counts[i]` has 2^(min+i) ≤ |x| < 2^(min+i+1). */
  readonly exponents: { readonly min: number; readonly counts: readonly number[] };
}

export interface ParameterView {
  /** Name inside the layer: `weight`, `bias`, `weight_ih_l0`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** null: `grad` is None. */
  readonly grad: Magnitude | null;
  /** Exactly zero by mathematics, or only until a head, gate or branch wakes; null: neither. */
  readonly zero: "byConstruction" | "atStart" | null;
  /** rms of the optimizer's change over rms of the parameter, by training step; only the first, or none, where no more was measured. */
  readonly updates: readonly (number | null)[];
  /** rms of the gradient by training step; null: not finite, or None. Empty: not followed. */
  readonly grads: readonly (number | null)[];
}

/** One training step. Null: not finite. */
export interface StepView {
  readonly loss: number | null;
  readonly gradNorm: number | null;
  /** Length of the gradient after clipping over its length before; 1: nothing clipped. */
  readonly clipped: number | null;
}

/** The first training steps that were made. */
export interface StepsView {
  /** `SGD, learning rate 0.1`, and where it is made; null: nowhere in the user's files. */
  readonly optimizers: readonly { readonly text: string; readonly place: string | null }[];
  readonly steps: readonly StepView[];
  /** What GradScaler does in float16, update by update, in a run beside these; empty: there is none. */
  readonly scales: readonly ScaleView[];
  readonly curvature: CurvatureView | null;
  /** Of the first step's loss; empty: it is no sum. */
  readonly terms: readonly TermView[];
  /** null: a step is made of one backward pass. */
  readonly accumulation: AccumulationView | null;
}

/** The backward passes whose gradients one step adds up. */
export interface AccumulationView {
  readonly passes: number;
  /** Where they are made; null: nowhere in the user's files. */
  readonly place: string | null;
  /** How many times the mean over the passes their sum is: 1 where each loss is divided by their number; null: unknown. */
  readonly times: number | null;
  /** Gradients are cleared between the passes: the last one alone counts. */
  readonly isCleared: boolean;
  /** Share (0..1) of the sum's length that half precision loses; null: it is held in float32. */
  readonly lost: number | null;
}

/** One term of a loss that is a sum. */
export interface TermView {
  readonly place: string;
  /** Made of parameters alone. */
  readonly isPenalty: boolean;
  /** Which share (0..1) of a weight's gradient comes from it: the median over the weights that it reaches, the least and the most. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface ScaleView {
  readonly scale: number;
  /** A gradient was not finite, and the optimizer made no step. */
  readonly isSkipped: boolean;
}

/** The loss's largest curvature at the first step. */
export interface CurvatureView {
  /** Largest eigenvalue λ of the Hessian. */
  readonly eigenvalue: number;
  readonly rate: number;
  /** The rate up to which steps are stable, 2/λ without momentum; null: the optimizer scales each element, or the curvature is negative. */
  readonly stable: number | null;
}

/** A finding's mark on a row. */
export interface Marker {
  readonly finding: string;
  readonly code: string;
  readonly severity: Severity;
}

/** One call of a layer. A module that owns parameters yet is never called itself has a row as well. */
export interface LayerRow {
  /** Unique in a result and the same in the next run of an unchanged file; means nothing to the panel. */
  readonly id: string;
  /** `encoder.0.fc1`; the enclosing module's for a functional call; "" for the model itself. */
  readonly path: string;
  /** `Linear`, `sigmoid`. */
  readonly type: string;
  readonly functional: boolean;
  /** 0 for the first call, 1 for the second (shared weights, recurrent steps). */
  readonly call: number;
  readonly outputShape: readonly number[];
  /** `model.py:14`; null: nowhere in the user's files. */
  readonly place: string | null;
  /** The main one (`weight`) first. Empty from the second call on, and where there are none. */
  readonly parameters: readonly ParameterView[];
  readonly outputGrad: Magnitude | null;
  readonly output: Magnitude | null;
  /** rms(∂L/∂input) / rms(∂L/∂output). */
  readonly factor: number | null;
  readonly markers: readonly Marker[];
}

export interface FixRow {
  readonly id: string;
  readonly title: string;
}

export interface FindingRow {
  readonly id: string;
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** `model.py:14`. */
  readonly place: string;
  readonly fixes: readonly FixRow[];
}

export interface UnsupportedRow {
  readonly name: string;
  readonly place: string | null;
}

/** A line across the bars: `{ value: 2 ** -24, label: "float16: smallest subnormal, 2⁻²⁴" }`. */
export interface Threshold {
  readonly value: number;
  readonly label: string;
}

/** One analysis, ready to draw. */
export interface ResultView {
  /** `Net(depth=12)`. */
  readonly title: string;
  /** Where the title's class stands, `model.py:14`; null: nowhere in the user's files. */
  readonly place: string | null;
  /** `input [32, 1, 28, 28] · cross-entropy · seed 0 · model.py · 0.8 s`. */
  readonly detail: string;
  /** The worst finding's sentence; "none" when nothing was found. */
  readonly verdict: { readonly severity: Severity | "none"; readonly text: string };
  /** Plain sentences beside the verdict, such as what was made smaller and why. */
  readonly notes: readonly string[];
  /** Forward order. */
  readonly rows: readonly LayerRow[];
  readonly thresholds: readonly Threshold[];
  /** null: no training step was made. */
  readonly steps: StepsView | null;
  /** Worst first. */
  readonly findings: readonly FindingRow[];
  readonly unsupported: readonly UnsupportedRow[];
  readonly background: Background;
  readonly controls: Controls;
  /** Runs of the same file that this one can be compared with, newest first. */
  readonly runs: readonly RunRef[];
  readonly against: Against | null;
}

/** What the run was made with, and what the user can change in the panel itself. */
export interface Controls {
  readonly seed: number;
  readonly dtype: "float32" | "float64";
  /** A second run under autocast beside it; null: none. */
  readonly mixed: "float16" | "bfloat16" | null;
  /** null: the inputs share no leading size, or the file's own script made them. */
  readonly batch: number | null;
  /** Whose steps are made after the measured run, at which rate and how many; null: none, or the script's own. */
  readonly optimizer: string | null;
  readonly lr: number | null;
  readonly steps: number | null;
  /** What can be chosen; empty where a script trains by itself. */
  readonly optimizers: readonly string[];
}

export interface RunRef {
  readonly id: string;
  /** `14:02:11 · seed 0 · Gradients vanish …`. */
  readonly label: string;
}

/** The run that the shown one is compared with; its rows are matched by id. */
export interface Against extends RunRef {
  readonly rows: readonly LayerRow[];
}

/** What stands behind the numbers: chosen, replaced and imported. */
export interface Background {
  /** What Chainrule chose, in its order. */
  readonly choices: readonly {
    readonly what: string;
    readonly value: string;
    readonly why: string;
  }[];
  readonly replaced: readonly {
    readonly what: string;
    readonly by: string;
    /** `train.py:14`; null: nowhere in the user's files. */
    readonly place: string | null;
  }[];
  /** `timm 0.9.2, from your Python environment`. */
  readonly packages: readonly string[];
}

/** `target` is the file that Run would analyse, as the user calls it; null: no Python file is open. */
export type PanelState =
  | { readonly status: "empty"; readonly target: string | null }
  | {
      readonly status: "running";
      readonly target: string | null;
      /** `forward`, in words for the user. */
      readonly phase: string;
      readonly detail: string;
      readonly previous: ResultView | null;
    }
  | {
      readonly status: "failed";
      readonly target: string | null;
      readonly code: string;
      readonly message: string;
      readonly previous: ResultView | null;
    }
  | {
      readonly status: "result";
      readonly target: string | null;
      readonly result: ResultView;
      /** The text differs from what was analysed. */
      readonly stale: boolean;
    };

/** Extension → webview, no answer. */
export type Notice =
  | { readonly type: "state"; readonly state: PanelState }
  /** The rows on the cursor's line; a line in a loop has many. The panel keeps its row if it is one of them. */
  | { readonly type: "select"; readonly rowIds: readonly string[] }
  /** Draw the whole chart and hand it back by `save`. */
  | { readonly type: "export"; readonly kind: "svg" | "png" }
  /** Something that the user asked for did not work; shown until the next state. */
  | { readonly type: "failed"; readonly code: string; readonly message: string };

/** Webview → extension, each with its answer. */
export interface Requests {
  /** The first request; the answer is everything that a fresh panel needs. */
  ready: { params: undefined; result: PanelState };
  /** Goes to the line. `focus`: the keyboard goes along (Enter); otherwise it stays in the panel. */
  reveal: {
    params: {
      readonly target:
        | "subject"
        | "row"
        | "finding"
        | "unsupported"
        | "replaced"
        | "optimizer"
        | "term"
        | "accumulation";
      /** "" for the subject and the passes that are added up; the row's or finding's id, the unsupported name, the number of what was replaced, of the optimizer or of the term. */
      readonly id: string;
      readonly focus: boolean;
    };
    result: null;
  };
  /** Answered once the run is accepted; its end comes as a state. */
  run: { params: undefined; result: null };
  cancel: { params: undefined; result: null };
  /** Opens an example to look at. */
  sample: { params: undefined; result: null };
  /** Lets the user choose class, arguments, inputs and loss. */
  choose: { params: undefined; result: null };
  /** Shows a kept run beside this one; null: none. */
  compare: { params: { readonly run: string | null }; result: null };
  /** Runs again with another seed, batch, precision or optimizer; what is absent stays. */
  set: { params: Partial<Omit<Controls, "optimizers">>; result: null };
  /** The chart that was asked for: SVG as text, PNG in base 64. */
  save: { params: { readonly kind: "svg" | "png"; readonly content: string }; result: null };
  applyFix: { params: { readonly finding: string; readonly fix: string }; result: null };
}

export type Method = keyof Requests;

export type Request = {
  [M in Method]: {
    readonly id: number;
    readonly method: M;
    readonly params: Requests[M]["params"];
  };
}[Method];

export type Handlers = {
  readonly [M in Method]: (params: Requests[M]["params"]) => Promise<Requests[M]["result"]>;
};

export type Reply =
  | { readonly id: number; readonly ok: true; readonly result: Requests[Method]["result"] }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };
