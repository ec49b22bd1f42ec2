/** The engine's sentences in the language of the editor; what has no twin stays English. */
import { l10n } from "vscode";
import type {
  Candidate,
  Choice,
  Cost,
  Finding,
  Fix,
  Note,
  Replaced,
  Said,
} from "../engine/report.ts";

const spoken = ({ template, values }: Said): string =>
  l10n.t(template, ...values.map((value) => (typeof value === "string" ? value : spoken(value))));

export const messageOf = ({ message, said }: Finding): string => (said ? spoken(said) : message);

export const textOf = ({ text, said }: Note): string => (said ? spoken(said) : text);

export const whyOf = ({ why, said }: Choice): string => (said ? spoken(said) : why);

/** undefined: it is ready. */
export const refusalOf = ({ why, said }: Candidate): string | undefined =>
  said ? spoken(said) : why;

export const byOf = ({ by, said }: Replaced): string => (said ? spoken(said) : by);

/** A sentence; undefined: nothing was made smaller. */
export const reducedOf = ({ reduced, said }: Cost): string | undefined => {
  const text = said ? spoken(said) : reduced;
  return text === undefined ? undefined : `${capitalised(text)}.`;
};

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Titles start with a capital, the sentence that they are made of does not. */
export function titleOf({ title, said }: Fix): string {
  return capitalised(said ? spoken(said) : title);
}
