/**
 * Compiles test/extension/*.test.ts and runs them in a real VS Code by @vscode/test-electron: in the
 * executable named by CHAINRULE_CODE, else in a VS Code from npm (CHAINRULE_VSCODE: newest or floor).
 * The folder that VS Code opens holds the sample and a copy of test/extension/workspace/. Arguments name
 * the tests to run, without `.test.ts`, or files elsewhere by their paths; none: all of the tests.
 */
import fs from "node:fs";
import path from "node:path";
import { runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { hostVersion, ROOT } from "./host.ts";
import { makeWorkspace } from "./workspace.ts";

const OUT = path.join(ROOT, ".build/test-extension");

/** Each test becomes a file of its own, so that mocha names it; `vscode` and mocha stay the host's. */
async function compile(): Promise<void> {
  fs.rmSync(OUT, { recursive: true, force: true });
  const dir = path.join(ROOT, "test/extension");
  const asked = process.argv.slice(2);
  const tests = fs.readdirSync(dir).filter((name) => name.endsWith(".test.ts"));
  const files =
    asked.length === 0
      ? tests.map((name) => path.join(dir, name))
      : asked.map((name) => (name.includes("/") ? name : path.join(dir, `${name}.test.ts`)));
  await build({
    entryPoints: [
      { in: path.join(ROOT, "test/support/hostSuite.ts"), out: "index" },
      ...files.map((file) => ({
        in: file,
        out: `${path.basename(file).split(".")[0] ?? ""}.test`,
      })),
    ],
    outdir: OUT,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
}

const folder = makeWorkspace();
try {
  await compile();
  await runTests({
    vscodeExecutablePath:
      process.env["CHAINRULE_CODE"] ?? path.join(ROOT, "test/support/codeShim.mjs"),
    extensionDevelopmentPath: ROOT,
    extensionTestsPath: path.join(OUT, "index.cjs"),
    extensionTestsEnv: { CHAINRULE_VSCODE: hostVersion() },
    launchArgs: [folder],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
