/** Files that nobody prepared: torchvision's own, and one that never ends. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";

/** Where Debian puts python3-torchvision. */
const MODELS = "/usr/lib/python3/dist-packages/torchvision/models";
const HANGS = "import torch\n\nwhile True:\n    pass\n";

/** Every layer's title by its row's id: read while the panel is scrolled down, for only what is near the screen is in the page. */
async function titlesOf(table: Locator): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  const count = Number(await table.getAttribute("aria-rowcount"));
  const rows = table.locator("tr.layer");
  for (;;) {
    const here = await rows.evaluateAll((all) =>
      all.map(
        (row) => [row.id, row.getAttribute("title") ?? "", Number(row.ariaRowIndex)] as const,
      ),
    );
    for (const [id, title] of here) seen.set(id, title);
    const last = here.at(-1)?.[2] ?? count;
    if (last >= count) return seen;
    await rows.last().scrollIntoViewIfNeeded();
    await table.locator(`tr[aria-rowindex="${last + 1}"]`).waitFor({ state: "attached" });
  }
}

describe("a file that nobody prepared", () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ folder: MODELS });
    await workbench.open(MODELS, "resnet.py");
    await workbench.page.locator(".tab.active", { hasText: "resnet.py" }).waitFor();
  });
  after(() => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed())
      await workbench.screenshot(`failed ${this.currentTest.title}`);
  });

  it("shows the 62 gradients of torchvision's resnet18", async () => {
    await workbench.page.locator(".monaco-editor .view-line").first().waitFor();
    await workbench.command("Chainrule: Analyze Gradients");
    const panel = workbench.webview();
    await panel.locator("h1", { hasText: "resnet18(" }).waitFor();
    const rows = panel.locator("tr.layer");
    await rows.filter({ hasText: "conv1 Conv2d" }).first().waitFor();
    const texts = await titlesOf(panel.getByRole("treegrid"));
    assert.equal(texts.size, 60);
    const parameters = [...texts.values()]
      .join("\n")
      .match(/^(weight|bias) \[[\d, ]+\]: gradient rms [\d.]/gm);
    assert.equal(parameters?.length, 62);
    await workbench.screenshot("extension-resnet");
  });

  it("goes to the constructor of a layer", async () => {
    const panel = workbench.webview();
    await panel.locator("body").evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await panel.locator("tr.layer", { hasText: "fc Linear" }).click();
    await workbench.line("self.fc = nn.Linear(512").waitFor();
    await workbench.screenshot("extension-resnet-fc");
  });
});

describe("a file that never ends", () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ folder: makeWorkspace({ "hangs.py": HANGS }) });
    await workbench.openFile("hangs.py");
  });
  after(() => workbench?.close());

  it("leaves the editor usable, and is cancelled from the status bar", async () => {
    await workbench.command("Chainrule: Analyze Gradients");
    const item = workbench.status("Chainrule: importing the file");
    await item.waitFor();
    await workbench.line("import torch").click();
    await workbench.page.keyboard.press("Home");
    await workbench.page.keyboard.type("# typed meanwhile");
    await workbench.line("# typed meanwhile").waitFor();
    await workbench.screenshot("extension-running");
    await item.locator("a").click();
    await workbench.webview().locator(".progress").waitFor({ state: "detached" });
    await item.waitFor({ state: "detached" });
    assert.equal(await workbench.page.locator(".notification-toast").count(), 0);
    await workbench.page.keyboard.press("Control+s");
  });

  it("does not hinder the next run", async () => {
    await workbench.openFile("sample.py");
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.webview().locator("h1", { hasText: "DeepMLP(" }).waitFor();
  });
});
