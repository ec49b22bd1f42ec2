/** A report's training steps as the panel draws them. Pure. */
import { l10n } from "vscode";
import type { Optimizer, Report } from "../engine/report.ts";
import type { StepsView } from "../webview/protocol.ts";
import { number, placeName } from "./words.ts";

/** null: no step was made. */
export function stepsView({ optimizers = [], steps = [] }: Report): StepsView | null {
  if (optimizers.length === 0 && steps.length === 0) return null;
  return {
    optimizers: optimizers.map((optimizer) => ({
      text: optimizerText(optimizer),
      place: optimizer.at && placeName(optimizer.at),
    })),
    steps: steps.map(({ loss, gradNorm }) => ({ loss, gradNorm })),
  };
}

function optimizerText({ type, lr, warmsUp }: Optimizer): string {
  const text = l10n.t("{0}, learning rate {1}", type, number(lr));
  return warmsUp ? l10n.t("{0}, warming up", text) : text;
}
