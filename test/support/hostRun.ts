/** Runs the suite of test/extension/ in the extension host of a VS Code from npm. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { remoteUri, startHost, type Host } from "./host.ts";

/** Complaints of a VS Code without the native modules that its install leaves out. */
const LEAN = /spdlog|native-watchdog|Service Worker|AgentHost/;

export interface SuiteOptions {
  readonly extensionDevelopmentPath: string;
  readonly extensionTestsPath: string;
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

interface End {
  readonly code: number;
  readonly why?: string;
}

/** Prints the suite's output as it comes. Result: 0 where at least one test passed and none failed. */
export async function runSuite(options: SuiteOptions): Promise<number> {
  const { timeoutMs = 300_000 } = options;
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "chainrule-suite-"));
  const log = path.join(dir, "tests.log");
  const host = await startHost({ driver: true, env: { ...options.env, CHAINRULE_TEST_LOG: log } });
  const tail = follow(log);
  const messages: string[] = [];
  let browser: Browser | undefined;
  try {
    const end = await new Promise<End>((resolve) => {
      setTimeout(
        () => resolve({ code: 124, why: `no result in ${timeoutMs} ms` }),
        timeoutMs,
      ).unref();
      launchBrowser()
        .then((launched) => (browser = launched))
        .then((launched) => openSuitePage(launched, host, options, resolve, messages))
        .catch((error: unknown) => resolve({ code: 126, why: String(error) }));
    });
    tail.stop();
    // An extension host that dies, or calls process.exit, reports 0: only the sum is to be believed.
    const sum = /^(\d+) passing, (\d+) failing$/m.exec(tail.text());
    const passed = sum !== null && Number(sum[1]) > 0 && sum[2] === "0";
    if (end.why) console.error(end.why);
    if (end.code === 0 && !passed) console.error("the suite ended without its sum");
    if (sum === null) console.error(messages.slice(-30).join("\n"));
    return end.code !== 0 ? end.code : passed ? 0 : 123;
  } finally {
    tail.stop();
    await browser?.close();
    await host.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

async function openSuitePage(
  browser: Browser,
  host: Host,
  options: SuiteOptions,
  resolve: (end: End) => void,
  messages: string[],
): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("crash", () => resolve({ code: 125, why: "the workbench's page crashed" }));
  await page.exposeFunction("codeAutomationExit", (code: number) => resolve({ code }));
  await page.exposeFunction("codeAutomationLog", (type: string, args: unknown) => {
    const text = JSON.stringify(args);
    if (type === "error" && !LEAN.test(text)) messages.push(text);
  });
  const url = new URL(`http://127.0.0.1:${host.port}/`);
  if (options.folder) url.searchParams.set("folder", path.resolve(options.folder));
  const payload = [
    ["extensionDevelopmentPath", remoteUri(host, options.extensionDevelopmentPath)],
    ["extensionTestsPath", remoteUri(host, options.extensionTestsPath)],
  ];
  url.searchParams.set("payload", JSON.stringify(payload));
  await page.goto(url.href);
}

/** Copies what is appended to a file to standard output, ten times a second. */
function follow(file: string): { text: () => string; stop: () => void } {
  let shown = 0;
  const text = (): string => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "");
  const show = (): void => {
    const all = text();
    process.stdout.write(all.slice(shown));
    shown = all.length;
  };
  const timer = setInterval(show, 100);
  let stopped = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    clearInterval(timer);
    show();
  };
  return { text, stop };
}
