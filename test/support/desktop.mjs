/** Desktop VS Code: the one on PATH, else @vscode/test-electron's download. */
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { HOSTS, ROOT } from "./install.mjs";

const NETWORK_LIMIT = 5_000; // ms; without a network the browser-based VS Code must not keep one waiting
const DOWNLOAD = "https://update.code.visualstudio.com/api/releases/stable";
const isWindows = process.platform === "win32";

/** Command that starts a desktop VS Code; undefined where there is none, or no screen for it. */
export async function desktopCode() {
  const hasScreen =
    process.platform !== "linux" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasScreen) return undefined;
  if (spawnSync("code", ["--version"], { stdio: "ignore", shell: isWindows }).status === 0)
    return "code";
  try {
    await fetch(DOWNLOAD, { signal: AbortSignal.timeout(NETWORK_LIMIT) });
    const electron = await import("@vscode/test-electron");
    const cachePath = path.join(HOSTS, "desktop");
    const executable = await electron.downloadAndUnzipVSCode({ cachePath, timeout: NETWORK_LIMIT });
    return electron.resolveCliPathFromVSCodeExecutablePath(executable);
  } catch (error) {
    console.log(`No desktop VS Code (${error.message}): taking the browser-based one.`);
    return undefined;
  }
}

/** Opens `file` in a VS Code with settings and extensions of its own, where Chainrule alone is installed. */
export function openDesktop(code, file) {
  const dir = path.join(HOSTS, "profile");
  const { name, version } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  const places = [
    ...["--user-data-dir", path.join(dir, "user"), "--extensions-dir", path.join(dir, "ext")],
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ];
  const options = { stdio: "inherit", shell: isWindows };
  const vsix = path.join(ROOT, `${name}-${version}.vsix`);
  const done = spawnSync(code, [...places, "--install-extension", vsix, "--force"], options);
  if (done.status !== 0) throw new Error(`${code}: installing ${vsix}: exit code ${done.status}`);
  spawn(code, [...places, "--new-window", path.dirname(file), file], options);
}
