/** One item: progress with cancel while a run is under way, its verdict afterwards. */
import { l10n, Disposable, StatusBarAlignment, commands, window } from "vscode";
import { COMMANDS, HAS_RESULT, RUNNING } from "./contributions.ts";
import { detailText, phaseText } from "./panelState.ts";
import type { Shown } from "./shown.ts";
import { activeTarget, visibleTarget } from "./target.ts";
import { baseName, bySeverity, shorten, verdict } from "./words.ts";

const MOST_CHARACTERS = 160; // of the tooltip

export function registerStatusBar(shown: Shown): Disposable {
  const item = window.createStatusBarItem("chainrule", StatusBarAlignment.Right, 100);
  item.name = "Chainrule";
  let wasRunning = false;
  let hadResult = false;

  const draw = (): void => {
    const state = shown.state;
    const running = state?.running ?? null;
    if ((running !== null) !== wasRunning) {
      wasRunning = running !== null;
      void commands.executeCommand("setContext", RUNNING, wasRunning);
    }
    const hasResult = Boolean(state?.result);
    if (hasResult !== hadResult) {
      hadResult = hasResult;
      void commands.executeCommand("setContext", HAS_RESULT, hasResult);
    }
    if (running) {
      item.text = `$(loading~spin) Chainrule: ${phaseText(running.phase)}`;
      const file = baseName(state?.target.uri.path ?? "");
      const detail = detailText(running.detail, null);
      item.tooltip = l10n.t("{0}. Click to cancel", detail === "" ? file : detail);
      item.command = COMMANDS.cancel;
      item.show();
    } else if (state?.failure) {
      item.text = `$(error) Chainrule: ${l10n.t("stopped")}`;
      item.tooltip = state.failure.message;
      item.command = COMMANDS.showLog;
      item.show();
    } else if (state?.result && (activeTarget() ?? visibleTarget())) {
      const { report } = state.result;
      const { severity, text } = verdict(report);
      const serious = bySeverity(report.findings).filter((f) => f.severity !== "information");
      const [worst] = serious;
      const icon = severity === "error" ? "error" : "warning";
      item.text = !report.subject
        ? `$(${severity === "error" ? "error" : "circle-slash"}) Chainrule: ${l10n.t("not run")}`
        : worst === undefined
          ? "$(pass) Chainrule"
          : `$(${icon}) Chainrule: ${worst.code}${serious.length > 1 ? ` +${serious.length - 1}` : ""}`;
      item.tooltip = shorten(text, MOST_CHARACTERS);
      item.command = COMMANDS.showPanel;
      item.show();
    } else item.hide();
  };

  return Disposable.from(item, shown.onDidChange(draw));
}
