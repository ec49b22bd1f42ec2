/** The engine's sentences in the language of the editor; what has no twin stays English. */
import { l10n } from "vscode";
import type { Finding, Fix, Note, Said } from "../engine/report.ts";

const spoken = ({ template, values }: Said): string =>
  l10n.t(template, ...values.map((value) => (typeof value === "string" ? value : spoken(value))));

export const messageOf = ({ message, said }: Finding): string => (said ? spoken(said) : message);

export const textOf = ({ text, said }: Note): string => (said ? spoken(said) : text);

/** Titles start with a capital, the sentence that they are made of does not. */
export function titleOf({ title, said }: Fix): string {
  const text = said ? spoken(said) : title;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
