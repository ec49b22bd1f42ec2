/** VS Code as a person sees it: the workbench in a browser, with the packaged extension installed. */
import fs from "node:fs";
import path from "node:path";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { hostVersion, remoteUri, ROOT, startHost, type Host, type Settings } from "./host.ts";

const WAIT = 60_000; // ms; a loaded machine starts an extension host in ten seconds

/** This machine's addresses; the long one is how a webview names its own files, served by the page itself. */
const OWN =
  /^(https?:\/\/127\.0\.0\.1|data:|blob:|https:\/\/vscode-remote\+127-[\w-]+\.vscode-resource\.vscode-cdn\.net\/)/;

export interface WorkbenchOptions {
  /** Folder, or `.code-workspace`, to open; `makeWorkspace()` of workspace.ts makes a folder. */
  readonly folder: string;
  readonly settings?: Settings;
  readonly width?: number;
  readonly height?: number;
  /** Display language, as a language pack chooses it: `de`. VS Code's own texts stay English without the pack. */
  readonly language?: string;
  /** Default: the project's own package. None: `[]`. */
  readonly vsix?: readonly string[];
}

export type Severity = "error" | "warning" | "info";

/** The package that `npm run package` makes. */
export function vsixPath(): string {
  const text = fs.readFileSync(path.join(ROOT, "package.json"), "utf8");
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return path.join(ROOT, `${name}-${version}.vsix`);
}

export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const host = await startHost({
    vsix: options.vsix ?? [vsixPath()],
    ...(options.settings ? { settings: options.settings } : {}),
  });
  let browser: Browser | undefined;
  try {
    browser = await launchBrowser();
    const { width = 1400, height = 900 } = options;
    const page = await browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(WAIT);
    if (options.language)
      await page.addInitScript((name) => {
        Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: name });
      }, options.language);
    const workbench = new Workbench(host, browser, page);
    await workbench.open(options.folder);
    return workbench;
  } catch (error) {
    await browser?.close();
    await host.stop();
    throw error;
  }
}

export class Workbench {
  readonly host: Host;
  readonly page: Page;
  /** Addresses outside this machine that a page asked for; stays empty. */
  readonly foreignRequests: string[] = [];
  readonly #browser: Browser;

  constructor(host: Host, browser: Browser, page: Page) {
    this.host = host;
    this.page = page;
    this.#browser = browser;
    page.on("request", (request) => {
      if (!OWN.test(request.url())) this.foreignRequests.push(request.url());
    });
  }

  /** (Re)loads the workbench on a folder, with a file open in the editor where one is named. */
  async open(folder: string, file?: string): Promise<void> {
    const url = new URL(`http://127.0.0.1:${this.host.port}/`);
    const kind = folder.endsWith(".code-workspace") ? "workspace" : "folder";
    url.searchParams.set(kind, path.resolve(folder));
    if (file) {
      const uri = remoteUri(this.host, path.join(folder, file));
      url.searchParams.set("payload", JSON.stringify([["openFile", uri]]));
    }
    await this.page.goto(url.href);
    await this.page.waitForSelector(".monaco-workbench");
  }

  /** Opens a file of the folder's top level from the explorer, and keeps it open. */
  async openFile(name: string): Promise<void> {
    const rows = this.page.locator(".explorer-viewlet .monaco-list-row");
    const visible = await this.page.locator(".explorer-viewlet").isVisible();
    if (!visible) await this.page.locator('.activitybar a[aria-label^="Explorer"]').click();
    await rows.filter({ has: this.page.getByText(name, { exact: true }) }).dblclick();
    await this.page.locator(".tab.active", { hasText: name }).waitFor();
    await this.page.locator(".monaco-editor .view-line").first().waitFor();
  }

  /** Runs a command by its title from the palette, as a person would. */
  async command(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input").first();
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await this.page.keyboard.press("F1");
    await input.fill(`>${title}`);
    await row.waitFor();
    await row.click();
  }

  /** Squiggles now in the editor's view; the editor draws visible lines only. */
  squiggles(severity: Severity): Locator {
    return this.page.locator(`.monaco-editor .squiggly-${severity}`);
  }

  /** Waits for at least `count` squiggles. Result: how many there are. */
  async waitForSquiggles(severity: Severity, count = 1): Promise<number> {
    await this.squiggles(severity)
      .nth(count - 1)
      .waitFor({ state: "attached" });
    return this.squiggles(severity).count();
  }

  /** The editor line that holds a text. */
  line(text: string): Locator {
    return this.page.locator(".monaco-editor .view-line", { hasText: text }).first();
  }

  /** Opens the light bulb's list on a line by keyboard, once measured fixes are in it. Result: its first entry. */
  async openFixes(text: string): Promise<Locator> {
    await this.line(text).click();
    await this.page.keyboard.press("Home");
    const first = this.page.locator(".action-widget .monaco-list-row.action").first();
    const measured = first.filter({ hasText: ", measured" });
    for (const end = Date.now() + WAIT; Date.now() < end;) {
      await this.page.keyboard.press("Control+.");
      // Nothing opens while VS Code takes in the findings anew, which come again with their fixes.
      const isOpen = await measured.waitFor({ timeout: 5_000 }).then(
        () => true,
        () => false,
      );
      if (isOpen) break;
      await this.page.keyboard.press("Escape");
      await first.waitFor({ state: "detached" });
    }
    await measured.waitFor();
    return first;
  }

  /** Code lenses as text, top to bottom. */
  async lenses(): Promise<string[]> {
    await this.page.locator(".monaco-editor .codelens-decoration").first().waitFor();
    return this.page.locator(".monaco-editor .codelens-decoration").allInnerTexts();
  }

  /** Status-bar items that hold a text. */
  status(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item", { hasText: text });
  }

  /** Opens an extension's view container by its title in the activity bar, where it is not open already. */
  async openContainer(title: string): Promise<void> {
    const action = this.page.locator(`.activitybar a.action-label[aria-label^="${title}"]`);
    const head = this.page.locator(".part.sidebar .composite.title", { hasText: title });
    // A click closes an open container, and a command may be opening it just now: look, then click.
    for (let tries = 0; tries < 5; tries++) {
      const isOpen = await head.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
      if (isOpen) return;
      await action.click();
      await this.page.mouse.move(700, 400); // or the action's hover covers what stands beside it
    }
    await head.waitFor();
  }

  /** The extension's own html: the workbench puts it into a frame inside a frame. A notebook has such a frame, too. */
  webview(): FrameLocator {
    const own = 'iframe.webview[src*="extensionId=chainrule."]';
    return this.page.frameLocator(own).frameLocator("iframe#active-frame");
  }

  /** Saves what is on the screen to .screenshots/NAME.png. Result: the path. */
  async screenshot(name: string): Promise<string> {
    const file = path.join(ROOT, ".screenshots", `${name}-${hostVersion()}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.host.stop();
  }
}
