/**
 * Runs properties: all programs of a family are evaluated at once, since a fresh interpreter per program would take
 * all the time. fast-check draws and shrinks against a table of what is known; a program that is not in it counts as
 * agreeing, is evaluated with the others afterwards, and then everything is drawn again, until nothing new is asked.
 */
import fc from "fast-check";
import type { Snippets } from "../../support/snippets.ts";
import { WitnessError } from "../../support/witness.ts";
import { Draw } from "./draw.ts";
import type { Property } from "./property.ts";

export interface Counterexample {
  /** The smallest program found, and how it differs. */
  readonly program: string;
  readonly difference: string;
  /** The other programs of the sample that differ. */
  readonly others: readonly (readonly [program: string, difference: string])[];
}

export interface HuntOptions {
  readonly seed: number;
  /** Programs per property. */
  readonly runs: number;
  /** Differences that do not count. */
  readonly ignored?: RegExp;
}

const BATCH = 200; // programs per interpreter
const ROUNDS = 40;
const WANTED = 60; // programs that one property may ask for per round of shrinking

/** What is known of a property's programs: how each differs, null where it agrees. */
type Known = Map<string, string | null>;

type Asked = readonly [Property, string];

/** Draws a property against what is known. Result: what is not, and the smallest known counterexample. */
function draw(property: Property, known: Known, { seed, runs }: HuntOptions) {
  const unknown = new Set<string>();
  const agrees = (program: string): boolean => {
    const said = known.get(program);
    if (said === undefined) unknown.add(program);
    return said === undefined || said === null;
  };
  let smallest: string | undefined;
  const check = fc.property(fc.gen(), (g) => {
    const program = property.write(new Draw(g));
    if (agrees(program)) return true;
    smallest = program;
    return false;
  });
  fc.check(check, { seed, numRuns: runs });
  return { unknown: [...unknown], smallest };
}

/** How programs differ, by place. A program that ends PyTorch's process proves nothing: the others go on without it. */
async function differences(
  snippets: Snippets,
  programs: readonly Asked[],
): Promise<readonly (string | null)[]> {
  const data = { programs: programs.map(([property, text]) => [text, property.twice]) };
  let expected: unknown;
  try {
    expected = await snippets.theirs("property.py", data);
  } catch (error) {
    if (!(error instanceof WitnessError) || !error.message.startsWith("Died")) throw error;
    if (programs.length === 1) return [null];
    const half = programs.length >> 1;
    const [first, second] = [programs.slice(0, half), programs.slice(half)];
    return [...(await differences(snippets, first)), ...(await differences(snippets, second))];
  }
  const said = await snippets.ours("property.py", { ...data, expected });
  return programs.map((_, i) => (said as Readonly<Record<string, string>>)[i] ?? null);
}

async function evaluate(
  snippets: Snippets,
  programs: readonly Asked[],
  known: ReadonlyMap<Property, Known>,
  ignored: RegExp | undefined,
): Promise<void> {
  for (let start = 0; start < programs.length; start += BATCH) {
    const batch = programs.slice(start, start + BATCH);
    const lines = await differences(snippets, batch);
    for (const [i, [property, text]] of batch.entries()) {
      const line = lines[i] ?? null;
      known.get(property)?.set(text, line !== null && ignored?.test(line) ? null : line);
    }
  }
}

/** The counterexample of each property that has one. */
export async function hunt(
  snippets: Snippets,
  properties: readonly Property[],
  options: HuntOptions,
): Promise<ReadonlyMap<Property, Counterexample>> {
  const known = new Map(properties.map((property) => [property, new Map() as Known] as const));
  const smallest = new Map<Property, string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const wanted = [...known].flatMap(([property, table]) => {
      const drawn = draw(property, table, options);
      if (drawn.smallest !== undefined) smallest.set(property, drawn.smallest);
      const asked = round === 0 ? drawn.unknown : drawn.unknown.slice(0, WANTED);
      return asked.map((text): Asked => [property, text]);
    });
    if (wanted.length === 0) break;
    await evaluate(snippets, wanted, known, options.ignored);
  }
  return new Map(
    [...smallest].map(([property, program]) => {
      const table = known.get(property)!;
      const others = [...table].filter((pair): pair is [string, string] => pair[1] !== null);
      return [property, { program, difference: table.get(program)!, others }] as const;
    }),
  );
}
