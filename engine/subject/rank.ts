import { planArguments } from "./arguments.ts";
import type { EntryFacts } from "./spec.ts";
import { show } from "./spec.ts";
import { renderedAll } from "./values.ts";

/** Another class of the file mentions it, and does not derive from it: a block, not the model. */
export const isPart = (e: EntryFacts | undefined, entries: readonly EntryFacts[]): boolean =>
  e !== undefined &&
  entries.some((o) => o.isClass && o !== e && o.uses.includes(e.name) && !o.bases.includes(e.name));

const NO_MODEL = /loss|criterion|matcher|metric|post_?process|scheduler|(^|_)ema$|perceptual/i;

/**
 * Entries in the order in which they are tried: those that no other mentions (the whole model, not its blocks) first, then what is built
 * of other classes or factories of the file before what stands alone, classes that take no required argument before those whose arguments must be
 * guessed, later definitions before earlier ones; a factory stands in for a class that needs arguments. Blocks come last.
 */
export function ranked(entries: readonly EntryFacts[]): EntryFacts[] {
  const isBase = (e: EntryFacts): boolean => entries.some((o) => o.bases.includes(e.name));
  const plans = new Map(entries.map((e) => [e, planArguments(e, entries)]));
  // A module that is given to another is its part, though the class does not name it.
  const given = new Set(
    entries.flatMap((e) => {
      const plan = plans.get(e)!;
      if (!("kwargs" in plan)) return [];
      const text = show(renderedAll(plan.kwargs));
      const names = new Set(text.match(/[A-Za-z_]\w*/g) ?? []);
      return entries.filter((o) => o !== e && names.has(o.name)).map((o) => o.name);
    }),
  );
  const isRunnable = (e: EntryFacts): boolean =>
    !e.isClass || e.forward !== null || (e.methods.length > 0 && !isBase(e));
  const names = new Set(entries.map((e) => e.name));
  const score = (e: EntryFacts): number => {
    const required = e.params.filter((p) => !p.hasDefault);
    const isGuessable = "kwargs" in plans.get(e)!;
    const isWhole = !e.isClass || e.uses.some((name) => names.has(name));
    return (
      (isPart(e, entries) || (e.isClass && given.has(e.name)) ? 2000 : 0) +
      (NO_MODEL.test(e.name) ? 4000 : 0) +
      (required.length === 0 ? 0 : isGuessable ? (e.isClass ? 10 : 20) : 1000) +
      (isWhole ? 0 : 40) +
      (e.forward === null && e.isClass ? 200 : 0) +
      (e.name.startsWith("_") ? 50 : 0)
    );
  };
  const scores = new Map(entries.map((e) => [e, score(e)]));
  return entries
    .filter(isRunnable)
    .sort(
      (a, b) =>
        scores.get(a)! - scores.get(b)! ||
        (a.isClass && b.isClass
          ? b.line - a.line
          : Number(b.isClass) - Number(a.isClass) || a.line - b.line),
    );
}
