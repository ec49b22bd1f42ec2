import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";

import axe from "axe-core";
import type { Page } from "playwright-core";

import type { Notice, PanelState } from "../../webview/protocol.ts";
import { requests, send, Stage, waitForRequests } from "./support/page.ts";
import type { Options } from "./support/page.ts";
import { longNet, oddNet, shown, sigmoidNet, sigmoidRms } from "./support/samples.ts";
import type { Theme } from "./support/themes.ts";

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

describe("side panel", function () {
  this.timeout(90_000);
  let stage: Stage;
  let page: Page;

  async function draw(state: PanelState, options?: Options): Promise<void> {
    page = await stage.show(state, options);
  }

  const layer = (id: string) => page.locator(`tr[id="row ${id}"]`);
  const activeRow = () => page.locator("tr[aria-selected=true]");

  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage.close());
  afterEach(async () => {
    const violations = await page.evaluate(() => window.host.violations);
    await page.context().close();
    assert.deepEqual([...violations, ...stage.errors.splice(0)], []);
  });

  describe("layers", () => {
    it("stand in forward order under their container, functional calls in between", async () => {
      await draw(shown(sigmoidNet(3)));
      const names = await page.locator("tbody tr td:first-child").allTextContents();
      assert.deepEqual(
        names.map((name) => name.trim()),
        ["layers", "0 Linear", "sigmoid()", "1 Linear", "sigmoid() #2", "2 Linear"].concat([
          "sigmoid() #3",
          "head Linear",
        ]),
      );
    });

    it("have bars whose length is proportional to log10 of the rms", async () => {
      const depth = 12;
      await draw(shown(sigmoidNet(depth)));
      const widths = await page
        .locator("rect.value")
        .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
      const full = (await page.locator("svg.bar").first().boundingBox())?.width ?? 0;
      const powers = Array.from({ length: depth + 1 }, (_, k) => Math.log10(sigmoidRms(k, depth)));
      const [min, max] = [Math.floor((powers[0] ?? 0) - Math.log10(1 / 0.3) - 0.1), 0];
      powers.forEach((power, k) => {
        const expected = (full * (power - min)) / (max - min);
        assert.ok(Math.abs((widths[k] ?? NaN) - expected) < 0.1, `bar ${String(k)}`);
      });
    });

    it("share an axis with labelled decades and the thresholds it reaches", async () => {
      await draw(shown(sigmoidNet(12)));
      assert.deepEqual(await page.locator("svg.scale text").allTextContents(), [
        "10⁻¹⁰",
        "10⁻⁵",
        "1",
      ]);
      const bar = page.locator("svg.bar").first();
      const lines = await bar
        .locator("line.threshold")
        .evaluateAll((drawn) => drawn.map((line) => line.getBoundingClientRect().x));
      const box = await bar.boundingBox();
      assert.ok(box !== null && lines.length === 2);
      const expected = box.x + (box.width * (Math.log10(2 ** -24) + 13)) / 13;
      assert.ok(Math.abs((lines[0] ?? NaN) - expected) < 1);
      assert.match(await page.getByLabel("Legend").innerText(), /smallest subnormal, 2⁻²⁴/);
    });

    it("tell zero by construction, zero at start, no gradient and NaN apart", async () => {
      await draw(shown(oddNet()));
      const word = (id: string) => layer(id).locator("svg.bar text").textContent();
      assert.equal(await word("blocks.0.attn.key"), "zero by construction");
      assert.equal(await word("blocks.0.gate"), "zero at start");
      assert.equal(await word("blocks.0.unused"), "no gradient");
      assert.equal(await word("blocks.0.dead"), "all zero");
      assert.equal(await word("blocks.1.norm"), "NaN");
      assert.equal(await layer("blocks.0.attn.key").locator("rect.hollow").count(), 1);
      assert.equal(await layer("blocks.0.attn.key").locator("rect.value").count(), 0);
    });

    it("carry their findings' marks and exact numbers", async () => {
      await draw(shown(sigmoidNet(12)));
      const first = layer("layers.0");
      assert.ok(await first.getByLabel("warning: float16-underflow").isVisible());
      const title = (await first.getAttribute("title")) ?? "";
      assert.match(title, /^float16-underflow\nlayers\.0 \(Linear\), model\.py:11\n/);
      assert.match(title, /weight \[256, 256\]: gradient rms 3\.7049·10⁻¹², largest/);
      assert.match(
        (await first.locator("svg.strip").getAttribute("aria-label")) ?? "",
        /100 % bec/,
      );
    });

    it("show activations or their gradients instead, and remember it", async () => {
      await draw(shown(sigmoidNet(2)));
      await page.getByLabel("Show").selectOption("activations");
      assert.equal(await page.locator("rect.value").count(), 5);
      const stored = await page.evaluate(() => window.host.stored);
      await page.context().close();
      await draw(shown(sigmoidNet(2)), { stored });
      assert.equal(await page.getByLabel("Show").inputValue(), "activations");
    });
  });

  describe("places", () => {
    it("a click goes to the line and leaves the keyboard here; a double click takes it along", async () => {
      await draw(shown(sigmoidNet(4)));
      await layer("layers.2").click();
      const params = { target: "row", id: "layers.2", focus: false };
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "reveal", params }]);
      assert.equal(await activeRow().getAttribute("id"), "row layers.2");
      await layer("head").dblclick();
      const all = await waitForRequests(page, 2);
      assert.deepEqual(all.at(-1)?.params, { target: "row", id: "head", focus: true });
    });

    it("arrow keys walk rows and headings, Enter goes to the line", async () => {
      await draw(shown(sigmoidNet(4)));
      await page.getByLabel("Show").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      assert.equal(await activeRow().getAttribute("id"), "row layers.1");
      const walked = await waitForRequests(page, 1);
      assert.deepEqual(walked.at(-1)?.params, { target: "row", id: "layers.1", focus: false });
      await page.keyboard.press("Enter");
      const entered = await waitForRequests(page, walked.length + 1);
      assert.deepEqual(entered.at(-1)?.params, { target: "row", id: "layers.1", focus: true });
      await page.keyboard.press("End");
      assert.equal(await activeRow().getAttribute("id"), "row head");
      assert.equal(await page.locator("tbody [tabindex='0']").count(), 1);
    });

    it("ArrowLeft leads to the heading and shuts it, ArrowRight opens it", async () => {
      await draw(shown(sigmoidNet(4)));
      await layer("layers.2").click();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      assert.equal(await page.locator("tr.layer").count(), 1);
      assert.match(await activeRow().innerText(), /layers 8 layers/);
      assert.ok(await activeRow().getByLabel("error").isVisible());
      await page.keyboard.press("ArrowRight");
      assert.equal(await page.locator("tr.layer").count(), 9);
    });

    it("the editor's cursor selects a bar, opens its group and scrolls to it", async () => {
      await draw(shown(longNet(200)));
      await page.locator("tr.group").nth(15).click();
      await page.evaluate(() => {
        window.scrollTo(0, 0);
      });
      await send(page, { type: "select", rowIds: ["stage2.5.conv3"] });
      assert.equal(await activeRow().getAttribute("id"), "row stage2.5.conv3");
      const box = await layer("stage2.5.conv3").boundingBox();
      assert.ok(box !== null && box.y > 20 && box.y + box.height < 761, JSON.stringify(box));
      assert.deepEqual(await requests(page), []);
    });

    it("a line with many rows marks them all and keeps the active one", async () => {
      await draw(shown(sigmoidNet(4)));
      await layer("layers.2").click();
      await send(page, { type: "select", rowIds: ["layers.0", "layers.1", "layers.2"] });
      assert.equal(await activeRow().getAttribute("id"), "row layers.2");
      assert.equal(await page.locator("tr.linked").count(), 3);
      await send(page, { type: "select", rowIds: ["head"] });
      assert.equal(await activeRow().getAttribute("id"), "row head");
    });

    it("findings and missing names lead to their lines, fixes are applied by id", async () => {
      await draw(shown({ ...sigmoidNet(4), unsupported: oddNet().unsupported }));
      await page.getByLabel("gradient-vanishing: go to model.py:14").click();
      await page.getByText("Replace sigmoid by GELU").click();
      await page.getByLabel("torch.fft.hfft2: go to odd.py:40").click();
      assert.deepEqual(await waitForRequests(page, 3), [
        { method: "reveal", params: { target: "finding", id: "f0", focus: true } },
        { method: "applyFix", params: { finding: "f0", fix: "x0" } },
        { method: "reveal", params: { target: "unsupported", id: "torch.fft.hfft2", focus: true } },
      ]);
    });
  });

  describe("states", () => {
    it("welcome: how to start, and a button that runs", async () => {
      await draw(EMPTY);
      await page.getByRole("button", { name: "Analyze model.py" }).click();
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "run", params: undefined }]);
      await send(page, { type: "state", state: { status: "empty", target: null } });
      assert.equal(await page.getByRole("button").count(), 0);
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
      assert.equal(await page.getByText("Findings").count(), 0);
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

  it("draws 500 rows", async () => {
    await draw(EMPTY);
    /** ms from the message to the frame that shows it. */
    const timed = (message: Notice): Promise<number> =>
      page.evaluate(async (data) => {
        const heard = new Promise((resolve) => {
          window.addEventListener("message", resolve, { once: true });
        });
        const start = performance.now();
        window.postMessage(data, "*");
        await heard;
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
        return performance.now() - start;
      }, message);
    const first = await timed({ type: "state", state: shown(longNet(500)) });
    await page.waitForFunction(() => document.querySelectorAll("tr.layer").length === 500);
    const again = await timed({ type: "state", state: shown(longNet(500), true) });
    const second = await timed({ type: "select", rowIds: ["stage4.4.conv4"] });
    const times = `first ${first.toFixed(0)}, again ${again.toFixed(0)}, selection ${second.toFixed(0)}`;
    process.stdout.write(`      500 rows: ${times} ms\n`);
  });

  for (const theme of ["dark", "light", "hcDark", "hcLight"] satisfies Theme[]) {
    it(`has no accessibility fault in ${theme}`, async () => {
      mkdirSync(".screenshots", { recursive: true });
      const states: Readonly<Record<string, PanelState>> = {
        "": shown(sigmoidNet(12)),
        "-odd": shown(oddNet(), true),
        "-running": { ...RUNNING, previous: sigmoidNet(3) },
        "-failed": { ...FAILED, previous: null },
        "-welcome": EMPTY,
      };
      for (const [name, state] of Object.entries(states)) {
        await draw(state, { theme });
        if (name === "") {
          await layer("layers.3").click();
          await send(page, { type: "select", rowIds: ["layers.3", "layers.4"] });
        }
        await page.screenshot({ path: `.screenshots/panel-${theme}${name}.png`, fullPage: true });
        const violations = await page.evaluate(() => window.host.violations);
        assert.deepEqual(violations, []);
        await page.evaluate(axe.source);
        const faults = await page.evaluate(async () => {
          const found = await (window as unknown as { axe: typeof axe }).axe.run();
          return found.violations.map(
            ({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""} ${nodes[0]?.failureSummary ?? ""}`,
          );
        });
        assert.deepEqual(faults, [], `${theme}${name}`);
        if (name !== "-welcome") await page.context().close();
      }
    });
  }
});
