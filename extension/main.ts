/** Activation: builds the parts, registers them, and starts nothing. */
import { CodeActionKind, Uri, commands, languages, window, type ExtensionContext } from "vscode";
import { Analysis } from "./analysis.ts";
import { codeActions } from "./codeActions.ts";
import { CodeLenses } from "./codeLens.ts";
import { registerCommands } from "./commands.ts";
import { COMMANDS, PANEL, SELECTOR } from "./contributions.ts";
import { registerDiagnostics } from "./diagnostics.ts";
import { hovers } from "./hover.ts";
import { GradientHints } from "./inlayHints.ts";
import { log } from "./log.ts";
import { Panel } from "./panel.ts";
import { Shown } from "./shown.ts";
import { registerStatusBar } from "./statusBar.ts";

export function activate(context: ExtensionContext): void {
  const analysis = new Analysis(context.asAbsolutePath("dist"));
  const shown = new Shown(analysis);
  const panel = new Panel(shown, Uri.joinPath(context.extensionUri, "dist", "webview"), {
    start: (document, entry) => {
      void commands.executeCommand(COMMANDS.analyze, document.uri, entry);
    },
    cancel: () => {
      analysis.cancel();
    },
  });
  context.subscriptions.push(
    log,
    analysis,
    shown,
    panel,
    registerCommands(analysis, shown, context.workspaceState),
    registerDiagnostics(analysis),
    registerStatusBar(shown),
    window.registerWebviewViewProvider(PANEL, panel),
    languages.registerCodeLensProvider(SELECTOR, new CodeLenses(analysis)),
    languages.registerInlayHintsProvider(SELECTOR, new GradientHints(analysis)),
    languages.registerHoverProvider(SELECTOR, hovers(analysis)),
    languages.registerCodeActionsProvider(SELECTOR, codeActions(analysis), {
      providedCodeActionKinds: [CodeActionKind.QuickFix],
    }),
  );
}
