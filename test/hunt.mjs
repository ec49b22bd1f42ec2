/**
 * `npm run hunt -- [FAMILY…] [--only NAME] [--numbers] [--all]`: the properties of test/parity/properties with more programs than `npm test` draws.
 * CHAINRULE_SEED chooses the seed (the time without it), CHAINRULE_RUNS how many times the programs of `npm test`
 * are drawn (10). Prints each smallest counterexample.
 */
import { parseArgs } from "node:util";
import { FAMILIES } from "./parity/properties/families.ts";
import { hunt } from "./parity/properties/hunt.ts";
import { RUNS } from "./parity/properties/settings.ts";
import { Snippets } from "./support/snippets.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, all: { type: "boolean" }, numbers: { type: "boolean" } },
});
const seed = Number(process.env.CHAINRULE_SEED ?? Date.now() % 2 ** 31);
const runs = Math.ceil(RUNS * Number(process.env.CHAINRULE_RUNS ?? 10));
// What Chainrule lacks, and what it accepts though PyTorch refuses it, matters less than a wrong number.
const ignored = values.numbers ? /^unsupported|PyTorch has \w+Error/ : undefined;
const snippets = new Snippets();
await snippets.start();
console.log(`seed ${seed}, ${runs} programs per property`);
let found = 0;
for (const [family, properties] of Object.entries(FAMILIES)) {
  if (positionals.length > 0 && !positionals.includes(family)) continue;
  const chosen = properties.filter(({ name }) => !values.only || name.includes(values.only));
  const start = Date.now();
  const counterexamples = await hunt(snippets, chosen, { seed, runs, ignored });
  for (const [{ name }, { program, difference, others }] of counterexamples) {
    console.log(`\n${family}, ${name}: ${program.replaceAll("\n", "; ")}\n    ${difference}`);
    if (values.all)
      for (const [text, line] of others)
        console.log(`  - ${text.replaceAll("\n", "; ")}\n      ${line}`);
  }
  found += counterexamples.size;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(
    `\n== ${family}: ${counterexamples.size} of ${chosen.length} properties fail, ${seconds} s`,
  );
}
await snippets.stop();
process.exitCode = found === 0 ? 0 : 1;
