import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import type { Page } from "playwright-core";

import type { PanelState } from "../../webview/protocol.ts";
import { send, waitForRequests } from "./support/page.ts";
import type { Options } from "./support/page.ts";
import { longNet, shown, sigmoidNet } from "./support/samples.ts";
import { staged } from "./support/staged.ts";

const EMPTY: PanelState = { status: "empty", target: "model.py" };
const FAILED = {
  status: "failed",
  target: "model.py",
  code: "python-error",
  message: "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x784 and 256x10)",
} as const;
const RUNNING: PanelState = {
  status: "running",
  target: "model.py",
  phase: "runs the model backward",
  detail: "layer 7 of 25",
  previous: null,
};

describe("states of the panel", function () {
  this.timeout(90_000);
  const show = staged();
  let page: Page;

  async function draw(state: PanelState, options?: Options): Promise<void> {
    page = await show(state, options);
  }

  it("speaks another language where the page brings one", async () => {
    const texts = readFileSync("extension/l10n/bundle.l10n.de.json", "utf8");
    await draw(shown(sigmoidNet(3)), { texts });
    const names = await page.getByRole("tab").allInnerTexts();
    assert.deepEqual(names, ["Schichten", "Formate", "Schritte", "Befunde 2"]);
    await page.getByRole("tab", { name: "Formate" }).click();
    await page.screenshot({ path: ".screenshots/panel-dark-german.png", fullPage: true });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 340, `nothing is wider than the side bar: ${String(width)}`);
  });

  describe("states", () => {
    it("welcome: how to start, and a button that runs", async () => {
      await draw(EMPTY);
      await page.getByRole("button", { name: "Analyze model.py" }).click();
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "run", params: undefined }]);
      await send(page, { type: "state", state: { status: "empty", target: null } });
      await page.getByRole("button", { name: "Open an example" }).click();
      assert.equal((await waitForRequests(page, 2)).at(-1)?.method, "sample");
      assert.match(await page.locator("main").innerText(), /Open a Python file/);
    });

    it("running: says what it does and can be cancelled", async () => {
      await draw(RUNNING);
      assert.match(
        await page.getByRole("status").innerText(),
        /Analyzing model\.py runs the model/,
      );
      await page.getByRole("button", { name: "Cancel" }).click();
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "cancel", params: undefined }]);
    });

    it("running: nothing moves where reduced motion is wished", async () => {
      await draw(RUNNING, { reducedMotion: true });
      const animation = (): Promise<string> =>
        page.locator(".runner").evaluate((bar) => getComputedStyle(bar).animationName);
      assert.equal(await animation(), "none");
      await page.emulateMedia({ reducedMotion: "no-preference" });
      assert.equal(await animation(), "run");
    });

    it("stale: says so and offers to run again", async () => {
      await draw(shown(sigmoidNet(2), true));
      assert.match(
        await page.getByRole("status").innerText(),
        /The file has changed since this run/,
      );
      await page.getByRole("button", { name: "Run again" }).click();
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "run", params: undefined }]);
      await send(page, { type: "state", state: shown(sigmoidNet(2)) });
      assert.equal(await page.getByRole("status").count(), 0);
    });

    it("failed: the message, and the result before it", async () => {
      await draw({ ...FAILED, previous: null });
      assert.match(await page.getByRole("alert").innerText(), /mat1 and mat2 shapes/);
      assert.equal(await page.locator("table").count(), 0);
      await send(page, { type: "state", state: { ...FAILED, previous: sigmoidNet(2) } });
      assert.match(await page.getByRole("alert").innerText(), /result of the run before/);
      assert.equal(await page.locator("tr.layer").count(), 5);
    });

    it("no trouble: says so", async () => {
      await draw(shown(longNet(3)));
      assert.equal(await page.locator(".verdict").innerText(), "No trouble found");
      assert.equal(await page.locator(".remedy").count(), 0);
      await page.getByRole("tab", { name: "Findings 0" }).click();
      assert.equal(await page.locator(".findings li").count(), 0);
    });
  });

  describe("messages", () => {
    it("shows why a request was refused", async () => {
      await draw(EMPTY);
      await page.evaluate(() => (window.host.refusal = "Another run is under way."));
      await page.getByRole("button", { name: "Analyze model.py" }).click();
      assert.equal(await page.getByRole("alert").innerText(), "Another run is under way.");
    });

    it("shows a notice of failure until the next state", async () => {
      await draw(EMPTY);
      await send(page, { type: "failed", code: "fix", message: "The text has changed." });
      assert.equal(await page.getByRole("alert").innerText(), "The text has changed.");
      await send(page, { type: "state", state: EMPTY });
      assert.equal(await page.getByRole("alert").count(), 0);
    });

    it("ignores what is not of the protocol", async () => {
      await draw(shown(sigmoidNet(2)));
      const before = await page.locator("main").innerHTML();
      const row = { ...sigmoidNet(2).rows[0], parameters: "many" };
      for (const message of [
        { type: "dance" },
        { type: "toString" },
        { type: "state", state: { status: "result", target: null, stale: false } },
        { type: "state", state: shown({ ...sigmoidNet(2), rows: [row as never] }) },
        { type: "select", rowIds: [1] },
        { id: 77, ok: true, result: null },
        { id: "1", ok: false },
      ]) {
        await send(page, message);
      }
      assert.equal(await page.locator("main").innerHTML(), before);
    });

    it("draws text of the user's file as text", async () => {
      const title = "<img src=x onerror=alert(1)>";
      await draw(shown({ ...sigmoidNet(2), title }));
      assert.equal(await page.locator("h1").innerText(), title);
    });
  });
});
