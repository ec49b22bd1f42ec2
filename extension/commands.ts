/** The commands, and analysis on save. */
import { Disposable, Uri, commands, window, workspace, type TextDocument } from "vscode";
import type { Memento } from "vscode";
import type { Analysis } from "./analysis.ts";
import { moduleClasses } from "./classes.ts";
import { COMMANDS, NOTEBOOK_CELL, PANEL, type Settings } from "./contributions.ts";
import { log } from "./log.ts";
import type { Shown } from "./shown.ts";

/** Workspace state: the user has run an analysis here, so saving may run one too. */
const ASKED = "asked";

const LIMIT: keyof Settings = "chainrule.budget.seconds";

export function registerCommands(analysis: Analysis, shown: Shown, memory: Memento): Disposable {
  const analyze = async (document: TextDocument, entry?: string): Promise<unknown> => {
    void memory.update(ASKED, true);
    // Beside the code, without taking the keyboard from it.
    void commands.executeCommand(`${PANEL}.focus`, { preserveFocus: true });
    const result = await analysis.analyze(document, entry);
    const failure = analysis.get(document.uri)?.failure;
    if (!result && failure) void tell(`Chainrule: ${failure.message}`, failure.code === "timeout");
    return result?.report;
  };

  const onSave = async (document: TextDocument): Promise<void> => {
    const run = workspace.getConfiguration(undefined, document).get<string>("chainrule.run");
    if (run !== "onSave" || document.languageId !== "python") return;
    if (!workspace.isTrusted || memory.get(ASKED) !== true) return;
    const own = analysis.get(document.uri);
    const models = moduleClasses(document.getText()).length > 0;
    // A file without a model of its own may be imported by the one that is shown.
    const state = own ?? (models ? undefined : shown.state);
    if (!own && !models && state?.result?.stale() !== true) return;
    if (own?.result?.stale() === false) return;
    await analysis.analyze(state?.document ?? document, state?.entry);
  };

  return Disposable.from(
    commands.registerCommand(COMMANDS.analyze, async (at?: unknown, entry?: unknown) => {
      const document = at instanceof Uri ? await workspace.openTextDocument(at) : shown.active;
      if (document?.uri.scheme === NOTEBOOK_CELL) {
        return tell(
          "Chainrule: notebooks cannot be analyzed yet; move the model into a Python file.",
        );
      }
      if (!document) return tell("Chainrule: open a Python file to analyze its gradients.");
      return analyze(document, typeof entry === "string" ? entry : undefined);
    }),
    commands.registerCommand(COMMANDS.cancel, () => {
      analysis.cancel();
    }),
    commands.registerCommand(COMMANDS.showPanel, () => commands.executeCommand(`${PANEL}.focus`)),
    commands.registerCommand(COMMANDS.showLog, () => {
      log.show();
    }),
    workspace.onDidSaveTextDocument((document) => {
      void onSave(document);
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
