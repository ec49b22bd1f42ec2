import type { Chosen } from "./arguments.ts";
import { planArguments } from "./arguments.ts";
import type { EntryFacts, Param, Use } from "./spec.ts";
import { callText, py } from "./spec.ts";
import { renderedAll } from "./values.ts";

const bare = (name: string): string => name.toLowerCase().replace(/_/g, "");

/** How well a class's name fits a parameter's: `encoder` and `EncoderRNN`; 0 where it does not. */
function likeness(p: string, name: string): number {
  const [a, b] = [bare(p), bare(name)];
  if (a === b) return 4;
  if (b.startsWith(a) || b.endsWith(a)) return 3;
  if (b.includes(a) || a.includes(b)) return 2;
  const parts = p.toLowerCase().split("_");
  return parts.some((part) => part.length > 3 && b.includes(part)) ? 1 : 0;
}

/**
 * A class of the file, or a module built of one, for a parameter that must be such; the class that takes the arguments with which
 * the code calls it, and is named like it. An identity stands in where the file has none. `of`: the entry that has the parameter.
 */
export function moduleFor(
  p: Param,
  use: Use,
  of: EntryFacts,
  all: readonly EntryFacts[],
): Chosen | undefined {
  const isPart = (e: EntryFacts): boolean =>
    e.isClass && e !== of && !e.uses.includes(of.name) && !e.bases.includes(of.name);
  const parts = all.filter((e) => isPart(e) && e.forward !== null);
  if (use.called !== undefined) {
    const takes = parts.filter((e) => {
      const required = e.params.filter((q) => !q.hasDefault).length;
      return required <= use.called! && e.params.length >= use.called!;
    });
    const best = bestOf(p, takes) ?? takes[0];
    return best && { value: py(best.name), why: "a class of the file that takes these arguments" };
  }
  const best = bestOf(p, parts);
  if (best) {
    // `of` takes no part below, so that two classes that need one another end.
    const plan = planArguments(
      best,
      all.filter((e) => e !== of && e !== best),
    );
    if ("kwargs" in plan) {
      const text = callText({ entry: best.name, args: [], kwargs: renderedAll(plan.kwargs) });
      return { value: py(text), why: "the file's class of that name" };
    }
  }
  return undefined;
}

const bestOf = (p: Param, parts: readonly EntryFacts[]): EntryFacts | undefined =>
  parts
    .map((e) => ({ e, fit: likeness(p.name, e.name) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit || a.e.name.length - b.e.name.length)[0]?.e;
