import assert from "node:assert/strict";
import fs from "node:fs";
import type { Locator } from "playwright-core";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";
import { THEMES, useTheme } from "./themes.ts";

const RAISES = 'import torch\n\nraise ValueError("no network today")\n';

describe("Chainrule as a person sees it", () => {
  let folder: string;
  let workbench: Workbench;

  const row = (name: string): Locator =>
    workbench.webview().locator("tr.layer", { hasText: name }).first();

  before(async () => {
    folder = makeWorkspace({ "raises.py": RAISES });
    workbench = await openWorkbench({ folder });
    await workbench.openFile("sample.py");
  });

  afterEach(async function () {
    if (this.currentTest?.isFailed())
      await workbench.screenshot(`failed ${this.currentTest.title}`);
  });
  after(async () => {
    await workbench?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("offers a run above the class, and has run nothing", async () => {
    assert.match((await workbench.lenses()).join(), /Analyze gradients/);
    assert.equal(await workbench.squiggles("warning").count(), 0);
  });

  it("draws squiggles and bars after the command of the palette", async () => {
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.waitForSquiggles("warning");
    const panel = workbench.webview();
    await panel.locator("h1", { hasText: "DeepMLP(" }).waitFor();
    const linear = panel.locator("tr.layer", { hasText: "Linear" });
    assert.equal(await linear.count(), 13);
    const bars = linear.locator("td.rms");
    const rms = (await bars.allTextContents()).map(toNumber);
    const [first = NaN] = rms;
    const last = rms.at(-1) ?? NaN;
    assert.ok(first < 1e-6 * last, `falls towards the input: ${first} … ${last}`);
    await workbench.status("Chainrule: ").first().waitFor();
  });

  it("goes to the line of a bar", async () => {
    await row("outlet").click();
    await workbench.status("Ln 17, ").waitFor();
  });

  it("selects the bar of the cursor's line", async () => {
    await workbench.line("self.inlet = nn.Linear(784").click();
    await workbench.webview().locator("tr.layer.active", { hasText: "inlet" }).waitFor();
  });

  it("says when the text has changed, and runs again from the panel", async () => {
    const stale = workbench.webview().getByText("The file has changed since this run.");
    await workbench.line("depth: int = 12").click();
    await workbench.page.keyboard.press("Home");
    await workbench.page.keyboard.type("#");
    await stale.waitFor();
    await workbench.page.keyboard.press("Control+z");
    await stale.waitFor({ state: "detached" });
    await workbench.page.keyboard.press("Control+End");
    await workbench.page.keyboard.type("# the end");
    await stale.waitFor();
    await workbench.webview().getByRole("button", { name: "Run again" }).click();
    await stale.waitFor({ state: "detached" });
    await workbench.webview().locator("h1", { hasText: "DeepMLP(" }).waitFor();
    await workbench.page.keyboard.press("Control+s");
  });

  it("shows number formats, and recolours them by the slider's keys", async () => {
    const panel = workbench.webview();
    await panel.getByRole("tab", { name: "Formats" }).click();
    const slider = panel.getByRole("slider", { name: "Loss scale" });
    const lost = panel.locator("tr.layer", { hasText: "inlet" }).locator("td").nth(3);
    assert.equal(await lost.innerText(), "100 %");
    await slider.focus();
    await workbench.page.keyboard.press("End");
    await panel.locator("rect.overflow").first().waitFor({ state: "attached" });
    await workbench.screenshot("extension-formats");
    await panel.getByRole("tab", { name: "Layers" }).click();
  });

  for (const theme of THEMES) {
    it(`takes its colours from the theme: ${theme.name}`, async () => {
      await useTheme(workbench, theme);
      const shell = workbench.page.locator(".monaco-workbench");
      const body = workbench.webview().locator("body");
      await body
        .locator(`xpath=self::*[@data-vscode-theme-kind="${WEBVIEW_KIND[theme.kind]}"]`)
        .waitFor();
      assert.match((await shell.getAttribute("class")) ?? "", new RegExp(`\\b${theme.kind}\\b`));
      const isDark = brightness(await colour(body, "color")) > 0.5; // light text
      assert.equal(isDark, theme.kind === "vs-dark" || theme.kind === "hc-black");
      await workbench.screenshot(`extension-${theme.name}`);
    });
  }

  it("applies the best fix from the panel, and the bars recover beside those before", async () => {
    const panel = workbench.webview();
    await panel.locator(".remedy").click({ timeout: 120_000 });
    await panel.getByRole("button", { name: "Run again" }).click();
    await panel.locator(".verdict", { hasText: "Gradients vanish" }).waitFor({ state: "detached" });
    const other = panel.getByLabel("against");
    await other.selectOption({ index: 1 });
    await panel.locator("rect.second").first().waitFor({ state: "attached" });
    // The fix may have put the layer into a container.
    const change = panel.locator('tr.layer[id^="row inlet"]').first().locator("td").nth(3);
    assert.match(await change.innerText(), /^×10[⁰¹²³⁴⁵⁶⁷⁸⁹]+$/);
    await workbench.screenshot("extension-compared");
    await other.selectOption({ index: 0 });
    await workbench.line("# the end").click();
    await workbench.page.keyboard.press("Control+s");
  });

  it("opens the panel as an editor, beside the code", async () => {
    await workbench.command("Chainrule: Open Gradients as an Editor");
    const pages = workbench.page.locator('iframe.webview[src*="extensionId=chainrule."]');
    const own = pages.last().contentFrame().locator("iframe#active-frame").contentFrame();
    await own.locator("h1", { hasText: "DeepMLP(" }).waitFor();
    await workbench.screenshot("extension-editor");
    await workbench.command("View: Close Editor");
  });

  it("shows Python's own words where a file cannot be run", async () => {
    await workbench.openContainer("Explorer");
    await workbench.openFile("raises.py");
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.waitForSquiggles("error");
    await workbench.webview().getByText("no network today").first().waitFor();
    await workbench.screenshot("extension-python-error");
  });

  it("asks nothing of the network", () => {
    // VS Code's own scheme for an extension's files, answered by its service worker on this machine.
    const outside = workbench.foreignRequests.filter((url) => !url.includes(".vscode-resource."));
    assert.deepEqual(outside, []);
  });
});

/** What a webview's page calls the kinds. */
const WEBVIEW_KIND = {
  "vs-dark": "vscode-dark",
  vs: "vscode-light",
  "hc-black": "vscode-high-contrast",
  "hc-light": "vscode-high-contrast-light",
} as const;

const colour = (element: Locator, property: string): Promise<string> =>
  element.evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);

/** Mean of `rgb(204, 204, 204)`'s channels as a share of 255. */
function brightness(rgb: string): number {
  const [red = 0, green = 0, blue = 0] = (rgb.match(/[\d.]+/g) ?? []).map(Number);
  return (red + green + blue) / (3 * 255);
}

/** `9·10⁻¹¹`, `1.2e-9`, `0.06`. */
function toNumber(text: string): number {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const plain = text.replace(
    /·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/,
    (_, power: string) =>
      `e${[...power].map((c) => (c === "⁻" ? "-" : String(digits.indexOf(c)))).join("")}`,
  );
  return Number(plain.replace("−", "-"));
}
