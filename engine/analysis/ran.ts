/** What Python's side tells of the measured run, and the layers that it measured. */
import type { LayerCall } from "../measure/recorder.ts";
import type {
  Accumulation,
  Clipping,
  Curvature,
  Layer,
  Optimizer,
  Parameter,
  Probes,
  Span,
  Step,
  Subject,
  Term,
} from "../report.ts";
import type {
  Crossed,
  FirstStep,
  Given,
  HalfConstant,
  Schedule,
  Unheld,
  Unregistered,
} from "../rules/rule.ts";
import type { Problem } from "../subject/probe.ts";
import type { Sentence } from "../said.ts";

export interface RunAnswer {
  readonly loss: number | null;
  readonly lossKind: string;
  readonly probes: Probes;
  readonly inputs: Subject["inputs"];
  readonly parameters: readonly Omit<Parameter, "gradIsStructurallyZero" | "gradIsZeroAtStart">[];
  readonly calls: Readonly<
    Record<
      string,
      { readonly path: string; readonly definedAt: Span | null; readonly calledAt: readonly Span[] }
    >
  >;
  /** What the gradient reaches and `parameters()` does not. */
  readonly unregistered: readonly Unregistered[];
  /** Of a script alone: what its losses were given, and whether Chainrule made up some of its data. */
  readonly given?: readonly Given[];
  readonly madeUp?: boolean;
  readonly firstStep?: FirstStep | null;
  readonly schedules?: readonly Schedule[];
  /** Of a script alone. */
  readonly unheld?: readonly Unheld[];
  readonly doubled?: readonly number[];
  readonly differentiated?: boolean;
  /** Of a script alone: parameters that some of the steps which were followed gave a gradient other than zero; null: too few steps. */
  readonly woken?: readonly string[] | null;
  readonly ms: Readonly<Record<string, number>>;
  readonly type: string;
  /** The variable that holds a script's one model. */
  readonly holder?: string | null;
  /** Of a script alone. */
  readonly optimizers?: readonly Optimizer[];
  readonly steps?: readonly Step[];
  /** The dtype of the user's own autocast for CUDA. */
  readonly autocast?: "float16" | "bfloat16" | null;
  /** Of one that a script switches off where it finds no GPU. */
  readonly autocastOnGpu?: "float16" | "bfloat16" | null;
  /** Numbers that half tensors met and do not hold. */
  readonly constants?: readonly HalfConstant[];
  /** Losses that were given shapes which differ. */
  readonly crossed?: readonly Crossed[];
  readonly clipping?: Clipping | null;
  readonly curvature?: Curvature | null;
  readonly terms?: readonly Term[];
  readonly accumulation?: Accumulation | null;
  /** What ended a script after its first measured step. */
  readonly problem?: Problem | null;
  /** A script's command line. */
  readonly argv?: readonly string[];
  /** Rows that a script's batches were cut to, where its own took too long. */
  readonly rows?: number | null;
  /** What was made smaller, and why. */
  readonly reduced?: Sentence | null;
}

/** The measured layers in forward order. `isScript`: of many calls those count that the gradient has reached. */
export function layersOf(
  ran: Pick<RunAnswer, "calls">,
  calls: readonly LayerCall[],
  isScript: boolean,
): Layer[] {
  const seen = new Map<string, number>();
  const kept = calls.filter((c) => c.isLeaf && c.output && ran.calls[c.id]);
  // Of a script's many calls those count that the gradient has reached: not what only played or evaluated.
  const reached = isScript ? kept.filter((c) => c.outputGrad) : [];
  const shown = reached.length > 0 ? reached : kept;
  const indexOf = new Map(shown.map((c, i) => [c.id, i]));
  return shown.map((c) => {
    const place = ran.calls[c.id] ?? { path: "", definedAt: null, calledAt: [] };
    const first = place.calledAt[0];
    const key = [place.path, c.type, first?.startLine, first?.startColumn].join(":");
    const call = seen.get(key) ?? 0;
    seen.set(key, call + 1);
    const [i, o] = [c.inputGrad, c.outputGrad];
    return {
      path: place.path,
      type: c.type,
      functional: c.functional,
      call,
      definedAt: place.definedAt,
      calledAt: place.calledAt,
      outputShape: c.outputShape,
      from: indexOf.get(c.from) ?? null,
      output: c.output,
      ...(c.difference !== null && { difference: c.difference }),
      outputGrad: o,
      inputGrad: i,
      factor: i && o && i.rms > 0 && o.rms > 0 ? i.rms / o.rms : null,
    };
  });
}
