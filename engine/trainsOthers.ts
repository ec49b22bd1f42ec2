/** What is told of a file that trains nothing by itself. */

export interface HelperFacts {
  /** Functions and classes that train a model which they are given. */
  readonly trainers: readonly string[];
  /** Files of the project that import this one, relative to it. */
  readonly callers: readonly string[];
}

const MAX_NAMES = 3;

const listed = (names: readonly string[]): string =>
  names.length < 2
    ? names.join("")
    : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1] ?? ""}`;

/** Half a sentence why nothing could be run; undefined where nothing in the file trains. */
export function helperText({ trainers, callers }: HelperFacts): string | undefined {
  if (trainers.length === 0) return undefined;
  const shown = listed(trainers.slice(0, MAX_NAMES));
  const verb = trainers.length > 1 ? "train" : "trains";
  const where =
    callers.length > 0
      ? `analyze a file that calls ${trainers.length > 1 ? "them" : "it"}: ${listed(callers)}`
      : `analyze the script that calls ${trainers.length > 1 ? "them" : "it"}`;
  return `the file defines no model and runs no training by itself: ${shown} ${verb} a model given by another file; ${where}`;
}
