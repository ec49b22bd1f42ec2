import type { LayerCall } from "../measure/recorder.ts";
import { DEFAULT_STEPS, OPTIMIZERS } from "../optimizers.ts";
import type { AnalyzeRequest } from "../protocol.ts";
import { layersOf, type RunAnswer } from "./ran.ts";
import type { ChosenOptimizer, Curvature, Finding, Parameter, Report, Step } from "../report.ts";
import { judgeAll } from "../rules/index.ts";
import { short, type Evidence } from "../rules/rule.ts";
import type { Spec } from "../subject/spec.ts";
import type { Workplace } from "./workplace.ts";
import { inMessage, said, sentenceOf } from "../said.ts";

/** Findings that steps can bring about; what is about the loss, its targets or the first step is no news behind them. */
const MAY_COME =
  /^(non-finite|gradient-(vanishing|exploding)|units-dead|activation-saturated|softmax-saturated)$/;
/** Steps that tell of a trend; fewer tell of one batch. */
const MIN_STEPS = 3;

/** What a chosen optimizer's steps add to a report, and the evidence behind the last of them. */
export interface Trained extends Pick<Report, "optimizers" | "steps" | "curvature"> {
  readonly ratios: Readonly<Record<string, number | null>>;
  readonly last: Pick<Evidence, "layers" | "parameters" | "loss"> | null;
}

type Answer = {
  readonly steps: readonly Step[];
  readonly ratios?: Trained["ratios"];
  readonly curvature?: Curvature | null;
  readonly last?: Pick<RunAnswer, "parameters" | "calls" | "loss">;
};

/** The optimizer that a request chooses, as torch.optim makes it. */
export function chosenOptimizer({
  optimizer,
  lr,
  steps,
}: AnalyzeRequest): ChosenOptimizer | undefined {
  if (!optimizer) return undefined;
  const { type, lr: usual, options } = OPTIMIZERS[optimizer];
  return { name: optimizer, type, lr: lr ?? usual, options, steps: steps ?? DEFAULT_STEPS };
}

/** The optimizer's steps on the run's batch, within `seconds`; null where they could not be made. */
export function trained(
  at: Workplace,
  request: { readonly spec: Spec },
  optimizer: ChosenOptimizer,
  seconds: number,
): Trained | null {
  const before = at.calls.length;
  const ran = at.ask<Answer>("stepped", { ...request, optimizer, seconds });
  if (!ran.ok || ran.steps.length === 0) return null;
  const { type, lr, options } = optimizer;
  return {
    optimizers: [{ type, lr, ...options, warmsUp: false, at: null }],
    steps: ran.steps,
    ...(ran.curvature && { curvature: ran.curvature }),
    ratios: ran.ratios ?? {},
    last: ran.last ? stateOf(ran.last, at.calls.slice(before)) : null,
  };
}

/** Layers and parameters of the pass behind the last step, as rules read them. */
function stateOf(
  last: NonNullable<Answer["last"]>,
  calls: readonly LayerCall[],
): NonNullable<Trained["last"]> {
  const parameters: Parameter[] = last.parameters.map((p) => ({
    ...p,
    gradIsStructurallyZero: false,
    gradIsZeroAtStart: null,
  }));
  const layers = layersOf({ calls: last.calls }, calls, false);
  return { layers, parameters, loss: last.loss ?? NaN };
}

/** What rules find behind the last step and did not before the first: units that died, gradients that grew. */
export function cameWithSteps(
  evidence: Evidence,
  found: readonly Finding[],
  { last, steps = [], optimizers = [] }: Trained,
): Finding[] {
  const [made] = optimizers;
  if (!last || !made || steps.length < MIN_STEPS) return [];
  const known = new Set(found.map(({ code }) => code));
  // What a loss without bounds makes of a model is told by its growth.
  if (known.has("loss-diverges")) return [];
  const { optimizers: _made, steps: _steps, ...before } = evidence;
  return judgeAll({ ...before, ...last })
    .filter(({ code, severity }) => MAY_COME.test(code) && severity !== "information")
    .filter(({ code }) => !known.has(code))
    .map((finding) => ({
      ...finding,
      ...inMessage(
        said`After ${steps.length} steps of ${made.type} at a learning rate of ${short(made.lr)}: ${sentenceOf(finding)}`,
      ),
      measured: { ...finding.measured, steps: steps.length, lr: made.lr },
    }));
}
