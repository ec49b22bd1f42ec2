/** What Chainrule chose, as the lens, the chooser and the panel name it. */
import { l10n } from "vscode";
import type { Choice } from "../engine/report.ts";

/** What a choice is about: code as it stands, all else in words. */
export function whatOf({ what }: Choice): string {
  const input = /^input (.+)$/.exec(what)?.[1];
  return input === undefined ? (WHAT[what] ?? what) : l10n.t("input {0}", input);
}

const WHAT: Readonly<Record<string, string>> = {
  class: l10n.t("class"),
  loss: l10n.t("loss"),
  method: l10n.t("method"),
  subject: l10n.t("what is run"),
  "gradients of": l10n.t("gradients of"),
  "command line": l10n.t("command line"),
  "working directory": l10n.t("working directory"),
};

/** What a choice was given; of a loss by its name. */
export const valueOf = ({ what, value }: Choice): string =>
  what === "loss" ? lossName(value) : value;

export const lossName = (loss: string): string => LOSSES[loss] ?? loss;

const LOSSES: Readonly<Record<string, string>> = {
  "cross-entropy": l10n.t("cross-entropy"),
  "mean of squares": l10n.t("mean of squares"),
  self: l10n.t("the model’s own loss"),
  script: l10n.t("the script’s own loss"),
};
