/** Chainrule and PyTorch side by side, for a suite's whole run. Called inside `describe`. */
import assert from "node:assert/strict";
import { startAnalyst, type Analyst } from "./analyst.ts";
import { Witness } from "./witness.ts";

/**
 * What a source's `results` function returns on both sides: `ours` from the one JSON object that the run prints, `theirs` of the call
 * `results(ARGUMENTS)` under PyTorch.
 */
async function resultsOf(
  { analyst, witness }: BothSides,
  source: string,
  args: string,
): Promise<{ readonly ours: unknown; readonly theirs: unknown }> {
  const { log, findings } = await analyst.analyzeText("results.py", source);
  const line = log.split("\n").find((text) => text.startsWith("{"));
  assert.ok(line, findings.map(({ message }) => message).join());
  const code = `space = {}\nexec(data, space)\nwith once_rounded():\n    result = space['results'](${args})`;
  const theirs = await witness.ask({ verb: "eval", data: source, code });
  return { ours: JSON.parse(line) as unknown, theirs };
}

export interface BothSides {
  readonly analyst: Analyst;
  readonly witness: Witness;
}

export function startBoth(): BothSides {
  const analyst = startAnalyst();
  const witness = new Witness();
  before(() => witness.start());
  after(async () => {
    await analyst.stop();
    await witness.stop();
  });
  return { analyst, witness };
}

/** What `results` gives on both sides, there once the suite's own `before` has run. Called inside `describe`. */
export function comparedResults<R>(source: string, args: string): { ours: R; theirs: R } {
  const sides = startBoth();
  const found = { ours: {}, theirs: {} } as { ours: R; theirs: R };
  before(async () => void Object.assign(found, await resultsOf(sides, source, args)));
  return found;
}
