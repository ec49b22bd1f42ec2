import type { AnalyzeRequest } from "../protocol.ts";
import type { Wanted } from "./directive.ts";
import { directives, parseArgs, parseCall, parseInput } from "./directive.ts";
import type { EntryFacts } from "./spec.ts";

/**
 * What the user said to run: the request's own fields, and for those that it leaves open the directive comment of the same class. Null
 * where nothing was said.
 */
export function wantedOf(
  request: AnalyzeRequest,
  source: string,
  entries: readonly EntryFacts[],
): Wanted | null {
  const options = optionsOf(request);
  const comments = directives(source).map((d) => withEntry(d, entries));
  if (!options) return comments[0] ?? null;
  const comment = comments.find((d) => options.entry === null || d.entry === options.entry);
  if (!comment) return options;
  const isCall = options.args.length > 0 || Object.keys(options.kwargs).length > 0;
  const call = isCall ? options : comment;
  return {
    entry: comment.entry,
    args: call.args,
    kwargs: call.kwargs,
    inputs: options.inputs ?? comment.inputs,
    loss: options.loss ?? comment.loss,
    mode: request.mode ?? comment.mode,
    line: comment.line,
  };
}

function optionsOf(r: AnalyzeRequest): Wanted | null {
  if (!r.entry && !r.args && !r.inputs && !r.loss) return null;
  const call = r.entry ? parseCall(r.entry) : { entry: null, args: [], kwargs: {} };
  const own = parseArgs(r.args ?? []);
  return {
    entry: call.entry,
    args: [...call.args, ...own.args],
    kwargs: { ...call.kwargs, ...own.kwargs },
    inputs: r.inputs ? r.inputs.flatMap(parseInput) : null,
    loss: r.loss ?? null,
    mode: r.mode ?? null,
    line: 0,
  };
}

/** A directive without a class stands above the class that it means. */
function withEntry(directive: Wanted, entries: readonly EntryFacts[]): Wanted {
  if (directive.entry) return directive;
  const below = entries
    .filter((e) => e.isClass && e.line >= directive.line)
    .sort((a, b) => a.line - b.line)[0];
  return { ...directive, entry: below?.name ?? null };
}

/** The entry that is given with its inputs, where that is told without a look at the file's classes and nothing else of the file is asked for. */
export function givenEntry(request: AnalyzeRequest, source: string): string | undefined {
  if (request.others !== false) return undefined;
  try {
    if (directives(source).some((d) => d.entry === null)) return undefined;
    const wanted = wantedOf(request, source, []);
    return wanted?.inputs ? (wanted.entry ?? undefined) : undefined;
  } catch {
    return undefined; // a comment that cannot be read is told by who finds the subject
  }
}
