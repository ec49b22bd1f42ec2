/** The one log, "Chainrule" in the Output view. */
import { window, type LogOutputChannel } from "vscode";

export const log: LogOutputChannel = window.createOutputChannel("Chainrule", { log: true });

/** An error's code where it has one, as every expected error of the engine does. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "internal";
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
