/**
 * Runs inside VS Code's extension host: every compiled test of test/extension/. The same module serves
 * @vscode/test-electron and hostRun.ts. Text goes to CHAINRULE_TEST_LOG where that is set (the console of
 * a remote extension host ends in a log file), and the sum closes it.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { format } from "node:util";
import type MochaType from "mocha";

// By file: Node 20 and 24 disagree on what require("mocha") gives, since its entry is a module.
const Mocha = createRequire(__filename)("mocha/lib/mocha.cjs") as typeof MochaType;

export async function run(): Promise<void> {
  const log = process.env["CHAINRULE_TEST_LOG"];
  const print = (...words: unknown[]): void => {
    if (log) fs.appendFileSync(log, `${format(...words)}\n`);
    else console.log(...words);
  };
  Mocha.reporters.Base.consoleLog = print;
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: 60_000 });
  for (const name of fs.readdirSync(__dirname).sort())
    if (name.endsWith(".test.cjs")) mocha.addFile(path.join(__dirname, name));
  const stats = await new Promise<MochaType.Stats | undefined>((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats));
  });
  const { passes = 0, failures = 0 } = stats ?? {};
  print("%d passing, %d failing", passes, failures);
  if (failures > 0 || passes === 0) throw new Error(`${passes} passing, ${failures} failing`);
}
