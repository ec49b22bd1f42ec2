/** What stands around the code, in the panel and in files, each by mouse or keyboard as a person does it. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import type { Locator } from "playwright-core";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";

const TRAIN = `import torch
from torch import nn

model = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(100):
    loss = nn.functional.cross_entropy(model(torch.randn(8, 20)), torch.randint(0, 3, (8,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
`;

/** Its gradients are infinite in float16 at the first scales. */
const SCALED = TRAIN.replace(
  "optimizer =",
  "scaler = torch.cuda.amp.GradScaler(init_scale=2.0**24)\noptimizer =",
)
  .replace("    loss = ", "    with torch.cuda.amp.autocast():\n        loss = ")
  .replace("loss.backward()", "scaler.scale(loss).backward()")
  .replace("optimizer.step()", "scaler.step(optimizer)\n    scaler.update()");

describe("each feature in the workbench", () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = makeWorkspace({ "train.py": TRAIN, "scaled.py": SCALED });
    workbench = await openWorkbench({ folder });
    await workbench.openFile("sample.py");
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.waitForSquiggles("warning");
    await workbench.webview().locator("h1", { hasText: "DeepMLP(" }).waitFor();
  });
  after(() => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed())
      await workbench.screenshot(`failed ${this.currentTest.title}`);
  });

  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  const tab = (name: string | RegExp): Locator => workbench.webview().getByRole("tab", { name });

  it("the overview ruler marks the lines of the findings", async () => {
    // The ruler is painted after the squiggles.
    await workbench.page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        ".monaco-editor canvas.decorationsOverviewRuler",
      );
      const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      for (let i = 0; data && i < data.length; i += 4) {
        const channels = [...data.subarray(i, i + 3)];
        if (Math.max(...channels) - Math.min(...channels) > 60) return true;
      }
      return false;
    });
  });

  it("a hint stands beside each constructor", async () => {
    const line = workbench.line("self.inlet = nn.Linear(784");
    await line.locator("span", { hasText: "∇" }).first().waitFor();
    await workbench.screenshot("extension-hints");
  });

  it("the hover has a table, a picture and links", async () => {
    await workbench.line("self.inlet = nn.Linear(784").getByText("Linear").hover();
    const hover = workbench.page.locator(".monaco-hover:visible", { hasText: "inlet" }).first();
    await hover.waitFor();
    await hover.locator("table").first().waitFor();
    await hover.locator("img").first().waitFor();
    await hover.getByText("Show Gradients").waitFor();
    await workbench.screenshot("extension-hover");
    await workbench.page.mouse.move(2, 2);
  });

  it("the light bulb's fixes are reached by keyboard, the measured first", async () => {
    const first = await workbench.openFixes("x = torch.sigmoid(layer(x))");
    assert.match(await first.innerText(), /, measured/);
    await workbench.screenshot("extension-light-bulb");
    await press("Escape");
  });

  it("another seed is run from the panel by keyboard", async () => {
    const panel = workbench.webview();
    await panel.getByText("Run settings").focus();
    await press("Enter");
    await panel.getByRole("spinbutton", { name: "Seed" }).fill("3");
    await panel.getByRole("spinbutton", { name: "Seed" }).press("Enter");
    await panel
      .getByText(/· seed 3 ·/)
      .first()
      .waitFor();
    await panel.getByRole("spinbutton", { name: "Seed" }).fill("0");
    await panel.getByRole("spinbutton", { name: "Seed" }).press("Enter");
    await panel
      .getByText(/· seed 0 ·/)
      .first()
      .waitFor();
  });

  it("the findings' list leads to the line by keyboard", async () => {
    await tab("Layers").focus();
    await press("ArrowLeft");
    const place = workbench.webview().locator(".findings button.place").first();
    const line = /:(\d+)$/.exec(await place.innerText())?.[1] ?? "";
    await place.press("Enter");
    await workbench.status(`Ln ${line}, `).waitFor();
    await tab(/Findings/).press("ArrowRight");
  });

  for (const [kind, command, start] of [
    ["svg", "Chainrule: Export Chart as SVG", "<svg "],
    ["png", "Chainrule: Export Chart as PNG", "\x89PNG"],
    ["json", "Chainrule: Export Report as JSON", "{"],
    ["csv", "Chainrule: Export Numbers as CSV", "layer,type,"],
  ] as const) {
    it(`the ${kind} is saved by VS Code's own dialog`, async () => {
      const file = path.join(folder, `sample.gradients.${kind}`);
      await workbench.command(command);
      const dialog = workbench.page.locator(".quick-input-widget:visible");
      await dialog.getByRole("button", { name: "OK" }).waitFor();
      // Until the dialog has read the folder, Enter does nothing.
      for (let tries = 0; tries < 20; tries++) {
        await press("Enter");
        const isShut = await dialog.waitFor({ state: "hidden", timeout: 2_000 }).then(
          () => true,
          () => false,
        );
        if (isShut) break;
      }
      const text = (): string => (fs.existsSync(file) ? fs.readFileSync(file, "latin1") : "");
      // A file that is being written is there, and empty, before its text is.
      for (const end = Date.now() + 20_000; !text().startsWith(start) && Date.now() < end;) {
        await workbench.page.waitForTimeout(100);
      }
      assert.equal(text().slice(0, start.length), start);
    });
  }

  it("training steps are read off by keyboard, and lead to the optimizer", async () => {
    await workbench.openContainer("Explorer");
    await workbench.openFile("train.py");
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.webview().locator("header h1", { hasText: "train.py" }).waitFor();
    await tab("Layers").focus();
    await press("ArrowRight");
    await press("ArrowRight");
    const slider = workbench.webview().getByRole("slider", { name: "Step" });
    const steps = Number(await slider.getAttribute("max")) + 1;
    await slider.press("End");
    const last = `${String(steps)} of ${String(steps)}`;
    await workbench.webview().locator(`input[aria-valuetext="${last}"]`).waitFor();
    await workbench.screenshot("extension-steps");
    await workbench
      .webview()
      .getByLabel(/^SGD, learning rate 0\.1: go to/)
      .click();
    await workbench.status("Ln 5, ").waitFor();
  });

  it("the loss scale stands beside them, with the steps that GradScaler skips", async () => {
    await workbench.openContainer("Explorer");
    await workbench.openFile("scaled.py");
    await workbench.command("Chainrule: Analyze Gradients");
    const figure = workbench.webview().locator(".figure", { hasText: "loss scale" });
    await figure.waitFor();
    await workbench.webview().getByRole("slider", { name: "Step" }).press("Home");
    await figure.getByText("16777216, step skipped").waitFor();
    assert.ok((await figure.locator("circle.skipped").count()) > 2);
    await workbench.screenshot("extension-scaled");
  });

  it("a chosen optimizer makes steps of a model that does not train by itself", async () => {
    await workbench.openContainer("Explorer");
    await workbench.openFile("sample.py");
    const panel = workbench.webview();
    await workbench.command("Chainrule: Analyze Gradients");
    await panel.locator("h1", { hasText: "DeepMLP(" }).waitFor();
    await tab("Steps").click();
    await panel.getByLabel("Optimizer").selectOption("sgd");
    await panel.getByRole("slider", { name: "Step" }).waitFor();
    await panel.getByText("SGD, learning rate 0.1").first().waitFor();
    await panel.locator(".stability", { hasText: "Largest curvature" }).waitFor();
    await workbench.screenshot("extension-optimizer");
    await panel.getByLabel("Optimizer").selectOption("");
    await panel.getByRole("slider", { name: "Step" }).waitFor({ state: "detached" });
  });

  it("the walkthrough shows its steps", async () => {
    await workbench.command("Welcome: Open Walkthrough...");
    const input = workbench.page.locator(".quick-input-widget input").first();
    await input.fill("Chainrule");
    const found = workbench.page.locator(".quick-input-list .monaco-list-row.focused");
    await found.filter({ hasText: "Chainrule" }).waitFor();
    await press("Enter");
    await workbench.page.locator(".gettingStartedContainer .step-title").first().waitFor();
    await workbench.screenshot("extension-walkthrough");
  });
});

