import type { Plan } from "./arguments.ts";
import { LOSSES } from "./arguments.ts";
import { changed } from "./mend.ts";
import type { Problem } from "./probe.ts";
import { pairsOf } from "./reshape.ts";
import { py } from "./spec.ts";
import { isPy } from "./values.ts";
import { said } from "../said.ts";

const isImageSize = (name: string): boolean =>
  /(image|img|input|sample)_?size|resolution/i.test(name);

/** Plans with other arguments, where no input goes through: what the message names, another loss, other sizes. */
export function* alternatives(plan: Plan, problem: Problem): Generator<Plan> {
  const why = said`a size with which the forward pass goes through`;
  const numbers = Object.entries(plan.kwargs).filter(
    (e): e is [string, number] => typeof e[1] === "number",
  );
  for (const [got, want] of pairsOf(problem.message))
    for (const [name, value] of numbers)
      if (value === want && got > 0) yield changed(plan, [name], got, why);
  for (const [name, value] of Object.entries(plan.kwargs))
    if (isPy(value) && LOSSES.includes(value.$py))
      for (const loss of LOSSES)
        if (loss !== value.$py) yield changed(plan, [name], py(loss), said`a loss`);
  for (const [name, value] of numbers)
    if (/^pad(ding)?$/.test(name) && value > 0) yield changed(plan, [name], 0, why);
  const named = (problem.message.match(/\b\d+\b/g) ?? []).map(Number);
  const order = [...numbers].sort((a, b) => Number(isImageSize(b[0])) - Number(isImageSize(a[0])));
  for (const [name, value] of order) {
    const sizes = isImageSize(name)
      ? [64, 128, 224]
      : [
          // The message names this value and the one that was met in its place.
          ...(named.includes(value) ? named : []),
          ...numbers.map(([, v]) => v),
          value * 2,
          value / 2,
          1,
          2,
          4,
        ];
    for (const size of new Set(sizes))
      if (Number.isInteger(size) && size >= 1 && size !== value)
        yield changed(plan, [name], size, why);
  }
}
