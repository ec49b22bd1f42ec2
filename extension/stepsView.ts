/** A report's training steps as the panel draws them. Pure. */
import { l10n } from "vscode";
import { median, stableRate } from "../engine/client.ts";
import type { Optimizer, Report, Span, Step } from "../engine/report.ts";
import type {
  AccumulationView,
  CurvatureView,
  ParameterView,
  StepsView,
  TermView,
} from "../webview/protocol.ts";
import { number, placeName } from "./words.ts";

/** null: no step was made. */
export function stepsView(report: Report): StepsView | null {
  const { optimizers = [], steps = [], mixed } = report;
  if (optimizers.length === 0 && steps.length === 0) return null;
  return {
    optimizers: optimizers.map((optimizer) => ({
      text: optimizerText(optimizer),
      place: optimizer.at && placeName(optimizer.at),
    })),
    steps: steps.map(({ loss, gradNorm, clipped = 1 }) => ({ loss, gradNorm, clipped })),
    scales: (mixed?.scaler?.steps ?? []).map(({ scale, skipped }) => ({
      scale,
      isSkipped: skipped,
    })),
    curvature: curvatureView(report),
    terms: told(report).map(({ view }) => view),
    accumulation: accumulationView(report),
  };
}

function accumulationView({ accumulation }: Report): AccumulationView | null {
  if (!accumulation) return null;
  const { passes, at, factor, cleared, lost = null } = accumulation;
  const times = factor === null ? null : passes * factor;
  return { passes, place: at && placeName(at), times, isCleared: cleared, lost };
}

/** Where the terms stand that the panel shows, in its order. */
export const termPlaces = (report: Report): Span[] => told(report).map(({ at }) => at);

/** Weights count, not biases and scales, as for the rule loss-term; what reaches none of them is left out. */
function told({ terms = [], parameters }: Report): { at: Span; view: TermView }[] {
  const weights = new Set(parameters.filter(({ shape }) => shape.length > 1).map((p) => p.name));
  return terms.flatMap(({ at, isPenalty, shares }) => {
    const own = shares.flatMap(({ name, share }) => (weights.has(name) ? [share] : []));
    const middle = median(own);
    if (middle === null) return [];
    const [least, most] = [Math.min(...own), Math.max(...own)];
    return [{ at, view: { place: placeName(at), isPenalty, median: middle, least, most } }];
  });
}

function curvatureView({ curvature, optimizers = [] }: Report): CurvatureView | null {
  const [first] = optimizers;
  if (!curvature || !first) return null;
  const { eigenvalue } = curvature;
  return { eigenvalue, rate: first.lr, stable: stableRate(first, eigenvalue) };
}

/** By parameter of the report: what each step changed it by, and its gradient. */
export function stepsOf(
  { parameters, steps = [] }: Report,
  name: string,
): Pick<ParameterView, "updates" | "grads"> {
  const index = parameters.findIndex((parameter) => parameter.name === name);
  const first = parameters[index]?.updateRatio;
  const followed = (of: (step: Step) => readonly (number | null)[] | undefined) =>
    steps.some((step) => of(step)) ? steps.map((step) => of(step)?.[index] ?? null) : undefined;
  return {
    updates: followed(({ updates }) => updates) ?? (typeof first === "number" ? [first] : []),
    grads: followed(({ grads }) => grads) ?? [],
  };
}

function optimizerText({ type, lr, warmsUp }: Optimizer): string {
  const text = l10n.t("{0}, learning rate {1}", type, number(lr));
  return warmsUp ? l10n.t("{0}, warming up", text) : text;
}
