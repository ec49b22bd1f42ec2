/** The commands. */
import {
  l10n,
  ConfigurationTarget,
  Disposable,
  commands,
  window,
  workspace,
  type Uri,
} from "vscode";
import type { Automatic } from "./automatic.ts";
import type { Analysis } from "./analysis.ts";
import type { Chooser } from "./choose.ts";
import { COMMANDS, PANEL, type Settings } from "./contributions.ts";
import { saveData, saveScript } from "./exports.ts";
import { log } from "./log.ts";
import type { Panel } from "./panel.ts";
import type { Shown } from "./shown.ts";
import { openTarget, type Target } from "./target.ts";

const NOTHING_OPEN = l10n.t(
  "Chainrule: open a Python file or a notebook to analyze its gradients.",
);
const NOTHING_SHOWN = l10n.t("Chainrule: analyze a file first.");
const RULE_SETTING: keyof Settings = "chainrule.rules";
const LIMIT: keyof Settings = "chainrule.budget.seconds";

export interface Parts {
  readonly analysis: Analysis;
  readonly shown: Shown;
  readonly chooser: Chooser;
  readonly panel: Panel;
  readonly automatic: Automatic;
  /** The example that ships with the extension. */
  readonly sample: Uri;
}

export function registerCommands({
  analysis,
  shown,
  chooser,
  panel,
  automatic,
  sample,
}: Parts): Disposable {
  const analyze = async (target: Target, entry?: string): Promise<unknown> => {
    automatic.consent();
    // Beside the code, without taking the keyboard from it.
    if (!panel.isEditor) void commands.executeCommand(`${PANEL}.focus`, { preserveFocus: true });
    const result = await analysis.analyze(target, entry);
    const failure = analysis.get(target.uri)?.failure;
    if (!result && failure) void tell(`Chainrule: ${failure.message}`, failure.code === "timeout");
    return result?.report;
  };

  const exportChart = async (kind: "svg" | "png"): Promise<void> => {
    if (!shown.state?.result) return void tell(NOTHING_SHOWN);
    if (panel.exportChart(kind)) return;
    await commands.executeCommand(`${PANEL}.focus`);
    panel.exportChart(kind);
  };

  const exportData = async (kind: "json" | "csv"): Promise<void> => {
    const { state } = shown;
    if (!state?.result) return void tell(NOTHING_SHOWN);
    await saveData(state.target, kind, state.result.report);
  };

  const exportScript = async (): Promise<void> => {
    const { state } = shown;
    const result = state?.result;
    if (!result) return void tell(NOTHING_SHOWN);
    await saveScript(state.target, (folder) => analysis.script(result, folder));
  };

  return Disposable.from(
    commands.registerCommand(COMMANDS.analyze, async (at?: unknown, entry?: unknown) => {
      const target = (await openTarget(at)) ?? shown.active;
      if (!target) return tell(NOTHING_OPEN);
      return analyze(target, typeof entry === "string" ? entry : undefined);
    }),
    commands.registerCommand(COMMANDS.choose, async (at?: unknown, entry?: unknown) => {
      const target = (await openTarget(at)) ?? shown.active;
      if (!target) return tell(NOTHING_OPEN);
      return chooser.choose(target, typeof entry === "string" ? entry : undefined);
    }),
    commands.registerCommand(COMMANDS.cancel, () => {
      analysis.cancel();
    }),
    commands.registerCommand(COMMANDS.showPanel, () => {
      if (panel.isEditor) panel.showEditor();
      else void commands.executeCommand(`${PANEL}.focus`);
    }),
    commands.registerCommand(COMMANDS.showEditor, () => {
      panel.showEditor();
    }),
    commands.registerCommand(COMMANDS.exportSvg, () => exportChart("svg")),
    commands.registerCommand(COMMANDS.exportPng, () => exportChart("png")),
    commands.registerCommand(COMMANDS.exportJson, () => exportData("json")),
    commands.registerCommand(COMMANDS.exportCsv, () => exportData("csv")),
    commands.registerCommand(COMMANDS.exportScript, exportScript),
    commands.registerCommand(COMMANDS.showLog, () => {
      log.show();
    }),
    commands.registerCommand(COMMANDS.turnOff, turnOff),
    commands.registerCommand(COMMANDS.openSample, () => openSample(sample)),
  );
}

/** `isLate`: the run's limit was reached, and can be changed. */
async function tell(message: string, isLate = false): Promise<undefined> {
  const [change, showLog] = [l10n.t("Change Limit"), l10n.t("Show Log")];
  const limit = isLate ? [change] : [];
  const choice = await window.showErrorMessage(message, ...limit, showLog);
  if (choice === change) {
    void commands.executeCommand("workbench.action.openSettings", LIMIT);
  } else if (choice !== undefined) log.show();
  return undefined;
}

/** Where the rules' settings of the workspace stand, else for the user. */
async function turnOff(code: unknown): Promise<void> {
  if (typeof code !== "string") return;
  const settings = workspace.getConfiguration();
  const known = settings.get<Settings["chainrule.rules"]>(RULE_SETTING, {});
  const place = workspace.workspaceFolders
    ? ConfigurationTarget.Workspace
    : ConfigurationTarget.Global;
  await settings.update(RULE_SETTING, { ...known, [code]: "off" }, place);
}

/** As a text of its own: what the user changes is not the extension's file. */
async function openSample(sample: Uri): Promise<void> {
  const content = new TextDecoder().decode(await workspace.fs.readFile(sample));
  await window.showTextDocument(await workspace.openTextDocument({ language: "python", content }));
}
