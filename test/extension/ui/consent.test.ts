import assert from "node:assert/strict";
import { openWorkbench, type Workbench } from "../../support/workbench.ts";
import { makeWorkspace } from "../../support/workspace.ts";

const SETTINGS = JSON.stringify({ "chainrule.run": "onSave" });
const PAUSE = 4_000; // ms; a run that was started shows itself long before

/** Types a comment at the end of the file and saves it. */
async function changeAndSave(workbench: Workbench): Promise<void> {
  await workbench.line("class DeepMLP").click();
  await workbench.page.keyboard.press("Control+End");
  await workbench.page.keyboard.type("#");
  await workbench.page.keyboard.press("Control+s");
  await workbench.page.locator(".tab.active:not(.dirty)").waitFor();
}

/** Nothing is running and nothing was found. */
async function isQuiet(workbench: Workbench): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
  assert.equal(await workbench.status("Chainrule").count(), 0);
  assert.equal(await workbench.squiggles("warning").count(), 0);
}

describe("a workspace that asks for runs on save by itself", () => {
  let workbench: Workbench;
  before(async () => {
    const folder = makeWorkspace({ ".vscode/settings.json": SETTINGS });
    workbench = await openWorkbench({ folder });
    await workbench.openFile("sample.py");
  });
  after(() => workbench.close());

  it("is not run before its user asked once", async () => {
    await changeAndSave(workbench);
    await isQuiet(workbench);
  });

  it("is run on save from then on", async () => {
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.waitForSquiggles("warning");
    const stale = workbench.webview().getByText("The file has changed since this run.");
    await workbench.line("class DeepMLP").click();
    await workbench.page.keyboard.press("Control+End");
    await workbench.page.keyboard.type("#");
    await stale.waitFor();
    await workbench.page.keyboard.press("Control+s");
    await stale.waitFor({ state: "detached" });
  });
});

describe("an untrusted workspace", () => {
  let workbench: Workbench;
  before(async () => {
    const folder = makeWorkspace({ ".vscode/settings.json": SETTINGS });
    const settings = {
      "security.workspace.trust.enabled": true,
      "security.workspace.trust.startupPrompt": "never",
      "chainrule.run": "onSave",
    };
    workbench = await openWorkbench({ folder, settings });
    await workbench.status("Restricted Mode").waitFor();
    await workbench.openFile("sample.py");
  });
  after(() => workbench.close());

  it("is run by the command, and by nothing else", async () => {
    await changeAndSave(workbench);
    await isQuiet(workbench);
    await workbench.command("Chainrule: Analyze Gradients");
    await workbench.waitForSquiggles("warning");
    await changeAndSave(workbench);
    await workbench.webview().getByText("The file has changed since this run.").waitFor();
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    await workbench.webview().getByText("The file has changed since this run.").waitFor();
  });
});
