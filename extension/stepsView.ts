/** A report's training steps as the panel draws them. Pure. */
import { l10n } from "vscode";
import type { Optimizer, Report, Step } from "../engine/report.ts";
import type { ParameterView, StepsView } from "../webview/protocol.ts";
import { number, placeName } from "./words.ts";

/** null: no step was made. */
export function stepsView({ optimizers = [], steps = [] }: Report): StepsView | null {
  if (optimizers.length === 0 && steps.length === 0) return null;
  return {
    optimizers: optimizers.map((optimizer) => ({
      text: optimizerText(optimizer),
      place: optimizer.at && placeName(optimizer.at),
    })),
    steps: steps.map(({ loss, gradNorm, clipped = 1 }) => ({ loss, gradNorm, clipped })),
  };
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
