/** A document's state as the side panel shows it. Pure. */
import { l10n } from "vscode";
import type { PanelState, ResultView } from "../webview/protocol.ts";
import type { Analyzed, Result } from "./analysis.ts";
import { baseName } from "./words.ts";

const PHASES: Readonly<Record<string, string>> = {
  reading: l10n.t("reading files"),
  boot: l10n.t("starting Python"),
  import: l10n.t("importing the file"),
  subject: l10n.t("choosing class and input"),
  forward: l10n.t("forward pass"),
  backward: l10n.t("backward pass"),
  measure: l10n.t("measuring"),
  rules: l10n.t("looking for trouble"),
};

export const phaseText = (phase: string): string => PHASES[phase] ?? phase;

/** What a run is at, where the user does not know it already: files by their names, the entry left out. */
export function detailText(detail: string, target: string | null): string {
  const short = detail.includes("/") ? baseName(detail) : detail;
  return short === target ? "" : short;
}

/** `target`: what Run would analyse, as the user calls it. `beside`: puts the run to compare with beside a result. */
export function panelState(
  state: Analyzed | undefined,
  target: string | null,
  beside: (result: Result) => ResultView = (result) => result.view.result,
): PanelState {
  const result = state?.result ?? null;
  const previous = result && beside(result);
  if (state?.running) {
    const { phase, detail } = state.running;
    const news = detailText(detail, target);
    return { status: "running", target, phase: phaseText(phase), detail: news, previous };
  }
  if (state?.failure) return { status: "failed", target, ...state.failure, previous };
  if (result && previous)
    return { status: "result", target, result: previous, stale: result.stale() };
  return { status: "empty", target };
}
