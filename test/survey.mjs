/**
 * npm run survey -- DIR [FILE…] [--list FILE] [--witness] [--seconds N] [--json OUT]
 * What a user gets who runs `chainrule analyze FILE` on public files, with nothing prepared: the files of test/corpus/, or
 * those named (relative to DIR, in arguments or as lines of --list). With --witness the run that was found is repeated under
 * PyTorch and every gradient compared. Exit code 0 always: the table is the result.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Engine } from "../engine/client.ts";
import { loadCorpus } from "./support/corpus.ts";
import { surveyed } from "./support/survey.ts";
import { Witness } from "./support/witness.ts";

const WORKERS = 2;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "string" },
    witness: { type: "boolean" },
    seconds: { type: "string", default: "60" },
    json: { type: "string" },
  },
});
if (!positionals[0]) {
  console.error("usage: npm run survey -- DIR [FILE…] [--list FILE] [--witness] [--json OUT]");
  process.exit(2);
}
const dir = resolve(positionals[0]);
const listed = values.list ? readFileSync(values.list, "utf8").split("\n").filter(Boolean) : [];
const named = [...positionals.slice(1), ...listed];
const files = named.length > 0 ? named : (await loadCorpus()).map((item) => item.case.file);
const queue = [...new Set(files)].filter((file) => {
  if (existsSync(resolve(dir, file))) return true;
  console.error(`${dir} lacks ${file}`);
  return false;
});
const total = queue.length;
const outcomes = [];
await Promise.all(
  Array.from({ length: WORKERS }, async () => {
    const engine = new Engine({ dir: fileURLToPath(new URL("../dist/", import.meta.url)) });
    let witness = values.witness ? new Witness() : null;
    await witness?.start();
    for (let file = queue.shift(); file; file = queue.shift()) {
      const outcome = await surveyed(engine, witness, dir, file, 1000 * Number(values.seconds));
      if (outcome.witnessDied) {
        witness = new Witness();
        await witness.start();
      }
      outcomes.push(outcome);
      const { state, told, ms } = outcome;
      console.log(`${state.padEnd(11)} ${file.padEnd(64)} ${String(ms).padStart(6)} ms  ${told}`);
    }
    await witness?.stop();
    await engine.dispose();
  }),
);
const count = (...states) => outcomes.filter(({ state }) => states.includes(state)).length;
for (const state of new Set(outcomes.map((outcome) => outcome.state)))
  console.log(`${String(count(state)).padStart(4)} ${state}`);
console.log(`${count("ran", "agrees", "unwitnessed", "differs")} of ${total} files ran`);
if (values.json) writeFileSync(values.json, JSON.stringify(outcomes, null, 1));
process.exit(0);
