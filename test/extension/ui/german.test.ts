/** The extension in a VS Code whose display language is German: nothing of it speaks English. */
import assert from "node:assert/strict";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";

/** No sizes, no loss: much is chosen, and the batch is too large for a first look. */
const NET = `import torch
from torch import nn


class Netz(nn.Module):
    def __init__(self, num_classes, hidden_dim, depth=8):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(hidden_dim, hidden_dim) for _ in range(depth))
        self.head = nn.Linear(hidden_dim, num_classes)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        return self.head(x)
`;

describe("a German VS Code", () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({
      folder: makeWorkspace({ "netz.py": NET, "leer.py": "x = 1\n" }),
      language: "de",
    });
    await workbench.openFile("netz.py");
  });
  after(() => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed())
      await workbench.screenshot(`failed ${this.currentTest.title}`);
  });

  it("has lenses, commands and the panel in German", async () => {
    assert.match((await workbench.lenses()).join(), /Gradienten analysieren/);
    await workbench.command("Chainrule: Gradienten analysieren");
    await workbench.waitForSquiggles("warning");
    const panel = workbench.webview();
    await panel.locator(".verdict", { hasText: "Gradienten verschwinden" }).waitFor();
    assert.deepEqual((await panel.getByRole("tab").allInnerTexts()).slice(0, 3), [
      "Schichten",
      "Formate",
      "Schritte",
    ]);
    await panel.getByText(/^Von Chainrule gewählt/).click();
    const chosen = await panel.locator(".background dl").innerText();
    assert.match(chosen, /num_classes 10\s+was der Name gewöhnlich bedeutet/);
    assert.match(chosen, /Verlust Kreuzentropie\s+die Ausgabe sieht nach Klassenwerten aus/);
    await panel.getByText("So wird das gelesen").click();
    await workbench.screenshot("extension-german");
    const words = (await panel.locator("main").innerText()).split(/\W+/);
    const english = words.filter((word) => /^(the|of|and|with|is|not|layer|run)$/.test(word));
    assert.deepEqual(english, []);
  });

  it("says in German why a file cannot be run", async () => {
    await workbench.openContainer("Explorer");
    await workbench.openFile("leer.py");
    await workbench.command("Chainrule: Gradienten analysieren");
    await workbench.webview().getByText("die Datei definiert kein nn.Module").first().waitFor();
    await workbench.screenshot("extension-german-empty");
  });
});
