import assert from "node:assert/strict";

import type { Page } from "playwright-core";

import type { PanelState } from "../../webview/protocol.ts";
import { requests, send, waitForRequests } from "./support/page.ts";
import type { Options } from "./support/page.ts";
import {
  gaussian,
  longNet,
  oddNet,
  shown,
  sigmoidNet,
  sigmoidRms,
  trained,
} from "./support/samples.ts";
import { staged } from "./support/staged.ts";

describe("side panel", function () {
  this.timeout(90_000);
  const show = staged();
  let page: Page;

  async function draw(state: PanelState, options?: Options): Promise<void> {
    page = await show(state, options);
  }

  const layer = (id: string) => page.locator(`tr[id="row ${id}"]`);
  const activeRow = () => page.locator("tr[aria-selected=true]");

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
      await draw(shown(sigmoidNet(depth)), { height: 1100 }); // its last row is in sight
      const widths = await page
        .locator("td rect.value")
        .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
      const full = (await page.locator("svg.bar").first().boundingBox())?.width ?? 0;
      const powers = Array.from({ length: depth + 1 }, (_, k) => Math.log10(sigmoidRms(k, depth)));
      // the axis holds the smallest 5th percentile, a Gaussian's 0.0627 rms
      const [min, max] = [Math.floor((powers[0] ?? 0) + Math.log10(0.0627) - 0.1), 0];
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
      assert.equal(await layer("blocks.0.attn.key").locator("td rect.value").count(), 0);
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

    for (const width of [280, 340, 700]) {
      it(`have numbers that are whole at ${String(width)} px`, async () => {
        const factors = [0.0047, 0.0012, 999, 2.4e5, 0.0099, 1.7e-12];
        const rms = [3.4e-12, 0.0099, 65504, 9.9e-5, 0.6, 12];
        const net = trained();
        const rows = net.rows.map((each, k) => ({
          ...each,
          factor: factors[k % factors.length] ?? null,
          outputGrad: gaussian(rms[k % rms.length] ?? 1),
        }));
        await draw(shown({ ...net, rows }), { width });
        for (const tab of ["Layers", "Formats", "Steps"]) {
          await page.getByRole("tab", { name: tab }).click();
          const cut = await page
            .locator("td.number, th.number")
            .evaluateAll((cells) =>
              cells.flatMap((cell) =>
                cell.scrollWidth > cell.clientWidth ? [cell.textContent] : [],
              ),
            );
          assert.deepEqual(cut, [], tab);
        }
      });
    }

    it("show activations or their gradients instead, and remember it", async () => {
      await draw(shown(sigmoidNet(2)));
      await page.getByLabel("Show").selectOption("activations");
      assert.equal(await page.locator("td rect.value").count(), 5);
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
      assert.match(await activeRow().innerText(), /layers\s+8 layers/);
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
      await page.getByRole("tab", { name: "Findings 2" }).click();
      await page.getByLabel("gradient-vanishing: go to model.py:14").click();
      await page.locator(".findings .fix").click();
      await page.getByLabel("torch.fft.hfft2: go to odd.py:40").click();
      assert.deepEqual(await waitForRequests(page, 3), [
        { method: "reveal", params: { target: "finding", id: "f0", focus: true } },
        { method: "applyFix", params: { finding: "f0", fix: "x0" } },
        { method: "reveal", params: { target: "unsupported", id: "torch.fft.hfft2", focus: true } },
      ]);
    });
  });

  it("keeps of 500 rows only those near the screen in the page, and the one with the keyboard", async () => {
    await draw(shown(longNet(500)));
    await page.getByRole("button", { name: "Unfold all" }).click();
    const table = page.locator("table");
    assert.equal(await table.getAttribute("aria-rowcount"), "556");
    await page.locator("tr.layer").first().click();
    const kept = async (): Promise<number> => page.locator("tbody tr[id]").count();
    assert.ok((await kept()) < 100, String(await kept()));
    const height = await table.evaluate((node) => node.getBoundingClientRect().height);
    assert.ok(height > 555 * 22, String(height));
    await page.mouse.wheel(0, 6000);
    await page.locator('tr[id="row stage3.5.conv5"]').waitFor();
    assert.ok((await kept()) < 100);
    await page.keyboard.press("ArrowDown");
    assert.equal(await activeRow().getAttribute("id"), "row stage1.0.conv1");
    await page.keyboard.press("End");
    assert.equal(await activeRow().getAttribute("id"), "row stage5.9.conv9");
    assert.ok(await activeRow().isVisible());
  });

  it("folds a long network to its modules, and says what stands below", async () => {
    await draw(shown(longNet(500)));
    const groups = page.locator("tr.group");
    assert.deepEqual(
      (await groups.allTextContents()).slice(0, 3).map((text) => text.trim()),
      ["stage1", "0 10 layers", "1 10 layers"],
    );
    assert.equal(await page.locator("tr.layer").count(), 0);
    const range = await groups.nth(1).locator("svg.bar").getAttribute("aria-label");
    assert.match(range ?? "", /^9\.1·10⁻³ to 0\.01$/);
  });
});
