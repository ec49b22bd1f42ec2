/**
 * `npm run builders`: every model builder of Debian's torchvision, torchaudio and torchtext, from unmodified
 * sources, under Chainrule and under PyTorch, as a table. Exit code 1 where one differs or does not run.
 *
 * `npm run builders -- --only NAME,NAME` takes those whose name contains one of them.
 */
import { parseArgs } from "node:util";
import { PACKAGES, runBuilder } from "./support/builders.ts";
import { Parity } from "./support/parity.ts";

const { values } = parseArgs({ options: { only: { type: "string" } } });
const only = values.only?.split(",");

const parity = new Parity(PACKAGES);
await parity.start();
const all = await parity.witness.ask({ verb: "builders" });
const chosen = all.filter(({ id }) => !only || only.some((part) => id.includes(part)));
const count = { agree: 0, fail: 0, large: 0 };
for (const one of chosen) {
  try {
    if (one.reason) throw new Error(one.reason);
    const row = await runBuilder(parity, one);
    count[verdict(row)]++;
    console.log(line(row));
  } catch (error) {
    count.fail++;
    console.log(`${one.id.padEnd(52)} ${error.message.split("\n", 1)[0]}`);
  }
}
await parity.stop();
console.log(
  `${chosen.length} builders: ${count.agree} agree, ${count.large} too large, ${count.fail} fail`,
);
process.exit(count.fail === 0 ? 0 : 1);

function verdict({ reason, compared }) {
  if (reason) return "large";
  return compared.stopped === undefined && compared.found.length === 0 ? "agree" : "fail";
}

function line({ id, size, dtype, reason, compared }) {
  const head = `${id.padEnd(52)} ${(size / 1e6).toFixed(2).padStart(9)} M  ${dtype}`;
  if (reason) return `${head}  ${reason}`;
  const { found, stopped, worst, ms } = compared;
  const time = `${ms.toString().padStart(7)} ms`;
  if (stopped !== undefined) return `${head}  ${time}  ${stopped.split("\n", 1)[0]}`;
  const first = found[0];
  const off = first
    ? `  ${found.length} differ: ${first.what} ${first.ours} ≠ ${first.theirs}`
    : "";
  return `${head}  ${time}  ${worst.toExponential(1)}${off.slice(0, 160)}`;
}
