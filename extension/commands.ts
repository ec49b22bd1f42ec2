/** The commands, and analysis on save. */
import { Disposable, commands, window, workspace } from "vscode";
import type { Memento } from "vscode";
import type { Analysis } from "./analysis.ts";
import type { Chooser } from "./choose.ts";
import { moduleClasses } from "./classes.ts";
import { COMMANDS, PANEL, type Settings } from "./contributions.ts";
import { saveData } from "./exports.ts";
import { log } from "./log.ts";
import type { Panel } from "./panel.ts";
import type { Shown } from "./shown.ts";
import { openTarget, pythonCells, textOf, type Target } from "./target.ts";

/** Workspace state: the user has run an analysis here, so saving may run one too. */
const ASKED = "asked";

const NOTHING_OPEN = "Chainrule: open a Python file or a notebook to analyze its gradients.";
const NOTHING_SHOWN = "Chainrule: analyze a file first.";
const LIMIT: keyof Settings = "chainrule.budget.seconds";

export interface Parts {
  readonly analysis: Analysis;
  readonly shown: Shown;
  readonly chooser: Chooser;
  readonly panel: Panel;
  readonly memory: Memento;
}

export function registerCommands({ analysis, shown, chooser, panel, memory }: Parts): Disposable {
  const analyze = async (target: Target, entry?: string): Promise<unknown> => {
    void memory.update(ASKED, true);
    // Beside the code, without taking the keyboard from it.
    void commands.executeCommand(`${PANEL}.focus`, { preserveFocus: true });
    const result = await analysis.analyze(target, entry);
    const failure = analysis.get(target.uri)?.failure;
    if (!result && failure) void tell(`Chainrule: ${failure.message}`, failure.code === "timeout");
    return result?.report;
  };

  const onSave = async (target: Target): Promise<void> => {
    const run = workspace.getConfiguration(undefined, target.uri).get<string>("chainrule.run");
    if (run !== "onSave" || !workspace.isTrusted || memory.get(ASKED) !== true) return;
    const own = analysis.get(target.uri);
    const models = moduleClasses(textOf(target)).length > 0;
    // A file without a model of its own may be imported by the one that is shown.
    const state = own ?? (models ? undefined : shown.state);
    if (!own && !models && state?.result?.stale() !== true) return;
    if (own?.result?.stale() === false) return;
    await analysis.analyze(state?.target ?? target, state?.entry);
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
    commands.registerCommand(COMMANDS.showPanel, () => commands.executeCommand(`${PANEL}.focus`)),
    commands.registerCommand(COMMANDS.showEditor, () => {
      panel.showEditor();
    }),
    commands.registerCommand(COMMANDS.exportSvg, () => exportChart("svg")),
    commands.registerCommand(COMMANDS.exportPng, () => exportChart("png")),
    commands.registerCommand(COMMANDS.exportJson, () => exportData("json")),
    commands.registerCommand(COMMANDS.exportCsv, () => exportData("csv")),
    commands.registerCommand(COMMANDS.showLog, () => {
      log.show();
    }),
    workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "python") void onSave(document);
    }),
    workspace.onDidSaveNotebookDocument((notebook) => {
      if (pythonCells(notebook).length > 0) void onSave(notebook);
    }),
    workspace.onDidChangeConfiguration((event) => {
      const run = workspace.getConfiguration().get<string>("chainrule.run");
      if (event.affectsConfiguration("chainrule.run") && run === "onSave") {
        void memory.update(ASKED, true);
      }
    }),
  );
}

/** `isLate`: the run's limit was reached, and can be changed. */
async function tell(message: string, isLate = false): Promise<undefined> {
  const limit = isLate ? ["Change Limit"] : [];
  const choice = await window.showErrorMessage(message, ...limit, "Show Log");
  if (choice === "Change Limit") {
    void commands.executeCommand("workbench.action.openSettings", LIMIT);
  } else if (choice !== undefined) log.show();
  return undefined;
}
