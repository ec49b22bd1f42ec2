/** Activation: builds the parts, registers them, and starts nothing. */
import { CodeActionKind, Uri, commands, languages, window, type ExtensionContext } from "vscode";
import { Analysis } from "./analysis.ts";
import { Automatic } from "./automatic.ts";
import { Choices } from "./choices.ts";
import { Chooser } from "./choose.ts";
import { codeActions, FIX_ALL } from "./codeActions.ts";
import { CodeLenses } from "./codeLens.ts";
import { registerCommands } from "./commands.ts";
import { COMMANDS, PANEL, PANEL_EDITOR, SELECTOR } from "./contributions.ts";
import { registerDiagnostics } from "./diagnostics.ts";
import { savePicture } from "./exports.ts";
import { History } from "./history.ts";
import { hovers } from "./hover.ts";
import { registerHints } from "./inlayHints.ts";
import { log } from "./log.ts";
import { Panel } from "./panel.ts";
import { Shown } from "./shown.ts";
import { registerStatusBar } from "./statusBar.ts";

export function activate(context: ExtensionContext): void {
  const choices = new Choices(context.workspaceState);
  const analysis = new Analysis(
    { dir: context.asAbsolutePath("dist"), cache: context.globalStorageUri.fsPath },
    choices,
  );
  const shown = new Shown(analysis);
  const automatic = new Automatic(analysis, shown, context.workspaceState);
  const history = new History(analysis);
  const chooser = new Chooser(analysis, choices);
  const panel = new Panel(shown, history, Uri.joinPath(context.extensionUri, "dist", "webview"), {
    start: (target, entry) => {
      void commands.executeCommand(COMMANDS.analyze, target.uri, entry);
    },
    cancel: () => {
      analysis.cancel();
    },
    choose: (target) => {
      void commands.executeCommand(COMMANDS.choose, target.uri);
    },
    sample: async () => {
      await commands.executeCommand(COMMANDS.openSample);
    },
    compare: (target, id) => {
      const isKnown = history.choose(target.uri, id);
      panel.send();
      return isKnown;
    },
    set: (target, change) => chooser.set(target, change),
    save: savePicture,
  });
  context.subscriptions.push(
    log,
    analysis,
    shown,
    history,
    automatic,
    panel,
    registerCommands({
      analysis,
      shown,
      chooser,
      panel,
      automatic,
      sample: Uri.joinPath(context.extensionUri, "extension", "media", "sample.py"),
    }),
    registerDiagnostics(analysis),
    registerStatusBar(shown),
    window.registerWebviewViewProvider(PANEL, panel),
    window.registerWebviewPanelSerializer(PANEL_EDITOR, panel),
    languages.registerCodeLensProvider(SELECTOR, new CodeLenses(analysis)),
    registerHints(analysis),
    languages.registerHoverProvider(SELECTOR, hovers(analysis)),
    languages.registerCodeActionsProvider(SELECTOR, codeActions(analysis), {
      providedCodeActionKinds: [CodeActionKind.QuickFix, FIX_ALL],
    }),
  );
}
