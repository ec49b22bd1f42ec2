import type { Chosen } from "./arguments.ts";
import { isModule, planArguments } from "./arguments.ts";
import type { Prober } from "./probe.ts";
import type { EntryFacts, Outline, Param, Use } from "./spec.ts";
import { callText, py } from "./spec.ts";
import { renderedAll } from "./values.ts";
import { said } from "../said.ts";

const bare = (name: string): string => name.toLowerCase().replace(/_/g, "");
/** A class's own name, where an expression names it. */
const own = (expression: string): string => /\w+$/.exec(expression)?.[0] ?? expression;

/** How well a class's name fits a parameter's: `encoder` and `EncoderRNN`; 0 where it does not. */
function likeness(p: string, name: string): number {
  const [a, b] = [bare(p), bare(own(name))];
  if (a === b) return 4;
  if (/^[a-z]$/.test(p)) return 0; // a function's letter
  if (b.startsWith(a) || b.endsWith(a)) return 3;
  if (b.includes(a) || a.includes(b)) return 2;
  const parts = p.toLowerCase().split("_");
  return parts.some((part) => part.length > 3 && b.includes(part)) ? 1 : 0;
}

/** What every module has, and what says nothing of its class. */
const COMMON =
  /^(parameters|modules|children|named_\w+|train|eval|training|apply|to|cuda|cpu|device|state_dict|load_state_dict|forward|weight|bias|__\w+|register_\w+|requires_grad_?|zero_grad|float|half|double|dtype)$/;

/** What the code reads of a module that not every module has. */
export const readOf = (use: Use): string[] =>
  (use.fields ?? []).map((f) => f.name).filter((name) => !COMMON.test(name));

/**
 * How well a class fits a parameter: by its name, and by having all that the code reads of the parameter; 0 where something is missing
 * or neither says anything.
 */
function fitness(
  p: Param,
  use: Use,
  of: { readonly name: string; readonly has: readonly string[] },
) {
  const read = readOf(use);
  if (!read.every((name) => of.has.includes(name))) return 0;
  return likeness(p.name, of.name) + (read.length > 0 ? 2 : 0);
}

/** Whether a class's forward takes the keywords with which the code calls the parameter. */
const takesKeywords = (e: EntryFacts, use: Use): boolean =>
  (use.keywords ?? []).every((k) => e.forward?.some((q) => q.name === k));

/**
 * A class of the file, or a module built of one, for a parameter that must be such; the class that takes the arguments with which
 * the code calls it, has what the code reads of it, and is named like it. `of`: the entry that has the parameter.
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
    const best = bestOf(p, use, takes)[0] ?? takes[0];
    return (
      best && { value: py(best.name), why: said`a class of the file that takes these arguments` }
    );
  }
  for (const best of bestOf(p, use, parts)) {
    // `of` takes no part below, so that two classes that need one another end.
    const plan = planArguments(
      best,
      all.filter((e) => e !== of && e !== best),
    );
    if (!("kwargs" in plan)) continue;
    const text = callText({ entry: best.name, args: [], kwargs: renderedAll(plan.kwargs) });
    const why =
      (use.fields ?? []).length > 0
        ? said`a class that has what the code reads of it`
        : said`the file's class of that name`;
    return { value: py(text), why };
  }
  return undefined;
}

/** Those that fit, best first; shorter names before longer ones. */
function bestOf(p: Param, use: Use, parts: readonly EntryFacts[]): EntryFacts[] {
  return parts
    .map((e) => ({ e, fit: fitness(p, use, e) + (takesKeywords(e, use) ? 0.5 : 0) }))
    .filter(({ fit }) => fit >= 1)
    .sort((a, b) => b.fit - a.fit || a.e.name.length - b.e.name.length)
    .map(({ e }) => e);
}

/** Classes of other files that are looked at for one parameter, and how far their own parameters are followed. */
const MOST = 3;
const DEPTH = 2;

/** The entries together with classes of other files, where a parameter must be a module and the file has none for it. */
export function withSiblings(
  entry: EntryFacts,
  all: readonly EntryFacts[],
  prober: Prober,
): readonly EntryFacts[] {
  let known = all;
  let waiting: readonly EntryFacts[] = [entry];
  for (let depth = 0; depth < DEPTH && waiting.length > 0; depth++) {
    const lacking = waiting.flatMap((e) =>
      e.params.filter((p) => isLacking(p, e, known)).map((p) => p),
    );
    if (lacking.length === 0) break;
    const outlines = prober.outlines();
    const picked = new Set(lacking.flatMap((p) => picks(p, outlines)));
    if (picked.size === 0) break;
    const more = prober.facts([...picked]).filter((e) => !known.some((k) => k.name === e.name));
    known = [...known, ...more];
    waiting = more;
  }
  return known;
}

const isLacking = (p: Param, of: EntryFacts, all: readonly EntryFacts[]): boolean =>
  !p.hasDefault &&
  !p.given?.length &&
  p.use?.called === undefined &&
  isModule(p, p.use ?? {}) &&
  moduleFor(p, p.use ?? {}, of, all) === undefined;

const picks = (p: Param, outlines: readonly Outline[]): Outline[] =>
  outlines
    .map((o) => ({ o, fit: fitness(p, p.use ?? {}, o) }))
    .filter(({ fit }) => fit >= 2)
    .sort((a, b) => b.fit - a.fit || a.o.name.length - b.o.name.length)
    .slice(0, MOST)
    .map(({ o }) => o);
