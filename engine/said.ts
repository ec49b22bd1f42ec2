/** Sentences that a translation can be made of: English text with holes, and what fills them. */
import type { Said } from "./report.ts";

/** A plain string has no twin in another language. */
export type Sentence = string | Said;

/** said`${2} of ${3} layers` → the template "{0} of {1} layers" with its values; sentences and half sentences nest. */
export const said = (
  parts: TemplateStringsArray,
  ...values: readonly (Sentence | number)[]
): Said => ({
  template: parts.reduce((text, part, i) => `${text}{${i - 1}}${part}`),
  values: values.map((value) => (typeof value === "number" ? String(value) : value)),
});

export const english = (sentence: Sentence): string =>
  typeof sentence === "string"
    ? sentence
    : sentence.template.replace(/\{(\d+)\}/g, (_hole, i: string) =>
        english(sentence.values[Number(i)] ?? ""),
      );

type Beside = { readonly said?: Said };

const beside = (sentence: Sentence): Beside =>
  typeof sentence === "string" ? {} : { said: sentence };

/** The sentence that a finding carries. */
export const sentenceOf = ({
  message,
  said: own,
}: Beside & { readonly message: string }): Sentence => own ?? message;

/** A sentence as the report carries it: in English under the name of its field, and beside it as a translation needs it. */
const under =
  <K extends string>(field: K) =>
  (sentence: Sentence): Beside & { readonly [N in K]: string } =>
    ({ [field]: english(sentence), ...beside(sentence) }) as Beside & { readonly [N in K]: string };

/** Of a finding. */
export const inMessage = under("message");
/** Of a cause, or another place that belongs to a finding. */
export const inText = under("text");
/** Of a choice or a candidate. */
export const inWhy = under("why");
/** Of the cost. */
export const inReduced = under("reduced");

/** The half sentence that a choice carries. */
export const reasonOf = ({ why, said: own }: Beside & { readonly why: string }): Sentence =>
  own ?? why;

/** As a title carries it: English starts with a capital, the sentence to translate does not. */
export const inTitle = (sentence: Sentence): Beside & { readonly title: string } => {
  const text = english(sentence);
  return { title: text.charAt(0).toUpperCase() + text.slice(1), ...beside(sentence) };
};

/** The sentence of a title, to be put beside others or into one. */
export const titled = ({ title, said: own }: Beside & { readonly title: string }): Sentence =>
  own ?? title.charAt(0).toLowerCase() + title.slice(1);
