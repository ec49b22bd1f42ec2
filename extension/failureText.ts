/** Why a run ended without a report, as the panel and the notification say it. */
import { l10n } from "vscode";
import { phaseText } from "./panelState.ts";
import { capitalised } from "./said.ts";

/** What was under way. */
export interface Doing {
  readonly file: string;
  readonly phase: string;
  /** The run's limit. */
  readonly seconds: number;
}

export function failureText(code: string, message: string, doing: Doing): string {
  if (code === "timeout") {
    const reached = l10n.t(
      "{0} took longer than {1} s ({2}).",
      ...[doing.file, doing.seconds, phaseText(doing.phase)],
    );
    return doing.phase === "import"
      ? l10n.t(
          "{0} Code at the top level of a file runs on import: a training loop there belongs under `if __name__ == '__main__':`.",
          reached,
        )
      : reached;
  }
  const at = phaseText(doing.phase);
  if (code === "memory")
    return l10n.t("{0} needs more memory than one analysis may take ({1}).", doing.file, at);
  if (code === "worker-died") return l10n.t("The analysis ended unexpectedly ({0}).", at);
  if (code === "directive") return l10n.t("A chainrule comment cannot be read: {0}", message);
  if (code === "notebook") return l10n.t("{0} is no notebook with cells of Python.", doing.file);
  const [first = ""] = message.split("\n", 1);
  return capitalised(first);
}
