/** The built panel in a real browser, with the CSP that a VS Code webview has and a tiny host. */
import { build } from "esbuild";
import type { Browser, CDPSession, Page } from "playwright-core";

import type { Notice, PanelState, Request } from "../../../webview/protocol.ts";
import { launchBrowser } from "../../support/browser.ts";
import { THEMES } from "./themes.ts";
import type { Theme } from "./themes.ts";

const ORIGIN = "http://127.0.0.1:9";
const NONCE = "0123456789abcdef";
const CSP =
  `default-src 'none'; script-src 'nonce-${NONCE}'; ` +
  `style-src ${ORIGIN}; img-src ${ORIGIN} data:`;
/** `texts`: translations as the extension puts them into the page. */
const htmlOf = (
  texts: string,
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chainrule</title>
<meta http-equiv="Content-Security-Policy" content="${CSP}">
<link rel="stylesheet" href="main.css"></head>
<body><div id="root" data-l10n="${texts.replaceAll("&", "&#38;").replaceAll('"', "&#34;")}"></div><script nonce="${NONCE}" src="main.js"></script></body></html>`;

/** What the host in the page keeps for the tests. */
interface Host {
  sent: Request[];
  stored: unknown;
  violations: string[];
  /** Requests that get ok:false with this text. */
  refusal: string | null;
}

declare global {
  interface Window {
    host: Host;
  }
}

interface Setup {
  readonly state: PanelState;
  readonly variables: Readonly<Record<string, string>>;
  readonly stored: unknown;
}

/** Runs in the page before its own scripts: VS Code's side of the protocol. */
function installHost({ state, variables, stored }: Setup): void {
  const host: Host = { sent: [], stored, violations: [], refusal: null };
  window.host = host;
  document.addEventListener("securitypolicyviolation", (event) => {
    host.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const [name, value] of Object.entries(variables)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
    document.body.style.background = variables["sideBar-background"] ?? "";
  });
  const api = {
    postMessage: (request: Request) => {
      host.sent.push(request);
      const reply =
        host.refusal === null
          ? { id: request.id, ok: true, result: request.method === "ready" ? state : null }
          : { id: request.id, ok: false, code: "refused", message: host.refusal };
      window.postMessage(reply, "*");
    },
    getState: () => host.stored,
    setState: (value: unknown) => {
      host.stored = value;
    },
  };
  Object.assign(window, { acquireVsCodeApi: () => api });
}

export interface Options {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly stored?: unknown;
  readonly reducedMotion?: boolean;
  /** The system's own colours, as Windows' contrast themes force them on every page. */
  readonly forcedColors?: boolean;
  /** Translations, as JSON. */
  readonly texts?: string;
}

/** One browser and one build for a suite. */
export class Stage {
  /** What the pages have thrown. */
  readonly errors: string[] = [];
  readonly #browser: Browser;
  readonly #files: ReadonlyMap<string, string>;

  private constructor(browser: Browser, files: ReadonlyMap<string, string>) {
    this.#browser = browser;
    this.#files = files;
  }

  static async open(): Promise<Stage> {
    const { outputFiles } = await build({
      entryPoints: ["webview/main.tsx"],
      bundle: true,
      minify: true,
      format: "iife",
      target: "chrome122",
      outdir: "out",
      write: false,
    });
    const files = outputFiles.map(({ path, text }) => [`/${path.split("/").pop() ?? ""}`, text]);
    return new Stage(await launchBrowser(), new Map(files as [string, string][]));
  }

  /** The panel as it stands after `ready` has been answered with this state. */
  async show(state: PanelState, options: Options = {}): Promise<Page> {
    const { theme = "dark", width = 340, height = 760, stored = null } = options;
    const { reducedMotion = false, forcedColors = false } = options;
    const html = htmlOf(options.texts ?? "{}");
    const context = await this.#browser.newContext({
      viewport: { width, height },
      reducedMotion: reducedMotion ? "reduce" : "no-preference",
      forcedColors: forcedColors ? "active" : "none",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.route("**/*", (route) => {
      const path = new URL(route.request().url()).pathname;
      const body = path === "/" ? html : this.#files.get(path);
      if (body === undefined) return route.fulfill({ status: 404 });
      const kind = path.endsWith(".js") ? "javascript" : path.endsWith(".css") ? "css" : "html";
      return route.fulfill({ body, contentType: `text/${kind}; charset=utf-8` });
    });
    page.on("pageerror", (error) => {
      this.errors.push(String(error));
    });
    // tsx names inner functions by a helper that the page does not have
    await page.addInitScript("globalThis.__name = (inner) => inner");
    await page.addInitScript(installHost, { state, variables: THEMES[theme], stored });
    await page.goto(`${ORIGIN}/`);
    await page.locator("main").waitFor();
    return page;
  }

  /** The browser's own protocol, for traces. */
  session(): Promise<CDPSession> {
    return this.#browser.newBrowserCDPSession();
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** Sends as the extension does; also what is not of the protocol. */
export async function send(page: Page, message: Notice | Record<string, unknown>): Promise<void> {
  await page.evaluate(async (data) => {
    const heard = new Promise((resolve) => {
      window.addEventListener("message", resolve, { once: true });
    });
    window.postMessage(data, "*");
    await heard;
  }, message);
}

/** The requests so far, apart from `ready`. */
export async function requests(page: Page): Promise<readonly Pick<Request, "method" | "params">[]> {
  const sent = await page.evaluate(() => window.host.sent);
  return sent
    .filter(({ method }) => method !== "ready")
    .map(({ method, params }) => ({ method, params }));
}

/** Waits until the panel has sent so many requests after `ready`. */
export async function waitForRequests(page: Page, count: number): ReturnType<typeof requests> {
  await page.waitForFunction((least) => window.host.sent.length > least, count);
  return requests(page);
}
