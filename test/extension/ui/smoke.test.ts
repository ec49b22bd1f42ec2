import assert from "node:assert/strict";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";

describe("the installed package", () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ folder: makeWorkspace() });
    await workbench.openFile("sample.py");
  });
  after(() => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed())
      await workbench.screenshot(`failed ${this.currentTest.title}`);
  });

  it("offers the model of an opened file above its class", async () => {
    const lenses = await workbench.lenses();
    assert.ok(lenses.length > 0, "no lens");
  });

  it("has its panel as an editor, too, where the file beside it is run", async () => {
    await workbench.command("Chainrule: Open Gradients as an Editor");
    await workbench.webview().getByRole("button", { name: "Analyze sample.py" }).click();
    await workbench.webview().locator("h1", { hasText: "DeepMLP(" }).waitFor(); // no second one in the side bar
    const title = workbench.page.locator(".tabs-and-actions-container", { hasText: "Gradients" });
    await title.getByRole("button", { name: "Choose What to Analyze…" }).waitFor();
    await workbench.status("Chainrule: gradient-vanishing").waitFor();
    await workbench.screenshot("extension-panel-editor");
    await workbench.command("View: Close Editor");
  });

  it("has its command in the palette, and its panel in the activity bar", async () => {
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.openContainer("Chainrule");
    await workbench.webview().locator("body").waitFor();
    assert.deepEqual(workbench.foreignRequests, []);
  });

  it("has its panel in the secondary side bar, too, where it is moved there", async () => {
    await workbench.command("View: Move View");
    const row = workbench.page.locator(".quick-input-list .monaco-list-row");
    await row.filter({ hasText: "Gradients" }).first().click();
    await row.filter({ hasText: "New Secondary Side Bar Entry" }).click();
    await workbench.page.locator(".part.auxiliarybar", { hasText: "Chainrule" }).waitFor();
    await workbench.webview().locator("h1", { hasText: "DeepMLP(" }).waitFor();
    await workbench.screenshot("extension-secondary");
  });
});
