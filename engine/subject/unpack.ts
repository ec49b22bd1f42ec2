/** Inputs that are several things in one: what the code takes them apart into says what they hold. */
import { asParam } from "./arguments.ts";
import { companions } from "./inputs.ts";
import type { Problem } from "./probe.ts";
import { expressionOf } from "./reshape.ts";
import type { InputSpec, ModelFacts, Param } from "./spec.ts";

const SPACE = /^types\.SimpleNamespace\((.*)\)$/s;

/** Names on the left of `nodes, edge_index = data`; undefined where the failing statement takes nothing apart. */
function takenApart(line: string): string[] | undefined {
  const left = /^[([]?\s*([\w*]+(?:\s*,\s*[\w*]+)*)\s*,?\s*[)\]]?\s*=[^=]/.exec(line)?.[1];
  const names = left?.split(",").map((name) => name.trim());
  return names && names.length > 1 && !/\.(shape|size)\b/.test(line) ? names : undefined;
}

/** Lists of inputs in which the one that failed is a tuple, or an object with the attribute that was missed. */
export function* unpacked(
  inputs: readonly InputSpec[],
  problem: Problem,
  forward: readonly Param[],
  facts: ModelFacts,
): Generator<InputSpec[]> {
  const required = forward.filter((p) => !p.hasDefault);
  const blamed = problem.blame?.names ?? [];
  const at = Math.max(
    0,
    required.findIndex((p) => blamed.includes(p.name)),
  );
  const input = inputs[at];
  if (!input) return;
  const other = (expr: string): InputSpec[] =>
    inputs.map((i, k): InputSpec => (k === at ? { kind: "py", expr } : i));
  const names = /values to unpack/.test(problem.message)
    ? takenApart(problem.blame?.line ?? "")
    : undefined;
  if (names && input.shape) {
    const choices = names.map((name, k) =>
      k === 0 ? [input] : companions(asParam(name), input, facts),
    );
    for (let n = 0; n < Math.max(...choices.map((c) => c.length)); n++)
      yield other(
        `(${choices.map((c) => expressionOf(c[Math.min(n, c.length - 1)]!)).join(", ")})`,
      );
  }
  const missed = /'(?:Tensor|types\.SimpleNamespace)' object has no attribute '([a-z]\w*)'/.exec(
    problem.message,
  )?.[1];
  if (!missed) return;
  const held = SPACE.exec(input.expr ?? "")?.[1];
  if (held === undefined && !input.shape) return;
  const parts = held === undefined ? [] : [held];
  const main = input.shape ? input : { kind: "randn" as const, shape: [8, 64] };
  const fills = parts.length === 0 ? [main] : companions(asParam(missed), main, facts);
  for (const fill of fills)
    yield other(
      `types.SimpleNamespace(${[...parts, `${missed}=${expressionOf(fill)}`].join(", ")})`,
    );
}
