/**
 * `npm start [-- FILE]`: installs, builds, and opens a real VS Code with Chainrule on FILE, or on the
 * sample. Plain Node, since nothing is installed yet when it begins.
 */
import { installHost, installProject, ROOT, run } from "./install.mjs";
import fs from "node:fs";
import path from "node:path";
import { spawn } from "node:child_process";

const [given, ...rest] = process.argv.slice(2).filter((arg) => arg !== "--browser");
const isBrowser = process.argv.includes("--browser");
const from = process.env.INIT_CWD ?? process.cwd(); // where the user stood when npm changed folders
const file = path.resolve(from, given ?? path.join(ROOT, "extension/media/sample.py"));
if (rest.length > 0 || !fs.existsSync(file)) {
  console.error(rest.length > 0 ? "npm start takes one file" : `no such file: ${file}`);
  process.exit(2);
}
try {
  installProject();
  run("npm", ["run", "--silent", "package"], { shell: process.platform === "win32" });
} catch (error) {
  console.error(error.message); // the command said why, above
  process.exit(1);
}

const { desktopCode, openDesktop } = await import("./desktop.mjs");
const code = isBrowser ? undefined : await desktopCode();
if (code) openDesktop(code, file);
else {
  // npm's VS Code brings a Node of its own for Linux on x64; elsewhere the older one runs on this Node.
  const version = process.platform === "linux" && process.arch === "x64" ? "newest" : "floor";
  installHost(version);
  const script = path.join(ROOT, "test/support/startBrowser.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, version, file], {
    cwd: ROOT,
    stdio: "inherit",
  });
  // Ctrl+C reaches the child too, which ends the server and then itself.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.once("exit", (exit) => (process.exitCode = exit ?? 1));
}
