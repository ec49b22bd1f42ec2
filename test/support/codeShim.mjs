#!/usr/bin/env node
/**
 * Stands where @vscode/test-electron expects VS Code's executable, takes its arguments, and runs the same
 * suite in a VS Code from npm (CHAINRULE_VSCODE: newest or floor).
 */
import { register } from "tsx/esm/api";

register();
const { runSuite } = await import("./hostRun.ts");

const args = process.argv.slice(2);
const value = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const folder = args.find((arg) => !arg.startsWith("-"));
process.exitCode = await runSuite({
  extensionDevelopmentPath: value("extensionDevelopmentPath"),
  extensionTestsPath: value("extensionTestsPath"),
  ...(folder ? { folder } : {}),
});
