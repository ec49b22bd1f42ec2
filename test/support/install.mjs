/**
 * Installs what `npm start` and `npm test` need. Runs on plain Node, before anything is installed, so it
 * imports nothing but Node's own modules. Every step does nothing when its work is already done.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const HOSTS = path.join(ROOT, ".vscode-host");
const MIN_NODE = [20, 18];

/** Debian packages, each with the question whose answer "yes" makes it unnecessary. */
const SYSTEM = [
  { packages: ["chromium", "fonts-dejavu-core"], has: () => fs.existsSync(chromiumPath()) },
  {
    packages: ["python3-torch", "python3-torchvision", "python3-torchaudio", "python3-torchtext"],
    has: () => pythonHasTorch(),
  },
  { packages: ["libopenblas0-pthread"], has: () => hasOpenBlas() },
];

/** Runs a command with its output on the terminal. Throws where it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: ROOT, stdio: "inherit", ...options });
  if (done.error) throw new Error(`${command}: ${done.error.message}`, { cause: done.error });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(" ")}: exit code ${done.status ?? done.signal}`);
}

export function chromiumPath() {
  return process.env.CHROMIUM ?? "/usr/bin/chromium";
}

function pythonHasTorch() {
  // torchtext is found, not imported: its library cannot be loaded there
  const code =
    "import importlib.util, torch, torchvision, torchaudio; " +
    "raise SystemExit(importlib.util.find_spec('torchtext') is None)";
  return spawnSync("/usr/bin/python3", ["-c", code], { stdio: "ignore" }).status === 0;
}

function hasOpenBlas() {
  return spawnSync("dpkg", ["-s", "libopenblas0-pthread"], { stdio: "ignore" }).status === 0;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1]))
    throw new Error(`Node ${MIN_NODE.join(".")} or newer is needed; this is ${process.version}`);
}

/** `npm ci` in `dir`, unless the same manifest and lock were installed there before. */
function npmCi(dir) {
  const stamp = path.join(dir, "node_modules/.chainrule-install");
  const hash = createHash("sha256");
  for (const name of ["package.json", "package-lock.json"]) hash.update(installedPart(dir, name));
  const wanted = hash.digest("hex");
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === wanted) return;
  run(npm(), ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: dir,
    shell: process.platform === "win32",
  });
  fs.writeFileSync(stamp, wanted);
}

/** What of a manifest decides the installed tree: a changed script or setting is no reason to install anew. */
function installedPart(dir, name) {
  const text = fs.readFileSync(path.join(dir, name), "utf8");
  if (name !== "package.json") return text;
  const { dependencies, devDependencies, overrides } = JSON.parse(text);
  return JSON.stringify({ dependencies, devDependencies, overrides });
}

function npm() {
  return process.platform === "win32" ? "npm.cmd" : "npm";
}

/** The project's own packages. */
export function installProject() {
  checkNode();
  npmCi(ROOT);
}

/** A VS Code from npm (`newest` or `floor`) in `.vscode-host/`, from the manifest in test/support/vscode-host/. */
export function installHost(name) {
  const from = path.join(ROOT, "test/support/vscode-host", name);
  const to = path.join(HOSTS, name);
  fs.mkdirSync(to, { recursive: true });
  for (const file of ["package.json", "package-lock.json", ".npmrc"])
    fs.copyFileSync(path.join(from, file), path.join(to, file));
  npmCi(to);
  // The workbench's browser side asks for its packages below lib/vscode: show it the flat install.
  const link = path.join(to, "node_modules/code-server/lib/vscode/node_modules");
  if (!fs.existsSync(link)) fs.symlinkSync("../../..", link);
}

/** Chromium and PyTorch from the distribution: as root on Debian or Ubuntu; elsewhere names what is missing. */
export function installSystem() {
  const missing = () => SYSTEM.filter((part) => !part.has()).flatMap((part) => part.packages);
  const wanted = missing();
  if (wanted.length === 0) return;
  const isDebian = fs.existsSync("/usr/bin/apt-get");
  if (!isDebian || process.getuid?.() !== 0)
    throw new Error(
      `the tests need ${wanted.join(", ")} (names of Debian's packages). Install them, or run ` +
        `npm test as root on Debian or Ubuntu, which installs them itself`,
    );
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], { env });
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...wanted], { env });
  const left = missing();
  if (left.length > 0) throw new Error(`installed, yet still not usable: ${left.join(", ")}`);
}
