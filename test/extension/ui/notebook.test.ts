import assert from "node:assert/strict";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";
import { THEMES, useTheme } from "./themes.ts";

const code = (source: string): object => ({
  cell_type: "code",
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
});

const NOTEBOOK = JSON.stringify({
  cells: [
    { cell_type: "markdown", metadata: {}, source: "# A deep network of sigmoids" },
    code("%matplotlib inline\nimport torch\nfrom torch import nn"),
    code(`class Net(nn.Module):
    def __init__(self, width=32, depth=12):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        return self.head(x)`),
    code("net = Net()\ny = net(torch.randn(16, 32))"),
  ],
  metadata: { kernelspec: { name: "python3", language: "python", display_name: "Python 3" } },
  nbformat: 4,
  nbformat_minor: 5,
});

describe("a notebook as a person sees it", () => {
  let workbench: Workbench;

  before(async () => {
    const folder = makeWorkspace({ "net.ipynb": NOTEBOOK });
    workbench = await openWorkbench({ folder });
    // A person is slower than the workbench, which learns of notebooks while its extensions start.
    await workbench.openFile("sample.py");
    await workbench.lenses();
    await workbench.openFile("net.ipynb");
  });

  after(() => workbench.close());

  it("offers a run above the class in its cell", async () => {
    assert.deepEqual(await workbench.lenses(), ["Analyze gradients"]);
    assert.equal(await workbench.squiggles("warning").count(), 0);
  });

  it("has squiggles in the cell and bars in the panel", async () => {
    await workbench.line("class Net(nn.Module)").click();
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.waitForSquiggles("warning");
    await workbench.webview().locator("h1", { hasText: "Net(" }).waitFor();
    await workbench
      .webview()
      .getByRole("tab", { name: /^Findings/ })
      .click();
    const places = workbench.webview().locator("section.findings .place");
    assert.match((await places.first().textContent()) ?? "", /^cell 3:9$/);
    await workbench.webview().getByRole("tab", { name: "Layers" }).click();
  });

  it("goes to the cell's line of a bar", async () => {
    await workbench.line("net = Net()").click();
    await workbench.status("Cell 4 of 4").waitFor();
    await workbench.webview().locator("tr.layer", { hasText: "head" }).first().click();
    await workbench.status("Cell 3 of 4").waitFor();
    await workbench.page.locator(".monaco-editor .selected-text").first().waitFor();
  });

  it("selects the bar of the cursor's line", async () => {
    await workbench.line("self.layers = nn.ModuleList").click();
    await workbench.webview().locator("tr.layer.linked").nth(11).waitFor();
  });

  it("says when a cell has changed", async () => {
    const stale = workbench.webview().getByText("The file has changed since this run.");
    await workbench.line("net = Net()").click();
    await workbench.page.keyboard.press("End");
    await workbench.page.keyboard.type("  # changed");
    await stale.waitFor();
    await workbench.webview().getByRole("button", { name: "Run again" }).click();
    await stale.waitFor({ state: "detached" });
  });

  for (const theme of THEMES) {
    it(`takes its colours from the theme: ${theme.name}`, async () => {
      await useTheme(workbench, theme);
      await workbench.screenshot(`notebook-${theme.name}`);
    });
  }
});
