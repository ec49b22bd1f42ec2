import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";
import { THEMES, useTheme } from "./themes.ts";

const COMMAND = "Chainrule: Choose What to Analyze";

describe("choosing what to analyze, by keyboard alone", () => {
  let workbench: Workbench;
  const picker = (): Locator => workbench.page.locator(".quick-input-widget");
  const rows = (): Locator => picker().locator(".monaco-list-row");
  const title = (text: string): Promise<void> =>
    workbench.webview().locator("h1", { hasText: text }).waitFor();

  /** Opens the list and waits for a row of it. */
  async function open(row: string): Promise<void> {
    await workbench.command(COMMAND);
    await rows().filter({ hasText: row }).first().waitFor();
  }

  /** Takes the row that the text finds. */
  async function take(text: string): Promise<void> {
    await picker().locator("input").first().fill(text);
    await picker().locator(".monaco-list-row.focused", { hasText: text }).waitFor();
    await workbench.page.keyboard.press("Enter");
  }

  /** Gives a value to the box that asks for one. */
  async function give(prompt: RegExp, value: string): Promise<void> {
    await picker().getByText(prompt).first().waitFor();
    await picker().locator("input").first().fill(value);
    await workbench.page.keyboard.press("Enter");
  }

  before(async () => {
    workbench = await openWorkbench({ folder: makeWorkspace() });
    await workbench.openFile("sample.py");
    await workbench.line("class DeepMLP").click();
  });

  after(() => workbench.close());

  it("begins with the classes where nothing was run", async () => {
    await open("DeepMLP");
    assert.ok((await rows().filter({ hasText: "Automatic" }).count()) === 1);
    await take("DeepMLP");
    await rows().filter({ hasText: "Run" }).first().waitFor();
    await workbench.page.keyboard.press("Enter");
    await title("DeepMLP(");
  });

  it("changes an argument and the batch, and runs with them", async () => {
    await open("class: DeepMLP");
    await workbench.screenshot("choose-list");
    await take("Add an argument");
    await give(/An argument of DeepMLP/, "depth=3");
    await rows().filter({ hasText: "depth = 3" }).waitFor();
    await take("batch");
    await give(/Samples in a batch/, "4");
    await rows().filter({ hasText: "batch: 4" }).waitFor();
    await workbench.page.keyboard.press("Enter");
    await title("DeepMLP(depth=3)");
    await workbench.webview().getByText("input [4, 1, 28, 28]").waitFor();
    const lens = workbench.page.locator(".codelens-decoration");
    await lens.filter({ hasText: "DeepMLP(depth=3) · input [4, 1, 28, 28]" }).first().waitFor();
  });

  it("remembers them for the next run", async () => {
    await workbench.line("class DeepMLP").click();
    await workbench.page.keyboard.press("Control+End");
    await workbench.page.keyboard.type("# changed");
    await workbench.webview().getByText("The file has changed since this run.").waitFor();
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench
      .webview()
      .getByText("The file has changed since this run.")
      .waitFor({ state: "detached" });
    await title("DeepMLP(depth=3)");
  });

  it("refuses what cannot be Python", async () => {
    await open("class: DeepMLP");
    await take("Add an argument");
    await give(/An argument of DeepMLP/, "width=(1");
    await picker().getByText("A bracket or quote is open").first().waitFor();
    await workbench.page.keyboard.press("Escape");
    await rows().filter({ hasText: "class: DeepMLP" }).waitFor();
    await workbench.page.keyboard.press("Escape");
    await picker().waitFor({ state: "hidden" });
  });

  for (const theme of THEMES) {
    it(`takes its colours from the theme: ${theme.name}`, async () => {
      await useTheme(workbench, theme);
      await open("class: DeepMLP");
      await workbench.screenshot(`choose-${theme.name}`);
      await workbench.page.keyboard.press("Escape");
      await picker().waitFor({ state: "hidden" });
    });
  }

  it("writes a comment above the class", async () => {
    await open("class: DeepMLP");
    await take("Write as a comment");
    await workbench.line("# chainrule: DeepMLP(depth=3), input=(4, 1, 28, 28)").waitFor();
  });

  it("goes back to automatic", async () => {
    await workbench.line("class DeepMLP").click();
    await workbench.page.keyboard.press("Control+z");
    await open("class: DeepMLP");
    await take("Reset to automatic");
    await title("DeepMLP()");
  });
});