describe("a workspace of several folders", () => {
  let workbench: Workbench;
  const net = (name: string): string =>
    `from torch import nn\nfrom parts import WIDTH\n\n\nclass ${name}(nn.Module):\n` +
    "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(WIDTH, 4)\n\n" +
    "    def forward(self, x):\n        return self.fc(x)\n";

  before(async () => {
    const folder = makeWorkspace({
      "a/first.py": net("First"),
      "a/parts.py": "WIDTH = 6\n",
      "b/second.py": net("Second"),
      "b/parts.py": "WIDTH = 7\n",
      "b/.vscode/settings.json": JSON.stringify({ "chainrule.seed": 5 }),
      "both.code-workspace": JSON.stringify({ folders: [{ path: "a" }, { path: "b" }] }),
    });
    workbench = await openWorkbench({ folder: path.join(folder, "both.code-workspace") });
  });
  after(() => workbench?.close());

  for (const [folder, file, title, width, seed] of [
    ["a", "first.py", "First(", 6, 0],
    ["b", "second.py", "Second(", 7, 5],
  ] as const) {
    it(`runs a file of folder ${folder} with that folder's modules and settings`, async () => {
      await workbench.openContainer("Explorer");
      const row = (name: string): Locator =>
        workbench.page
          .locator(".explorer-viewlet .monaco-list-row")
          .filter({ has: workbench.page.getByText(name, { exact: true }) });
      await row(folder).waitFor();
      // A root may open by itself meanwhile: look, then click.
      for (let tries = 0; tries < 5; tries++) {
        const isOpen = await row(file)
          .waitFor({ timeout: 4_000 })
          .then(
            () => true,
            () => false,
          );
        if (isOpen) break;
        await row(folder).click();
      }
      await workbench.openFile(file);
      await workbench.command("Chainrule: Analyze Gradients");
      const panel = workbench.webview();
      await panel.locator("h1", { hasText: title }).waitFor();
      const text = await panel.locator("header").innerText();
      assert.match(text, new RegExp(`, ${String(width)}\\] .*seed ${String(seed)} `));
    });
  }
});
