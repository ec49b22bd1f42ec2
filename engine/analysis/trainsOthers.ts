/** What is told of a file that trains nothing by itself. */

import { said, type Sentence } from "../said.ts";

export interface HelperFacts {
  /** Functions and classes that train a model which they are given. */
  readonly trainers: readonly string[];
  /** Files of the project that import this one, relative to it. */
  readonly callers: readonly string[];
}

const MAX_NAMES = 3;

const listed = (names: readonly string[]): Sentence =>
  names.length < 2
    ? names.join("")
    : said`${names.slice(0, -1).join(", ")} and ${names[names.length - 1] ?? ""}`;

/** Half a sentence why nothing could be run; undefined where nothing in the file trains. */
export function helperText({ trainers, callers }: HelperFacts): Sentence | undefined {
  if (trainers.length === 0) return undefined;
  const shown = listed(trainers.slice(0, MAX_NAMES));
  const isOne = trainers.length === 1;
  const head = isOne
    ? said`the file defines no model and runs no training by itself: ${shown} trains a model given by another file`
    : said`the file defines no model and runs no training by itself: ${shown} train a model given by another file`;
  if (callers.length === 0)
    return isOne
      ? said`${head}; analyze the script that calls it`
      : said`${head}; analyze the script that calls them`;
  return isOne
    ? said`${head}; analyze a file that calls it: ${listed(callers)}`
    : said`${head}; analyze a file that calls them: ${listed(callers)}`;
}
