/** A document's state as the side panel shows it. Pure and editor-free. */
import type { PanelState } from "../webview/protocol.ts";
import type { Analyzed } from "./analysis.ts";

const PHASES: Readonly<Record<string, string>> = {
  reading: "reading files",
  boot: "starting Python",
  import: "importing the file",
  subject: "choosing class and input",
  forward: "forward pass",
  backward: "backward pass",
  measure: "measuring",
  rules: "looking for trouble",
};

export const phaseText = (phase: string): string => PHASES[phase] ?? phase;

/** `target`: what Run would analyse, as the user calls it. */
export function panelState(state: Analyzed | undefined, target: string | null): PanelState {
  const result = state?.result ?? null;
  const previous = result && result.view.result;
  if (state?.running) {
    const { phase, detail } = state.running;
    return { status: "running", target, phase: phaseText(phase), detail, previous };
  }
  if (state?.failure) return { status: "failed", target, ...state.failure, previous };
  if (result && previous)
    return { status: "result", target, result: previous, stale: result.stale() };
  return { status: "empty", target };
}
