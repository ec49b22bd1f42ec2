/** What is told of a file that trains nothing by itself. */

import type { Span } from "../report.ts";
import { inText, said, type Sentence } from "../said.ts";
import type { Why } from "./stops.ts";

export interface HelperFacts {
  /** Functions and classes that train a model which they are given. */
  readonly trainers: readonly string[];
  /** Files of the project that import this one: the path from it, and where. */
  readonly callers: readonly { readonly path: string; readonly at: Span }[];
}

const MAX_NAMES = 3;

const listed = (names: readonly string[]): Sentence =>
  names.length < 2
    ? names.join("")
    : said`${names.slice(0, -1).join(", ")} and ${names[names.length - 1] ?? ""}`;

/** Why nothing could be run, and where its callers import it; undefined where nothing in the file trains. */
export function trainsOthers({ trainers, callers }: HelperFacts): Why | undefined {
  if (trainers.length === 0) return undefined;
  const shown = listed(trainers.slice(0, MAX_NAMES));
  const isOne = trainers.length === 1;
  const head = isOne
    ? said`the file defines no model and runs no training by itself: ${shown} trains a model given by another file`
    : said`the file defines no model and runs no training by itself: ${shown} train a model given by another file`;
  if (callers.length === 0)
    return {
      why: isOne
        ? said`${head}; analyze the script that calls it`
        : said`${head}; analyze the script that calls them`,
    };
  const paths = listed(callers.map(({ path }) => path));
  return {
    why: isOne
      ? said`${head}; analyze a file that calls it: ${paths}`
      : said`${head}; analyze a file that calls them: ${paths}`,
    related: callers.map(({ at }) => ({ at, ...inText(said`imported here`) })),
  };
}
